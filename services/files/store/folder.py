"""The store of files in the data folder: each file once, named by its SHA-256.

files/incoming/…       uploads in progress, see `services/files/store/incoming.py`
files/ab/abcd…         a file, see `services/files/store/stored_names.py`
files/ab/abcd….preview its preview
"""

import os
import shutil
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from services.core.disk import durable
from services.core.tasks import run_to_end
from services.files.store import stored_names
from services.files.store.incoming import FOLDER, IncomingFolder
from services.files.store.stored_names import PREFIXES


class FolderStore(IncomingFolder):
    """A folder of files: see `services.core.app_context.FileStore`."""

    def stored(self, digest: str) -> Path:
        """Return the path of a file."""
        return self.path(digest)

    def stored_preview(self, digest: str) -> Path:
        """Return the path of a file's preview."""
        return self.preview(digest)

    def path(self, digest: str) -> Path:
        """Return the path of a file."""
        return self._folder / digest[:2] / digest

    def preview(self, digest: str) -> Path:
        """Return the path of a file's preview, whether it has one or not."""
        return self._folder / stored_names.of_preview(digest)

    @asynccontextmanager
    async def local_copy(self, digest: str) -> AsyncIterator[Path]:
        """Give the file itself: it is on this machine."""
        yield self.path(digest)

    async def add(self, file: Path, digest: str) -> None:
        """Move a file, already flushed to disk, into the store, durably."""
        await run_to_end(self._add, file, digest)

    async def add_preview(self, digest: str, preview: bytes) -> None:
        """Store the preview of a file, durably."""
        await run_to_end(self._add_preview, digest, preview)

    async def remove(self, digests: Collection[str]) -> None:
        """Remove files and their previews."""
        await run_to_end(self._remove, digests)

    def fetch(self, name: str, to: Path) -> None:
        """Copy a file or a preview to a path. Raises `OSError`, and `FileNotFoundError`."""
        shutil.copyfile(self._folder / name, to)

    def digest(self, digest: str) -> str:
        """Return the SHA-256 of what is stored under this one. Raises as `fetch`."""
        return stored_names.digest(self.path(digest))

    def put(self, name: str, file: Path) -> None:
        """Store a file, which is moved, under a name, durably. Raises `OSError`."""
        durable.flush(file)
        self._move_in(file, self._folder / name)

    def delete(self, names: Collection[str]) -> None:
        """Remove files and previews. Raises `OSError`."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the sizes in bytes, by name, of all files that begin with these two digits."""
        return _sizes(self._folder / prefix)

    def unexpected_files(self) -> set[str]:
        """Return the names in the folder that are not from this program."""
        try:
            names = {each.name for each in self._folder.iterdir()}
        except FileNotFoundError:
            return set()
        return {name for name in names if name not in PREFIXES} - {FOLDER}

    def _add(self, file: Path, digest: str) -> None:
        self._move_in(file, self.path(digest))

    def _move_in(self, file: Path, target: Path) -> None:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        _move(file, target)
        durable.flush_folder(target.parent)
        durable.flush_folder(self._folder)

    def _add_preview(self, digest: str, preview: bytes) -> None:
        new, target = self.incoming_path(), self.preview(digest)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            new.write_bytes(preview)
            durable.flush(new)
            _move(new, target)
        finally:
            new.unlink(missing_ok=True)
        durable.flush_folder(target.parent)

    def _remove(self, digests: Collection[str]) -> None:
        self.delete(stored_names.of_all(digests))


def _sizes(folder: Path) -> dict[str, int]:
    """Return the sizes of the files in a folder, from which a server may remove some now."""
    sizes = {}
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.is_file():
                    sizes[entry.name] = entry.stat().st_size
    return sizes


def _move(file: Path, target: Path) -> None:
    """Move a file; `target` may exist already, with the same content."""
    try:
        file.replace(target)
    except PermissionError:
        # Windows does not replace a file while someone reads it.
        if not target.exists():
            raise
