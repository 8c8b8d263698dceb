"""Decodes one picture or PDF that somebody sent, in a process of its own.

Decoders are large programs in C that read what strangers wrote. So this one runs apart
from the chat, knows nothing of it, imports nothing of it, and may use only so much memory
and time. `services.files.inspection` starts it, and must not believe what it answers.

    python -I inspection_worker.py MEDIA_TYPE FILE PREVIEW CLEANED

It writes PREVIEW and, if what was sent must not stay as it is, CLEANED, and prints one
line of JSON: `width`, `height` and `cleaned`, or, for what is too much to show, `over` and
`most`. Whatever goes wrong ends it with a traceback that nobody reads.
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
"""Bytes of addresses: 50 million dots of four bytes, their copy, and room to work."""
SECONDS = 20
"""Of processor time; `services.files.inspection` stops it by the clock."""
BYTES = 256 * 1024 * 1024
"""How large a file it may write."""
MAX_PIXELS = 50_000_000
"""In a picture: more than phones take, and 200 MB as it is decoded."""
MAX_FRAMES = 500
MAX_TOTAL_PIXELS = 1_000_000_000
"""In all the frames of a picture: 480 of 1920 × 1080."""
SIDE = 640
"""The longest side of a preview."""

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}

# What it takes to draw a PNG (https://www.w3.org/TR/png-3/#4Concepts.FormatTypes), moving
# or not: neither text nor Exif nor time.
PNG_DRAWN = (
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT"
).split()
WEBP_DRAWN = b"VP8X|ICCP|ANIM|ANMF|ALPH|VP8 |VP8L".split(b"|")
WEBP_EXIF, WEBP_XMP = 0x08, 0x04
"""Flags of a VP8X chunk that announce the others (RFC 9649 §2.7)."""
GIF_IMAGE, GIF_CONTROL, GIF_APPLICATION = 0x2C, 0xF9, 0xFF
GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


class TooMuch(Exception):
    """The picture has more `of` something than `most`."""

    def __init__(self, of: str, most: int) -> None:
        super().__init__(of)
        self.answer = {"over": of, "most": most}


def limit() -> None:
    """Let this process use only so much, where the system can hold it to that."""
    if sys.platform == "win32":
        return
    os.nice(10)  # people who chat go first
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        # A system may know a limit and not set it, or hold us to less already.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


# -- pictures -------------------------------------------------------------------------------


def show_picture(kind: str, file: Path, preview: Path, cleaned: Path) -> dict[str, object]:
    """Clean a picture of this format and make its preview; return the answer."""
    # Pillow refuses what has more than twice this, before it takes memory for it.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    try:
        picture = Image.open(file, formats=[kind])
    except Image.DecompressionBombError as error:
        raise TooMuch("dots", MAX_PIXELS) from error
    data = file.read_bytes()
    frames = count_frames(kind, picture, data)
    picture.load()
    turned = frames == 1 and orientation(picture) != 1  # no camera makes moving ones
    picture.info = {
        key: picture.info[key] for key in ("icc_profile", "transparency") if key in picture.info
    }
    if turned:
        ImageOps.exif_transpose(picture, in_place=True)
    if turned or kind == "JPEG":
        save(kind, picture, cleaned)
    else:
        # Nothing of what is seen changes: no loss, and moving pictures move.
        kept = b"".join(DRAWN[kind](data))
        if kept != data:
            cleaned.write_bytes(kept)
    width, height = picture.size
    make_preview(picture, preview)
    return {"width": width, "height": height, "cleaned": cleaned.exists()}


def count_frames(kind: str, picture: Image.Image, data: bytes) -> int:
    """Return how many frames a picture has, or raise `TooMuch`."""
    if kind == "GIF":
        images = (block for block in gif_blocks(data) if block[0] == GIF_IMAGE)
        frames = sum(1 for _image in islice(images, MAX_FRAMES + 1))
    elif kind == "JPEG":
        frames = 1  # a phone may put others behind it, which are not shown and go
    else:
        frames = getattr(picture, "n_frames", 1)
    if frames > MAX_FRAMES:
        raise TooMuch("frames", MAX_FRAMES)
    if frames * picture.width * picture.height > MAX_TOTAL_PIXELS:
        raise TooMuch("dots in all", MAX_TOTAL_PIXELS)
    return frames


def orientation(picture: Image.Image) -> int:
    """Return how the camera was held: 1 is upright, 2 to 8 are not."""
    try:
        held = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Exif that is broken, in whatever way, is no reason not to show it
        return 1
    return held if held in range(2, 9) else 1


def save(kind: str, picture: Image.Image, cleaned: Path) -> None:
    """Write a picture at full size with its colours, and nothing else of what it came with."""
    picture.format = kind  # a JPEG with others behind it calls itself MPO
    picture.save(
        cleaned,
        kind,
        quality="keep" if kind == "JPEG" else 92,
        icc_profile=picture.info.get("icc_profile"),
    )


def make_preview(picture: Image.Image, preview: Path) -> tuple[int, int]:
    """Write a picture as a small WEBP in the colours of the web; return its size.

    The picture itself may become small.
    """
    profile = picture.info.get("icc_profile")
    if picture.mode == "I;16":  # which Pillow takes for values up to 255
        picture = picture.point(lambda value: value / 256).convert("L")
        picture.info.clear()
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    # A profile may be for greys or for inks, which stay until it has been asked.
    if picture.mode not in (("RGBA",) if mode == "RGBA" else ("RGB", "L", "CMYK")):
        picture = picture.convert(mode)
    picture.thumbnail((SIDE, SIDE))
    if profile:
        # It may be broken, or be of other colours than the picture's.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            picture = to_srgb(picture, profile, mode)
    picture.convert(mode).save(preview, "WEBP", quality=80)
    return picture.size


def to_srgb(picture: Image.Image, profile: bytes, mode: str) -> Image.Image:
    """Return a picture, whose ICC profile this is, in the colours of the web."""
    theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    ours = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(picture, theirs, ours, outputMode=mode)
    return converted or picture


# -- what of a file is drawn: the rest says where, when, with what and by whom -----------------


def png_drawn(data: bytes) -> Iterator[bytes]:
    """Yield what of a PNG is drawn (https://www.w3.org/TR/png-3/#5Chunk-layout)."""
    yield data[:8]
    at, name = 8, b""
    while at < len(data) and name != b"IEND":
        name = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if name in PNG_DRAWN:
            yield data[at:end]
        at = end


def webp_drawn(data: bytes) -> Iterator[bytes]:
    """Yield what of a WEBP is drawn (RFC 9649 §2.3 to §2.7)."""
    end = 8 + int.from_bytes(data[4:8], "little")
    drawn = b"".join(webp_chunks(data[12:end]))
    yield b"RIFF" + (len(drawn) + 4).to_bytes(4, "little") + b"WEBP" + drawn


def webp_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the chunks in `data` that are drawn."""
    at = 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        chunk = data[at:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~(WEBP_EXIF | WEBP_XMP)]) + chunk[9:]
        if name == b"ANMF":  # its place and time, and chunks again
            inner = chunk[8:24] + b"".join(webp_chunks(chunk[24:]))
            chunk = name + len(inner).to_bytes(4, "little") + inner
        if name in WEBP_DRAWN:
            yield chunk
        at = end


def gif_drawn(data: bytes) -> Iterator[bytes]:
    """Yield what of a GIF is drawn: Photoshop puts XMP in one, with the place if it has it."""
    yield data[: gif_table(data[10]) + 13]
    for block in gif_blocks(data):
        is_loop = block[1] == GIF_APPLICATION and block[3:14] in GIF_LOOPS
        if block[0] == GIF_IMAGE or block[1] == GIF_CONTROL or is_loop:
            yield block
    yield b";"


def gif_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the images and extensions of a GIF (https://www.w3.org/Graphics/GIF/spec-gif89a.txt).

    What is neither ends it, as it does in browsers.
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
    """Return the size in bytes of the colours that these flags announce."""
    return 6 << (flags & 7) if flags & 0x80 else 0


DRAWN = {"PNG": png_drawn, "WEBP": webp_drawn, "GIF": gif_drawn}

# -- PDF ------------------------------------------------------------------------------------


def show_page(file: Path, preview: Path) -> dict[str, object]:
    """Make the preview of a PDF's first page; return the answer."""
    import pypdfium2  # as large as all the rest, which pictures need not wait for

    page = pypdfium2.PdfDocument(file)[0]
    scale = SIDE / max(page.get_size())
    width, height = make_preview(page.render(scale=scale).to_pil(), preview)
    return {"width": width, "height": height, "cleaned": False}


def main(media_type: str, file: str, preview: str, cleaned: str) -> None:
    """Show a file, and print the answer."""
    limit()
    try:
        if media_type == "application/pdf":
            answer = show_page(Path(file), Path(preview))
        else:
            answer = show_picture(FORMATS[media_type], Path(file), Path(preview), Path(cleaned))
    except TooMuch as too_much:
        answer = too_much.answer
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
