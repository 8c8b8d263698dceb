"""Running NiceGUI with everything installed, until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
from contextlib import suppress

from fastapi.middleware.gzip import GZipMiddleware
from nicegui import app, background_tasks, ui
from nicegui.server import Server
from starlette.types import Receive, Scope, Send

from chat_ui.compat import socket_guard
from chat_ui.components import logo
from chat_ui.server import app as chat_app
from chat_ui.server import warm_up
from services.core.settings import Settings

RECONNECT = 20.0
"""Seconds that a page outlives its connection: a phone that sleeps a moment keeps it."""
STOP_WITHIN = 5
"""Seconds in which open requests may end when the server stops."""


class Compression(GZipMiddleware):
    """Compresses answers, but for people's files: most are compressed, and parts are asked for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("path", "").endswith(("/file", "/preview")):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def serve(settings: Settings, *, native: bool) -> None:
    """Serve the chat until Ctrl-C or SIGTERM."""
    # uvicorn stops cleanly and then repeats the signal: that is the end, and a good one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    _allow_many_files()
    gc.freeze()  # what is loaded stays: the garbage collector need not look at it again
    chat_app.install(settings)
    if settings.edit:
        from chat_ui.server import hot_reload

        app.on_startup(lambda: background_tasks.create(hot_reload.follow(), name="editing"))
    app.on_startup(lambda: background_tasks.create(_announce(settings), name="ready"))
    if native:
        # Who logged in stays so when the window opens again.
        app.native.start_args.update(private_mode=False, storage_path=str(settings.data / "window"))
    ui.run(
        host=settings.listen,
        port=settings.port,
        title="Simple Chat",
        favicon=logo.LOGO,
        dark=None,
        language="en-US",
        reload=False,
        show=settings.show and not native and not is_restart(),
        native=native,
        window_size=(1100, 760) if native else None,
        show_welcome_message=False,
        reconnect_timeout=RECONNECT,
        tailwind=False,
        binding_refresh_interval=None,
        ws_max_size=socket_guard.MAX_FRAME_BYTES,
        ws_per_message_deflate=False,  # halves the memory of an idle page
        # Most of what compressing costs is spent on the last few per cent.
        gzip_middleware_factory=lambda app: Compression(app, compresslevel=4),
        ws_ping_interval=None,  # Engine.IO has pings of its own
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips=settings.proxy_addresses,
        server_header=False,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_graceful_shutdown=STOP_WITHIN,
    )


def is_restart() -> bool:
    """Tell whether `--edit` started the server anew: then the browser tab is there already."""
    return os.environ.get("WATCHFILES_CHANGES", "[]") != "[]"


def _allow_many_files() -> None:
    """Ask for as many open files as the system grants: each open page holds one.

    As a rule the grant is a thousand, for the sake of old programs that cannot count
    further, and many times as much for whoever asks. Windows has no such limit.
    """
    try:
        import resource
    except ImportError:
        return
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # macOS grants less than it says; then it stays as it is
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _announce(settings: Settings) -> None:
    """Say that the chat is ready, once it really takes requests."""
    while not Server.instance.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.02)
    # In English always: scripts wait for this line.
    print(f"Simple Chat is ready at {settings.address}", flush=True)
    await asyncio.to_thread(warm_up.run)
