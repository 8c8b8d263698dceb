"""A consistent snapshot of the database and its files, while the server is running.

The database is copied first. Files never change, and later ones belong to no message in the
copy. Only a file that is deleted before it was copied is missing; as its message is deleted as
well, the database is then copied again.
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from services.core.disk import data_folder, durable
from services.db.sqlite import copy as database_copy
from services.files.store import stored_names

MAX_ATTEMPTS = 5
"""Copies of the database while files are being deleted."""
_HASH = re.compile(r"[0-9a-f]{64}")


def gather(
    data: Path,
    copy: Path,
    add: Callable[[Path, str], None],
    *,
    rest: Callable[[], None] | None = None,
) -> set[str]:
    """Copy the database of the folder `data` to `copy`, and call `add` with each file and name.

    It calls `rest` between two chunks of the database. Return the names of lost files. Where the
    files are in a bucket, only the note of that is added.
    """
    added: set[str] = set()
    missing: set[str] | None = None
    for _attempt in range(MAX_ATTEMPTS):
        database_copy.copy(data / data_folder.DATABASE, copy, rest=rest)
        if data_folder.files_in(data):  # their host backs them up there
            add(data / data_folder.FILES_IN, data_folder.FILES_IN)
            return set()
        gone = set()
        for name in file_names(copy) - added:
            try:
                add(data / name, name)
                added.add(name)
            except FileNotFoundError:
                gone.add(name)
        if not gone or gone == missing:
            break  # the same files twice: they are lost, and not just deleted
        missing = gone
    return gone


def file_names(database: Path) -> set[str]:
    """Return the files that rows of a database refer to, as paths in the data folder."""
    folder = Path(data_folder.FILES)
    with closing(sqlite3.connect(database)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        found = set()
        for table, has_preview in (
            ("attachments", "has_preview"),
            ("stickers", "is_animated"),
            ("pending_files", "0"),
        ):
            if table not in tables:
                continue  # from a version without them
            rows = connection.execute(f"SELECT DISTINCT hash, {has_preview} FROM {table}")  # noqa: S608
            for digest, is_previewed in rows:
                if _HASH.fullmatch(digest):  # a crafted backup must not name other paths
                    found.add((folder / stored_names.of_file(digest)).as_posix())
                    if is_previewed:
                        found.add((folder / stored_names.of_preview(digest)).as_posix())
    return found


def link(file: Path, place: Path) -> None:
    """Hard-link an immutable file; copy it where links are not supported.

    Raises `FileNotFoundError`.
    """
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(file, place)
    except FileNotFoundError:
        raise
    except OSError:
        copy(file, place)


def copy(file: Path, place: Path) -> None:
    """Copy a file, readable by its owner only, and flush it to disk."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.touch(mode=0o600, exist_ok=False)
    with file.open("rb") as source, place.open("wb") as target:
        shutil.copyfileobj(source, target)
    durable.flush(place)
