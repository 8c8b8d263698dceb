"""The folder in which files are kept, each once, under the hash of its content.

files/incoming/…       what is coming in, under a name that nobody can guess
files/ab/abcd…         a file, by its SHA-256 in hexadecimal digits
files/ab/abcd….preview what is shown of it
"""

import hashlib
import os
import secrets
import shutil
from contextlib import suppress
from io import FileIO
from pathlib import Path

from services.core import durable

FREE_SHARE = 0.05
"""The part of the disk that files leave to the messages."""
PREFIXES = frozenset(f"{number:02x}" for number in range(256))
"""The names of the folders in which files are kept."""


class Store:
    """Files in a folder. Its methods block: they are for threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, *, clears: bool) -> None:
        """Make the folders; clear away, if so, what was coming in when the program last ended."""
        if clears:
            shutil.rmtree(self._incoming, ignore_errors=True)
        for folder in (self._folder, self._incoming):  # `mode` would not hold for parents
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def new(self) -> Path:
        """Return where something that comes in can be put."""
        return self._incoming / secrets.token_hex(16)

    def path(self, digest: str) -> Path:
        """Return where a file is kept."""
        return self._folder / digest[:2] / digest

    def preview(self, digest: str) -> Path:
        """Return where the picture of a file is kept that is shown of it."""
        return self.path(digest).with_suffix(".preview")

    def keep(self, file: Path, digest: str, preview: Path | None) -> None:
        """Give what has come in, which is on the disk already, its place and name."""
        place = self.path(digest)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        if preview:
            durable.flush(preview)
            _move(preview, self.preview(digest))
        _move(file, place)
        durable.flush_folder(place.parent)
        durable.flush_folder(self._folder)

    def remove(self, digest: str) -> None:
        """Remove a file, and what is shown of it."""
        self.path(digest).unlink(missing_ok=True)
        self.preview(digest).unlink(missing_ok=True)

    def under(self, prefix: str) -> dict[str, int]:
        """Return the sizes of all files, by their names, that begin with these two digits."""
        return _sizes(self._folder / prefix)

    def unexpected_files(self) -> set[str]:
        """Return what lies in the folder that this program has not put there."""
        try:
            names = {each.name for each in self._folder.iterdir()}
        except FileNotFoundError:
            return set()
        return {name for name in names if name not in PREFIXES} - {self._incoming.name}

    def disk(self) -> tuple[int, int]:
        """Return how many bytes of the disk are free, and how many there are."""
        disk = shutil.disk_usage(self._folder)
        return disk.free, disk.total

    def has_room(self, size: int) -> bool:
        """Tell whether the disk is far from full with `size` more bytes on it."""
        free, total = self.disk()
        return free - size >= total * FREE_SHARE

    @property
    def _incoming(self) -> Path:
        return self._folder / "incoming"


class Incoming:
    """A file that comes in, piece by piece: counted, hashed, and written where nobody finds it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: FileIO | None = None

    def open(self) -> None:
        """Make it, empty; nothing can be done with it before."""
        self._file = FileIO(self.place, "x")

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        left = memoryview(piece)
        while left:  # a disk that gets full takes a part, and complains about the rest only
            left = left[self._opened.write(left) :]
        self._hash.update(piece)
        self.size += len(piece)

    def close(self) -> str:
        """Have it on the disk; return its hash."""
        os.fsync(self._opened.fileno())
        self._opened.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Remove it and what was made from it, unless it has got its place already."""
        if self._file is not None:
            self._file.close()
        for left in self.place.parent.glob(f"{self.place.name}*"):
            left.unlink(missing_ok=True)

    @property
    def _opened(self) -> FileIO:
        assert self._file is not None, "open it first"
        return self._file


def _sizes(folder: Path) -> dict[str, int]:
    """Return the sizes of the files in a folder; a running server may remove one meanwhile."""
    found = {}
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.is_file():
                    found[entry.name] = entry.stat().st_size
    return found


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _move(file: Path, place: Path) -> None:
    """Move a file to where perhaps the same one is already."""
    try:
        file.replace(place)
    except PermissionError:
        # On Windows nothing takes the place of what somebody reads just now. It is the same.
        if not place.exists():
            raise
