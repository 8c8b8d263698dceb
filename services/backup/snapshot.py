"""What a backup holds, gathered while people write: the database, and the files of its messages.

The database comes first, for it says which files there are. A file never changes, and one that
comes later belongs to no message of the copy. Only a file that goes before it was taken is
missed: then its message went, too, and the database is copied once more.
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from services.core import data_folder, durable
from services.db import copy as database_copy
from services.files.store import Store

TRIES = 5
"""How often the database is copied at the most, while files go."""
_HASH = re.compile(r"[0-9a-f]{64}")


def gather(
    data: Path,
    copy: Path,
    put: Callable[[Path, str], None],
    *,
    rest: Callable[[], None] | None = None,
) -> set[str]:
    """Copy the database of the folder `data`, and hand each of its files to `put`, with its name.

    Between two pieces of the database it rests. Return the names of those that were missing before.
    """
    taken: set[str] = set()
    missing: set[str] | None = None
    for _try in range(TRIES):
        database_copy.copy(data / data_folder.DATABASE, copy, rest=rest)
        gone = set()
        for name in held(copy) - taken:
            try:
                put(data / name, name)
                taken.add(name)
            except FileNotFoundError:
                gone.add(name)
        if not gone or gone == missing:
            break  # this copy of the database names what another look has missed, too
        missing = gone
    return gone


def held(database: Path) -> set[str]:
    """Return the files that the messages of a database hold, as they are called in its folder."""
    store = Store(Path(data_folder.FILES))
    with closing(sqlite3.connect(database)) as line:
        if not line.execute("SELECT 1 FROM sqlite_master WHERE name = 'attachments'").fetchone():
            return set()  # of a version before there were files
        rows = line.execute("SELECT DISTINCT hash, has_preview FROM attachments")
        found = set()
        for digest, has_preview in rows:
            if _HASH.fullmatch(digest):  # else it names no file, wherever it comes from
                found.add(store.path(digest).as_posix())
                if has_preview:
                    found.add(store.preview(digest).as_posix())
    return found


def link(file: Path, place: Path) -> None:
    """Have a file that never changes at another place, too; as a copy where there are no links.

    Raises `FileNotFoundError` when it is not there.
    """
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(file, place)
    except FileNotFoundError:
        raise
    except OSError:
        with file.open("rb") as source, place.open("xb") as target:
            shutil.copyfileobj(source, target)
        durable.flush(place)
