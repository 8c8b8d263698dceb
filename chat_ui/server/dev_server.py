"""With `--edit`: restarts the server when a saved change cannot be applied to open pages.

This process only watches files; the server runs in another one.
"""

import shlex
import subprocess
import sys
from pathlib import Path

from watchfiles import Change, PythonFilter, run_process

from chat_ui.server.hot_reload import HERE, can_follow

PROJECT = HERE.parent


class _Restart(PythonFilter):
    def __call__(self, change: Change, path: str) -> bool:
        return super().__call__(change, path) and not can_follow(Path(path))


def keep_running() -> None:
    """Run the server until Ctrl-C or SIGTERM, and restart it when that is needed."""
    command = [sys.executable, *sys.argv]
    joined = subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)
    parts = [PROJECT / name for name in ("main.py", "api", "chat_ui", "node", "services", "models")]
    run_process(*parts, target=joined, target_type="command", watch_filter=_Restart())
