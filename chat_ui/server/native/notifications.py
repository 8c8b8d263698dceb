"""Notifications of the desktop, for a window whose web view has none."""

import asyncio
import html
import json
import logging
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from desktop_notifier import DesktopNotifier, Icon

log = logging.getLogger(__name__)


class Notifications:
    """Shows and withdraws them. Where the desktop has no place for them, nothing happens.

    Its methods may be called in any thread; they do not wait.
    """

    def __init__(self, window: Any, icon: Path) -> None:
        self._window = window
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()  # what is read may be withdrawn while it is being shown
        self._desktop = DesktopNotifier(window.title, Icon(icon) if icon.exists() else None)
        self._shown: dict[str, str] = {}  # the desktop's names for them, by ours

    def show(self, tag: str, title: str, text: str) -> None:
        """Show one, instead of the earlier one with this tag. A click on it is passed on to the page."""
        self._do(self._show(str(tag), str(title), str(text)))

    def withdraw(self, tag: str) -> None:
        """Remove the one with this tag, if it is still there."""
        self._do(self._remove(str(tag)))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(self._in_turn(work), self._loop)

    async def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        async with self._turn:
            try:
                await work
            except Exception:  # what desktops answer differs; the next one is tried all the same
                log.exception("Failed to show or withdraw a notification")

    async def _show(self, tag: str, title: str, text: str) -> None:
        await self._remove(tag)
        if sys.platform.startswith("linux"):
            text = html.escape(text, quote=False)  # it is markup there
        self._shown[tag] = await self._desktop.send(
            title, text, on_clicked=lambda: self._clicked(tag)
        )

    async def _remove(self, tag: str) -> None:
        identifier = self._shown.pop(tag, None)
        if identifier in await self._desktop.get_current_notifications():
            await self._desktop.clear(identifier)

    def _clicked(self, tag: str) -> None:
        # On macOS this is the thread of the window, for which `run_js` waits.
        threading.Thread(target=self._open, args=(tag,), daemon=True).start()

    def _open(self, tag: str) -> None:
        self._window.restore()
        self._window.show()
        self._window.run_js(f"chatNotificationClicked({json.dumps(tag)})")
