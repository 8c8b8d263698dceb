"""Create the database, or upgrade an older one, with a snapshot to return to."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from models import migrations
from models.clock import now
from services.core.errors import Unavailable
from services.core.i18n import _
from services.db.sqlite import copy
from services.db.sqlite.connections import connect, engine, reading


def prepare(file: Path, check: Callable[[Connection], None]) -> None:
    """Create `file` if it does not exist, and upgrade it to the newest revision.

    An older database is copied first, and `check` runs on the upgraded one before the commit. If
    either fails, the copy is restored. Raises `Unavailable` with the reason.
    """
    revision = _revision(file)
    if revision == migrations.newest_revision():
        return
    snapshot = _snapshot(file, revision) if revision else None
    made = engine(file, connections=1)
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
    return _revision(file) != migrations.newest_revision()


def _revision(file: Path) -> str | None:
    """Return the revision of the database, or None for an empty one.

    Each start asks for it: without SQLAlchemy, whose engine takes ten times as long.
    """
    with reading(file), closing(connect(file, read_only=False)) as connection:
        table = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if connection.execute(table).fetchone() is None:
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return found and str(found[0])


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
