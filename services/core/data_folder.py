"""The data folder: the names in it, and the lock that keeps a second server out."""

from pathlib import Path

from filelock import FileLock, Timeout

from services.core import atomic_swap
from services.core.errors import Unavailable
from services.core.i18n import _

DATABASE = "chat.db"
FILES = "files"
DEVICE_KEY = "device.key"


def lock(folder: Path) -> FileLock:
    """Create the data folder if needed, readable by its owner only, and lock it.

    An interrupted restore is finished first. The lock ends with the process, or when the
    caller releases it.

    Raises `Unavailable` when the folder cannot be written, or another server uses it.
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
        raise unusable(folder, error) from error
    return lock


def unusable(folder: Path, error: OSError) -> Unavailable:
    """Return the error to raise when nothing can be stored in `folder`."""
    return Unavailable(
        _("Nothing can be kept in {folder} ({reason}). Choose another with --data.").format(
            folder=folder, reason=error.strerror or error
        )
    )
