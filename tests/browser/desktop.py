"""A desktop without a screen: Xvfb, a message bus, and who shows notifications on it."""

import asyncio
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

PROGRAMS = ("Xvfb", "openbox", "dbus-daemon", "xdotool", "xprop")
SIZE = (1600, 1000)
PATIENCE = 20.0
"""Seconds that a condition may take: it only costs time when it fails."""


def missing() -> list[str]:
    """Return which programs are not installed."""
    return [name for name in PROGRAMS if not shutil.which(name)]


def until(condition: Callable[[], Any]) -> Any:
    """Wait until something is true, and return it."""
    ends = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.05)
    return found


@dataclass
class Notification:
    """A notification on the desktop."""

    number: int
    title: str
    text: str
    icon: str


class NotificationService(ServiceInterface):
    """What programs expect of the desktop (Desktop Notifications Specification 1.3, §9)."""

    def __init__(self) -> None:
        super().__init__("org.freedesktop.Notifications")
        self.shown: list[Notification] = []
        self._count = 0

    @dbus_method()
    def GetCapabilities(self) -> "as":  # type: ignore[syntax] # noqa: F722
        return ["body", "body-markup", "actions"]

    @dbus_method()
    def GetServerInformation(self) -> "ssss":  # noqa: F821
        return ["tests", "Simple Chat", "1", "1.3"]

    @dbus_method()
    def Notify(
        self,
        app: "s",  # noqa: F821
        replaces: "u",  # noqa: F821
        icon: "s",  # noqa: F821
        title: "s",  # noqa: F821
        text: "s",  # noqa: F821
        actions: "as",  # type: ignore[syntax] # noqa: F722
        hints: "a{sv}",  # noqa: F722
        timeout: "i",  # noqa: F821
    ) -> "u":  # noqa: F821
        self._count += 1
        self.shown.append(Notification(self._count, title, text, icon))
        return self._count

    @dbus_method()
    def CloseNotification(self, number: "u") -> None:  # noqa: F821
        self._remove(number, reason=3)

    def click(self, number: int) -> None:
        """Click on one, as somebody does."""
        self.ActionInvoked(number, "default")
        self._remove(number, reason=2)

    def expire(self) -> None:
        """Let all go by themselves, as most desktops do after some seconds."""
        for each in self.shown:
            self._remove(each.number, reason=1)

    def _remove(self, number: int, *, reason: int) -> None:
        self.shown = [each for each in self.shown if each.number != number]
        self.NotificationClosed(number, reason)

    @dbus_signal()
    def NotificationClosed(self, number: int, reason: int) -> "uu":  # noqa: F821
        return [number, reason]

    @dbus_signal()
    def ActionInvoked(self, number: int, action: str) -> "us":  # noqa: F821
        return [number, action]


class Desktop:
    """A desktop, in a folder that is somebody's home, until the end of the `with` block."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.notifications = NotificationService()
        self.loop = asyncio.new_event_loop()
        self.variables = {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "BROWSER": f"{home / 'browser'} %s",
            "QTWEBENGINE_DISABLE_SANDBOX": "1",  # who is root has none
        }
        self._open = ExitStack()

    @property
    def downloads(self) -> Path:
        """The folder in which programs save what people download."""
        return self.home / "Downloads"

    @property
    def opened_links(self) -> list[str]:
        """The addresses that programs had the browser open."""
        log = self.home / "opened.txt"
        return log.read_text().split() if log.exists() else []

    def __enter__(self) -> Self:
        self.home.mkdir(exist_ok=True)
        self.downloads.mkdir()
        browser = self.home / "browser"
        browser.write_text('#!/bin/sh\necho "$1" >> "$HOME/opened.txt"\n')
        browser.chmod(0o700)
        size = "x".join(map(str, SIZE))
        screen = ("-screen", "0", f"{size}x24")
        self.variables["DISPLAY"] = f":{self._told_by('Xvfb', '-displayfd', '1', *screen)}"
        bus = self._told_by("dbus-daemon", "--session", "--nofork", "--print-address=1")
        self.variables["DBUS_SESSION_BUS_ADDRESS"] = bus
        self._start("openbox")
        thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        thread.start()
        self._open.callback(self.loop.call_soon_threadsafe, self.loop.stop)
        asyncio.run_coroutine_threadsafe(self._serve(bus), self.loop).result(PATIENCE)
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    def _start(self, *command: str) -> subprocess.Popen[str]:
        """Start a program that runs until the end."""
        process = subprocess.Popen(
            command,
            env={**os.environ, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._open.callback(process.wait, PATIENCE)
        self._open.callback(process.terminate)
        return process

    def _told_by(self, *command: str) -> str:
        """Start a program, and return the line that it prints."""
        out = self._start(*command).stdout
        assert out is not None
        return out.readline().strip()

    async def _serve(self, address: str) -> None:
        bus = await MessageBus(bus_address=address).connect()
        bus.export("/org/freedesktop/Notifications", self.notifications)
        await bus.request_name(self.notifications.name)

    def click(self, shown: Notification) -> None:
        """Click on a notification, which goes then."""
        self.loop.call_soon_threadsafe(self.notifications.click, shown.number)

    def expire(self) -> None:
        """Let all notifications go by themselves."""
        self.loop.call_soon_threadsafe(self.notifications.expire)

    def tool(self, *arguments: str) -> str:
        """Run xdotool, and return what it prints."""
        return self.ask("xdotool", *arguments)

    def ask(self, *command: str) -> str:
        """Run a program on the desktop, and return what it prints."""
        done = subprocess.run(
            command,
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def window(self) -> str:
        """Return the number of the visible window of the chat, or nothing."""
        found = self.tool("search", "--onlyvisible", "--name", "Simple Chat|Log in|Study group")
        return found.split("\n")[0]

    def geometry(self, window: str) -> dict[str, int]:
        """Return place and size of a window."""
        lines = self.tool("getwindowgeometry", "--shell", window).splitlines()
        found = dict(line.split("=") for line in lines)
        return {name: int(found[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")}
