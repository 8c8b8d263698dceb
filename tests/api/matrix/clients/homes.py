"""Homeservers for clients: the chat, and Synapse, which shows what others do."""

import hashlib
import hmac
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, Self

import httpx
import pytest

from tests.api.matrix.clients import installed
from tests.http_client import PASSWORD, Browser
from tests.server import Server, free_port

SECRET = "only for accounts of tests"
WITHIN_SECONDS = 60.0
LIMITS = (
    *("message", "login", "registration", "joins", "invites", "joins_per_room", "3pid_validation"),
    *("registration_token_validity", "admin_redaction", "room_creation", "presence", "reports"),
    *("third_party_invite", "media_create", "delayed_event_mgmt", "user_directory"),
)
"""What Synapse limits, each as one rate or as several."""
NONE = {"per_second": 1e6, "burst_count": 10**6}
PARTS = {
    "login": ("address", "account", "failed_attempts"),
    "joins": ("local", "remote"),
    "invites": ("per_room", "per_user", "per_issuer"),
    "presence": ("per_user",),
}


class Home(Protocol):
    """A homeserver that runs."""

    address: str

    def register(self, name: str) -> None:
        """Make an account with `PASSWORD`."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_error: object) -> None: ...


class Chat(Server):
    """This chat."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "data")

    def register(self, name: str) -> None:
        """Make an account."""
        assert Browser(self.address).register(name).status_code == 303


class Synapse:
    """Synapse with SQLite, on this machine alone, which limits nothing."""

    def __init__(self, folder: Path) -> None:
        """Raises `NotInstalled`."""
        self.python = installed.synapse()
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        settings = self.folder / "homeserver.yaml"
        settings.write_text(json.dumps(self._settings()))  # which is YAML, too
        words = ["-m", "synapse.app.homeserver", "--config-path", str(settings)]
        subprocess.run(
            [self.python, *words, "--generate-keys"], check=True, capture_output=True, timeout=60
        )
        self.log = self.folder / "synapse.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [self.python, *words], cwd=self.folder, stdout=log, stderr=log
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=20)

    def register(self, name: str) -> None:
        """Make an account, as the administrator of Synapse does."""
        with httpx.Client(base_url=self.address, timeout=20) as http:
            nonce = http.get("/_synapse/admin/v1/register").json()["nonce"]
            said = "\0".join([nonce, name, PASSWORD, "notadmin"]).encode()
            digest = hmac.new(SECRET.encode(), said, hashlib.sha1).hexdigest()
            body = {"nonce": nonce, "username": name, "password": PASSWORD, "mac": digest}
            answer = http.post("/_synapse/admin/v1/register", json=body | {"admin": False})
            assert answer.status_code == 200, answer.text

    def _wait(self) -> None:
        until = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.address}/health", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)  # it says nowhere that it is ready
        raise AssertionError(f"Synapse did not start: {self.log.read_text()[-2000:]}")

    def _settings(self) -> dict[str, Any]:
        folder = self.folder
        limits: dict[str, Any] = {f"rc_{each}": NONE for each in LIMITS}
        for name, parts in PARTS.items():
            limits[f"rc_{name}"] = dict.fromkeys(parts, NONE)
        listener = {
            "port": self.port,
            "type": "http",
            "bind_addresses": ["127.0.0.1"],
            "resources": [{"names": ["client"]}],
        }
        return limits | {
            "server_name": "synapse.test",
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": {"database": str(folder / "synapse.db")}},
            "media_store_path": str(folder / "media"),
            "signing_key_path": str(folder / "signing.key"),
            "pid_file": str(folder / "synapse.pid"),
            "registration_shared_secret": SECRET,
            "macaroon_secret_key": SECRET,
            "form_secret": SECRET,
            "bcrypt_rounds": 4,
            "caches": {"sync_response_cache_duration": 0},
            "report_stats": False,
            "trusted_key_servers": [],
        }


HOMES: dict[str, type[Chat] | type[Synapse]] = {"chat": Chat, "synapse": Synapse}


@contextmanager
def running(name: str, folder: Path) -> Iterator[Home]:
    """Run the chat, or Synapse. That is skipped unless `CHAT_REQUIRE_SYNAPSE` is set."""
    if name == "synapse" and not os.environ.get("CHAT_REQUIRE_SYNAPSE"):
        pytest.skip("Synapse is installed and tried with CHAT_REQUIRE_SYNAPSE=1")
    try:
        home = HOMES[name](folder)
    except installed.NotInstalled as missing:
        pytest.fail(f"CHAT_REQUIRE_SYNAPSE is set, and this {missing}")
    with home:
        yield home
