"""Loading what the first pages need, once the chat is ready.

Whoever starts the chat waits for what is loaded before it takes requests. What only some of
them need (the parser of Markdown, the colours of code, the tables of emoji) is loaded where it
is used, and here beforehand, on a thread, so that nobody's first message waits for it either.
"""

from services import emoji, names


def rest() -> None:
    """Load what the first pages and messages need, and make what they share."""
    from chat_ui import text
    from chat_ui.server import assets

    assets.style_address()
    assets.scripts_version()
    text.to_html("*")
    emoji.replace_codes(":+1:")
    emoji.check("👍")
    names.skeleton("a")
