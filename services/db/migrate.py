"""Making the database, and bringing an older one to this version, with a way back."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine

from models import migrations
from models.clock import now
from services.core.errors import Unavailable
from services.core.i18n import _
from services.db import copy
from services.db.database import engine, reading


def prepare(file: Path, check: Callable[[Connection], None]) -> None:
    """Make `file` if it is not there, and bring it to the newest revision.

    An older database is copied beside itself first, and `check` tries the upgraded one before it
    is stored. Should either fail, the copy is put back and `Unavailable` says so in one sentence.
    """
    made = engine(file, connections=1)
    try:
        revision = _revision(made, file)
        if revision == migrations.newest_revision():
            return
        snapshot = _snapshot(file, revision) if revision else None
        try:
            with made.begin() as connection:
                migrations.upgrade(connection)
                if snapshot:
                    check(connection)
        except Exception as error:
            if snapshot is None:
                raise
            made.dispose()
            _put_back(snapshot, file)
            raise _as_before(error) from error
    finally:
        made.dispose()


def is_needed(file: Path) -> bool:
    """Tell whether `file` is of another version, which `prepare` would bring to this one."""
    made = engine(file, connections=1)
    try:
        return _revision(made, file) != migrations.newest_revision()
    finally:
        made.dispose()


def _revision(made: Engine, file: Path) -> str | None:
    with reading(file), made.connect() as connection:
        return migrations.current_revision(connection)


def _snapshot(file: Path, revision: str) -> Path:
    """Copy the database as it is, whatever state its write-ahead log is in."""
    stamp = f"{now():%Y%m%d-%H%M%S}"
    snapshot = file.with_name(f"{file.stem}-before-upgrade-{revision}-{stamp}.db")
    try:
        copy.copy(file, snapshot)
    except (OSError, sqlite3.Error) as error:
        snapshot.unlink(missing_ok=True)
        raise _as_before(error) from error
    return snapshot


def _put_back(snapshot: Path, file: Path) -> None:
    """Go back to the copy, and remove it: who starts again and again needs no pile of them."""
    with closing(sqlite3.connect(snapshot)) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)
    snapshot.unlink()


def _as_before(error: Exception) -> Unavailable:
    reason = next(iter(str(error).splitlines()), repr(error))
    return Unavailable(
        _("The database could not be upgraded ({error}) and is as it was before.").format(
            error=reason
        )
    )
