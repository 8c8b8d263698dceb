"""Replace the contents of a folder atomically: all of it or nothing, even after a crash.

restoring-…/              new contents in preparation; discarded after a crash
restore-20261126-223000/  committed: the swap will be finished, even after a crash
before-restore-2026…/     the previous contents

Several files cannot be moved atomically. So a single rename commits the new contents, and the
next process that opens the folder finishes an interrupted swap.
"""

import os
import shutil
import tempfile
from pathlib import Path

from models.clock import now
from services.core.disk.durable import flush_folder

_READY = "restore-"
_COMPANIONS = ("-wal", "-shm", "-journal", "")
"""Suffixes of the files that belong to an SQLite database; they are moved before it."""


def begin(folder: Path) -> Path:
    """Return a new folder, within `folder`, for the new contents."""
    return Path(tempfile.mkdtemp(prefix="restoring-", dir=folder))


def commit(folder: Path, new: Path) -> Path | None:
    """Replace the contents of `folder` by those of `new`, which are already flushed to disk.

    Return the folder with the previous contents, if there were any.
    """
    flush_folder(new)
    new.rename(folder / f"{_READY}{now():%Y%m%d-%H%M%S}")
    flush_folder(folder)
    return finish(folder)


def is_interrupted(folder: Path) -> bool:
    """Return whether a swap was committed but not finished."""
    return any(folder.glob(f"{_READY}*"))


def finish(folder: Path) -> Path | None:
    """Finish an interrupted swap, and remove contents that were never committed.

    Return the folder with the previous contents, if there were any.
    """
    before = None
    for ready in sorted(folder.glob(f"{_READY}*")):
        before = folder / f"before-{ready.name}"
        _swap(folder, ready, before)
    for unfinished in folder.glob("restoring-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    return before if before and before.exists() else None


def _swap(folder: Path, ready: Path, before: Path) -> None:
    before.mkdir(mode=0o700, exist_ok=True)
    for new in sorted(ready.iterdir()):
        for companion in _COMPANIONS:
            old = folder / f"{new.name}{companion}"
            if old.is_file() and not old.stat().st_size:
                old.unlink()  # created by locking the folder, and never used
            elif os.path.lexists(old):
                old.rename(_free_path(before / old.name))
        flush_folder(before)
        new.rename(folder / new.name)
        flush_folder(folder)
    if not any(before.iterdir()):
        before.rmdir()
    ready.rmdir()


def _free_path(path: Path) -> Path:
    """Return `path`, or with a number if it exists: nothing is overwritten."""
    number = 1
    free = path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free
