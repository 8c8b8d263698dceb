"""The parts of a GIF (GIF89a)."""

import mmap
from collections.abc import Iterator

from services.files.pictures.picture import MAX_BLOCKS, MAX_FRAMES, Picture

_IMAGE, _CONTROL, _APPLICATION = 0x2C, 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def read(data: mmap.mmap) -> Picture:
    """Read a GIF: Photoshop adds XMP, which may have a location."""
    picture = Picture()
    picture.width, picture.height = (int.from_bytes(data[at : at + 2], "little") for at in (6, 8))
    picture.keep(0, 13 + _table(data[10]))
    for start, end in _blocks(data):
        is_image, label = data[start] == _IMAGE, data[start + 1]
        is_loop = label == _APPLICATION and data[start + 3 : start + 14] in _LOOPS
        if is_image or label == _CONTROL or is_loop:
            picture.keep(start, end)
        picture.frames += is_image
        if picture.frames > MAX_FRAMES:
            break
    last = picture.parts[-1]
    assert isinstance(last, range)
    if data[last.stop : last.stop + 1] == b";":
        picture.keep(last.stop, last.stop + 1)
    else:
        picture.add(b";")
    return picture


def _blocks(data: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Yield the images and extensions (https://www.w3.org/Graphics/GIF/spec-gif89a.txt).

    Anything else ends it, as in browsers.
    """
    at, parts = _table(data[10]) + 13, 0
    while data[at : at + 1] in (b",", b"!"):
        start = at
        at += _table(data[at + 9]) + 11 if data[at] == _IMAGE else 2
        while data[at]:
            at += data[at] + 1
            parts += 1
        at += 1
        parts += 1
        if parts > MAX_BLOCKS:
            raise ValueError("it has too many blocks")
        yield start, at


def _table(flags: int) -> int:
    """Return the size of the colour table that these flags announce, in bytes."""
    return 6 << (flags & 7) if flags & 0x80 else 0
