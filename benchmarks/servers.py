"""A server in a process of its own, and what it costs the machine."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import psutil

PROJECT = Path(__file__).parent.parent
START_WITHIN = 60.0
"""Seconds in which a server must take connections."""
STOP_WITHIN = 30.0
"""Seconds in which it must end."""


class Server:
    """A server that listens on a free port of this machine until the `with` block ends."""

    def __init__(self, *command: str, **variables: str) -> None:
        """Have `command` run; `{port}` in it stands for the port."""
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.command = [part.format(port=self.port) for part in command]
        self._variables = {**os.environ, **variables}
        # With this, a server of NiceGUI's would take itself for a part of the test.
        self._variables.pop("PYTEST_CURRENT_TEST", None)
        # Whoever hosts a server lets Python keep what it compiled, and so do all of these; with
        # it, whatever is not installed as a package would be compiled anew at each start.
        self._variables.pop("PYTHONDONTWRITEBYTECODE", None)

    def start(self) -> Self:
        """Start it, or start it again, and wait until it takes connections."""
        self.launch()
        deadline = time.monotonic() + START_WITHIN
        while not _listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"it did not start: {' '.join(self.command)}")
            time.sleep(0.02)
        return self

    def launch(self) -> None:
        """Start it and wait for nothing."""
        quiet = subprocess.DEVNULL  # Flask's server writes a line for each request
        self._process = subprocess.Popen(
            self.command, cwd=PROJECT, env=self._variables, stdout=quiet, stderr=quiet
        )
        self._watched = psutil.Process(self._process.pid)

    def stop(self) -> int:
        """Ask it to stop, as a host does; return its exit code."""
        is_traced = self._process.poll() is None and self._watched.name() == "strace"
        for child in self._watched.children() if is_traced else ():
            child.terminate()  # strace hands no signal on, and ends with what it runs
        if not is_traced:
            self._process.terminate()
        try:
            return self._process.wait(timeout=STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self) -> None:
        """End it at once, wherever it is."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def cpu(self) -> float:
        """Return the seconds of processor time it has used, in all its threads."""
        if sys.platform == "linux":  # to the nanosecond, where others count hundredths
            # What clock_getcpuclockid(3) returns: the clock that the scheduler keeps of a process.
            return time.clock_gettime((~self._process.pid << 3) | 2)
        times = self._watched.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        """Return the bytes of it that are in memory (RSS)."""
        return int(self._watched.memory_info().rss)

    def connections(self) -> int:
        """Return how many connections are open to it."""
        return sum(
            each.status == psutil.CONN_ESTABLISHED for each in self._watched.net_connections()
        )


def chat(folder: Path, **variables: str) -> Server:
    """Return our chat on the data in `folder`, with other settings if need be."""
    return Server(
        *(sys.executable, "main.py", "--no-show", "--port", "{port}", "--data", str(folder)),
        CHAT_MESSAGE_RATE="100000 per second",
        **variables,
    )


def peer(name: str, folder: Path = Path()) -> Server:
    """Return one of the peers that are written in Python: see `benchmarks/peers/`."""
    return Server(sys.executable, "-m", "benchmarks.peers", name, "{port}", str(folder.absolute()))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
