"""Make a nightly backup and verify it, in a process of its own with low priority.

data/backups/2026-11-26-030000/  chat.db, device.key and files/, as in a data folder
data/backups/proven.json         the result, see `services/backup/status.py`

Files never change, so they are hard-linked and take no extra space. A backup gets its name only
after the code behind the restore command has restored it, and every byte was read.
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
from services.backup.status import FOLDER, BackupStatus, Problem
from services.core.disk import data_folder, durable
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import set_language
from services.files import check
from services.files.check import Finding
from services.files.store import stored_names
from services.files.store.folder import FolderStore

NAME = "%Y-%m-%d-%H%M%S"
_NAMED = re.compile(r"\d{4}-\d\d-\d\d-\d{6}")
PAUSE_SECONDS = 0.01
"""Between two chunks of the database, to leave the disk to the server."""


def main() -> None:
    """Make a backup. The arguments are the data folder, and how many backups to keep."""
    data, keep = Path(sys.argv[1]), int(sys.argv[2])
    set_language("en")  # the status is for administrators
    if hasattr(os, "nice"):  # on Windows, the server has set the priority
        os.nice(19)
    make(data, keep)


def make(data: Path, keep: int) -> BackupStatus:
    """Make a backup, verify it, and remove the oldest; store and return the result."""
    known = _try(data, keep)
    status.write(data, known)
    return known


def _try(data: Path, keep: int) -> BackupStatus:
    known = status.read(data)
    tried = BackupStatus(proven_at=known.proven_at, missing=known.missing, tried_at=now())
    folder = data / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with FileLock(folder / "lock", timeout=0):
            _remove_unfinished(folder)
            missing = _make(data, folder)
            _prune(folder, keep)
    except _Failure as failure:
        return tried.model_copy(update={"problem": failure.problem, "detail": str(failure)})
    except (ServiceError, Timeout, OSError, sqlite3.Error) as error:
        return tried.model_copy(update={"problem": Problem.FAILED, "detail": str(error)})
    return BackupStatus(proven_at=tried.tried_at, missing=missing, tried_at=tried.tried_at)


def named(data: Path) -> list[Path]:
    """Return all backups, oldest first."""
    return sorted(each for each in (data / FOLDER).glob("*-*") if _NAMED.fullmatch(each.name))


class _Failure(Exception):
    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(detail)
        self.problem = problem


def _make(data: Path, folder: Path) -> int:
    """Make and verify a backup; return how many files were lost before, and so are not in it."""
    began = now()
    store = FolderStore(data / data_folder.FILES)
    # There will be two more copies of the database: in the backup, and restored from it.
    _require_space(
        store, 2 * sum(file.stat().st_size for file in data.glob(f"{data_folder.DATABASE}*"))
    )

    def add(file: Path, name: str) -> None:
        _require_space(store, 0)  # a file takes space where hard links are not supported
        snapshot.link(file, work / "made" / name)

    work = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        made, restored = work / "made", work / "restored"
        for each in (made, made / data_folder.FILES, restored):
            each.mkdir(mode=0o700)
        snapshot.gather(
            data, made / data_folder.DATABASE, add, rest=lambda: time.sleep(PAUSE_SECONDS)
        )
        with contextlib.suppress(FileNotFoundError):
            add(data / data_folder.DEVICE_KEY, data_folder.DEVICE_KEY)
        missing = _verify(data, made, restored)
        durable.flush_tree(made)
        _name(made, folder, began)
        return missing
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _require_space(store: FolderStore, size: int) -> None:
    if not store.has_room(size):
        raise _Failure(Problem.DISK)


def _verify(data: Path, made: Path, restored: Path) -> int:
    """Restore a backup and read all of it; return how many files were lost before."""
    try:
        with backup_source.opened(made) as source:
            _messages, _files, lost = unpack(source, restored, made)
    except Unavailable:
        raise  # not a fault of the backup
    except ServiceError as error:
        raise _Failure(Problem.UNSOUND, str(error.__cause__ or error)) from error
    store = FolderStore(data / data_folder.FILES)
    for finding in lost:
        if _is_whole(store, finding):
            raise _Failure(Problem.UNSOUND, f"{finding.problem}: {finding.hash}")
    return len({finding.hash for finding in lost})


def _is_whole(store: FolderStore, finding: Finding) -> bool:
    """Return whether a file that the backup lacks is intact in the data folder."""
    if finding.problem is check.Problem.NO_PREVIEW:
        return store.preview(finding.hash).exists()
    try:
        return stored_names.digest(store.path(finding.hash)) == finding.hash
    except OSError:
        return False


def _name(made: Path, folder: Path, began: datetime) -> None:
    made.rename(folder / f"{began:{NAME}}")
    durable.flush_folder(folder)


def _prune(folder: Path, keep: int) -> None:
    """Remove the oldest backups, now that there is a newer verified one."""
    for old in named(folder.parent)[:-keep]:
        # Renamed first: a backup that is half removed must not look complete.
        gone = old.rename(folder / f".old-{old.name}")
        shutil.rmtree(gone, ignore_errors=True)


def _remove_unfinished(folder: Path) -> None:
    """Remove what an interrupted run has left."""
    for unfinished in [*folder.glob(".making-*"), *folder.glob(".old-*")]:
        shutil.rmtree(unfinished, ignore_errors=True)


if __name__ == "__main__":
    main()
