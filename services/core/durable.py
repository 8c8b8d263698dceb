"""Flushing files and folders to the disk, so that a power cut takes nothing that was promised."""

import os
from pathlib import Path


def flush(file: Path) -> None:
    """Flush a file that somebody else has written."""
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder; Windows neither can nor needs to."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def flush_tree(folder: Path) -> None:
    """Flush all names in a folder and in those within it."""
    for within, _folders, _files in os.walk(folder):
        flush_folder(Path(within))
