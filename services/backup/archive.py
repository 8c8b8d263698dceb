"""Write a backup of a data folder as one zip file, to store elsewhere."""

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from msgspec import Struct

from services.backup import snapshot
from services.core.disk import data_folder, durable
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _

CHUNK_SIZE = 1024 * 1024
"""Bytes of a file in memory at a time."""


class Saved(Struct, frozen=True):
    """The contents of a new backup."""

    size: int
    files: int
    missing: int
    """How many files of messages were lost before the backup."""
    files_in: str = ""
    """The bucket with the files of messages, which are not in the backup; empty if they are."""


def save(data: Path, file: Path) -> Saved:
    """Back up the folder `data` to `file`, whether or not a server is running.

    `file` appears only when it is complete and flushed to disk. Raises `ServiceError` if it
    exists already, and `Unavailable` if it cannot be written; then nothing of it is left.
    """
    _refuse_existing(file)
    work: Path | None = None
    try:
        # Next to the file, so that a rename is enough. Mode 0700.
        work = Path(tempfile.mkdtemp(prefix=f".{file.name}-", dir=file.parent))
        made = work / "backup.zip"
        files, missing = _write(data, work / data_folder.DATABASE, made)
        size = made.stat().st_size
        _refuse_existing(file)
        made.rename(file)
        durable.flush_folder(file.parent)
        return Saved(size, files, missing, data_folder.files_in(data))
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise Unavailable(
            _("The backup failed ({reason}). Nothing was stored.").format(reason=reason or error)
        ) from error
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)


def _refuse_existing(file: Path) -> None:
    if os.path.lexists(file):
        raise ServiceError(_("{file} already exists. Choose another name.").format(file=file))


def _write(data: Path, copy: Path, made: Path) -> tuple[int, int]:
    """Write the zip; return the number of files in it, and of missing ones."""
    made.touch(mode=0o600)
    with ZipFile(made, "w") as archive:
        missing = snapshot.gather(data, copy, lambda file, name: _add(archive, file, name))
        files = len(archive.namelist())
        _add(archive, copy, data_folder.DATABASE, ZIP_DEFLATED)
        if (key := data / data_folder.DEVICE_KEY).exists():
            _add(archive, key, data_folder.DEVICE_KEY)
    durable.flush(made)
    return files, len(missing)


def _add(archive: ZipFile, file: Path, name: str, method: int = ZIP_STORED) -> None:
    """Add a file in chunks. Stored by default: most uploads are compressed already."""
    with file.open("rb") as source:  # first, because it may be missing
        member = ZipInfo.from_file(file, name, strict_timestamps=False)
        member.compress_type = method
        with archive.open(member, "w") as target:
            shutil.copyfileobj(source, target, CHUNK_SIZE)
