"""Small private files, such as secrets, written atomically and readable by their owner only."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def read_or_create(file: Path, create: Callable[[], bytes]) -> bytes:
    """Return the content of `file`; if it is missing or too short, fill it with `create()` first.

    A secret that a crash or a full disk left empty or truncated could be guessed, so it is
    replaced.
    """
    try:
        stored = file.read_bytes()
    except FileNotFoundError:
        stored = b""
    created = create()
    if len(stored) >= len(created):
        return stored
    write(file, created)
    return created


def write(file: Path, content: bytes) -> None:
    """Replace the content of a file atomically, once the new content is flushed to disk."""
    handle, temporary = tempfile.mkstemp(prefix=f"{file.name}-", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
