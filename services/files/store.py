"""Content-addressed file store: a folder with each file once, named by its SHA-256.

files/incoming/…       uploads in progress, under random names
files/ab/abcd…         a file, by its SHA-256 in hexadecimal digits
files/ab/abcd….preview its preview
"""

import hashlib
import os
import secrets
import shutil
from contextlib import suppress
from io import FileIO
from pathlib import Path

from services.core.disk import durable

FREE_SHARE = 0.05
"""The share of the disk that uploads leave free, for messages."""
PREVIEW = ".preview"
"""The suffix of a preview."""
PREFIXES = frozenset(f"{number:02x}" for number in range(256))
"""The names of the folders with files."""


class Store:
    """A folder of files. All methods block, so call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, *, clears: bool) -> None:
        """Create the folders; with `clears`, remove uploads that a crash has left unfinished."""
        if clears:
            shutil.rmtree(self._incoming, ignore_errors=True)
        for folder in (self._folder, self._incoming):  # `mode` does not apply to parents
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def incoming_path(self) -> Path:
        """Return a new path for an upload."""
        return self._incoming / secrets.token_hex(16)

    def path(self, digest: str) -> Path:
        """Return the path of a file."""
        return self._folder / digest[:2] / digest

    def preview(self, digest: str) -> Path:
        """Return the path of a file's preview, whether it has one or not."""
        return self.path(digest).with_suffix(PREVIEW)

    def add(self, file: Path, digest: str) -> None:
        """Move a file, already flushed to disk, into the store, durably."""
        target = self.path(digest)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        _move(file, target)
        durable.flush_folder(target.parent)
        durable.flush_folder(self._folder)

    def add_preview(self, digest: str, preview: bytes) -> None:
        """Store the preview of a file, durably."""
        new = self.incoming_path()
        try:
            new.write_bytes(preview)
            durable.flush(new)
            _move(new, self.preview(digest))
        finally:
            new.unlink(missing_ok=True)
        durable.flush_folder(self.preview(digest).parent)

    def remove(self, digest: str) -> None:
        """Remove a file and its preview."""
        self.path(digest).unlink(missing_ok=True)
        self.preview(digest).unlink(missing_ok=True)

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the sizes in bytes, by name, of all files that begin with these two digits."""
        return _sizes(self._folder / prefix)

    def unexpected_files(self) -> set[str]:
        """Return the names in the folder that are not from this program."""
        try:
            names = {each.name for each in self._folder.iterdir()}
        except FileNotFoundError:
            return set()
        return {name for name in names if name not in PREFIXES} - {self._incoming.name}

    def disk(self) -> tuple[int, int]:
        """Return the free and total bytes of the disk."""
        disk = shutil.disk_usage(self._folder)
        return disk.free, disk.total

    def has_room(self, size: int) -> bool:
        """Return whether `size` more bytes leave `FREE_SHARE` of the disk free."""
        free, total = self.disk()
        return free - size >= total * FREE_SHARE

    @property
    def _incoming(self) -> Path:
        return self._folder / "incoming"


class Incoming:
    """An upload in progress, counted and hashed as it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: FileIO | None = None

    def open(self) -> None:
        """Create the file. Raises `FileExistsError`."""
        self._file = FileIO(self.path, "x")

    def write(self, chunk: bytes) -> None:
        """Append a chunk."""
        rest = memoryview(chunk)
        while rest:  # when the disk fills up, a write is short and only the next one fails
            rest = rest[self._opened.write(rest) :]
        self._hash.update(chunk)
        self.size += len(chunk)

    def close(self) -> str:
        """Flush the file to disk and close it; return its SHA-256."""
        os.fsync(self._opened.fileno())
        self._opened.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Close the file; remove it and what was made from it, unless moved to the store."""
        if self._file is not None:
            self._file.close()
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink(missing_ok=True)

    @property
    def _opened(self) -> FileIO:
        assert self._file is not None, "open it first"
        return self._file


def _sizes(folder: Path) -> dict[str, int]:
    """Return the sizes of the files in a folder, from which a server may remove some now."""
    sizes = {}
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.is_file():
                    sizes[entry.name] = entry.stat().st_size
    return sizes


def is_preview(file: Path) -> bool:
    """Return whether a file begins as a preview does: WebP (RFC 9649 §2.3)."""
    with file.open("rb") as opened:
        head = opened.read(12)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _move(file: Path, target: Path) -> None:
    """Move a file; `target` may exist already, with the same content."""
    try:
        file.replace(target)
    except PermissionError:
        # Windows does not replace a file while someone reads it.
        if not target.exists():
            raise
