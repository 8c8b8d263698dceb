"""The hub of a node: another chat, of which this one holds a copy for its person.

With `--connect`, `main.py` says how to reach it (`node/`), and `services/lifecycle.py` puts it
into the application's context, as a `Hub`. Everywhere else there is none.

A verb that others must see asks `asked`, and gives what was written to the hub. Every other that
changes something is refused by `@rate_limited`, unless it concerns this copy alone.
"""

from collections.abc import Callable
from pathlib import Path

from services.core import app_context
from services.core.app_context import Hub
from services.core.errors import Forbidden, ServiceError, Unavailable
from services.core.i18n import _
from services.core.settings import Settings


class Waiting(ServiceError):
    """A message is stored here, and follows on the page once the hub has it."""

    def __init__(self) -> None:
        super().__init__(_("The message is sent as soon as the hub can be reached."))


LOGIN = Path("node", "login.json")
"""Within the data folder of a node: how it logs in at its hub."""
_make: Callable[[Settings], Hub] | None = None


def use(make: Callable[[Settings], Hub] | None) -> None:
    """Set how a hub is reached, before the chat starts."""
    global _make
    _make = make


def make(settings: Settings) -> Hub | None:
    """Return the hub that the settings name, or None.

    Raises `Unavailable`, also if the data folder is a node's, and no hub is named.
    """
    if settings.connect:
        return _make(settings) if _make else None
    if (settings.data / LOGIN).exists():
        raise Unavailable(
            _(
                "{folder} is a copy of another chat. Start it with --connect, or choose another "
                "folder with --data."
            ).format(folder=settings.data)
        )
    return None


def asked() -> Hub | None:
    """Return the hub that is given what a person does; None without one."""
    return app_context.current().hub


def require_local(function: str, limit: str) -> None:
    """Raise `Forbidden` on a node for what only the hub's own pages can do.

    `function` is the name of a service function, with that of its module; `limit` is the rate
    limit that it counts against.
    """
    hub = asked()
    if hub is not None and not hub.is_local(function, limit):
        refuse(hub)


def refuse(hub: Hub) -> None:
    """Raise `Forbidden`, with where it can be done."""
    raise Forbidden(
        _("This cannot be done from here yet. Open {address} in a browser for it.").format(
            address=hub.address
        )
    )
