"""The application's context: what all services share while the app runs.

`services/lifecycle.py` sets it at startup. Everything else calls `current()`.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from services.core.branding import Branding
from services.core.limits.password_turns import Caller
from services.core.limits.rate_limits import RateLimits
from services.core.network import outbound
from services.core.network.outbound import Reach
from services.core.settings import Settings


class PasswordHasher(Protocol):
    """Hashes and verifies passwords for a caller: see `services/accounts/passwords`."""

    async def checked(
        self, by: Caller, value: object, username: str, display_name: str = ""
    ) -> str:
        """Validate and normalise a new password. Raises `ServiceError` if it is not acceptable."""

    async def hash(self, by: Caller, password: str) -> str:
        """Return the hash of a checked password."""

    async def verify(
        self, by: Caller, password: object, hashed: str | None
    ) -> tuple[bool, str | None]:
        """Return whether a password is right, and a new hash if the hashing costs have changed."""

    def close(self) -> None:
        """Cancel waiting jobs, and return when the running ones are done."""


class RemoteFile(Protocol):
    """A stored file, or a preview, that is not on this machine."""

    name: str
    """In the store."""

    async def size(self) -> int:
        """Return its size in bytes. Raises `FileNotFoundError`, and `OSError` without an answer."""

    def read(self, start: int, end: int) -> AsyncGenerator[bytes]:
        """Yield its bytes from `start` to before `end`. Raises `OSError` as `size` does."""


StoredFile = Path | RemoteFile
"""A stored file; whether it is there shows when it is read."""


class FileStore(Protocol):
    """Stores uploaded files: see `services/files/store/stores.py`. What is not async blocks."""

    def incoming_path(self) -> Path:
        """Return a new path for an upload, on this machine."""

    def stored(self, digest: str) -> StoredFile:
        """Return a file."""

    def stored_preview(self, digest: str) -> StoredFile:
        """Return the preview of a file, whether it has one or not."""

    def local_copy(self, digest: str) -> AbstractAsyncContextManager[Path]:
        """Give a file on this machine, to be read only, for as long as the block lasts.

        Raises `FileNotFoundError`, perhaps only when it is opened, and `OSError`.
        """

    async def add(self, file: Path, digest: str) -> None:
        """Store a file, which may be moved. Raises `OSError`; then nothing refers to it yet."""

    async def add_preview(self, digest: str, preview: bytes) -> None:
        """Store the preview of a file. Raises `OSError`."""

    async def remove(self, digests: Collection[str]) -> None:
        """Remove files and their previews. Raises `OSError`; some may be removed then."""

    def disk(self) -> tuple[int, int]:
        """Return the free and the total bytes of the disk with the uploads in progress."""

    def has_room(self, size: int) -> bool:
        """Return whether `size` more bytes leave enough of the disk free."""

    def close(self) -> None:
        """Remove what is left of uploads."""


@dataclass(frozen=True)
class AppContext:
    """Everything the services share."""

    settings: Settings
    passwords: PasswordHasher
    rate_limits: RateLimits
    files: FileStore
    device_key: bytes
    """The secret that signs device cookies."""
    branding: Branding = field(default_factory=Branding)
    """The name, the accent and the icon of the chat, as they are stored."""
    has_link_previews: bool = False
    """Whether linked sites are asked for their titles, as it is stored."""
    has_link_pictures: bool = True
    """Whether they are asked for pictures then, as it is stored."""
    link_reach: Reach = outbound.WEB
    """Where linked sites may be."""


_current: AppContext | None = None


def current() -> AppContext:
    """Return the context. Raises `RuntimeError` before `startup` and after `shutdown`."""
    if _current is None:
        raise RuntimeError("the app is not open; call services.lifecycle.startup() first")
    return _current


def is_open() -> bool:
    """Return whether the app is started."""
    return _current is not None


def use(context: AppContext | None) -> None:
    """Set the context that `current` returns."""
    global _current
    _current = context


def rebrand(branding: Branding) -> None:
    """Set the name, the accent and the icon in the context."""
    use(replace(current(), branding=branding))
