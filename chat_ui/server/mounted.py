"""The routes of `api/`, which answer beside the pages, to programs without a session.

They are an app of their own, so NiceGUI sees none of their requests, and a refusal is plain text.
`main.py` says where they come from: nothing here imports them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from services.core.settings import Settings

if TYPE_CHECKING:  # every command loads this module, and only serving needs these
    from starlette.applications import Starlette
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

MakeRoutes = Callable[[Settings], "list[BaseRoute]"]
"""Returns the routes, once the settings are known."""

_make: MakeRoutes | None = None
_app: "Starlette | None" = None
_roots: frozenset[str] = frozenset()
"""How their addresses begin, up to the second slash: most requests are for pages."""


def use(make: MakeRoutes | None) -> None:
    """Set where the routes come from, before the server starts."""
    global _make
    _make = make


def install(settings: Settings) -> None:
    """Make the routes."""
    from starlette.applications import Starlette

    global _app, _roots
    made = _make(settings) if _make else []
    _app = Starlette(routes=made) if made else None
    _roots = frozenset(_root(getattr(route, "path", "")) for route in made)


def routes() -> "list[BaseRoute]":
    """Return the routes that were made."""
    return list(_app.routes) if _app else []


def answers(scope: "Scope") -> bool:
    """Return whether one of the routes is for this address, whatever the method."""
    if _app is None or scope["type"] != "http" or _root(scope["path"]) not in _roots:
        return False
    return any(route.matches(scope)[0].value for route in _app.routes)  # `Match.NONE` is 0


def _root(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""


async def answer(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Answer a request to one of the routes."""
    assert _app is not None
    await _app(scope, receive, send)
