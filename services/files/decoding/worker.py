"""Make the preview of one picture or PDF, the waveform of one recording, or icons, in a sandbox.

Decoders are large C libraries reading untrusted input. So they run outside the server, in a
process that can do nothing but decode (`services/files/decoding/sandbox.py`), and that ends with
the file. `services/files/decoding/decoding.py` starts this program, and does not trust its answer.

    python -I worker.py MEDIA_TYPE < FILE
    python -I worker.py MEDIA_TYPE icons < PICTURE
    python -I worker.py MEDIA_TYPE SIDE,SIDE < PICTURE
    python -I worker.py MEDIA_TYPE sticker < PICTURE

A third argument is the bytes of memory that it may take.
It prints one line of JSON, with `width` and `height`, or `wave`; the preview follows as a WEBP.
Of icons, it has their `sizes` in bytes; they follow, one after the other, as PNG.
With SIDEs, squares of so many pixels out of the middle of the picture follow likewise, as WEBP.
Of a sticker, it has the `sizes`, too, and `width` and `height`; the sticker follows as a WEBP,
and if that moves, its first frame as another.
Any error ends it with another exit code than 0.
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, ImageCms, ImageOps

if __name__ == "__main__":  # isolated, it does not find the chat's modules by itself
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from services.files.decoding import icons, sandbox, waveform
from services.files.inspection.media_types import PICTURES
from services.files.pictures.picture import MAX_PIXELS
from services.files.stickers import sticker_limits

SIDE = 640
"""The longest side of a preview, in pixels."""
ICONS = "icons"
STICKER = "sticker"


PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R
/Resources<</Font<</F<</Type/Font/Subtype/TrueType/BaseFont/Arial>>>>>>>>endobj
4 0 obj<</Length 22>>stream
BT /F 9 Tf (a) Tj ET
endstream endobj
trailer<</Root 1 0 R>>
"""
"""A page with a letter of a font that is not in the file."""


def process(media_type: str, use: str, file: BinaryIO) -> tuple[dict[str, object], bytes]:
    """Decode a file; return the answer and the preview.

    Its `use` may be icons instead, a sticker, or squares of so many pixels.
    """
    if use == ICONS:
        return process_icons(media_type, file)
    if use == STICKER:
        return process_sticker(media_type, file)
    if use:
        return process_squares(media_type, file, [int(side) for side in use.split(",")])
    if media_type == "audio/wav":
        return {"wave": waveform.of(file)}, b""
    if media_type == "application/pdf":
        return process_pdf(file)
    return process_picture(media_type, file)


def process_picture(media_type: str, file: BinaryIO) -> tuple[dict[str, object], bytes]:
    """Decode a whole picture of this format; return the answer and the preview."""
    picture, (width, height) = read(media_type, file)
    return {"width": width, "height": height}, make_preview(picture)


def process_icons(media_type: str, file: BinaryIO) -> tuple[dict[str, object], bytes]:
    """Decode a picture of this format; return the answer, and the icons that are made of it."""
    small = reduce(read(media_type, file)[0])
    written = []
    for icon in icons.UPLOADED:
        png = io.BytesIO()
        icons.draw(small, icon).save(png, "PNG", optimize=True)
        written.append(png.getvalue())
    return {"sizes": list(map(len, written))}, b"".join(written)


def process_squares(
    media_type: str, file: BinaryIO, sides: list[int]
) -> tuple[dict[str, object], bytes]:
    """Decode a picture of this format; return the answer, and squares out of its middle."""
    small = reduce(read(media_type, file)[0])
    written = []
    for side in sides:
        square = io.BytesIO()
        ImageOps.fit(small, (side, side)).save(square, "WEBP", quality=80)
        written.append(square.getvalue())
    return {"sizes": list(map(len, written))}, b"".join(written)


def process_sticker(media_type: str, file: BinaryIO) -> tuple[dict[str, object], bytes]:
    """Decode a picture of this format; return the answer, the sticker, and its first frame."""
    frames, durations = read_frames(media_type, file)
    for side, quality in sticker_limits.SIZES:
        small = [fitted(each, side) for each in frames]
        sticker = io.BytesIO()
        how = {"save_all": True, "append_images": small[1:], "duration": durations, "loop": 0}
        small[0].save(sticker, "WEBP", quality=quality, **(how if len(small) > 1 else {}))
        if sticker.tell() <= sticker_limits.MAX_BYTES:
            break
    written = [sticker.getvalue()]
    if len(small) > 1:
        still = io.BytesIO()
        small[0].save(still, "WEBP", quality=quality)
        written.append(still.getvalue())
    width, height = small[0].size
    return {"width": width, "height": height, "sizes": list(map(len, written))}, b"".join(written)


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """Return a picture, made smaller if one of its sides is longer than `side`."""
    return ImageOps.contain(picture, (side, side)) if max(picture.size) > side else picture


