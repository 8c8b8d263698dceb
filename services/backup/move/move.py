"""Move a chat from SQLite to PostgreSQL, or back: all of it, compared, or nothing."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from models import migrations
from services.backup import integrity
from services.backup.integrity import Unsound
from services.backup.move import files, tables
from services.backup.move.files import Counted
from services.backup.move.places import Place
from services.backup.move.progress import Progress, Step
from services.core.disk import atomic_swap, data_folder, durable
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.db import driver_error, engines
from services.db.sqlite import transfer
from services.search import filling

_ENDINGS = ("", "-wal", "-shm", "-journal")
"""Of the names of the files that a database of SQLite may have."""


class Moved(Struct, frozen=True):
    """What was moved."""

    messages: int
    files: Counted
    before: Path | None = None
    """The folder with what else was in the target, if there was anything."""


class _Commit:
    """Whether the target may have the chat: from right before the step that gives it to it."""

    def __init__(self) -> None:
        self.may_be_there = False

    def note(self, may_be_there: bool) -> None:
        self.may_be_there = may_be_there


def move(source: Place, target: Place, progress: Progress) -> Moved:
    """Copy a chat to another place, compare the two, and mark the source as moved.

    Nothing else changes in the source; but no chat starts on it any more. Raises `ServiceError` for
    a source that cannot be moved or a target that is not empty, and `Unavailable` when one of them
    is in use, is full or goes away. Then the target is as it was, and the source is not marked,
    unless the sentence says that the chat may be moved already.
    """
    if str(source) == str(target):
        raise ServiceError(_("The chat is in {place} already.").format(place=target))
    if source.postgres is None and target.postgres is None:
        raise ServiceError(
            _("The chat is in SQLite already. For another folder, use backup and restore.")
        )
    commit = _Commit()
    try:
        with data_folder.lock(source.data):
            if target.postgres is not None:
                return _to_postgres(source, target, target.postgres, progress, commit)
            if target.data == source.data:
                return _to_folder(source, target, progress, commit)
            _require_empty(target.data, has_files=False)  # locking would clear up in it
            with data_folder.lock(target.data):
                return _to_folder(source, target, progress, commit)
    except KeyboardInterrupt:
        if not commit.may_be_there:
            raise
        raise _uncertain(target, _("stopped")) from None
    except (DBAPIError, sqlite3.Error, Unsound, OSError) as error:
        reason = _reason(error)
        raise (_uncertain(target, reason) if commit.may_be_there else _failed(reason)) from error


def _to_postgres(
    source: Place, target: Place, address: DatabaseAddress, progress: Progress, commit: _Commit
) -> Moved:
    engines.require_driver()
    from services.db.postgres import device_key
    from services.db.postgres import transfer as postgres
    from services.search.tsvector import schema as search  # a start does not need it

    with _reading(source) as old:
        with postgres.building(address, search.STATEMENTS, commit.note) as new:
            messages = _copy(old, new, progress)
            counted = files.check(old, source.files, progress)
            if key := _device_key(source):
                device_key.tie(new, key)
        _mark(source, target)
    return Moved(messages, counted)


def _to_folder(source: Place, target: Place, progress: Progress, commit: _Commit) -> Moved:
    """Prepare all that is to be in the folder beside it, and put it there at once."""
    folder = target.data
    _require_empty(folder, has_files=folder == source.data)
    place = atomic_swap.begin(folder)
    try:
        with _reading(source) as old:
            with transfer.building(place / data_folder.DATABASE, integrity.run) as new:
                messages = _copy(old, new, progress)
            if folder == source.data or source.bucket:
                counted = files.check(old, source.files, progress)
            else:
                counted = files.copy(old, source.data, place, progress)
            if folder != source.data:
                files.copy_rest(source.data, place)
            durable.flush_tree(place)
            before = _put(folder, place, commit)
            data_folder.forget_moved(folder)
            _mark(source, target)
        return Moved(messages, counted, before)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _put(folder: Path, place: Path, commit: _Commit) -> Path | None:
    """Commit what is prepared; return the folder with what was there, if anything was."""
    commit.note(True)
    try:
        return atomic_swap.commit(folder, place)
    except BaseException:
        commit.note(not place.exists())  # it commits by renaming it
        raise


def _mark(source: Place, target: Place) -> None:
    """Note at the source where the chat is now, so that no chat starts on it.

    Two of them would both take messages that the other never gets.
    """
    if source.postgres is None:
        data_folder.note_moved(source.data, str(target))
        return
    from services.db.postgres import moved

    moved.note(source.postgres, str(target))


@contextmanager
def _reading(source: Place) -> Iterator[Connection]:
    """Open a transaction that reads the source.

    Raises `ServiceError` for another version, and `Unavailable` for one that was moved away, or
    that belongs to another data folder.
    """
    with _open(source) as connection:
        revision = migrations.current_revision(connection)
        if revision is None:
            raise ServiceError(_("There is no chat in {folder}.").format(folder=source))
        _require_own(source, connection)
        if revision != migrations.newest_revision():
            raise ServiceError(
                _("The database is from another version. Start the chat once, then try again.")
            )
        yield connection


def _open(source: Place) -> AbstractContextManager[Connection]:
    if source.postgres is None:
        return transfer.reading(source.data / data_folder.DATABASE)
    engines.require_driver()
    from services.db.postgres import transfer as postgres

    return postgres.reading(source.postgres)


def _require_own(source: Place, connection: Connection) -> None:
    """Raise `Unavailable` if the chat was moved away, or the data folder is another chat's."""
    if source.postgres is None:
        data_folder.require_not_moved(source.data)
        return
    from services.db.postgres import device_key, moved

    moved.require_here(connection, source.postgres)
    device_key.is_known(connection, source.postgres, source.data / data_folder.DEVICE_KEY)


