"""The files that a database names: they stay where they are, or are copied to another folder.

Those in a bucket stay there in any case.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, false, func, select, union_all

from models import Attachment, PendingFile, Sticker
from models.base import table
from services.backup import snapshot
from services.backup.move.progress import Progress, Step
from services.core.disk import data_folder
from services.core.i18n import _
from services.db import portable
from services.files.store import stored_names
from services.files.store.folder import FolderStore
from services.files.store.stored_names import PREVIEW
from services.files.store.stores import Store

DIGEST = re.compile(r"[0-9a-f]{64}")
"""The name of a file."""


class Counted(Struct, frozen=True):
    """The files that messages, stickers and uploads of apps have."""

    files: int
    """How many there are."""
    lost: tuple[str, ...]
    """The hashes of those that are not there, or damaged."""


class NamedFile(Struct, frozen=True):
    """A file of messages, stickers or uploads of apps."""

    digest: str
    size: int
    has_preview: bool


class Sizes:
    """What a store has: asked a 256th at a time, and so for files in the order of their hashes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._prefix = ""
        self._found: Mapping[str, int] = {}

    def has(self, file: NamedFile) -> bool:
        """Return whether a file is there, in its size. Raises `OSError`."""
        return self._of(file.digest).get(file.digest) == file.size

    def has_preview(self, file: NamedFile) -> bool:
        """Return whether the preview of a file is there. Raises `OSError`."""
        return file.digest + PREVIEW in self._of(file.digest)

    def _of(self, digest: str) -> Mapping[str, int]:
        if not DIGEST.fullmatch(digest):  # a crafted backup must not name other paths
            return {}
        if digest[:2] != self._prefix:
            self._prefix, self._found = digest[:2], self._store.sizes(digest[:2])
        return self._found


def check(connection: Connection, store: Store, progress: Progress) -> Counted:
    """Look whether each file is in a store, in its size. Raises `OSError`."""
    return _count(connection, progress, Sizes(store).has)


def copy(connection: Connection, data: Path, to: Path, progress: Progress) -> Counted:
    """Copy all files to another data folder, and read each copy to its end. Raises `OSError`."""
    files, copies = FolderStore(data / data_folder.FILES), FolderStore(to / data_folder.FILES)
    (to / data_folder.FILES).mkdir(mode=0o700)
    sizes = Sizes(files)
    return _count(connection, progress, lambda each: sizes.has(each) and _copy(each, files, copies))


def copy_rest(data: Path, to: Path) -> None:
    """Copy the key, and the note of where files are, to another data folder. Raises `OSError`."""
    for name in (data_folder.DEVICE_KEY, data_folder.FILES_IN):
        if (data / name).exists():
            snapshot.copy(data / name, to / name)


def _count(
    connection: Connection, progress: Progress, is_sound: Callable[[NamedFile], bool]
) -> Counted:
    sound, lost = 0, []
    for file in named(connection, progress):
        if is_sound(file):
            sound += 1
        else:
            lost.append(file.digest)
    return Counted(sound, tuple(lost))


def _copy(file: NamedFile, files: FolderStore, copies: FolderStore) -> bool:
    """Copy a file with its preview; return whether its content is what it should be."""
    snapshot.link(files.path(file.digest), copies.path(file.digest))
    if file.has_preview and files.preview(file.digest).is_file():
        snapshot.link(files.preview(file.digest), copies.preview(file.digest))
    copied = stored_names.digest(copies.path(file.digest))
    if copied not in (file.digest, stored_names.digest(files.path(file.digest))):
        raise OSError(0, _("a copy is not the same"), str(copies.path(file.digest)))
    return copied == file.digest


def named(connection: Connection, progress: Progress) -> Iterator[NamedFile]:
    """Yield the files of messages, stickers and uploads, each once, in the order of hashes."""
    kept, stickers, pending = table(Attachment).c, table(Sticker).c, table(PendingFile).c
    named = union_all(
        select(kept.hash, kept.size, kept.has_preview),
        select(stickers.hash, stickers.size, stickers.is_animated),
        select(pending.hash, pending.size, false()),
    ).subquery()
    files: Any = (
        select(named.c.hash, func.max(named.c.size), portable.any_true(named.c.has_preview))
        .group_by(named.c.hash)
        .order_by(named.c.hash)
    )
    total = connection.scalar(select(func.count(named.c.hash.distinct()))) or 0
    rows = connection.execute(files, execution_options={"yield_per": 500})
    for number, row in enumerate(rows, 1):
        yield NamedFile(*row)
        progress(Step.FILES, "", number, total)