def read_frames(media_type: str, file: BinaryIO) -> tuple[list[Image.Image], list[int]]:
    """Decode all frames of a picture, small, and for how many milliseconds each is shown."""
    picture = Image.open(file, formats=[PICTURES[media_type]])
    count = getattr(picture, "n_frames", 1)
    # The first picture of an APNG may be there only for those who know no animations.
    first = 1 if picture.info.get("default_image") else 0
    if count - first < 2:
        file.seek(0)
        return [reduce(read(media_type, file)[0])], []
    frames, durations = [], []
    for number in range(first, count):
        picture.seek(number)
        frames.append(fitted(picture.convert("RGBA"), sticker_limits.MAX_SIDE))
        durations.append(round(picture.info.get("duration", 100)) or 100)
    return frames, durations


def read(media_type: str, file: BinaryIO) -> tuple[Image.Image, tuple[int, int]]:
    """Decode a whole picture of this format, upright.

    Return it, made smaller if it is much larger than what is made of it, and its own size.
    """
    # Pillow refuses more than twice this, before it allocates memory.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS[media_type] // 2
    picture = Image.open(file, formats=[PICTURES[media_type]])
    width, height = picture.size
    # A JPEG is made smaller while it is decoded: for its pixels there need not be memory.
    scale = 2 * SIDE / max(width, height)
    picture.draft(None, (round(width * scale) or 1, round(height * scale) or 1))
    picture.load()
    small = shrink(picture)
    is_turned = picture.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    ImageOps.exif_transpose(small, in_place=True)
    return small, (height, width) if is_turned else (width, height)


def shrink(picture: Image.Image) -> Image.Image:
    """Return a picture at most some four times as large as a preview, with its colour profile.

    It is read in strips: there is no memory for a copy of a large one, or for one in another mode.
    """
    factor = max(picture.size) // (2 * SIDE)
    if factor < 2:
        return picture
    width, height = picture.size
    small = None
    for row, top in enumerate(range(0, height, factor)):
        strip = picture.crop((0, top, width, min(top + factor, height)))
        strip = in_plain_mode(strip).reduce(factor)
        if small is None:
            small = Image.new(strip.mode, (strip.width, -(-height // factor)))
        small.paste(strip, (0, row))
    assert small
    small.info = picture.info
    small.info.pop("transparency", None)  # it is in the pixels
    return small


def process_pdf(file: BinaryIO) -> tuple[dict[str, object], bytes]:
    """Draw the first page of a PDF; return the answer and the preview."""
    import pypdfium2  # doubles the time to start, and pictures do not need it

    # From memory: for a file it would call back, which needs memory that programs can run in.
    page = pypdfium2.PdfDocument(file.read())[0]
    picture = page.render(scale=SIDE / max(page.get_size())).to_pil()
    width, height = picture.size
    return {"width": width, "height": height}, make_preview(picture)


def make_preview(picture: Image.Image) -> bytes:
    """Return a picture as a small WEBP in sRGB. It may change `picture`."""
    preview = io.BytesIO()
    reduce(picture).save(preview, "WEBP", quality=80)
    return preview.getvalue()


def reduce(picture: Image.Image) -> Image.Image:
    """Return a picture in sRGB, its longest side at most `SIDE`. It may change `picture`."""
    profile = picture.info.get("icc_profile")
    picture = in_plain_mode(picture)
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    picture.thumbnail((SIDE, SIDE))
    if profile:
        # The profile may be broken, or for another mode.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            picture = to_srgb(picture, profile, mode)
    picture = picture.convert(mode)
    picture.info.clear()
    return picture


def in_plain_mode(picture: Image.Image) -> Image.Image:
    """Return a picture in a mode in which it can be made smaller. It may change `picture`."""
    if picture.mode == "I;16":  # Pillow would clip the values at 255
        picture = picture.point(lambda value: value / 256).convert("L")
        picture.info.clear()
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    # A profile may be for greyscale or CMYK: keep these modes until it has been applied.
    return picture if picture.mode in ("RGB", "L", "CMYK") else picture.convert("RGB")


def to_srgb(picture: Image.Image, profile: bytes, mode: str) -> Image.Image:
    """Convert a picture from its ICC profile to sRGB."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(picture, source, target, outputMode=mode)
    return converted or picture


# -- before the sandbox is closed -----------------------------------------------------------


def load(media_type: str, use: str) -> None:
    """Decode a sample, so that what decoding imports and opens is there."""
    process(media_type, use, io.BytesIO(sample(media_type)))


def sample(media_type: str) -> bytes:
    """Return the smallest file of a type for which the same code runs as for others."""
    if media_type == "audio/wav":
        return b""
    if media_type == "application/pdf":
        return PDF
    written = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("P", (2, 2)).convert("RGB").save(
        written, PICTURES[media_type], icc_profile=profile, exif=exif.tobytes()
    )
    return written.getvalue()


def main(media_type: str, use: str = "", memory: str = str(sandbox.MEMORY)) -> None:
    """Process the file on standard input, within so many bytes of memory; print the answer."""
    sandbox.limit_resources(int(memory))
    file = sys.stdin.buffer
    load(media_type, use)
    sandbox.close()
    code = 1
    try:
        answer, preview = process(media_type, use, file)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + preview)
        sys.stdout.buffer.flush()
        code = 0
    finally:
        os._exit(code)  # what Python does at its end, it may not do in the sandbox


if __name__ == "__main__":
    main(*sys.argv[1:])
