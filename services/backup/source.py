"""Read a backup: a zip from `services.backup.archive`, or a folder with the same contents.

Members are only read by known names. So other members of a zip, and paths in their names, are
ignored.
"""

import sqlite3
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from services.backup import snapshot
from services.backup.archive import CHUNK_SIZE
from services.core import data_folder, durable
from services.core.errors import ServiceError
from services.core.i18n import _
from services.db import copy

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
            return self._archive.getinfo(name).file_size
        except KeyError:
            return None

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
        try:
            return (self._folder / name).stat().st_size
        except OSError:
            return None

    def space(self, names: Iterable[str], place: Path) -> int:
        is_linked = self._folder.stat().st_dev == place.stat().st_dev
        return 0 if is_linked else super().space(names, place)

    def fetch(self, name: str, place: Path) -> None:
        snapshot.link(self._folder / name, place)

    def fetch_database(self, place: Path) -> None:
        """Copy the database, from a folder copied by hand with its write-ahead log as well."""
        try:
            copy.copy(self._folder / data_folder.DATABASE, place)
        except sqlite3.DatabaseError as error:
            raise Damaged(data_folder.DATABASE) from error


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """Open a backup for the block. Raises `ServiceError` for what is not a backup."""
    if file.is_dir():
        yield _require_database(_Folder(file), file)
        return
    try:
        with ZipFile(file) as archive:
            yield _require_database(_Zip(archive), file)
    except BadZipFile as error:
        raise not_a_backup(file) from error
    except OSError as error:
        if error.filename != str(file):
            raise
        raise ServiceError(
            _("{file} cannot be read ({reason}).").format(file=file, reason=error.strerror)
        ) from error


def not_a_backup(file: Path) -> ServiceError:
    """Return the error for a file that is not a usable backup."""
    return ServiceError(_("{file} is no backup of Simple Chat, or is damaged.").format(file=file))


def _require_database(source: Source, file: Path) -> Source:
    if source.size(data_folder.DATABASE) is None:
        raise not_a_backup(file)
    return source
