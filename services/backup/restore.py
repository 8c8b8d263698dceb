"""Restoring a backup: everything is made ready and looked at before it takes its place."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from models import migrations
from services.backup import integrity, snapshot
from services.backup import source as backup_source
from services.backup.integrity import Unsound
from services.backup.source import Damaged, Source
from services.core import atomic_swap, data_folder, durable, filesize
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _, plural
from services.db import database, migrate
from services.files.check import Check, Finding, Problem


@dataclass(frozen=True)
class Restored:
    """What was restored."""

    messages: int
    files: int
    lost: list[Finding]
    """What messages hold and the backup does not, or not as it was sent."""
    before: Path | None
    """Where that is now which was there before."""


def restore(data: Path, file: Path, *, incomplete: bool = False) -> Restored:
    """Put a backup in the place of what is in the folder `data`.

    Raises `ServiceError` for what is no backup, is damaged, or lacks files, unless that is to be
    restored `incomplete`, too; and `Unavailable` while a server runs, or when the disk does
    not take it. Then everything is as it was.
    """
    with backup_source.opened(file) as source, data_folder.lock(data):
        _require_own_files(data)
        place = atomic_swap.begin(data)
        try:
            messages, files, lost = unpack(source, place, file)
            if lost and not incomplete:
                raise _lacks(file, lost)
            return Restored(messages, files, lost, atomic_swap.commit(data, place))
        except OSError as error:
            raise data_folder.unusable(data, error) from error
        finally:
            shutil.rmtree(place, ignore_errors=True)


def unpack(source: Source, place: Path, file: Path) -> tuple[int, int, list[Finding]]:
    """Put all that a backup holds into the folder `place`, and look whether it is sound.

    Return how many messages and files that is, and what is lost. The database is brought to
    this version. Raises `ServiceError` when it cannot be relied upon.
    """
    _require_room(place, source.size(data_folder.DATABASE) or 0)
    messages = _take_database(source, place, file)
    names = snapshot.held(place / data_folder.DATABASE)
    there = sorted(name for name in names if source.size(name) is not None)
    _require_room(place, source.room(there, place))
    (place / data_folder.FILES).mkdir(mode=0o700)
    for name in there:
        _take(source, name, place / name)
    if source.size(data_folder.DEVICE_KEY):
        _take(source, data_folder.DEVICE_KEY, place / data_folder.DEVICE_KEY)
    looked = Check(place, contents=True)
    lost = [finding for finding in looked.run() if finding.is_damage]
    for finding in lost:
        if finding.problem not in (Problem.MISSING, Problem.NO_PREVIEW):
            (place / data_folder.FILES / finding.hash[:2] / finding.hash).unlink(missing_ok=True)
    _settle(place)
    return messages, looked.files, lost


def _take_database(source: Source, place: Path, file: Path) -> int:
    """Put the database in its place and try it; return how many messages it has."""
    copy = place / data_folder.DATABASE
    try:
        source.fetch_database(copy)
        made = database.engine(copy, connections=1)
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
        raise backup_source.no_backup(file) from error
    for older in place.glob("*-before-upgrade-*"):
        older.unlink()  # the backup itself is that copy
    return messages


def _require_known(connection: Connection, file: Path) -> None:
    revision = migrations.current_revision(connection)
    if revision is None:
        raise Unsound("it holds no chat")
    if not migrations.knows(revision):
        raise ServiceError(
            _("{file} was made by a newer Simple Chat. Install that one, then restore.").format(
                file=file
            )
        )


def _require_room(place: Path, size: int) -> None:
    free = shutil.disk_usage(place).free
    if size > free:
        raise Unavailable(
            _("The backup takes {size}, and {free} are free. Make room, then restore.").format(
                size=filesize.say(size), free=filesize.say(free)
            )
        )


def _require_own_files(data: Path) -> None:
    """Refuse a folder of files that is a disk of its own: it cannot be moved aside."""
    if os.path.ismount(data / data_folder.FILES):
        raise ServiceError(
            _("{folder} is a disk of its own. Restore into another folder with --data.").format(
                folder=data / data_folder.FILES
            )
        )


def _take(source: Source, name: str, place: Path) -> None:
    """Put a file in its place; what is damaged is left out, and missed by the check."""
    try:
        source.fetch(name, place)
    except Damaged:
        place.unlink(missing_ok=True)


def _lacks(file: Path, lost: list[Finding]) -> ServiceError:
    return ServiceError(
        plural(
            "{count} file is missing or damaged in {file}. "
            "With --incomplete it is restored without it.",
            "{count} files are missing or damaged in {file}. "
            "With --incomplete it is restored without them.",
            len(lost),
        ).format(count=len(lost), file=file)
    )


def _settle(place: Path) -> None:
    """Have all of it on the disk, the database in one file."""
    with closing(sqlite3.connect(place / data_folder.DATABASE)) as line:
        line.execute("PRAGMA journal_mode = DELETE")
    durable.flush(place / data_folder.DATABASE)
    durable.flush_tree(place)
