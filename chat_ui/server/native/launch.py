"""What the server tells the process of the window."""

import asyncio
import sys
from importlib.util import find_spec
from pathlib import Path

from nicegui import app
from nicegui.server import Server

from chat_ui.components import branding
from chat_ui.components.icons import app_icons
from chat_ui.server.native import placement, window
from services.core.disk import data_folder
from services.core.settings import Settings

SIZE = (1100, 760)
"""Of a window that is opened for the first time, in pixels of the desktop."""


def prepare(settings: Settings) -> None:
    """Have the window keep people logged in, and find its icon, its size and its place again."""
    folder = settings.data / data_folder.WINDOW
    folder.mkdir(mode=0o700, exist_ok=True)  # its cookies log one in
    app.native.start_args.update(
        gui="qt" if find_spec("qtpy") else None,  # what the extra `native` installs on Linux
        private_mode=False,
        storage_path=str(folder),
        func=window.run,
        args=(str(folder), str(settings.tls_cert or "")),
    )
    if sys.platform != "win32":  # which takes no PNG
        app.native.start_args["icon"] = str(folder / window.ICON)
    app.native.window_args.update(
        text_select=True,
        zoomable=True,
        min_size=(placement.LEAST_WIDTH, placement.LEAST_HEIGHT),
    )
    app.native.settings["ALLOW_DOWNLOADS"] = True

    app.on_startup(lambda: _store_icon(folder))


async def _store_icon(folder: Path) -> None:
    """Store the icon of the chat, which is known once all has started.

    The window is there later: its process first waits for the server, and loads Qt.
    """
    while not Server.instance.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.02)
    if icon := app_icons.content(branding.SHOWN):
        await asyncio.to_thread((folder / window.ICON).write_bytes, icon)
