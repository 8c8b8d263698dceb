"""Loading what it takes to serve, and no more: then what the first pages need, beside them.

Whoever starts the chat waits for what is loaded before it takes requests. What only some of
them need (the parser of Markdown, the colours of code, the tables of emoji) is loaded where it
is used, and here beforehand, on a thread, so that nobody's first message waits for it either.
"""

import sys
from contextlib import suppress

from services.accounts import name_rules
from services.messages import emoji


def without_client() -> None:
    """Load Socket.IO without the library under its client, which no server uses, before NiceGUI.

    Socket.IO does without aiohttp, but takes it along where it is installed, as NiceGUI has it
    installed. That is a tenth of a start: loading it reads the system's certificates, twice.
    While None stands for a module, Python takes it for one that is not there.
    """
    if "aiohttp" in sys.modules:
        return
    sys.modules["aiohttp"] = None  # type: ignore[assignment]
    with suppress(ImportError):  # should it need it one day, NiceGUI will load both
        import socketio  # noqa: F401
    del sys.modules["aiohttp"]


def rest() -> None:
    """Load what the first pages and messages need, and make what they share."""
    from chat_ui.messages.rendering import text
    from chat_ui.server import assets

    assets.style_address()
    assets.scripts_version()
    text.to_html("*")
    emoji.replace_codes(":+1:")
    emoji.check("👍")
    name_rules.skeleton("a")
