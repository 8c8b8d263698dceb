"""The real server, in its own process."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests import postgres, warm_start

PROJECT = Path(__file__).parent.parent


class Server:
    """`python main.py` on a free port; stopped at the end of the `with` block."""

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
            **postgres.variables(data),
            **variables,
        }
        # Otherwise NiceGUI would run in its test mode.
        self.variables.pop("PYTEST_CURRENT_TEST", None)
        self.log = data.with_name(f"{data.name}-{self.port}.log")

    def start(self) -> Self:
        """Start it, and wait until it prints that it is ready."""
        self.process = self._new_process()
        assert self.process.stdout is not None
        self.output = []
        for line in self.process.stdout:
            self.output.append(line)
            if "is ready" in line:
                return self
        raise AssertionError(f"it did not start: {''.join(self.output)}{self.log.read_text()}")

    def _new_process(self) -> subprocess.Popen[str] | warm_start.Process:
        if warm_start.can_start(self.variables, self.command):
            return warm_start.Process(self.command, self.variables, self.log)
        with self.log.open("a") as log:
            return subprocess.Popen(
                self.command, env=self.variables, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def stop(self) -> int:
        """Stop it with SIGTERM, and return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self.process.kill()
        self.process.wait(timeout=20)

    def pause(self) -> None:
        """Stop it in the middle of whatever it is doing, as a machine that hangs does."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.stop()


def free_port() -> int:
    """Return a port that is free on every address."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
