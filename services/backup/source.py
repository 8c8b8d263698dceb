"""Where a backup is read from: a zip of `services.backup.archive`, or a folder with the same in it.

What is asked for is asked for by name. So whatever else a zip holds, and wherever its names
would lead, is not looked at.
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
    """What is asked for is there, and cannot be read as it was written."""


class Source(ABC):
    """A backup that can be read."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return how many bytes something has; None when it is not there."""

    def room(self, names: Iterable[str], place: Path) -> int:
        """Return how many bytes of the disk these will take at a place."""
        return sum(self.size(name) or 0 for name in names)

    @abstractmethod
    def fetch(self, name: str, place: Path) -> None:
        """Put something that is there at a place. Raises `Damaged`."""

    def fetch_database(self, place: Path) -> None:
        """Put the database at a place. Raises `Damaged`."""
        self.fetch(data_folder.DATABASE, place)


class _Zip(Source):
    def __init__(self, whole: ZipFile) -> None:
        self._whole = whole

    def size(self, name: str) -> int | None:
        try:
            return self._whole.getinfo(name).file_size
        except KeyError:
            return None

    def fetch(self, name: str, place: Path) -> None:
        member = self._whole.getinfo(name)
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or member.flag_bits & 1:
            raise Damaged(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.touch(mode=0o600)
        try:
            # It reads as many bytes as `size` says, and compares their sum at the end.
            with self._whole.open(member) as source, place.open("wb") as target:
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

    def room(self, names: Iterable[str], place: Path) -> int:
        is_linked = self._folder.stat().st_dev == place.stat().st_dev
        return 0 if is_linked else super().room(names, place)

    def fetch(self, name: str, place: Path) -> None:
        snapshot.link(self._folder / name, place)

    def fetch_database(self, place: Path) -> None:
        """Also of a copy by hand, beside which there is a log."""
        try:
            copy.copy(self._folder / data_folder.DATABASE, place)
        except sqlite3.DatabaseError as error:
            raise Damaged(data_folder.DATABASE) from error


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """Open a backup for as long as the block lasts. Raises `ServiceError` for what is none."""
    if file.is_dir():
        yield _require_database(_Folder(file), file)
        return
    try:
        with ZipFile(file) as whole:
            yield _require_database(_Zip(whole), file)
    except BadZipFile as error:
        raise no_backup(file) from error
    except OSError as error:
        if error.filename != str(file):
            raise
        raise ServiceError(
            _("{file} cannot be read ({reason}).").format(file=file, reason=error.strerror)
        ) from error


def no_backup(file: Path) -> ServiceError:
    """Say that a file cannot be restored from at all."""
    return ServiceError(_("{file} is no backup of Simple Chat, or is damaged.").format(file=file))


def _require_database(source: Source, file: Path) -> Source:
    if source.size(data_folder.DATABASE) is None:
        raise no_backup(file)
    return source
