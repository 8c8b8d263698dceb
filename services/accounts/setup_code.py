"""The set-up code: on a server that others can reach, it tells its owner from the first comer."""

import hmac
import secrets
from pathlib import Path

from services.core import atomic_file
from services.core.settings import Settings

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody takes for one another."""


def show(settings: Settings) -> str:
    """Return the code to print in the terminal; it stays the same until it is used."""
    return atomic_file.read_or_create(_file(settings), _make).decode().strip()


def is_right(settings: Settings, code: object) -> bool:
    """Tell whether `code` is the one in the terminal."""
    if not isinstance(code, str):
        return False
    typed = code.strip().lower().encode("utf-8", "replace")
    return hmac.compare_digest(typed, show(settings).encode())


def forget(settings: Settings) -> None:
    """Remove the code: the administrator's account is made."""
    _file(settings).unlink(missing_ok=True)


def _make() -> bytes:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3)).encode()


def _file(settings: Settings) -> Path:
    return settings.data / "setup-code"
