"""The parts of a JPEG (ITU-T T.81)."""

import mmap
import re
from collections.abc import Iterator

from services.files.pictures import orientation
from services.files.pictures.picture import MAX_BLOCKS, Picture

# The second byte of the markers of a JPEG (ITU-T T.81 table B.1).
_END, _SCAN, _JFIF, _EXIF = 0xD9, 0xDA, 0xE0, 0xE1
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})
"""Those without a segment."""
_NEEDED = _ALONE | set(range(0xC0, 0xE0))
"""Frames, tables and scans; nothing that an application or a person has added."""
_COLOURS = {0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""What applications add and is needed for the colours, by how it begins."""
_MARKER = re.compile(rb"\xff++([^\x00\xff])", re.DOTALL)
# One sign and no run of them: this is searched for, and would begin with each one of a long run.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def read(data: mmap.mmap) -> Picture:
    """Read a JPEG; what follows its end, such as more pictures, is left out.

    One that was cut off within its pixels is read, too: it may say where it was taken.
    """
    picture = Picture(frames=1)
    picture.keep(0, 2)
    for marker, start, end in _segments(data):
        begin = start + 4
        if marker in _SIZES:
            picture.height = int.from_bytes(data[begin + 1 : begin + 3])
            picture.width = int.from_bytes(data[begin + 3 : begin + 5])
        if marker == _JFIF and data[begin : begin + 5] == b"JFIF\0" and start == 2:
            # Without its thumbnail (ITU-T T.871 §10.1).
            picture.add(b"\xff\xe0\0\x10" + data[begin : begin + 12] + b"\0\0")
        elif marker in _NEEDED or _is_colour(marker, data[begin : begin + 12]):
            picture.orientation_at = picture.orientation_at or picture.add(b"")
            picture.keep(start, end)
        elif marker == _EXIF and data[begin : begin + 6] == b"Exif\0\0":
            picture.orientation = orientation.read(data[begin:end])
    if picture.is_turned:
        exif = b"Exif\0\0" + orientation.exif(picture.orientation)
        segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif
        picture.parts[picture.orientation_at] = segment
    return picture


def _is_colour(marker: int, begin: bytes) -> bool:
    return marker in _COLOURS and begin.startswith(_COLOURS[marker])


def _segments(data: mmap.mmap) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment; a scan has its pixels with it."""
    at = 2
    for _each in range(MAX_BLOCKS):
        found = _MARKER.match(data, at)
        if found is None:
            raise ValueError("there is no marker")
        marker, start = found[1][0], found.end() - 2
        at = found.end()
        if marker not in _ALONE:
            at += int.from_bytes(data[at : at + 2])
            if not start + 4 <= at <= len(data):
                raise ValueError("it ends within a segment")
        if marker == _SCAN:
            after = _AFTER_SCAN.search(data, at)
            at = after.start() if after else len(data)
        yield marker, start, at
        if marker == _END or (marker == _SCAN and at == len(data)):
            return
    raise ValueError("it has too many segments")
