"""Status of the nightly backups: when one was last verified, and the latest problem."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from services.core.disk import atomic_file

FOLDER = "backups"
"""The folder of nightly backups, in the data folder."""
_FILE = "proven.json"


class Problem(StrEnum):
    """Why a backup failed."""

    DISK = "disk"
    """The disk is nearly full."""
    UNSOUND = "unsound"
    """The backup could not be restored correctly."""
    FAILED = "failed"


class BackupStatus(BaseModel, frozen=True):
    """The result of the latest backups."""

    proven_at: datetime | None = None
    """When a backup was last made and restored successfully."""
    missing: int = 0
    """How many files were lost before that backup, and so are not in it."""
    tried_at: datetime | None = None
    problem: Problem | None = None
    """Of the latest attempt."""
    detail: str = ""
    """The error message of the system."""


def read(data: Path) -> BackupStatus:
    """Return the stored status, or an empty one if it cannot be read."""
    try:
        return BackupStatus.model_validate_json((data / FOLDER / _FILE).read_bytes())
    except (OSError, ValueError):
        return BackupStatus()


def write(data: Path, status: BackupStatus) -> None:
    """Store the status."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    atomic_file.write(folder / _FILE, status.model_dump_json().encode())
