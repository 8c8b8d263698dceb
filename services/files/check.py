"""Comparing what messages bring along with what is kept: for hosts, and changing nothing.

A server may be running: between a look at the rows and one at the files something comes or
goes. So where they disagree, both are looked at once more, and what holds both times is so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import Engine, bindparam
from sqlmodel import col

from models import Attachment, LooseFile, Message, Room
from services.core import data_folder
from services.core.errors import Unavailable
from services.core.i18n import _
from services.db import database
from services.files import store
from services.files.store import PREFIXES, Store

_HASH = re.compile(r"[0-9a-f]{64}")
_PREVIEW = ".preview"


class Problem(StrEnum):
    """In what rows and files disagree."""

    MISSING = "missing"
    NO_PREVIEW = "no preview"
    OTHER_SIZE = "other size"
    OTHER_CONTENT = "other content"
    UNREADABLE = "unreadable"
    ORPHAN = "orphan"
    """No message holds it. That is untidy, and nothing is lost."""


@dataclass(frozen=True)
class Finding:
    """A file that is not as it should be, and the message that brings it along, if one does."""

    problem: Problem
    name: str
    """As its sender called it; of an orphan, as it is called in the folder."""
    room_id: int = 0
    room: str = ""
    """Its name; a direct conversation has none."""
    seq: int = 0
    hash: str = field(default="", compare=False)
    """Under which it is kept, if a message holds it."""

    @property
    def is_damage(self) -> bool:
        """Whether somebody misses something."""
        return self.problem is not Problem.ORPHAN


class _Row(NamedTuple):
    hash: str
    size: int
    name: str
    has_preview: bool
    room_id: int
    room: str | None
    seq: int


_ROWS: Any = (
    sqlalchemy.select(
        col(Attachment.hash),
        col(Attachment.size),
        col(Attachment.name),
        col(Attachment.has_preview),
        col(Message.room_id),
        col(Room.name),
        col(Message.seq),
    )
    .join(Message, col(Message.id) == Attachment.message_id)
    .outerjoin(Room, col(Room.id) == Message.room_id)
    .where(col(Attachment.hash) >= bindparam("first"), col(Attachment.hash) < bindparam("end"))
    .order_by(col(Message.room_id), col(Message.seq))
)
_LOOSE: Any = sqlalchemy.select(col(LooseFile.hash)).where(
    col(LooseFile.hash) >= bindparam("first"), col(LooseFile.hash) < bindparam("end")
)


class Check:
    """One comparison of a data folder's rows and files; what it has counted stands in it."""

    def __init__(self, data: Path, *, contents: bool = False) -> None:
        """Compare in the folder `data`, and with `contents` read every file as well."""
        self._file = data / data_folder.DATABASE
        self._store = Store(data / data_folder.FILES)
        self._contents = contents
        self.files = self.bytes = self.damages = self.orphans = 0

    def run(self) -> Iterator[Finding]:
        """Go through everything, and yield what is not as it should be.

        It looks at as much at a time as begins with the same two digits, a 256th of it all,
        so that it needs little memory and no long view of the database, which would keep a
        running server from tidying it. Raises `Unavailable` when something cannot be read.
        """
        engine = database.engine(self._file, connections=1, read_only=True)
        try:
            for prefix in sorted(PREFIXES):
                with database.reading(self._file):
                    found = self._folder(engine, prefix)
                yield from self._count(found)
            strays = sorted(self._store.unexpected_files())
            yield from self._count([Finding(Problem.ORPHAN, name) for name in strays])
        except OSError as error:
            raise Unavailable(
                _("{file} cannot be read ({reason}).").format(
                    file=error.filename, reason=error.strerror
                )
            ) from error
        finally:
            engine.dispose()

    def _count(self, findings: list[Finding]) -> Iterator[Finding]:
        for finding in findings:
            self.damages += finding.is_damage
            self.orphans += not finding.is_damage
            yield finding

    def _folder(self, engine: Engine, prefix: str) -> list[Finding]:
        rows, loose = _look(engine, prefix)
        kept = self._store.under(prefix)
        whole = [size for name, size in kept.items() if _HASH.fullmatch(name)]
        self.files += len(whole)
        self.bytes += sum(whole)
        found = _compare(rows, loose, kept, prefix)
        if found:
            again = set(_compare(*_look(engine, prefix), self._store.under(prefix), prefix))
            found = [finding for finding in found if finding in again]
        return found + (self._read(rows, kept) if self._contents else [])

    def _read(self, rows: list[_Row], kept: Mapping[str, int]) -> list[Finding]:
        """Return what a look into the files finds; of the wrong size are some already."""
        read: dict[str, Problem | None] = {}
        found = []
        for row in rows:
            if kept.get(row.hash) == row.size:
                if row.hash not in read:
                    read[row.hash] = _content(self._store.path(row.hash))
                if problem := read[row.hash]:
                    found.append(_finding(problem, row))
        return found


def _look(engine: Engine, prefix: str) -> tuple[list[_Row], set[str]]:
    """Return the rows whose files begin with `prefix`, and the files that are looked after."""
    limits = {"first": prefix, "end": f"{prefix}g"}  # after every hexadecimal digit
    with engine.begin() as connection:
        rows = [_Row(*row) for row in connection.execute(_ROWS, limits)]
        return rows, set(connection.execute(_LOOSE, limits).scalars())


def _compare(
    rows: list[_Row], loose: set[str], kept: Mapping[str, int], prefix: str
) -> list[Finding]:
    """Return in what rows and files disagree."""
    found = []
    for row in rows:
        if row.hash not in kept:
            found.append(_finding(Problem.MISSING, row))
        elif kept[row.hash] != row.size:
            found.append(_finding(Problem.OTHER_SIZE, row))
        if row.has_preview and row.hash + _PREVIEW not in kept:
            found.append(_finding(Problem.NO_PREVIEW, row))
    known = loose.union(row.hash for row in rows)
    orphans = sorted(name for name in kept if name.removesuffix(_PREVIEW) not in known)
    return found + [Finding(Problem.ORPHAN, f"{prefix}/{name}") for name in orphans]


def _content(file: Path) -> Problem | None:
    """Return what is wrong with the content of a file. One that is just removed is none."""
    try:
        return None if store.digest(file) == file.name else Problem.OTHER_CONTENT
    except FileNotFoundError:
        return None
    except OSError:
        return Problem.UNREADABLE


def is_kept_file(orphan: Finding) -> bool:
    """Tell whether what no message holds is called like a file that was sent, and so was ours."""
    prefix, _slash, name = orphan.name.partition("/")
    digest = name.removesuffix(_PREVIEW)
    return bool(_HASH.fullmatch(digest)) and digest.startswith(prefix)


def _finding(problem: Problem, row: _Row) -> Finding:
    return Finding(problem, row.name, row.room_id, row.room or "", row.seq, row.hash)
