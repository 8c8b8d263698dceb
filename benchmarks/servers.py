"""A server as a separate process, and its CPU time and memory."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import psutil

PROJECT = Path(__file__).parent.parent
START_WITHIN = 60.0
"""Seconds in which a server must accept connections."""
STOP_WITHIN = 30.0
"""Seconds in which it must end."""


class Server:
    """A server on a free port of this machine, until the `with` block ends."""

    def __init__(self, *command: str, **variables: str) -> None:
        """Prepare to run `command`; `{port}` in it stands for the port."""
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.command = [part.format(port=self.port) for part in command]
        self._variables = {**os.environ, **variables}
        # With this, NiceGUI would take the server for a part of the test.
        self._variables.pop("PYTEST_CURRENT_TEST", None)
        # Hosts let Python keep compiled files, and so do all of these servers; with it, everything
        # that is not an installed package would be compiled again at each start.
        self._variables.pop("PYTHONDONTWRITEBYTECODE", None)

    def start(self) -> Self:
        """Start or restart it, and wait until it accepts connections."""
        self.launch()
        deadline = time.monotonic() + START_WITHIN
        while not _listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"it did not start: {' '.join(self.command)}")
            time.sleep(0.02)
        return self

    def launch(self) -> None:
        """Start it without waiting."""
        quiet = subprocess.DEVNULL  # Flask's server writes a line for each request
        self._process = subprocess.Popen(
            self.command, cwd=PROJECT, env=self._variables, stdout=quiet, stderr=quiet
        )
        self._watched = psutil.Process(self._process.pid)

    def another(self) -> "Server":
        """Return one with the same command and variables, on a port of its own."""
        command = [part.replace(str(self.port), "{port}") for part in self.command]
        return Server(*command, **self._variables)

    def wait(self, seconds: float) -> int:
        """Wait until it ends by itself; return its exit code. Raises `TimeoutExpired`."""
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def stop(self) -> int:
        """Stop it cleanly, as a host does; return its exit code."""
        is_traced = self._process.poll() is None and self._watched.name() == "strace"
        for child in self._watched.children() if is_traced else ():
            child.terminate()  # strace forwards no signals, and ends with its child
        if not is_traced:
            self._process.terminate()
        try:
            return self._process.wait(timeout=STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self) -> None:
        """Kill it, whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Stop it in the middle of whatever it is doing, as a machine that hangs does."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def cpu(self) -> float:
        """Return the seconds of CPU time that all its threads have used."""
        if sys.platform == "linux":  # in nanoseconds; elsewhere in hundredths of a second
            # What clock_getcpuclockid(3) returns: the scheduler's clock of a process.
            return time.clock_gettime((~self._process.pid << 3) | 2)
        times = self._watched.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        """Return its resident memory (RSS) in bytes."""
        return int(self._watched.memory_info().rss)

    def ports_to(self, port: int) -> set[int]:
        """Return the ports of its own connections to a port of this machine."""
        return {
            each.laddr.port
            for each in self._watched.net_connections()
            if each.raddr and each.raddr.port == port
        }

    def connections(self) -> int:
        """Return how many connections to it are open."""
        return sum(
            each.status == psutil.CONN_ESTABLISHED for each in self._watched.net_connections()
        )


def chat(folder: Path, **variables: str) -> Server:
    """Return a server of our chat with the data in `folder`, and other settings if given."""
    return Server(
        *(sys.executable, "main.py", "--no-show", "--port", "{port}", "--data", str(folder)),
        CHAT_MESSAGE_RATE="100000 per second",
        **variables,
    )


def peer(name: str, folder: Path = Path()) -> Server:
    """Return a server of one of the peers written in Python: see `benchmarks/peers/`."""
    return Server(sys.executable, "-m", "benchmarks.peers", name, "{port}", str(folder.absolute()))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
