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
    from starlette.types import ASGIApp, Scope

MakeRoutes = Callable[[Settings], "list[BaseRoute]"]
"""Returns the routes, once the settings are known."""

_make: MakeRoutes | None = None
_app: "Starlette | None" = None
_roots: frozenset[str] = frozenset()
"""How their addresses begin, up to the second slash: most requests are for pages."""
_exact: "dict[tuple[str, str], tuple[BaseRoute, Scope]]" = {}
"""By method and address: those that are for a single address, with what each adds to the scope."""
FULL = 2
"""`Match.FULL` of Starlette: of the method as well."""


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
    _exact.clear()
    for route in made:
        path = getattr(route, "path", "{")
        for method in (getattr(route, "methods", None) or ()) if "{" not in path else ():
            found, added = _first(method, path, made)
            if found is route:
                _exact[method, path] = route, added


def routes() -> "list[BaseRoute]":
    """Return the routes that were made."""
    return list(_app.routes) if _app else []


def answering(scope: "Scope") -> "ASGIApp | None":
    """Return what answers a request to one of the routes, or None for any other address."""
    if _app is None or scope["type"] != "http" or _root(scope["path"]) not in _roots:
        return None
    if exact := _exact.get((scope["method"], scope["path"])):
        scope.update(exact[1])
        return exact[0].handle
    for route in _app.routes:
        match, found = route.matches(scope)
        if match.value == FULL:
            scope.update(found)
            return route.handle  # the rest of Starlette takes as long as most answers
        if match.value:  # for another method
            return _app
    return None


def _first(method: str, path: str, routes: "list[BaseRoute]") -> "tuple[BaseRoute | None, Scope]":
    """Return the route that answers at an address, and what it adds to the scope."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in routes:
        match, found = route.matches(scope)
        if match.value:
            return route, found
    return None, {}


def _root(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""
