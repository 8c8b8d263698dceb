"""Small files, such as secrets: written whole or not at all, for their owner's eyes only."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def read(file: Path, make: Callable[[], bytes]) -> bytes:
    """Return what is in `file`; if it is not there yet, or too short, what `make` returns.

    A file that a crash or a full disk left empty or cut short is no secret: anybody could
    guess it. So it is made anew.
    """
    try:
        kept = file.read_bytes()
    except FileNotFoundError:
        kept = b""
    made = make()
    if len(kept) >= len(made):
        return kept
    put(file, made)
    return made


def put(file: Path, content: bytes) -> None:
    """Put content in the place of what is in a file, once it is on the disk."""
    handle, beside = tempfile.mkstemp(prefix=f"{file.name}-", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(beside).replace(file)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
