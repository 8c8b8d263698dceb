"""How far a move is."""

from enum import StrEnum
from typing import Protocol


class Step(StrEnum):
    """What is being done."""

    COPYING = "copying"
    INDEXING = "indexing"
    CHECKING = "checking"
    FILES = "files"
    COPYING_FILES = "copying files"


class Progress(Protocol):
    """Is called after each part of a step."""

    def __call__(self, step: Step, what: str, done: int, total: int) -> None:
        """Note that so many of `total` are done; `what` is the name of a table."""
