"""Decode one uploaded picture or PDF, in a process of its own.

Decoders are large C libraries reading untrusted input. So they run outside the server, with
limits on memory and time, and import nothing of it. `services.files.inspection` starts this
program, and does not trust its answer.

    python -I inspection_worker.py MEDIA_TYPE FILE PREVIEW CLEANED

It writes PREVIEW and, for a picture that must change, CLEANED. It prints one line of JSON:
`width`, `height` and `cleaned`, or `over` and `most` for a picture beyond the limits. Any
error ends it with a traceback, which is discarded.
"""

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from PIL import ExifTags, Image, ImageCms, ImageOps

if sys.platform != "win32":
    import os
    import resource

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space: 50 million pixels of four bytes, a copy of them, and some more."""
CPU_SECONDS = 20
"""`services.files.inspection` limits the elapsed time."""
MAX_OUTPUT_BYTES = 256 * 1024 * 1024
"""The size of a file it may write."""
MAX_PIXELS = 50_000_000
"""Per frame: more than phones take, and 200 MB when decoded."""
MAX_FRAMES = 500
MAX_TOTAL_PIXELS = 1_000_000_000
"""In all frames: 480 of 1920 × 1080."""
SIDE = 640
"""The longest side of a preview, in pixels."""

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}

# The chunks needed to draw a PNG, animated or not: no text, Exif or time
# (https://www.w3.org/TR/png-3/#4Concepts.FormatTypes).
PNG_CHUNKS = (
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT"
).split()
WEBP_CHUNKS = b"VP8X|ICCP|ANIM|ANMF|ALPH|VP8 |VP8L".split(b"|")
WEBP_EXIF, WEBP_XMP = 0x08, 0x04
"""Flags in the VP8X chunk that announce metadata chunks (RFC 9649 §2.7)."""
GIF_IMAGE, GIF_CONTROL, GIF_APPLICATION = 0x2C, 0xF9, 0xFF
GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


class TooMuch(Exception):
    """The picture exceeds a limit: it has more `of` something than `most`."""

    def __init__(self, of: str, most: int) -> None:
        super().__init__(of)
        self.answer = {"over": of, "most": most}


def limit_resources() -> None:
    """Limit memory, CPU time and output of this process, where the system supports it."""
    if sys.platform == "win32":
        return
    os.nice(10)  # the server has priority
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        # A system may not enforce a limit, or have set a lower one already.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


# -- pictures -------------------------------------------------------------------------------


def process_picture(kind: str, file: Path, preview: Path, cleaned: Path) -> dict[str, object]:
    """Clean a picture of this format and make its preview; return the answer."""
    # Pillow refuses more than twice this, before it allocates memory.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    try:
        picture = Image.open(file, formats=[kind])
    except Image.DecompressionBombError as error:
        raise TooMuch("dots", MAX_PIXELS) from error
    data = file.read_bytes()
    frames = count_frames(kind, picture, data)
    picture.load()
    turned = frames == 1 and orientation(picture) != 1  # cameras make no animations
    picture.info = {
        key: picture.info[key] for key in ("icc_profile", "transparency") if key in picture.info
    }
    if turned:
        ImageOps.exif_transpose(picture, in_place=True)
    if turned or kind == "JPEG":
        save(kind, picture, cleaned)
    else:
        # Without encoding it again: no loss, and animations stay.
        stripped = b"".join(STRIP[kind](data))
        if stripped != data:
            cleaned.write_bytes(stripped)
    width, height = picture.size
    make_preview(picture, preview)
    return {"width": width, "height": height, "cleaned": cleaned.exists()}


def count_frames(kind: str, picture: Image.Image, data: bytes) -> int:
    """Return the number of frames. Raises `TooMuch` beyond the limits."""
    if kind == "GIF":
        images = (block for block in gif_blocks(data) if block[0] == GIF_IMAGE)
        frames = sum(1 for _image in islice(images, MAX_FRAMES + 1))
    elif kind == "JPEG":
        frames = 1  # a phone may append more pictures, which are removed
    else:
        frames = getattr(picture, "n_frames", 1)
    if frames > MAX_FRAMES:
        raise TooMuch("frames", MAX_FRAMES)
    if frames * picture.width * picture.height > MAX_TOTAL_PIXELS:
        raise TooMuch("dots in all", MAX_TOTAL_PIXELS)
    return frames


def orientation(picture: Image.Image) -> int:
    """Return the Exif orientation, from 1 (upright) to 8."""
    try:
        stored = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken Exif raises all kinds of errors, and the picture may be fine
        return 1
    return stored if stored in range(2, 9) else 1


def save(kind: str, picture: Image.Image, cleaned: Path) -> None:
    """Write a picture at full size with its colour profile, and without other metadata."""
    picture.format = kind  # Pillow calls a JPEG with more pictures appended an MPO
    picture.save(
        cleaned,
        kind,
        quality="keep" if kind == "JPEG" else 92,
        icc_profile=picture.info.get("icc_profile"),
    )


def make_preview(picture: Image.Image, preview: Path) -> tuple[int, int]:
    """Write a picture as a small WEBP in sRGB; return its size. It may change `picture`."""
    profile = picture.info.get("icc_profile")
    if picture.mode == "I;16":  # Pillow would clip the values at 255
        picture = picture.point(lambda value: value / 256).convert("L")
        picture.info.clear()
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    # A profile may be for greyscale or CMYK: keep these modes until it has been applied.
    if picture.mode not in (("RGBA",) if mode == "RGBA" else ("RGB", "L", "CMYK")):
        picture = picture.convert(mode)
    picture.thumbnail((SIDE, SIDE))
    if profile:
        # The profile may be broken, or for another mode.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            picture = to_srgb(picture, profile, mode)
    picture.convert(mode).save(preview, "WEBP", quality=80)
    return picture.size


def to_srgb(picture: Image.Image, profile: bytes, mode: str) -> Image.Image:
    """Convert a picture from its ICC profile to sRGB."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(picture, source, target, outputMode=mode)
    return converted or picture


