"""Create the database, or upgrade an older one, with a snapshot to return to."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine

from models import migrations
from models.clock import now
from services.core.errors import Unavailable
from services.core.i18n import _
from services.db.sqlite import copy
from services.db.sqlite.connections import engine, reading


def prepare(file: Path, check: Callable[[Connection], None]) -> None:
    """Create `file` if it does not exist, and upgrade it to the newest revision.

    An older database is copied first, and `check` runs on the upgraded one before the commit. If
    either fails, the copy is restored. Raises `Unavailable` with the reason.
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
            _restore(snapshot, file)
            raise _upgrade_failed(error) from error
    finally:
        made.dispose()


def is_needed(file: Path) -> bool:
    """Return whether `file` is of another version, so that `prepare` would upgrade it."""
    made = engine(file, connections=1)
    try:
        return _revision(made, file) != migrations.newest_revision()
    finally:
        made.dispose()


def _revision(made: Engine, file: Path) -> str | None:
    with reading(file), made.connect() as connection:
        return migrations.current_revision(connection)


def _snapshot(file: Path, revision: str) -> Path:
    """Copy the database, including its write-ahead log."""
    stamp = f"{now():%Y%m%d-%H%M%S}"
    snapshot = file.with_name(f"{file.stem}-before-upgrade-{revision}-{stamp}.db")
    try:
        copy.copy(file, snapshot)
    except (OSError, sqlite3.Error) as error:
        snapshot.unlink(missing_ok=True)
        raise _upgrade_failed(error) from error
    return snapshot


def _restore(snapshot: Path, file: Path) -> None:
    """Restore the snapshot, and remove it: every start would leave another one."""
    with closing(sqlite3.connect(snapshot)) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)
    snapshot.unlink()


def _upgrade_failed(error: Exception) -> Unavailable:
    reason = next(iter(str(error).splitlines()), repr(error))
    return Unavailable(
        _("The database upgrade failed ({error}). The database is unchanged.").format(error=reason)
    )
