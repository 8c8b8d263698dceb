"""The house as a whole: what is open while the program runs, and how it opens and closes."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from services.accounts.passwords import Passwords
from services.backup import atomic_swap, schedule
from services.core import atomic_file
from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.rate_limits import RateLimit, RateLimits
from services.core.settings import Settings
from services.db import database, migrate
from services.files import orphans
from services.files.store import Store
from services.rooms import presence, purge, read_positions, rooms

DATABASE = "chat.db"
FILES = "files"
DEVICE_KEY = "device.key"


@dataclass(frozen=True)
class AppContext:
    """Everything that is open: the settings, the password hasher, the throttles."""

    settings: Settings
    passwords: Passwords
    rate_limits: RateLimits
    files: Store
    device_key: bytes
    """The secret that signs device cookies."""


_open: AppContext | None = None


def current() -> AppContext:
    """Return the house that is open."""
    if _open is None:
        raise RuntimeError("the house is not open; call services.core.app_context.open() first")
    return _open


async def open(settings: Settings, *, is_primary: bool = True) -> None:
    """Open everything for `settings`: make or upgrade the database, start its threads.

    Without `is_primary`, beside a running server, the clean-up jobs and the checkpoints of the
    database are left to that server.

    Raises `Unavailable` with one sentence when the data folder cannot be used.
    """
    global _open
    folder = settings.data
    try:
        migrate.prepare(folder / DATABASE)
        files = Store(folder / FILES)
        files.open(clears=is_primary)
        key = atomic_file.read(folder / DEVICE_KEY, lambda: secrets.token_bytes(32))
    except OSError as error:
        raise folder_unusable(folder, error) from error
    database.use(database.Database(folder / DATABASE, checkpoints=is_primary))
    _open = AppContext(
        settings=settings,
        passwords=Passwords(
            settings.argon2_memory_kib, settings.argon2_time_cost, settings.argon2_parallelism
        ),
        rate_limits=RateLimits(message=RateLimit(settings.message_rate)),
        files=files,
        device_key=key,
    )
    await rooms.make_lobby()
    if is_primary:
        purge.begin()
        orphans.begin()
        schedule.begin()


async def close() -> None:
    """Finish what waits to be written and let go of everything."""
    global _open
    if _open is not None:
        presence.close()
        await read_positions.flush()
        await purge.stop()
        await orphans.stop()
        await schedule.stop()
        await database.current().close()
        _open.passwords.close()
        database.use(None)
        _open = None


def lock_data_folder(folder: Path) -> FileLock:
    """Make the data folder, for its owner's eyes only, and keep other servers out of it.

    A restore that was cut short is finished then.

    Raises `Unavailable` when it cannot be written or another server has it. The lock is
    the caller's to keep: it ends with the process.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0)
        lock.acquire()
        atomic_swap.finish(folder)
        (folder / DATABASE).touch(mode=0o600)
    except Timeout as error:
        raise Unavailable(
            _("Another Simple Chat uses {folder}. Stop it, or choose another with --data.").format(
                folder=folder
            )
        ) from error
    except OSError as error:
        raise folder_unusable(folder, error) from error
    return lock


def folder_unusable(folder: Path, error: OSError) -> Unavailable:
    """Say that nothing can be kept in `folder`, and why."""
    return Unavailable(
        _("Nothing can be kept in {folder} ({reason}). Choose another with --data.").format(
            folder=folder, reason=error.strerror or error
        )
    )
