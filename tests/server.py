"""The real server, as a process of its own."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

PROJECT = Path(__file__).parent.parent


class Server:
    """`python main.py` on a free port; it ends with the `with` block."""

    def __init__(self, data: Path, *options: str, **variables: str) -> None:
        self.data = data
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.command = [
            sys.executable,
            str(PROJECT / "main.py"),
            "--no-show",
            "--port",
            str(self.port),
            "--data",
            str(data),
            *options,
        ]
        self.variables = {
            **os.environ,
            "CHAT_ARGON2_MEMORY_KIB": "8192",
            "CHAT_ARGON2_TIME_COST": "1",
            "PYTHONUNBUFFERED": "1",
            **variables,
        }
        # With this NiceGUI would take itself for a part of the test.
        self.variables.pop("PYTEST_CURRENT_TEST", None)
        self.log = data.with_name(f"{data.name}-{self.port}.log")

    def start(self) -> Self:
        """Start it and wait until it says that it is ready."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command, env=self.variables, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if "ready" in line:
                return self
        raise AssertionError(f"it did not start: {''.join(self.said)}{self.log.read_text()}")

    def stop(self) -> int:
        """Ask it to stop, as a host does; return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self.process.kill()
        self.process.wait(timeout=20)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.stop()


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
