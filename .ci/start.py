"""Start the chat with the command that is given, ask whether it is well, and stop it.

    python .ci/start.py python main.py

It gets a free port and an empty data folder, and no browser.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

TIMEOUT_SECONDS = 60
IS_WINDOWS = sys.platform == "win32"


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(server: subprocess.Popen[str]) -> int:
    """Stop it as Ctrl-C or a service manager does; return its exit code."""
    server.send_signal(signal.CTRL_BREAK_EVENT if IS_WINDOWS else signal.SIGTERM)
    return server.wait(timeout=TIMEOUT_SECONDS)


def main(command: list[str], data: Path) -> None:
    """Start it, ask for `/healthz`, and stop it."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command += ["--no-show", "--port", str(port), "--data", str(data)]
    server = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
        creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if IS_WINDOWS else 0,
    )
    watchdog = threading.Timer(TIMEOUT_SECONDS, server.kill)
    watchdog.start()
    try:
        assert server.stdout is not None
        for line in server.stdout:
            print(line, end="")
            if "ready" in line:
                break
        else:
            sys.exit("it ended before it was ready")
        watchdog.cancel()
        assert address in line, f"it is ready elsewhere than at {address}"
        with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
            print(answer.status, answer.read().decode())
        code = stop(server)
        # Windows reports a process that was stopped from the console by a code of its own.
        if code and not IS_WINDOWS:
            sys.exit(f"it ended with exit code {code}")
    finally:
        watchdog.cancel()
        if server.poll() is None:
            server.kill()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        main(sys.argv[1:], Path(folder) / "data")
