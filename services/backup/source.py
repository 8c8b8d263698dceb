"""Read a backup: a zip from `services.backup.archive`, or a folder with the same contents.

Members are only read by known names. A backup may come from anybody: a member that is no plain
file (a link, a device) is refused, as its content would be taken from elsewhere.
"""

import os
import sqlite3
import stat
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from services.backup import snapshot
from services.backup.archive import CHUNK_SIZE
from services.core.disk import data_folder, durable
from services.core.errors import ServiceError
from services.core.i18n import _
from services.db.sqlite import copy

_DAMAGE = (BadZipFile, zlib.error, EOFError)


class Damaged(Exception):
    """A member of the backup is damaged."""


class Source(ABC):
    """An open backup."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return the size of a member in bytes; None if it is missing."""

    def space(self, names: Iterable[str], place: Path) -> int:
        """Return the disk space in bytes that these members will take at `place`."""
        return sum(self.size(name) or 0 for name in names)

    @abstractmethod
    def fetch(self, name: str, place: Path) -> None:
        """Copy a member that exists to `place`. Raises `Damaged`."""

    def fetch_database(self, place: Path) -> None:
        """Copy the database to `place`. Raises `Damaged`."""
        self.fetch(data_folder.DATABASE, place)


class _Zip(Source):
    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive

    def size(self, name: str) -> int | None:
        try:
            member = self._archive.getinfo(name)
        except KeyError:
            return None
        kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the zip does not say it
        if kind not in (0, stat.S_IFREG):
            raise _no_plain_file(name)
        return member.file_size

    def fetch(self, name: str, place: Path) -> None:
        member = self._archive.getinfo(name)
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or member.flag_bits & 1:
            raise Damaged(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.touch(mode=0o600)
        try:
            # It reads no more than the declared size, and verifies the checksum at the end.
            with self._archive.open(member) as source, place.open("wb") as target:
                copyfileobj(source, target, CHUNK_SIZE)
        except _DAMAGE as error:
            raise Damaged(name) from error
        durable.flush(place)


class _Folder(Source):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def size(self, name: str) -> int | None:
        found = self._stat(name)
        return found.st_size if found else None

    def space(self, names: Iterable[str], place: Path) -> int:
        device = place.stat().st_dev
        found = filter(None, map(self._stat, names))
        return sum(each.st_size for each in found if each.st_dev != device or not _is_ours(each))

    def fetch(self, name: str, place: Path) -> None:
        found = self._stat(name)
        if found and _is_ours(found):
            snapshot.link(self._folder / name, place)
        else:  # a link would let others change it later
            snapshot.copy(self._folder / name, place)

    def fetch_database(self, place: Path) -> None:
        """Copy the database, from a folder copied by hand with its write-ahead log as well."""
        for ending in ("-wal", "-shm", "-journal"):
            self._stat(data_folder.DATABASE + ending)
        try:
            copy.copy(self._folder / data_folder.DATABASE, place)
        except sqlite3.DatabaseError as error:
            raise Damaged(data_folder.DATABASE) from error

    def _stat(self, name: str) -> os.stat_result | None:
        """Return what a member is, None if it is missing. Raises `ServiceError` for a link."""
        path = self._folder
        *folders, _last = parts = Path(name).parts
        for number, part in enumerate(parts):
            path /= part
            try:
                found = path.lstat()
            except OSError:
                return None
            is_plain = stat.S_ISDIR if number < len(folders) else stat.S_ISREG
            if not is_plain(found.st_mode):
                raise _no_plain_file(name)
        return found


def _is_ours(found: os.stat_result) -> bool:
    """Return whether nobody else can change a file. On Windows, that is not known."""
    writable_by_others = stat.S_IWGRP | stat.S_IWOTH
    is_owned = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return is_owned and (os.name == "nt" or not found.st_mode & writable_by_others)


def _no_plain_file(name: str) -> ServiceError:
    return ServiceError(
        _("{file} in this backup is a link or a device, not a file. Nothing was restored.").format(
            file=name
        )
    )


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """Open a backup for the block. Raises `ServiceError` for what is not a backup."""
    if file.is_dir():
        yield _require_database(_Folder(file), file)
        return
    try:
        with ZipFile(file) as archive:
            if any(_leads_outside(name) for name in archive.namelist()):
                raise not_a_backup(file)
            yield _require_database(_Zip(archive), file)
    except BadZipFile as error:
        raise not_a_backup(file) from error
    except OSError as error:
        if error.filename != str(file):
            raise
        raise ServiceError(
            _("{file} cannot be read ({reason}).").format(file=file, reason=error.strerror)
        ) from error


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or ".." in name.split("/")


def not_a_backup(file: Path) -> ServiceError:
    """Return the error for a file that is not a usable backup."""
    return ServiceError(
        _("{file} is not a backup of Simple Chat, or is damaged.").format(file=file)
    )


def _require_database(source: Source, file: Path) -> Source:
    if source.size(data_folder.DATABASE) is None:
        raise not_a_backup(file)
    return source
