"""The parts of a PNG, animated or not."""

import mmap
import zlib

from services.files.pictures import orientation
from services.files.pictures.picture import MAX_BLOCKS, Picture

# The chunks needed to draw a PNG, animated or not: no text, Exif or time
# (https://www.w3.org/TR/png-3/#4Concepts.FormatTypes).
_CHUNKS = (
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT"
).split()


def read(data: mmap.mmap) -> Picture:
    """Read a PNG (https://www.w3.org/TR/png-3/#5Chunk-layout)."""
    picture = Picture(frames=1)
    picture.keep(0, 8)
    name, at, controls, announced = b"", 8, 0, 1
    for _each in range(MAX_BLOCKS):
        start, name = at, data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4])
        if at > len(data) or (start == 8) != (name == b"IHDR"):
            raise ValueError("it ends within a chunk")
        if name in _CHUNKS:
            picture.keep(start, at)
        if name == b"IHDR":
            picture.width = int.from_bytes(data[16:20])
            picture.height = int.from_bytes(data[20:24])
            picture.orientation_at = picture.add(b"")
        elif name == b"eXIf":
            picture.orientation = orientation.read(data[start + 8 : at - 4])
        elif name == b"acTL":
            announced = int.from_bytes(data[start + 8 : start + 12])
        controls += name == b"fcTL"
        if name == b"IEND":
            break
    else:
        raise ValueError("it has too many chunks")
    picture.frames = max(1, announced, controls)
    if picture.is_turned:
        chunk = b"eXIf" + orientation.exif(picture.orientation)
        length, check = (len(chunk) - 4).to_bytes(4), zlib.crc32(chunk).to_bytes(4)
        picture.parts[picture.orientation_at] = length + chunk + check
    return picture
