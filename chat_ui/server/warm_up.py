"""Loads what the first pages and messages need, once the server accepts requests.

What only some requests need (the parser of Markdown, the colours of code, the tables of emoji, the
translations) is loaded where it is used, so that a start need not wait for it. Here it is loaded on
a thread right afterwards, so that nobody's first message waits for it either.
"""

from nicegui.client import templates

from chat_ui.components.emoji import emoji_picker
from chat_ui.server import assets
from services.accounts.names import name_rules
from services.core import i18n
from services.messages.emoji import emoji
from services.messages.rendering import text


def run() -> None:
    """Import these modules, and fill the caches that pages share."""
    assets.style_address()
    templates.get_template("index.html")
    text.to_html("*")
    emoji.replace_codes(":+1:")
    emoji.check("👍")
    name_rules.skeleton("a")
    for code in i18n.languages():
        i18n.set_language(code)
        emoji_picker.address()
    assets.scripts_version()  # last: it needs the settings, which are gone when the server stops
