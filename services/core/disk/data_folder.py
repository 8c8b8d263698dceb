"""The data folder: the names in it, the lock, and the note of where its chat was moved."""

import os
import stat
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from filelock import FileLock, Timeout

from services.core.disk import atomic_file, atomic_swap, durable
from services.core.errors import Unavailable
from services.core.i18n import _

DATABASE = "chat.db"
FILES = "files"
DEVICE_KEY = "device.key"
LOCK = "lock"
"""The file that is locked while the folder is in use."""
MOVED_TO = "moved-to"
"""Says which database the chat of `DATABASE` was moved to: that file is not to be used any more."""
FILES_IN = "files-in"
"""Says which bucket the files of the chat are in; it is not there if they are in `FILES`."""
WINDOW = "window"
"""Cookies, size and place of the window of `--native`."""
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def create(folder: Path) -> None:
    """Create the data folder if needed, for its owner only. Raises `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def lock(folder: Path) -> FileLock:
    """Create the data folder if needed, readable by its owner only, and lock it.

    An interrupted restore is finished first. The lock ends with the process, or when the
    caller releases it.

    Raises `Unavailable` when the folder cannot be written, or another server uses it.
    """
    try:
        create(folder)
        lock = FileLock(folder / LOCK, timeout=0)
        lock.acquire()
        atomic_swap.finish(folder)
        (folder / DATABASE).touch(mode=0o600)
    except Timeout as error:
        raise Unavailable(
            _(
                "Another Simple Chat is using {folder}. Stop it, or choose another folder "
                "with --data."
            ).format(folder=folder)
        ) from error
    except OSError as error:
        raise unusable(folder, error) from error
    return lock


def share(folder: Path) -> AbstractContextManager[None]:
    """Create the data folder if needed: several processes, which know of each other, may use it.

    Raises `Unavailable` when the folder cannot be written.
    """
    try:
        create(folder)
    except OSError as error:
        raise unusable(folder, error) from error
    return nullcontext()


def close_to_others(folder: Path) -> str:
    """Take away what lets other users of this computer change the data; return a sentence, if any.

    The chat creates everything for its owner alone. A folder from elsewhere may be open: made by
    hand under a umask of 002, say, or on a disk that knows no permissions. On Windows, folders
    inherit who may change them, and nothing is done.
    """
    if os.name == "nt":
        return ""
    mended = False
    for path in (
        folder,
        *(folder / name for name in (DATABASE, f"{DATABASE}-wal", FILES, DEVICE_KEY, WINDOW)),
    ):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _BY_OTHERS:
                path.chmod(mode & ~_BY_OTHERS)
                mended = True
                if path.stat().st_mode & _BY_OTHERS:
                    raise PermissionError
        except FileNotFoundError:
            continue
        except OSError:
            return _(
                "Other users of this computer can change {path}, and the chat can't "
                "prevent it. Choose another folder with --data, unless you trust them."
            ).format(path=path)
    return (
        _("Other users of this computer could change {folder}. Now they can't.").format(
            folder=folder
        )
        if mended
        else ""
    )


def note_moved(folder: Path, place: str) -> None:
    """Note that the chat in the folder's database is in another place now. Raises `OSError`."""
    atomic_file.write(folder / MOVED_TO, f"{place}\n".encode())
    durable.flush_folder(folder)


def forget_moved(folder: Path) -> None:
    """Note that the chat is in the folder's database, whatever was there before.

    Raises `OSError`.
    """
    (folder / MOVED_TO).unlink(missing_ok=True)
    durable.flush_folder(folder)


def require_not_moved(folder: Path) -> None:
    """Raise `Unavailable` if the chat in the folder's database was moved away."""
    try:
        place = (folder / MOVED_TO).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return
    except OSError as error:
        raise unusable(folder, error) from error
    raise Unavailable(
        _(
            "This chat was moved to {place}: set CHAT_DATABASE to that database. To have it here "
            "again, move it back: see docs/scaling.md."
        ).format(place=place)
    )


def note_files(folder: Path, place: str) -> None:
    """Note which bucket the files of the chat are in; empty for the folder. Raises `OSError`."""
    if place == files_in(folder):
        return
    if place:
        atomic_file.write(folder / FILES_IN, f"{place}\n".encode())
    else:
        (folder / FILES_IN).unlink(missing_ok=True)
    durable.flush_folder(folder)


def files_in(folder: Path) -> str:
    """Return which bucket the files of the chat are in; empty for the folder. Raises `OSError`."""
    try:
        place = (folder / FILES_IN).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "".join(filter(str.isprintable, place))  # it may be out of a backup of somebody else's


def unusable(folder: Path, error: OSError) -> Unavailable:
    """Return the error to raise when nothing can be stored in `folder`."""
    return Unavailable(
        _(
            "Nothing can be stored in {folder} ({reason}). Choose another folder with --data."
        ).format(folder=folder, reason=error.strerror or error)
    )