def _device_key(place: Place) -> bytes | None:
    file = place.data / data_folder.DEVICE_KEY
    return file.read_bytes() if file.exists() else None


def _copy(old: Connection, new: Connection, progress: Progress) -> int:
    """Copy all tables, index their messages, compare both; return how many messages there are."""
    copied = tables.copy(old, new, progress)
    filling.fill(new, partial(progress, Step.INDEXING, "messages"))
    tables.compare(new, copied, progress)
    return copied["messages"].count


def _require_empty(folder: Path, *, has_files: bool) -> None:
    """Raise `ServiceError` if a folder has a database, or anything but what locking it leaves.

    With `has_files`, only a database counts. Raises `OSError`.
    """
    names = {each.name for each in folder.iterdir()} if folder.exists() else set()
    database = folder / data_folder.DATABASE
    stored = [f"{database.name}{end}" for end in _ENDINGS if f"{database.name}{end}" in names]
    if stored and (stored != [database.name] or database.stat().st_size):
        raise ServiceError(
            _(
                "Already there: {files}. Nothing was moved: move all of it away together, or "
                "choose another place."
            ).format(files=", ".join(str(folder / name) for name in stored))
        )
    if names - {data_folder.DATABASE, data_folder.LOCK} and not has_files:
        raise ServiceError(
            _("{folder} is not empty. Nothing was moved: choose a new folder.").format(
                folder=folder
            )
        )


def _reason(error: Exception) -> str:
    """Return the first line of what the system or a database says."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return driver_error.reason(error)


def _failed(reason: str) -> Unavailable:
    return Unavailable(_("The move failed ({reason}). Nothing was moved.").format(reason=reason))


def _uncertain(target: Place, reason: str) -> Unavailable:
    return Unavailable(
        _(
            "The move broke off at the very end ({reason}). The chat may be moved already: look at "
            "{target} before you start it where it was."
        ).format(reason=reason, target=target)
    )
