"""Nheko, a client for the desktop, on a screen that nobody sees, with mouse and keyboard."""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import httpx

from tests.api.matrix.clients import installed
from tests.api.matrix.clients.homes import Home
from tests.http_client import PASSWORD

V3 = "/_matrix/client/v3"
CANCEL, FIRST_ROOM, COMPOSER = (1000, 561), (150, 115), (600, 580)
"""Where it has these on the screen: the first in what it shows at its first start."""
SETTINGS = """[General]
run_without_secure_secrets_service=true
[auth]
access_token={access_token}
device_id={device_id}
home_server={address}
user_id={user_id}
[user]
window\\tray=false
desktop_notifications=false
"""


class Nheko:
    """Nheko of a person, which is logged in."""

    def __init__(self, home: Home, name: str, folder: Path) -> None:
        """Raises `NotInstalled`."""
        self.root, self.folder = installed.nheko(), folder
        identifier = {"type": "m.id.user", "user": name}
        body = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
        answer = httpx.post(f"{home.address}{V3}/login", json=body, timeout=20).json()
        self.user, self.device = answer["user_id"], answer["device_id"]
        headers = {"Authorization": f"Bearer {answer['access_token']}"}
        self.http = httpx.Client(base_url=f"{home.address}{V3}", headers=headers, timeout=20)
        place = folder / "nheko" / "nheko.conf"
        place.parent.mkdir()
        place.write_text(SETTINGS.format(address=home.address, **answer))

    def __enter__(self) -> Self:
        self.stack = ExitStack()
        self.stack.enter_context(self.http)
        screen = self._run("Xvfb", "-displayfd", "1", "-screen", "0", "1200x800x24")
        assert screen.stdout is not None
        libraries = self.root / "usr" / "lib" / "x86_64-linux-gnu"
        self.variables = {
            **os.environ,
            "DISPLAY": f":{screen.stdout.readline().strip()}",
            "LD_LIBRARY_PATH": str(libraries),
            "QT_PLUGIN_PATH": str(libraries / "qt5" / "plugins"),
            "QML2_IMPORT_PATH": str(libraries / "qt5" / "qml"),
            "QT_QUICK_BACKEND": "software",
            **dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"), str(self.folder)),
            **dict.fromkeys(("XDG_DATA_HOME", "XDG_CACHE_HOME"), str(self.folder / "data")),
        }
        self._run(str(self.root / "usr" / "bin" / "nheko"), "-L", "none", env=self.variables)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stack.close()

    @property
    def has_uploaded_keys(self) -> bool:
        """Whether others can encrypt for it."""
        answer = self.http.post("/keys/query", json={"device_keys": {self.user: []}})
        return self.device in answer.json().get("device_keys", {}).get(self.user, {})

    def join(self, room: str) -> None:
        """Join a room."""
        assert self.http.post(f"/join/{room}", json={}).status_code == 200

    def reply(self, text: str) -> None:
        """Reply to the newest message of the room that is the first in its list."""
        for x, y in (CANCEL, FIRST_ROOM, COMPOSER):
            self._hand("mousemove", str(x), str(y), "click", "1", "sleep", "0.5")
        self._hand("key", "alt+Up", "sleep", "0.5")
        self._hand("type", "--delay", "20", text)
        self._hand("key", "Return", "sleep", "0.5")

    def _hand(self, *words: str) -> None:
        variables = {**os.environ, "DISPLAY": self.variables["DISPLAY"]}
        subprocess.run(["xdotool", *words], env=variables, check=True, timeout=20)

    def _run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            words, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

        def stop() -> None:
            process.kill()
            process.communicate(timeout=20)

        self.stack.callback(stop)
        return process
