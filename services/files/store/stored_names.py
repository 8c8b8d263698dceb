"""What files are called in a store: by their SHA-256, under its first two digits.

ab/abcd…         a file
ab/abcd….preview its preview, a WEBP
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

PREVIEW = ".preview"
"""The suffix of a preview."""
PREFIXES = frozenset(f"{number:02x}" for number in range(256))
"""The folders of files."""


def of_file(digest: str) -> str:
    """Return the name of a file."""
    return f"{digest[:2]}/{digest}"


def of_preview(digest: str) -> str:
    """Return the name of a file's preview, whether it has one or not."""
    return of_file(digest) + PREVIEW


def of_all(digests: Iterable[str]) -> list[str]:
    """Return the names of files and of their previews."""
    return [name(each) for each in digests for name in (of_file, of_preview)]


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, which is named for it."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def is_preview(file: Path) -> bool:
    """Return whether a file begins as a preview does: WebP (RFC 9649 §2.3)."""
    with file.open("rb") as opened:
        head = opened.read(12)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"
