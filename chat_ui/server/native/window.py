"""What runs beside pywebview, in the process of the window.

`window.js` runs in each page, and asks this for what a web view lacks: a title that follows the
page's, and notifications.
"""

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import webview

from chat_ui.server.native import placement
from chat_ui.server.native.notifications import Notifications
from chat_ui.server.native.placement import Placement

log = logging.getLogger(__name__)
ICON = "icon.png"
PLACE = "place.json"
LOOK_SECONDS = 0.5
"""Between two looks whether the window was moved: some systems would tell of every pixel."""
SCRIPT = Path(__file__).with_name("window.js")


def run(folder: str, certificate: str) -> None:
    """Follow the window until it is closed; pywebview calls this in a thread of its own.

    `certificate` is the file of the chat's, or empty without HTTPS.
    """
    asyncio.run(_follow(webview.windows[0], Path(folder), certificate))


async def _follow(window: webview.Window, folder: Path, certificate: str) -> None:
    await asyncio.to_thread(window.events.shown.wait)
    notifications = Notifications(window, folder / ICON)
    window.expose(window.set_title, notifications.show, notifications.withdraw)
    script = SCRIPT.read_text(encoding="utf-8")
    window.events.loaded += lambda: window.run_js(script)
    if window.events.loaded.is_set():  # already: this page lacks it
        window.run_js(script)
    if _is_qt():
        _save_downloads(window, notifications)
        if certificate:
            _trust(window, Path(certificate))
    stored = _put_back(window, folder / PLACE)
    while not await asyncio.to_thread(window.events.closed.wait, LOOK_SECONDS):
        if not threading.main_thread().is_alive():
            break
        stored = _remember(window, folder / PLACE, stored)


def _remember(window: webview.Window, file: Path, stored: Placement | None) -> Placement | None:
    """Store where the window is, if that is not what is stored; return what is."""
    try:
        now = _placement(window)
    except TypeError:  # it has just been closed, and is nowhere
        return stored
    # A window that is minimised is on no screen on some systems.
    if now == stored or not placement.fitting(now, webview.screens):
        return stored
    try:
        placement.store(file, now)
    except OSError as error:
        log.warning("Failed to store the position of the window: %s", error)
    return now


def _is_qt() -> bool:
    return bool(webview.renderer == "qtwebengine")


def _placement(window: webview.Window) -> Placement:
    # Of Qt, pywebview 6.2 tells where the window is within its frame, and moves it with the frame.
    native: Any = window.native
    x, y = (native.x(), native.y()) if _is_qt() else (window.x, window.y)
    return Placement(int(window.width), int(window.height), int(x), int(y))


def _put_back(window: webview.Window, file: Path) -> Placement | None:
    """Put the window where it was, if that is on a screen; return where it was."""
    stored = placement.read(file)
    if stored and (fitting := placement.fitting(stored, webview.screens)):
        window.resize(fitting.width, fitting.height)
        window.move(fitting.x, fitting.y)
    return stored


def _save_downloads(window: Any, notifications: Notifications) -> None:
    """Save what is downloaded in the folder for that, and tell where it is.

    pywebview 6.2 asks for a name, and then calls what Qt 6 does not have any more, `setPath`:
    https://doc.qt.io/qt-6/qwebenginedownloadrequest.html
    """
    from qtpy.QtCore import Qt

    def save(download: Any) -> None:
        folder, name = download.downloadDirectory(), download.downloadFileName().lstrip(".")
        download.setDownloadFileName(name)  # without a dot before it: it would be hidden

        def tell(state: Any) -> None:
            if state == download.DownloadState.DownloadCompleted:
                notifications.show("download", name, folder)

        download.stateChanged.connect(tell)
        download.accept()

    requested = window.native.webview.page().profile().downloadRequested
    requested.disconnect()
    # In the thread of the window: the one that connects it here has no events of Qt's.
    requested.connect(save, Qt.ConnectionType.DirectConnection)


def _trust(window: Any, file: Path) -> None:
    """Trust the chat's own certificate, which may be unknown here, and no other."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from qtpy.QtCore import Qt

    known = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)

    def decide(error: Any) -> None:
        if bytes(error.certificateChain()[0].toDer()) == known:
            error.acceptCertificate()
        else:
            error.rejectCertificate()

    window.native.webview.page().certificateError.connect(
        decide, Qt.ConnectionType.DirectConnection
    )
    window.load_url(window.real_url)  # what was loaded until now was refused
