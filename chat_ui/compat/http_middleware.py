"""Answering requests without two of NiceGUI's middlewares.

Each makes a task and a stream for every request. One lets browsers keep what belongs to this
version of NiceGUI, which `chat_ui.server.middleware.security_headers` does; the other is for an app below a
path of somebody else's site, where this chat cannot be. NiceGUI has no option for either.

Gain: 8 % of opening a page (11.3 instead of 12.3 ms; `python -m benchmarks.compat
http_middleware`). To do without it: `CHAT_COMPAT=http_middleware`.
"""

from nicegui import app
from nicegui.middlewares import RedirectWithPrefixMiddleware, SetCacheControlMiddleware

from chat_ui.compat.registry import Patch


def _take_out() -> None:
    slow: set[object] = {RedirectWithPrefixMiddleware, SetCacheControlMiddleware}
    app.user_middleware = [each for each in app.user_middleware if each.cls not in slow]
    app.middleware_stack = app.build_middleware_stack()


def _install() -> None:
    app.on_startup(_take_out)  # `ui.run` adds them


PATCH = Patch(
    name="http_middleware",
    replaces=("nicegui.app.user_middleware", "nicegui.app.middleware_stack"),
    why="Two of NiceGUI's middlewares look at every answer, and one does what we do as well.",
    gain="8 % of opening a page",
    measured_with="python -m benchmarks.compat http_middleware",
    tried_with="nicegui 3.18, starlette 1.10",
    expects={
        "starlette.applications:Starlette.build_middleware_stack": "self",
        "nicegui.middlewares:RedirectWithPrefixMiddleware.dispatch": "self, request, call_next",
        "nicegui.middlewares:SetCacheControlMiddleware.dispatch": "self, request, call_next",
    },
    bodies={
        "nicegui.middlewares:RedirectWithPrefixMiddleware.dispatch": "5f9f2598d4ab30bb",
        "nicegui.middlewares:SetCacheControlMiddleware.dispatch": "2b720688ea1c7ee8",
    },
    install=_install,
)
