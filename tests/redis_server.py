"""A Redis server of a test's own, on this machine: it can be killed, frozen, and started again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest

from tests.server import free_port

WITHIN_SECONDS = 10.0


def require() -> None:
    """Skip the test where no Redis is installed; fail where it has to be."""
    pytest.importorskip("redis", reason="pip install -e '.[cluster]'")
    if shutil.which("redis-server") is None:
        missing = "no redis-server found: apt install redis-server"
        if os.environ.get("CHAT_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)


class RedisServer:
    """Debian's `redis-server`, which stores nothing; ended at the end of the `with` block."""

    def __init__(self, folder: Path, password: str = "") -> None:
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.url = f"redis://:{password}@127.0.0.1:{self.port}" if password else self.plain_url
        self._log = folder / "redis.log"
        self._command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        self._command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        if password:
            self._command += ["--requirepass", password]

    @property
    def plain_url(self) -> str:
        """Its address without a password."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until = time.monotonic() + WITHIN_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, self._log.read_text()
            time.sleep(0.01)
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return bool(connection.recv(16))
        except OSError:
            return False

    @property
    def is_running(self) -> bool:
        """Whether it was not killed."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill it, as when its machine fails."""
        self._process.kill()
        self._process.wait(timeout=WITHIN_SECONDS)

    def freeze(self) -> None:
        """Have it do nothing, with its connections open."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self.kill()
