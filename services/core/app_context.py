"""The application's context: what all services share while the app runs.

`services/lifecycle.py` sets it at startup. Everything else calls `current()`.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from services.core.branding import Branding
from services.core.dto import CurrentUser, MessageView, Visitor
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


class ChangedIdentity(Struct, frozen=True):
    """Somebody whose identity at the hub is another one than at first."""

    name: str
    """As the hub calls them."""
    before: str
    """The public key that was seen first."""
    now: str


class HubState(Struct, frozen=True):
    """How it is with the hub of a node."""

    address: str
    is_reached: bool
    """Whether it has answered the last request."""
    waiting: int
    """How much was written here that it does not have yet."""
    is_signed: bool | None
    """Whether the person's own keys have signed this copy, so that others send it theirs; None
    while it is not known."""
    changed: tuple[ChangedIdentity, ...]


class Hub(Protocol):
    """What services ask of the hub; see `node/node.py`."""

    @property
    def address(self) -> str:
        """Where it is, as `https://chat.example.org`."""

    async def start(self) -> None:
        """Begin to copy, if somebody has logged in before. Raises `Unavailable`."""

    async def stop(self) -> None:
        """End what `start` began."""

    async def log_in(self, visitor: Visitor, username: object, password: object) -> int:
        """Return the local id of whom the hub knows by this name and password.

        Raises `ServiceError` with what the hub answered, and `Unavailable` without an answer.
        """

    async def send(
        self,
        viewer: CurrentUser,
        room_id: int,
        text: str,
        client_message_id: object,
        reply_to: int | None,
    ) -> tuple[MessageView, bool]:
        """Return the message if the hub has it; otherwise raises `Waiting`, once it will be sent.

        Raises `ServiceError` if it cannot be.
        """

    async def edit(self, viewer: CurrentUser, room_id: int, seq: int, text: str) -> None:
        """Have a message of the viewer's edited on the hub. Raises `ServiceError`."""

    async def delete(self, viewer: CurrentUser, room_id: int, seq: int, reason: object) -> None:
        """Have a message deleted on the hub. Raises `ServiceError`."""

    async def react(
        self, viewer: CurrentUser, room_id: int, seq: int, sign: str, *, on: bool
    ) -> None:
        """Have a reaction added on the hub, or taken back. Raises `ServiceError`."""

    async def answer_invitation(self, viewer: CurrentUser, room_id: int, *, accepts: bool) -> None:
        """Accept or decline an invitation on the hub, and return once it is so here.

        Raises `ServiceError`, and `Unavailable` if the hub cannot be reached.
        """

    async def state(self, viewer: CurrentUser) -> HubState:
        """Return how it is with the hub."""

    async def accept_identity(self, viewer: CurrentUser, name: str, key: str) -> None:
        """Take somebody's new identity for theirs. Raises `NotFound` if it is another by now."""

    def is_local(self, function: str, limit: str) -> bool:
        """Return whether a service function concerns this copy alone, or is given to the hub.

        `function` is its name with the module's, `limit` the rate limit that it counts against.
        """


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
    hub: Hub | None = None
    """The chat that this one holds a copy of, as a node does; None for every other."""


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
