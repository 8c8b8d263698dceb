"""Uploads in progress: on this machine, wherever the store is.

incoming/1f2e…       those of a process, under random names
incoming/1f2e….lock  is locked as long as that process runs

Several processes may share the folder, so that one which starts must leave the uploads of the
others alone.
"""

import hashlib
import os
import secrets
import shutil
from io import FileIO
from pathlib import Path

from filelock import FileLock, Timeout

FOLDER = "incoming"
"""In the folder of files."""
FREE_SHARE = 0.05
"""The share of the disk that uploads leave free, for messages."""
_LOCK = ".lock"


class IncomingFolder:
    """The part of a store that is the same for all: uploads of this process, on its disk."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of files, in which there is one for the uploads of all processes."""
        self._folder = folder
        self._all = folder / FOLDER
        self._own = self._all / secrets.token_hex(8)
        self._lock: FileLock | None = None

    def open(self, *, clears: bool) -> None:
        """Create the folders; with `clears`, remove uploads of processes that are gone."""
        for folder in (self._folder, self._all):  # `mode` does not apply to parents
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if clears:
            self._clear()
        # First the lock: after a crash in between, a folder without one would stay for good.
        self._lock = FileLock(self._own.with_name(self._own.name + _LOCK))
        self._lock.acquire()
        self._own.mkdir(mode=0o700)

    def close(self) -> None:
        """Remove what is left of uploads."""
        if self._lock is not None:
            _remove(self._own, self._lock)
            self._lock = None

    def incoming_path(self) -> Path:
        """Return a new path for an upload."""
        return self._own / secrets.token_hex(16)

    def disk(self) -> tuple[int, int]:
        """Return the free and total bytes of the disk."""
        disk = shutil.disk_usage(self._folder)
        return disk.free, disk.total

    def has_room(self, size: int) -> bool:
        """Return whether `size` more bytes leave `FREE_SHARE` of the disk free."""
        free, total = self.disk()
        return free - size >= total * FREE_SHARE

    def _clear(self) -> None:
        for found in self._all.iterdir():
            if found.suffix == _LOCK:
                lock = FileLock(found, timeout=0)
                try:
                    lock.acquire()
                except Timeout:
                    continue  # its process runs
                _remove(found.with_suffix(""), lock)
            elif not found.is_dir():  # of a version that had one folder for all
                found.unlink(missing_ok=True)


def _remove(folder: Path, lock: FileLock) -> None:
    """Remove a folder, whose lock is held, and the lock."""
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)


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
