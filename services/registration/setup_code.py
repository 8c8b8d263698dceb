"""The setup code proves that the first to register on a public server is its owner."""

import hmac
import secrets
from pathlib import Path

from services.core.disk import atomic_file
from services.core.settings import Settings

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that are not easily confused."""


def get_or_create(settings: Settings) -> str:
    """Return the code to print in the terminal; it stays the same until `delete`."""
    return atomic_file.read_or_create(_file(settings), _create).decode().strip()


def matches(settings: Settings, code: object) -> bool:
    """Return whether `code` is the setup code."""
    if not isinstance(code, str):
        return False
    typed = code.strip().lower().encode("utf-8", "replace")
    return hmac.compare_digest(typed, get_or_create(settings).encode())


def delete(settings: Settings) -> None:
    """Delete the code, once the administrator's account is created."""
    _file(settings).unlink(missing_ok=True)


def _create() -> bytes:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3)).encode()


def _file(settings: Settings) -> Path:
    return settings.data / "setup-code"
