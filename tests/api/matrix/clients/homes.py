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
from typing import Protocol, Self

import httpx
import pytest

from benchmarks.peers import synapse
from tests.api.matrix.clients import installed
from tests.http_client import PASSWORD, Browser
from tests.server import Server, free_port

WITHIN_SECONDS = 60.0


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
        said = synapse.configure(self.folder, self.port)
        said["caches"] = {"sync_response_cache_duration": 0}
        settings.write_text(json.dumps(said))  # which is YAML, too
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
            digest = hmac.new(synapse.SECRET.encode(), said, hashlib.sha1).hexdigest()
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
