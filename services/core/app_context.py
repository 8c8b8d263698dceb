"""The application's context: what the services share while the program runs.

`services/lifecycle.py` fills it at the start. Everything else only asks `current()`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.core.rate_limits import RateLimits
from services.core.settings import Settings


class PasswordHasher(Protocol):
    """Checks and hashes passwords: see `services.accounts.passwords.Passwords`."""

    async def checked(self, value: object, username: str, display_name: str = "") -> str:
        """Return a new password as it will be hashed. Raises `ServiceError` for a bad one."""

    async def hash(self, password: str) -> str:
        """Return the hash to store of a checked password."""

    async def verify(self, password: object, hashed: str | None) -> tuple[bool, str | None]:
        """Return whether a password is right, and a new hash to store if the costs changed."""

    def close(self) -> None:
        """Drop what waits, and return when the running jobs are done."""


class FileStore(Protocol):
    """The folder of files: see `services.files.store.Store`."""

    def incoming_path(self) -> Path:
        """Return a new path for an upload."""

    def path(self, digest: str) -> Path:
        """Return where a file is stored."""

    def preview(self, digest: str) -> Path:
        """Return where the preview of a file is stored."""

    def add(self, file: Path, digest: str, preview: Path | None) -> None:
        """Move a file and its preview into the store."""

    def remove(self, digest: str) -> None:
        """Remove a file and its preview."""

    def disk(self) -> tuple[int, int]:
        """Return how many bytes of the disk are free, and how many there are."""

    def has_room(self, size: int) -> bool:
        """Tell whether the disk is far from full with `size` more bytes on it."""


@dataclass(frozen=True)
class AppContext:
    """What is open while the program runs."""

    settings: Settings
    passwords: PasswordHasher
    rate_limits: RateLimits
    files: FileStore
    device_key: bytes
    """The secret that signs device cookies."""


_current: AppContext | None = None


def current() -> AppContext:
    """Return the context. Raises `RuntimeError` before `lifecycle.startup` and after `shutdown`."""
    if _current is None:
        raise RuntimeError("the app is not open; call services.lifecycle.startup() first")
    return _current


def is_open() -> bool:
    """Tell whether there is a context."""
    return _current is not None


def use(context: AppContext | None) -> None:
    """Make `context` the one that `current` returns."""
    global _current
    _current = context
