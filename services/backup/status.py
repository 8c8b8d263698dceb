"""What is known of the nightly backups: when one was last proven, and what went wrong since."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from services.core import atomic_file

FOLDER = "backups"
"""Where the nightly backups are, in the data folder."""
_FILE = "proven.json"


class Problem(StrEnum):
    """Why there is no new backup."""

    DISK = "disk"
    """It is nearly full."""
    UNSOUND = "unsound"
    """What was restored from it is not what there is."""
    FAILED = "failed"


class Proof(BaseModel, frozen=True):
    """How it went the last times."""

    proven_at: datetime | None = None
    """When a backup was last made, restored and found to be sound."""
    missing: int = 0
    """How many files messages hold that were lost before, so that it lacks them, too."""
    tried_at: datetime | None = None
    problem: Problem | None = None
    """Of the last try."""
    detail: str = ""
    """What the system said about that, in its own words."""


def read(data: Path) -> Proof:
    """Return what is known; what cannot be read is not."""
    try:
        return Proof.model_validate_json((data / FOLDER / _FILE).read_bytes())
    except (OSError, ValueError):
        return Proof()


def write(data: Path, proof: Proof) -> None:
    """Note what is known now."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    atomic_file.put(folder / _FILE, proof.model_dump_json().encode())
