"""Loads what the first pages and messages need, once the server accepts requests.

What only some requests need (the parser of Markdown, the colours of code, the tables of emoji) is
imported where it is used, so that a start need not wait for it. Here it is loaded on a thread right
afterwards, so that nobody's first message waits for it either.
"""

from chat_ui.messages.rendering import text
from chat_ui.server import assets
from services.accounts import name_rules
from services.messages import emoji


def run() -> None:
    """Import these modules, and fill the caches that pages share."""
    assets.style_address()
    assets.scripts_version()
    text.to_html("*")
    emoji.replace_codes(":+1:")
    emoji.check("👍")
    name_rules.skeleton("a")
