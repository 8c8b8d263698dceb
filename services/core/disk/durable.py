"""Flush files and folders to the disk, so that they survive a power cut."""

import os
from pathlib import Path


def flush(file: Path) -> None:
    """Flush a file that has been written and closed."""
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())


def flush_folder(folder: Path) -> None:
    """Flush the entries of a folder; Windows neither can nor needs to."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def flush_tree(folder: Path) -> None:
    """Flush the entries of a folder and of all folders within it."""
    for subfolder, _folders, _files in os.walk(folder):
        flush_folder(Path(subfolder))
