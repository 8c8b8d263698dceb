"""Which tracks an MP4 file has (ISO/IEC 14496-12 §4.2, §6.2 and §8).

Recorders of phones put sound into the same container as video, with the same brand, and the list
of tracks often at the end of the file. It is read where it is; nothing else of the file is.
"""

from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

MAX_BOXES = 10_000
"""Boxes that are looked at. A film has some 200, beside its fragments, which follow its tracks."""


class Track(Struct, frozen=True):
    """A track of a file."""

    handler: bytes
    """Its type: `soun`, `vide`, or another one."""
    codec: bytes
    is_still: bool
    """Whether it has one picture only: the cover of a song."""


class _Box(Struct, frozen=True):
    """Where the content of a box is."""

    start: int
    end: int


_NONE = _Box(0, 0)


def tracks(file: BinaryIO) -> list[Track]:
    """Return the tracks of a file, none if they are not found. `file` may be its beginning."""
    reader = _Reader(file)
    moov = reader.first(_Box(0, file.seek(0, 2)), b"moov")
    return [reader.track(trak) for trak in reader.boxes(moov, b"trak")]


class _Reader:
    """Finds boxes in a file, up to `MAX_BOXES` of them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MAX_BOXES

    def track(self, trak: _Box) -> Track:
        mdia = self.first(trak, b"mdia")
        stbl = self.first(self.first(mdia, b"minf"), b"stbl")
        return Track(
            handler=self._read(self.first(mdia, b"hdlr"), 8, 4),
            codec=self._read(self.first(stbl, b"stsd"), 12, 4),
            # In a file of fragments there are none yet.
            is_still=int.from_bytes(self._read(self.first(stbl, b"stsz"), 8, 4)) == 1,
        )

    def first(self, outer: _Box, kind: bytes) -> _Box:
        """Return the first box of this type in another one; an empty one if there is none."""
        return next(self.boxes(outer, kind), _NONE)

    def boxes(self, outer: _Box, kind: bytes) -> Iterator[_Box]:
        """Yield the boxes of this type in another one."""
        at = outer.start
        while at + 8 <= outer.end and self._left:
            self._left -= 1
            self._file.seek(at)
            head = self._file.read(16)
            size, start = int.from_bytes(head[:4]), at + 8
            if size == 1:  # it follows, in eight bytes
                size, start = int.from_bytes(head[8:16]), at + 16
            end = at + size if size else outer.end  # 0: up to the end
            if end < start:
                return
            if head[4:8] == kind:
                yield _Box(start, min(end, outer.end))
            at = end

    def _read(self, box: _Box, at: int, size: int) -> bytes:
        """Return some bytes of a box, fewer where it ends."""
        self._file.seek(box.start + at)
        return self._file.read(max(0, min(size, box.end - box.start - at)))
