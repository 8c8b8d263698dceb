"""Servers that start in half the time: forked from a process that has loaded what they load.

Each is as separate as one from `python main.py`, and runs the same `main.py`.
"""

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TextIO

from tests import fork_server


def can_start(variables: Mapping[str, str], command: Sequence[str]) -> bool:
    """Whether nothing is asked for that decides what a process loads, and how."""
    own = {name for name, value in variables.items() if value != os.environ.get(name)}
    return (
        os.name == "posix"
        and "CHAT_COMPAT" not in variables
        and not {"--edit", "--native"} & set(command)
        and not any(name.startswith("PYTHON") for name in own - {"PYTHONUNBUFFERED"})
    )


class Process:
    """One of them, with what tests use of `subprocess.Popen`."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], log: Path) -> None:
        context = fork_server.context()
        receive, send = context.Pipe(duplex=False)
        # NiceGUI starts its server in a process of this name only.
        arguments = (list(command[1:]), dict(variables), send, log)
        self._process = context.Process(target=_run, args=arguments, name="MainProcess")
        self._process.start()
        send.close()
        self.stdout: TextIO = os.fdopen(os.dup(receive.fileno()))
        receive.close()
        self.pid = self._process.pid or 0

    def poll(self) -> int | None:
        """Return its exit code; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Return its exit code once it has ended, within `timeout` seconds."""
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send it SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send it SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _run(arguments: list[str], variables: dict[str, str], out: Connection, log: Path) -> None:
    with log.open("a") as opened:
        os.dup2(opened.fileno(), 2)
    os.dup2(out.fileno(), 1)
    out.close()
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = arguments
    loaded = fork_server.LIBRARIES
    assert loaded in sys.modules, f"{loaded} failed, which Python does not say"
    runpy.run_path(arguments[0], run_name="__main__")
