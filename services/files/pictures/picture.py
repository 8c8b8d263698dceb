"""What a picture says about itself, and what stays of its file; and how large it may be."""

import mmap
from dataclasses import dataclass, field

MAX_PIXELS = {
    "image/jpeg": 210_000_000,
    "image/png": 210_000_000,
    "image/gif": 210_000_000,
    "image/webp": 60_000_000,
}
"""Of a frame that is decoded, by type: more than phones take, and a plan of A0 scanned at 300 dpi.

A PNG takes four bytes for each pixel, a WEBP sixteen: both stay below the memory that
`services/files/decoding/sandbox.py` allows. A JPEG takes none, but a progressive one up to six: the
largest of those become files like any other.
"""
MAX_FRAMES = 500
MAX_TOTAL_PIXELS = 1_000_000_000
"""In all frames: 480 of 1920 × 1080."""
MAX_BLOCKS = 1_000_000
"""Parts of a file that are read: ten times what pictures have, in about 0.2 seconds."""


class TooMuch(Exception):
    """The picture exceeds a limit: it has more of something than `most`."""

    def __init__(self, over: str, most: int) -> None:
        super().__init__(over)
        self.over = over
        self.most = most


@dataclass
class Picture:
    """What a picture says about itself, and what stays of its file."""

    width: int = 0
    """In pixels, as it is stored."""
    height: int = 0
    frames: int = 0
    orientation: int = 1
    """How it has to be turned or mirrored, from 1 (upright) to 8 (Exif 2.32 §4.6.4)."""
    parts: list[range | bytes] = field(default_factory=list)
    """Bytes of the original and new ones, in order."""
    orientation_at: int = 0
    """Which of the parts is to hold the orientation, if it has one."""

    @property
    def is_turned(self) -> bool:
        """Whether it is shown turned or mirrored. Cameras make no animations."""
        return self.orientation != 1 and self.frames == 1

    @property
    def pixels(self) -> int:
        """How many pixels each frame has."""
        return self.width * self.height

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height in pixels, as it is shown."""
        turned = self.is_turned and self.orientation >= 5
        return (self.height, self.width) if turned else (self.width, self.height)

    def keep(self, start: int, end: int) -> None:
        """Let these bytes of the original follow."""
        last = self.parts[-1] if self.parts else None
        if isinstance(last, range) and last.stop == start:
            self.parts[-1] = range(last.start, end)
        else:
            self.parts.append(range(start, end))

    def add(self, new: bytes) -> int:
        """Let new bytes follow; return their place in `parts`."""
        self.parts.append(new)
        return len(self.parts) - 1

    def differs(self, data: mmap.mmap) -> bool:
        """Return whether the parts are anything else than the original."""
        at = 0
        for part in self.parts:
            original = (
                data[at : at + len(part)] if isinstance(part, bytes) else range(at, part.stop)
            )
            if part != original:
                return True
            at += len(part)
        return at != len(data)


def require_within_limits(picture: Picture) -> None:
    """Raise `ValueError` if there is nothing to see, `TooMuch` for an animation of too much."""
    if not picture.pixels or not picture.frames:
        raise ValueError("there is nothing to see")
    if picture.frames > MAX_FRAMES:
        raise TooMuch("frames", MAX_FRAMES)
    if picture.frames > 1 and picture.pixels * picture.frames > MAX_TOTAL_PIXELS:
        raise TooMuch("dots in all", MAX_TOTAL_PIXELS)
