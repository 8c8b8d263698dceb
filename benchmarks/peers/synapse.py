"""Synapse, the homeserver of the Matrix project, on SQLite and without limits.

The tests of apps install it (`tests/api/matrix/clients/installed.py`), or whoever measures does:
`pip install matrix-synapse` into an environment of its own, whose `bin` is in the `PATH`.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.servers import Server

NAME = "Synapse (Matrix)"
SECRET = "only for benchmarks and tests"
"""Whoever knows it makes accounts."""
_UNLIMITED = {"per_second": 1e6, "burst_count": 10**6}
_WHOLE = (
    *("message", "registration", "joins_per_room", "room_creation", "reports", "media_create"),
    *("3pid_validation", "registration_token_validity", "third_party_invite", "user_directory"),
    *("delayed_event_mgmt", "admin_redaction"),
)
"""What Synapse limits as one rate."""
_PARTS = {
    "login": ("address", "account", "failed_attempts"),
    "joins": ("local", "remote"),
    "invites": ("per_room", "per_user", "per_issuer"),
    "presence": ("per_user",),
}
"""What it limits as several."""


def python() -> str | None:
    """Return the Python that has it; None if it is not installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    whole = sorted((cache / "simple-chat-tests").glob("matrix-synapse-*/whole"))
    if whole:
        return str(whole[-1].parent / "bin" / "python")
    command = shutil.which("synapse_homeserver")
    return str(Path(command).resolve().parent / "python") if command else None


def serve(folder: Path, python: str) -> Server:
    """Return a server that stores all in `folder`. Raises `CalledProcessError`."""
    folder.mkdir(parents=True)
    settings = folder / "homeserver.yaml"
    command = (python, "-m", "synapse.app.homeserver", "--config-path", str(settings))
    server = Server(*command)
    settings.write_text(json.dumps(configure(folder, server.port)))  # which is YAML, too
    subprocess.run([*command, "--generate-keys"], check=True, capture_output=True, timeout=60)
    return server


def configure(folder: Path, port: int) -> dict[str, Any]:
    """Return the settings of a server that stores all in `folder`, and limits nothing."""
    limits: dict[str, Any] = {f"rc_{name}": _UNLIMITED for name in _WHOLE}
    limits |= {f"rc_{name}": dict.fromkeys(parts, _UNLIMITED) for name, parts in _PARTS.items()}
    return limits | {
        "server_name": "synapse.test",
        "listeners": [
            {
                "port": port,
                "type": "http",
                "bind_addresses": ["127.0.0.1"],
                "resources": [{"names": ["client"]}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "synapse.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "pid_file": str(folder / "synapse.pid"),
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": SECRET,
        "form_secret": SECRET,
        "bcrypt_rounds": 4,
        "report_stats": False,
        "trusted_key_servers": [],
    }
