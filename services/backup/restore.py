"""Restore a backup: everything is unpacked and checked before it replaces anything."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from models import migrations
from services.backup import integrity, outdated, snapshot
from services.backup import source as backup_source
from services.backup.integrity import Unsound
from services.backup.source import Damaged, Source
from services.core import filesize
from services.core.disk import atomic_swap, data_folder, durable
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _, plural
from services.db.sqlite import connections, migrate
from services.files.check import Check, Finding, Problem
from services.files.store import stored_names
from services.files.store.stored_names import PREVIEW


class Restored(Struct, frozen=True):
    """What was restored."""

    messages: int
    files: int
    lost: list[Finding]
    """Files that are missing from the backup, or damaged in it."""
    before: Path | None
    """The folder with the previous contents, if there were any."""
    files_in: str = ""
    """The bucket with the files of messages, which were not in the backup; empty if they were."""


def restore(data: Path, file: Path, *, incomplete: bool = False) -> Restored:
    """Replace the contents of the folder `data` by a backup.

    Nobody is logged in afterwards: see `outdated`. Raises `ServiceError` for what is not a backup,
    is damaged, or (unless `incomplete`) lacks files, and `Unavailable` while a server runs or when
    the disk is full. Then nothing changes.
    """
    with backup_source.opened(file) as source, data_folder.lock(data):
        _require_own_files(data)
        place = atomic_swap.begin(data)
        try:
            messages, files, lost = unpack(source, place, file)
            if lost and not incomplete:
                raise _incomplete(file, lost)
            outdated.end(place / data_folder.DATABASE)
            files_in = data_folder.files_in(place)
            _flush(place)
            before = atomic_swap.commit(data, place)
            data_folder.forget_moved(data)  # what is there now was not
            if not files_in:
                data_folder.note_files(data, "")
            return Restored(messages, files, lost, before, files_in)
        except OSError as error:
            raise data_folder.unusable(data, error) from error
        finally:
            shutil.rmtree(place, ignore_errors=True)


def unpack(source: Source, place: Path, file: Path) -> tuple[int, int, list[Finding]]:
    """Unpack a backup into the folder `place`, upgrade its database, and check all of it.

    Return the number of messages and files, and the lost files. Raises `ServiceError` when the
    database is not usable.
    """
    _require_space(place, source.size(data_folder.DATABASE) or 0)
    messages = _fetch_database(source, place, file)
    if is_elsewhere := source.size(data_folder.FILES_IN) is not None:
        _fetch(source, data_folder.FILES_IN, place / data_folder.FILES_IN)
    names = set() if is_elsewhere else snapshot.file_names(place / data_folder.DATABASE)
    present = sorted(name for name in names if source.size(name) is not None)
    _require_space(place, source.space(present, place))
    (place / data_folder.FILES).mkdir(mode=0o700)
    for name in present:
        _fetch(source, name, place / name)
    if source.size(data_folder.DEVICE_KEY):
        _fetch(source, data_folder.DEVICE_KEY, place / data_folder.DEVICE_KEY)
    if is_elsewhere:
        _flush(place)
        return messages, 0, []
    check = Check(place, contents=True)
    lost = [finding for finding in check.run() if finding.is_damage]
    for finding in lost:
        if finding.problem not in (Problem.MISSING, Problem.NO_PREVIEW):
            (place / data_folder.FILES / finding.hash[:2] / finding.hash).unlink(missing_ok=True)
    _flush(place)
    return messages, check.files, lost


def _fetch_database(source: Source, place: Path, file: Path) -> int:
    """Unpack, check and upgrade the database; return the number of messages."""
    copy = place / data_folder.DATABASE
    try:
        source.fetch_database(copy)
        made = connections.engine(copy, connections=1)
        try:
            with made.connect() as connection:
                _require_known(connection, file)
                integrity.require_whole(connection)
            migrate.prepare(copy, integrity.run)
            with made.connect() as connection:
                integrity.run(connection)
                messages: int = connection.exec_driver_sql(
                    "SELECT count(*) FROM messages"
                ).scalar_one()
        finally:
            made.dispose()
    except (Damaged, Unsound, DatabaseError) as error:
        raise backup_source.not_a_backup(file) from error
    for older in place.glob("*-before-upgrade-*"):
        older.unlink()  # the backup itself is that copy
    return messages


def _require_known(connection: Connection, file: Path) -> None:
    revision = migrations.current_revision(connection)
    if revision is None:
        raise Unsound("it holds no chat")
    if not migrations.knows(revision):
        raise ServiceError(
            _(
                "{file} was made by a newer version of Simple Chat. Install that version, "
                "then restore."
            ).format(file=file)
        )


def _require_space(place: Path, size: int) -> None:
    free = shutil.disk_usage(place).free
    if size > free:
        raise Unavailable(
            _(
                "The backup needs {size}, but only {free} is free. Free up space, then restore."
            ).format(size=filesize.text(size), free=filesize.text(free))
        )


def _require_own_files(data: Path) -> None:
    """Raise `ServiceError` if the folder of files is a mount point, which cannot be moved."""
    if os.path.ismount(data / data_folder.FILES):
        raise ServiceError(
            _("{folder} is the root of a disk. Restore into another folder with --data.").format(
                folder=data / data_folder.FILES
            )
        )


def _fetch(source: Source, name: str, place: Path) -> None:
    """Unpack a file; a damaged one is left out, so that the check reports it as missing.

    Nothing says what a preview has to contain, and in a folder it may be a hard link to any file:
    so at least it has to be a picture.
    """
    try:
        source.fetch(name, place)
    except Damaged:
        place.unlink(missing_ok=True)
    else:
        if place.suffix == PREVIEW and not stored_names.is_preview(place):
            place.unlink()


def _incomplete(file: Path, lost: list[Finding]) -> ServiceError:
    return ServiceError(
        plural(
            "{count} file is missing or damaged in {file}. Use --incomplete to restore without it.",
            "{count} files are missing or damaged in {file}. Use --incomplete to restore "
            "without them.",
            len(lost),
        ).format(count=len(lost), file=file)
    )


def _flush(place: Path) -> None:
    """Flush everything to disk, with the database in a single file."""
    with closing(sqlite3.connect(place / data_folder.DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    durable.flush(place / data_folder.DATABASE)
    durable.flush_tree(place)