# -- stripping metadata: place, time, camera and author of a picture ----------------------------


def strip_png(data: bytes) -> Iterator[bytes]:
    """Yield a PNG without metadata (https://www.w3.org/TR/png-3/#5Chunk-layout)."""
    yield data[:8]
    at, name = 8, b""
    while at < len(data) and name != b"IEND":
        name = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if name in PNG_CHUNKS:
            yield data[at:end]
        at = end


def strip_webp(data: bytes) -> Iterator[bytes]:
    """Yield a WEBP without metadata (RFC 9649 §2.3 to §2.7)."""
    end = 8 + int.from_bytes(data[4:8], "little")
    chunks = b"".join(webp_chunks(data[12:end]))
    yield b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks


def webp_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the chunks in `data` that are not metadata."""
    at = 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        chunk = data[at:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~(WEBP_EXIF | WEBP_XMP)]) + chunk[9:]
        if name == b"ANMF":  # a frame: position and duration, then chunks
            inner = chunk[8:24] + b"".join(webp_chunks(chunk[24:]))
            chunk = name + len(inner).to_bytes(4, "little") + inner
        if name in WEBP_CHUNKS:
            yield chunk
        at = end


def strip_gif(data: bytes) -> Iterator[bytes]:
    """Yield a GIF without metadata: Photoshop adds XMP, which may have a location."""
    yield data[: gif_table(data[10]) + 13]
    for block in gif_blocks(data):
        is_loop = block[1] == GIF_APPLICATION and block[3:14] in GIF_LOOPS
        if block[0] == GIF_IMAGE or block[1] == GIF_CONTROL or is_loop:
            yield block
    yield b";"


def gif_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the images and extensions of a GIF (https://www.w3.org/Graphics/GIF/spec-gif89a.txt).

    Anything else ends it, as in browsers.
    """
    at = gif_table(data[10]) + 13
    while data[at : at + 1] in (b",", b"!"):
        start = at
        at += gif_table(data[at + 9]) + 11 if data[at] == GIF_IMAGE else 2
        while data[at]:
            at += data[at] + 1
        at += 1
        yield data[start:at]


def gif_table(flags: int) -> int:
    """Return the size of the colour table that these flags announce, in bytes."""
    return 6 << (flags & 7) if flags & 0x80 else 0


STRIP = {"PNG": strip_png, "WEBP": strip_webp, "GIF": strip_gif}

# -- PDF ------------------------------------------------------------------------------------


def process_pdf(file: Path, preview: Path) -> dict[str, object]:
    """Make the preview of a PDF's first page; return the answer."""
    import pypdfium2  # doubles the time to start, and pictures do not need it

    page = pypdfium2.PdfDocument(file)[0]
    scale = SIDE / max(page.get_size())
    width, height = make_preview(page.render(scale=scale).to_pil(), preview)
    return {"width": width, "height": height, "cleaned": False}


def main(media_type: str, file: str, preview: str, cleaned: str) -> None:
    """Process a file, and print the answer."""
    limit_resources()
    try:
        if media_type == "application/pdf":
            answer = process_pdf(Path(file), Path(preview))
        else:
            answer = process_picture(FORMATS[media_type], Path(file), Path(preview), Path(cleaned))
    except TooMuch as error:
        answer = error.answer
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
