"""The files that a database names: they stay where they are, or are copied to another folder."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, func, select, union_all

from models import Attachment, Sticker
from models.base import table
from services.backup import snapshot
from services.backup.move.progress import Progress, Step
from services.core.disk import data_folder
from services.core.i18n import _
from services.db import portable
from services.files import stored_names
from services.files.folder import FolderStore

_HASH = re.compile(r"[0-9a-f]{64}")


class Counted(Struct, frozen=True):
    """The files that messages and stickers have."""

    files: int
    """How many there are."""
    lost: tuple[str, ...]
    """The hashes of those that are not there, or damaged."""


class _File(Struct, frozen=True):
    digest: str
    size: int
    has_preview: bool

    def is_whole(self, files: FolderStore) -> bool:
        """Return whether it is there, in its size."""
        if not _HASH.fullmatch(self.digest):  # a crafted backup must not name other paths
            return False
        path = files.path(self.digest)
        return path.is_file() and path.stat().st_size == self.size


def check(connection: Connection, data: Path, progress: Progress) -> Counted:
    """Look whether each file is in a data folder, in its size. Raises `OSError`."""
    files = FolderStore(data / data_folder.FILES)
    return _count(connection, progress, lambda each: each.is_whole(files))


def copy(connection: Connection, data: Path, to: Path, progress: Progress) -> Counted:
    """Copy all files, and the key, to another data folder, and read each copy to its end.

    Raises `OSError`.
    """
    files, copies = FolderStore(data / data_folder.FILES), FolderStore(to / data_folder.FILES)
    (to / data_folder.FILES).mkdir(mode=0o700)
    key = data / data_folder.DEVICE_KEY
    if key.exists():
        snapshot.copy(key, to / data_folder.DEVICE_KEY)
    return _count(
        connection, progress, lambda each: each.is_whole(files) and _copy(each, files, copies)
    )


def _count(
    connection: Connection, progress: Progress, is_sound: Callable[[_File], bool]
) -> Counted:
    sound, lost = 0, []
    for file in _files(connection, progress):
        if is_sound(file):
            sound += 1
        else:
            lost.append(file.digest)
    return Counted(sound, tuple(lost))


def _copy(file: _File, files: FolderStore, copies: FolderStore) -> bool:
    """Copy a file with its preview; return whether its content is what it should be."""
    snapshot.link(files.path(file.digest), copies.path(file.digest))
    if file.has_preview and files.preview(file.digest).is_file():
        snapshot.link(files.preview(file.digest), copies.preview(file.digest))
    copied = stored_names.digest(copies.path(file.digest))
    if copied not in (file.digest, stored_names.digest(files.path(file.digest))):
        raise OSError(0, _("a copy is not the same"), str(copies.path(file.digest)))
    return copied == file.digest


def _files(connection: Connection, progress: Progress) -> Iterator[_File]:
    """Yield the files of messages and stickers, each once."""
    kept, stickers = table(Attachment).c, table(Sticker).c
    named = union_all(
        select(kept.hash, kept.size, kept.has_preview),
        select(stickers.hash, stickers.size, stickers.is_animated),
    ).subquery()
    files: Any = (
        select(named.c.hash, func.max(named.c.size), portable.any_true(named.c.has_preview))
        .group_by(named.c.hash)
        .order_by(named.c.hash)
    )
    total = connection.scalar(select(func.count(named.c.hash.distinct()))) or 0
    rows = connection.execute(files, execution_options={"yield_per": 500})
    for number, row in enumerate(rows, 1):
        yield _File(*row)
        progress(Step.FILES, "", number, total)
