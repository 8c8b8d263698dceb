"""Putting new contents in the place of old ones in a folder: all of it or nothing.

restoring-…/              what is being made ready; after a crash it is worth nothing
restore-20261126-223000/  what is ready: from here on it goes forward, also after a crash
before-restore-2026…/     what was in its place before

Several files cannot be moved at once. So making ready ends with one renaming, and whoever
uses the folder next goes on with the moving where it was cut short.
"""

import os
import shutil
import tempfile
from pathlib import Path

from models.clock import now
from services.core.durable import flush_folder

_READY = "restore-"
_COMPANIONS = ("-wal", "-shm", "-journal", "")
"""What SQLite keeps beside a database belongs to it, and goes before it."""


def begin(folder: Path) -> Path:
    """Return a new folder, within `folder`, for what is to take the old ones' place."""
    return Path(tempfile.mkdtemp(prefix="restoring-", dir=folder))


def commit(folder: Path, new: Path) -> Path | None:
    """Put all that is in `new`, and on the disk, into the folder.

    Return where that is now in whose place it came, if anything was there.
    """
    flush_folder(new)
    new.rename(folder / f"{_READY}{now():%Y%m%d-%H%M%S}")
    flush_folder(folder)
    return finish(folder)


def is_cut_short(folder: Path) -> bool:
    """Tell whether something ready waits for `finish`."""
    return any(folder.glob(f"{_READY}*"))


def finish(folder: Path) -> Path | None:
    """Go on with what was cut short, and clear away what did not get ready."""
    before = None
    for ready in sorted(folder.glob(f"{_READY}*")):
        before = folder / f"before-{ready.name}"
        _swap(folder, ready, before)
    for half in folder.glob("restoring-*"):
        shutil.rmtree(half, ignore_errors=True)
    return before if before and before.exists() else None


def _swap(folder: Path, ready: Path, before: Path) -> None:
    before.mkdir(mode=0o700, exist_ok=True)
    for new in sorted(ready.iterdir()):
        for companion in _COMPANIONS:
            old = folder / f"{new.name}{companion}"
            if old.is_file() and not old.stat().st_size:
                old.unlink()  # claimed, and never used
            elif os.path.lexists(old):
                old.rename(_free(before / old.name))
        flush_folder(before)
        new.rename(folder / new.name)
        flush_folder(folder)
    if not any(before.iterdir()):
        before.rmdir()
    ready.rmdir()


def _free(place: Path) -> Path:
    """Return the place, or one beside it: what lies there already is never covered."""
    number = 1
    free = place
    while os.path.lexists(free):
        number += 1
        free = place.with_name(f"{place.name}-{number}")
    return free
