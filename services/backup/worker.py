"""Making one of the nightly backups, and proving it: in a process of its own, of low priority.

data/backups/2026-11-26-030000/  chat.db, device.key and files/, as in a data folder
data/backups/proven.json         how it went, see `services/backup/status.py`

Files never change, so they are linked and take no room again. A backup gets its name once it
was restored, by the very code that hosts restore with, and every byte of that was read.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from models.clock import now
from services.backup import snapshot, status
from services.backup import source as backup_source
from services.backup.restore import unpack
from services.backup.status import FOLDER, Problem, Proof
from services.core import data_folder, durable
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import set_language
from services.files import check
from services.files import store as file_store
from services.files.check import Finding
from services.files.store import Store

NAME = "%Y-%m-%d-%H%M%S"
_NAMED = re.compile(r"\d{4}-\d\d-\d\d-\d{6}")
REST = 0.01
"""Seconds between two pieces of the database, in which others have the disk."""


def main() -> None:
    """Make one in the data folder that is named first, and keep as many as are named next."""
    data, keep = Path(sys.argv[1]), int(sys.argv[2])
    set_language("en")  # what is noted is read by whoever administers
    if hasattr(os, "nice"):  # on Windows the server sees to that
        os.nice(19)
    make(data, keep)


def make(data: Path, keep: int) -> Proof:
    """Make a backup, prove it, and remove the oldest; note how it went, and return that."""
    known = _try(data, keep)
    status.write(data, known)
    return known


def _try(data: Path, keep: int) -> Proof:
    known = status.read(data)
    tried = Proof(proven_at=known.proven_at, missing=known.missing, tried_at=now())
    folder = data / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with FileLock(folder / "lock", timeout=0):
            _clear_away(folder)
            missing = _make(data, folder)
            _prune(folder, keep)
    except _Trouble as trouble:
        return tried.model_copy(update={"problem": trouble.problem, "detail": str(trouble)})
    except (ServiceError, Timeout, OSError, sqlite3.Error) as error:
        return tried.model_copy(update={"problem": Problem.FAILED, "detail": str(error)})
    return Proof(proven_at=tried.tried_at, missing=missing, tried_at=tried.tried_at)


def named(data: Path) -> list[Path]:
    """Return the backups there are, the oldest first."""
    return sorted(each for each in (data / FOLDER).glob("*-*") if _NAMED.fullmatch(each.name))


class _Trouble(Exception):
    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(detail)
        self.problem = problem


def _make(data: Path, folder: Path) -> int:
    """Make a backup and prove it; return how many files it lacks because they were lost before."""
    began = now()
    store = Store(data / data_folder.FILES)
    # The database is there twice more for a while: in the backup, and in what is restored from it.
    _require_room(
        store, 2 * sum(file.stat().st_size for file in data.glob(f"{data_folder.DATABASE}*"))
    )

    def put(file: Path, name: str) -> None:
        _require_room(store, 0)  # where there are no links each file takes its room
        snapshot.link(file, work / "made" / name)

    work = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        made, restored = work / "made", work / "restored"
        for each in (made, made / data_folder.FILES, restored):
            each.mkdir(mode=0o700)
        snapshot.gather(data, made / data_folder.DATABASE, put, rest=lambda: time.sleep(REST))
        with contextlib.suppress(FileNotFoundError):
            put(data / data_folder.DEVICE_KEY, data_folder.DEVICE_KEY)
        missing = _prove(data, made, restored)
        durable.flush_tree(made)
        _name(made, folder, began)
        return missing
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _require_room(store: Store, size: int) -> None:
    if not store.has_room(size):
        raise _Trouble(Problem.DISK)


def _prove(data: Path, made: Path, restored: Path) -> int:
    """Restore a backup and look at all of it; return how many files were lost before."""
    try:
        with backup_source.opened(made) as source:
            _messages, _files, lost = unpack(source, restored, made)
    except Unavailable:
        raise  # that says nothing about the backup
    except ServiceError as refused:
        raise _Trouble(Problem.UNSOUND, str(refused.__cause__ or refused)) from refused
    store = Store(data / data_folder.FILES)
    for finding in lost:
        if _is_whole(store, finding):
            raise _Trouble(Problem.UNSOUND, f"{finding.problem}: {finding.hash}")
    return len({finding.hash for finding in lost})


def _is_whole(store: Store, finding: Finding) -> bool:
    """Tell whether what the backup lacks is there, and sound, where it came from."""
    if finding.problem is check.Problem.NO_PREVIEW:
        return store.preview(finding.hash).exists()
    try:
        return file_store.digest(store.path(finding.hash)) == finding.hash
    except OSError:
        return False


def _name(made: Path, folder: Path, began: datetime) -> None:
    made.rename(folder / f"{began:{NAME}}")
    durable.flush_folder(folder)


def _prune(folder: Path, keep: int) -> None:
    """Remove the oldest, now that there is a newer one that is proven."""
    for old in named(folder.parent)[:-keep]:
        # It loses its name first: half a backup is not to look like a whole one.
        gone = old.rename(folder / f".old-{old.name}")
        shutil.rmtree(gone, ignore_errors=True)


def _clear_away(folder: Path) -> None:
    """Remove what was left when this was ended in the middle."""
    for left in [*folder.glob(".making-*"), *folder.glob(".old-*")]:
        shutil.rmtree(left, ignore_errors=True)


if __name__ == "__main__":
    main()
