"""Small private files, such as secrets, written atomically and readable by their owner only."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def read_or_create(file: Path, create: Callable[[], bytes]) -> bytes:
    """Return the content of `file`; if it is missing or too short, fill it with `create()` first.

    Of several processes that find none, one creates it, and all return its content. A secret that a
    crash or a full disk left empty or truncated could be guessed, so it is replaced.
    """
    created = create()
    if not file.exists():
        _create(file, created)
    if len(stored := file.read_bytes()) >= len(created):
        return stored
    write(file, created)
    return created


def write(file: Path, content: bytes) -> None:
    """Replace the content of a file atomically, once the new content is flushed to disk."""
    with _flushed(file, content) as new:
        new.replace(file)


def _create(file: Path, content: bytes) -> None:
    """Write a new file atomically, unless another process has done so in between."""
    with _flushed(file, content) as new:
        try:
            os.link(new, file)
        except FileExistsError:
            pass
        except OSError:  # the disk knows no links
            new.replace(file)


@contextmanager
def _flushed(file: Path, content: bytes) -> Iterator[Path]:
    """Write content to a temporary file beside another, and flush it to disk."""
    handle, name = tempfile.mkstemp(prefix=f"{file.name}-", dir=file.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
