"""The parts of a WEBP (RFC 9649)."""

import mmap
from collections.abc import Iterator

from services.files.pictures.picture import MAX_BLOCKS, Picture

_CHUNKS = b"ICCP|ANIM|ALPH|VP8 |VP8L".split(b"|")
"""Those needed to draw a WEBP, beside its features and its frames."""
_EXIF, _XMP = 0x08, 0x04
"""Flags in the VP8X chunk that announce metadata chunks (RFC 9649 §2.7)."""
_FRAME = 24
"""Where the chunks of a frame begin: after its name, size, position and duration."""


def read(data: mmap.mmap) -> Picture:
    """Read a WEBP (RFC 9649 §2.3 to §2.7). Browsers do not turn it, whatever its Exif says."""
    picture = Picture()
    picture.add(b"")  # the length comes last
    features = 0
    for name, start, end in _chunks(data, 12, 8 + int.from_bytes(data[4:8], "little")):
        content = start + 8
        if name == b"VP8X" and not features:
            flags = data[content] & ~(_EXIF | _XMP)
            features = picture.add(data[start:content] + bytes([flags]) + data[content + 1 : end])
            picture.width = 1 + int.from_bytes(data[content + 4 : content + 7], "little")
            picture.height = 1 + int.from_bytes(data[content + 7 : content + 10], "little")
        elif name == b"ANMF":
            picture.frames += 1
            _keep_frame(data, picture, start, end)
        elif name in _CHUNKS:
            picture.keep(start, end)
            if name in (b"VP8 ", b"VP8L"):
                picture.frames = picture.frames or 1
                if not features:
                    size = data[content : content + 10]
                    picture.width, picture.height = _size(name, size)
    length = 4 + sum(map(len, picture.parts))
    picture.parts[0] = b"RIFF" + length.to_bytes(4, "little") + b"WEBP"
    return picture


def _keep_frame(data: mmap.mmap, picture: Picture, start: int, end: int) -> None:
    """Let a frame follow, without chunks that do not belong there (RFC 9649 §2.7.1.1)."""
    head = picture.add(b"")
    picture.keep(start + 8, start + _FRAME)
    for name, first, last in _chunks(data, start + _FRAME, end):
        if name in _CHUNKS:
            picture.keep(first, last)
    length = sum(map(len, picture.parts[head:]))
    picture.parts[head] = b"ANMF" + length.to_bytes(4, "little")


def _chunks(data: mmap.mmap, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of the chunks up to `end`."""
    if end > len(data):
        raise ValueError("it is shorter than it says")
    for _each in range(MAX_BLOCKS):
        if at + 8 > end:
            return
        start, size = at, int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
        if at > end + 1:  # some leave out the last byte, which only makes the number even
            raise ValueError("it ends within a chunk")
        yield data[start : start + 4], start, min(at, end)
    raise ValueError("it has too many chunks")


def _size(name: bytes, begin: bytes) -> tuple[int, int]:
    """Return width and height from the beginning of the pixels (RFC 9649 §2.5 and §2.6)."""
    if name == b"VP8L":
        bits = int.from_bytes(begin[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = (int.from_bytes(begin[at : at + 2], "little") for at in (6, 8))
    return width & 0x3FFF, height & 0x3FFF
