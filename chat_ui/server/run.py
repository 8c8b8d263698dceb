"""Runs the server until it is stopped."""

import asyncio
import gc
import logging
import os
import sys
from contextlib import suppress

from nicegui import app, background_tasks, ui
from nicegui.server import Server

from chat_ui.compat import socket_guard
from chat_ui.components.icons import logo
from chat_ui.server import app as chat_app
from chat_ui.server import stopping, warm_up
from chat_ui.server.middleware.compression import Compression
from chat_ui.server.protocols.http_connection import HttpConnection, open_connections
from services.core.settings import Settings

RECONNECT = 20.0
"""Seconds for which a page is kept after its connection is lost, as by a phone that sleeps."""
STOP_WITHIN = 5
"""Seconds that open requests have when the server stops."""

VIEWPORT = "width=device-width, initial-scale=1, viewport-fit=cover"
"""The whole screen, also beside a notch: the layout leaves room for it (CSS Round Display §3)."""

SWITCH_SECONDS = 0.001
"""Seconds after which a thread that computes lets the event loop go on; Python's default is five
times that. The loop waits for it after each look for what has come, so several times in a row."""


def serve(settings: Settings, *, native: bool) -> None:
    """Serve the chat until Ctrl-C or SIGTERM."""
    # uvicorn stops cleanly and then raises the signal again: that is a normal exit.
    stopping.exit_when_asked()
    if descriptors := _allow_many_files():
        open_connections.share_descriptors(descriptors)
    # At lower levels anybody could fill the disk: malformed requests get lines of their own.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # what is loaded stays: the garbage collector need not scan it again
    chat_app.install(settings)
    if settings.edit:
        from chat_ui.server import hot_reload

        app.on_startup(lambda: background_tasks.create(hot_reload.follow(), name="editing"))
    app.on_startup(lambda: background_tasks.create(_announce(settings), name="ready"))
    app.on_startup(lambda: background_tasks.create(open_connections.watch(), name="connections"))
    if settings.is_one_of_several:
        from chat_ui.server import draining

        app.on_startup(draining.begin_at_signals)
    if native:
        from chat_ui.server.native import launch  # needs packages that few install

        launch.prepare(settings)
    ui.run(
        host=settings.listen,
        port=settings.port,
        title="Simple Chat",
        viewport=VIEWPORT,
        favicon=logo.LOGO,
        dark=None,
        language="en-US",
        reload=False,
        show=settings.show and not native and not is_restart(),
        native=native,
        window_size=launch.SIZE if native else None,
        show_welcome_message=False,
        uvicorn_logging_level="error",
        access_log=False,  # at that level it writes none, but makes each line
        reconnect_timeout=RECONNECT,
        tailwind=False,
        binding_refresh_interval=None,
        http=HttpConnection,
        ws_max_size=socket_guard.MAX_FRAME_BYTES,
        ws_per_message_deflate=False,  # halves the memory of an idle page
        # Higher levels cost most of the time for a few per cent.
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
    """Return whether `--edit` restarted the server: then the browser tab is open already."""
    return os.environ.get("WATCHFILES_CHANGES", "[]") != "[]"


def _allow_many_files() -> int:
    """Raise the limit of open files to what the system allows: each open page holds one.

    Return the limit, or 0 on Windows, which has none. The default is often a thousand, for old
    programs that use select(2), and the maximum many times that.
    """
    try:
        import resource
    except ImportError:
        return 0
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # macOS allows less than it reports; then the limit stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


async def _announce(settings: Settings) -> None:
    """Print that the chat is ready, once it takes requests."""
    while not Server.instance.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.02)
    # Always in English: scripts wait for this line.
    print(f"Simple Chat is ready at {settings.address}", flush=True)
    await asyncio.to_thread(warm_up.run)
    gc.freeze()  # as above
