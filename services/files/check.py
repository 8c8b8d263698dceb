"""Compare the files of messages and stickers in the database with those in the store, read-only.

A server may be running, and add or remove something between the two reads. So where they
disagree, both are read again, and only what differs both times is reported.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import Engine, bindparam, func
from sqlmodel import col

from models import Attachment, LooseFile, Message, PendingFile, Room, Sticker, User
from services.core.disk import data_folder
from services.core.errors import Unavailable
from services.core.i18n import _
from services.db.sqlite import connections
from services.files import orphans
from services.files.store.folder import FolderStore
from services.files.store.stored_names import PREFIXES, PREVIEW
from services.files.store.stores import Store

_HASH = re.compile(r"[0-9a-f]{64}")


class Problem(StrEnum):
    """How a file differs from its row."""

    MISSING = "missing"
    NO_PREVIEW = "no preview"
    OTHER_SIZE = "other size"
    OTHER_CONTENT = "other content"
    UNREADABLE = "unreadable"
    ORPHAN = "orphan"
    """Nothing refers to it. Nothing is lost."""


@dataclass(frozen=True)
class Finding:
    """A file with a problem, and the message or sticker it belongs to, if there is one."""

    problem: Problem
    name: str
    """As sent; for an orphan, its path in the folder of files."""
    room_id: int = 0
    room: str = ""
    """The name of the room; empty for a direct conversation."""
    seq: int = 0
    username: str = ""
    """Whose sticker it is; empty for anything else."""
    hash: str = field(default="", compare=False)
    """The SHA-256 of the content; empty for an orphan."""

    @property
    def is_damage(self) -> bool:
        """Whether a message or sticker lacks something."""
        return self.problem is not Problem.ORPHAN


class _Row(NamedTuple):
    hash: str
    size: int
    name: str
    has_preview: bool
    room_id: int
    room: str | None
    seq: int
    username: str = ""
    """Whose sticker it is."""


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
_STICKERS: Any = (
    sqlalchemy.select(
        col(Sticker.hash),
        col(Sticker.size),
        col(Sticker.name),
        col(Sticker.is_animated),
        sqlalchemy.literal(0),
        sqlalchemy.literal(""),
        sqlalchemy.literal(0),
        col(User.username),
    )
    .join(User, col(User.id) == Sticker.user_id)
    .where(col(Sticker.hash) >= bindparam("first"), col(Sticker.hash) < bindparam("end"))
    .order_by(col(Sticker.id))
)
_LOOSE_HASH = func.ltrim(col(LooseFile.hash), orphans.MARK)
_PENDING_HASH = col(PendingFile.hash)
# What an app has uploaded and not sent is as good as loose: it is gone in a day.
_LOOSE: Any = sqlalchemy.union(
    sqlalchemy.select(_LOOSE_HASH).where(
        bindparam("first") <= _LOOSE_HASH, bindparam("end") > _LOOSE_HASH
    ),
    sqlalchemy.select(_PENDING_HASH).where(
        bindparam("first") <= _PENDING_HASH, bindparam("end") > _PENDING_HASH
    ),
)


class Check:
    """One check of a data folder, with its totals so far."""

    def __init__(self, data: Path, store: Store | None = None, *, contents: bool = False) -> None:
        """Check the folder `data`; with `contents`, hash every file as well.

        The files are in the folder, unless a store is given.
        """
        self._file = data / data_folder.DATABASE
        self._store = store or FolderStore(data / data_folder.FILES)
        self._contents = contents
        self.files = self.bytes = self.damages = self.orphans = 0

    def run(self) -> Iterator[Finding]:
        """Yield all findings. Raises `Unavailable` when something cannot be read.

        It works by the first two digits of the hash, a 256th at a time: that takes little
        memory, and no long read transaction, which would delay a running server's checkpoints.
        """
        engine = connections.engine(self._file, connections=1, read_only=True)
        try:
            for prefix in sorted(PREFIXES):
                with connections.reading(self._file):
                    found = self._folder(engine, prefix)
                yield from self._count(found)
            unexpected = sorted(self._store.unexpected_files())
            yield from self._count([Finding(Problem.ORPHAN, name) for name in unexpected])
        except OSError as error:
            raise Unavailable(
                _("{file} cannot be read ({reason}).").format(
                    file=error.filename or _("A file"), reason=error.strerror
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
        rows, loose = _rows(engine, prefix)
        sizes = self._store.sizes(prefix)
        whole = [size for name, size in sizes.items() if _HASH.fullmatch(name)]
        self.files += len(whole)
        self.bytes += sum(whole)
        found = _compare(rows, loose, sizes, prefix)
        if found:
            again = set(_compare(*_rows(engine, prefix), self._store.sizes(prefix), prefix))
            found = [finding for finding in found if finding in again]
        return found + (self._check_contents(rows, sizes) if self._contents else [])

    def _check_contents(self, rows: list[_Row], sizes: Mapping[str, int]) -> list[Finding]:
        """Hash the files, but those of the wrong size: they are reported already."""
        checked: dict[str, Problem | None] = {}
        found = []
        for row in rows:
            if sizes.get(row.hash) == row.size:
                if row.hash not in checked:
                    checked[row.hash] = _check_content(self._store, row.hash)
                if problem := checked[row.hash]:
                    found.append(_finding(problem, row))
        return found


def _rows(engine: Engine, prefix: str) -> tuple[list[_Row], set[str]]:
    """Return what refers to files whose hash begins with `prefix`, and the loose ones of them."""
    limits = {"first": prefix, "end": f"{prefix}g"}  # after every hexadecimal digit
    with engine.begin() as connection:
        rows = [_Row(*row) for row in connection.execute(_ROWS, limits)]
        rows += [_Row(*row) for row in connection.execute(_STICKERS, limits)]
        return rows, set(connection.execute(_LOOSE, limits).scalars())


def _compare(
    rows: list[_Row], loose: set[str], sizes: Mapping[str, int], prefix: str
) -> list[Finding]:
    """Return the differences between rows and files."""
    found = []
    for row in rows:
        if row.hash not in sizes:
            found.append(_finding(Problem.MISSING, row))
        elif sizes[row.hash] != row.size:
            found.append(_finding(Problem.OTHER_SIZE, row))
        if row.has_preview and row.hash + PREVIEW not in sizes:
            found.append(_finding(Problem.NO_PREVIEW, row))
    known = loose.union(row.hash for row in rows)
    orphans = sorted(name for name in sizes if name.removesuffix(PREVIEW) not in known)
    return found + [Finding(Problem.ORPHAN, f"{prefix}/{name}") for name in orphans]


def _check_content(store: Store, digest: str) -> Problem | None:
    """Return the problem of a file's content, if any; a file removed just now has none."""
    try:
        return None if store.digest(digest) == digest else Problem.OTHER_CONTENT
    except FileNotFoundError:
        return None
    except OSError:
        return Problem.UNREADABLE


def was_attachment(orphan: Finding) -> bool:
    """Return whether an orphan has the name of an attachment or a preview."""
    prefix, _slash, name = orphan.name.partition("/")
    digest = name.removesuffix(PREVIEW)
    return bool(_HASH.fullmatch(digest)) and digest.startswith(prefix)


def _finding(problem: Problem, row: _Row) -> Finding:
    room = row.room or ""
    return Finding(problem, row.name, row.room_id, room, row.seq, row.username, row.hash)
