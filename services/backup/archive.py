"""A backup as one file: a zip that holds what a data folder does, to be kept elsewhere."""

import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from services.backup import snapshot
from services.core import data_folder, durable
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _

CHUNK_SIZE = 1024 * 1024
"""Bytes of a file that are in memory at a time."""


@dataclass(frozen=True)
class Saved:
    """What a backup holds."""

    size: int
    files: int
    missing: int
    """How many files messages hold that were lost before."""


def save(data: Path, file: Path) -> Saved:
    """Back the folder `data` up as `file`, whether or not a server is running.

    It gets its name once it is whole and on the disk. Raises `ServiceError` when there is something
    of that name, and `Unavailable` when it cannot be written: then nothing of it is left.
    """
    _refuse_existing(file)
    work: Path | None = None
    try:
        # Beside the file, so that moving it there is a mere renaming; mode 0700
        work = Path(tempfile.mkdtemp(prefix=f".{file.name}-", dir=file.parent))
        made = work / "backup.zip"
        files, missing = _write(data, work / data_folder.DATABASE, made)
        size = made.stat().st_size
        _refuse_existing(file)
        made.rename(file)
        durable.flush_folder(file.parent)
        return Saved(size, files, missing)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise Unavailable(
            _("The backup could not be made ({reason}). Nothing of it is left.").format(
                reason=reason or error
            )
        ) from error
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)


def _refuse_existing(file: Path) -> None:
    if os.path.lexists(file):
        raise ServiceError(_("{file} is there already. Choose another name.").format(file=file))


def _write(data: Path, copy: Path, made: Path) -> tuple[int, int]:
    """Write the zip; return how many files it has, and how many are missing."""
    made.touch(mode=0o600)
    with ZipFile(made, "w") as whole:
        missing = snapshot.gather(data, copy, lambda file, name: _add(whole, file, name))
        files = len(whole.namelist())
        _add(whole, copy, data_folder.DATABASE, ZIP_DEFLATED)
        if (key := data / data_folder.DEVICE_KEY).exists():
            _add(whole, key, data_folder.DEVICE_KEY)
    durable.flush(made)
    return files, len(missing)


def _add(whole: ZipFile, file: Path, name: str, method: int = ZIP_STORED) -> None:
    """Add a file, piece by piece. Most of what people send is compressed already."""
    with file.open("rb") as source:  # first of all: it may not be there
        member = ZipInfo.from_file(file, name, strict_timestamps=False)
        member.compress_type = method
        with whole.open(member, "w") as target:
            shutil.copyfileobj(source, target, CHUNK_SIZE)
