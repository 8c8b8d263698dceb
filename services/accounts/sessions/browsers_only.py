"""What only pages may do, and neither an app nor a bot with its token.

A token is kept in an app, in a file, in somebody else's program: whoever finds it can write as its
owner until it is revoked, but neither take the account over nor govern the chat, nor create what
works without it afterwards.
"""

from models import SessionKind
from services.core.dto import CurrentUser
from services.core.errors import Forbidden
from services.core.i18n import _


class BrowserNeeded(Forbidden):
    """The session is an app's or a bot's."""

    def __init__(self) -> None:
        super().__init__(_("Apps and bots can't do this. Log in to the chat in a browser."))


def require_browser(viewer: CurrentUser) -> None:
    """Raise `BrowserNeeded` unless the session is a browser's."""
    if viewer.kind != SessionKind.BROWSER:
        raise BrowserNeeded
