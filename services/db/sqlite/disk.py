"""The disk that the database is on."""

import shutil
import time
from pathlib import Path

RESERVE_SHARE, RESERVE_BYTES = 0.02, 2 * 10**9
"""The part of the disk that is kept free for logging in and deleting, whichever is less."""
DISK_SECONDS = 1.0
"""Seconds for which it is remembered that the disk has space."""


class Disk:
    """The disk that the database is on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checked_at = -DISK_SECONDS
        self._is_nearly_full = False

    def is_nearly_full(self) -> bool:
        """Return whether only the reserve is left.

        That there is space is remembered for a moment; that there is none is not, so that people
        can go on as soon as some was freed.
        """
        moment = time.monotonic()
        if self._is_nearly_full or moment - self._checked_at >= DISK_SECONDS:
            disk = shutil.disk_usage(self._folder)
            self._is_nearly_full = disk.free < min(disk.total * RESERVE_SHARE, RESERVE_BYTES)
            self._checked_at = moment
        return self._is_nearly_full
