"""File types come from the content; pictures are free of metadata, and previews are small."""

import asyncio
import io
import os
import shutil
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pypdfium2
import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps, PngImagePlugin

from services.core.errors import ServiceError
from services.files.decoding import decoding
from services.files.decoding.decoding import Decoded, decode
from services.files.decoding.sandbox import MEMORY
from services.files.decoding.worker import SIDE
from services.files.inspection.inspection import Content, FileKind, inspect
from services.files.pictures import gif
from services.files.pictures.picture import MAX_FRAMES, MAX_PIXELS, MAX_TOTAL_PIXELS

OTHER = Content(FileKind.OTHER, "application/octet-stream")
PLACE = b"23 degrees north"
RED, GREEN, BLUE = (220, 20, 20), (20, 220, 20), (20, 20, 220)


def run(*command: object) -> None:
    """Run a program, or skip the test without it; fail where every test must run."""
    if shutil.which(str(command[0])) is None:
        missing = f"no {command[0]} found: apt install {command[0]}"
        if os.environ.get("CHAT_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def written(folder: Path, data: bytes, name: str = "file") -> Path:
    """Return a new file that holds `data`."""
    file = folder / name
    file.write_bytes(data)
    return file


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture encoded in this format."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def two_colours(size: tuple[int, int] = (80, 60)) -> Image.Image:
    """Return a picture that is red on the left and blue on the right."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture


def moving() -> dict[str, object]:
    """Return the options with which Pillow saves two more frames."""
    frames = [Image.new("RGB", (80, 60), colour) for colour in (GREEN, BLUE)]
    return {"save_all": True, "append_images": frames, "duration": [100, 200, 300], "loop": 3}


def camera(orientation: int = 1) -> Image.Exif:
    """Return the Exif of a camera: orientation and location."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.ImageDescription] = PLACE.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    return exif


def is_like(picture: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    """Return whether a pixel has about this colour: formats may be lossy."""
    pixel = picture.convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=True))


def beside(file: Path) -> list[str]:
    """Return the names of the other files in the folder of `file`."""
    return [path.name for path in file.parent.iterdir() if path != file]


async def decoded(file: Path) -> tuple[Decoded, Image.Image]:
    """Return what decoding the stored file brings, and its preview."""
    seen = await inspect(file)
    answer = await decode(seen.media_type, seen.cleaned or file, seen.pixels)
    assert answer
    return answer, Image.open(io.BytesIO(answer.preview))


# -- types ----------------------------------------------------------------------------------

SOUND = "-f lavfi -i sine=duration=1"
SIGHT = "-f lavfi -i testsrc=duration=1:size=64x48:rate=10"
NOISE = "-f lavfi -i anoisesrc=duration=150"
COVER = "-f lavfi -i color=red:s=64x48:r=1:d=1 -map 0 -map 1 -c:v mjpeg -c:a aac"
BARE = "-f mp3 -id3v2_version 0 -write_xing 0"
RECORDED = "-movflags frag_keyframe+empty_moov -f mp4"
MEDIA = {
    "mp3": ("audio/mpeg", f"{SOUND} -f mp3"),
    "mp3 without a tag": ("audio/mpeg", f"{SOUND} {BARE}"),
    "mp3 of low rate": ("audio/mpeg", f"{SOUND} -ar 22050 {BARE}"),
    "vorbis": ("audio/ogg", f"{SOUND} -c:a libvorbis -f ogg"),
    "opus": ("audio/ogg", f"{SOUND} -c:a libopus -f ogg"),
    "flac in ogg": ("audio/ogg", f"{SOUND} -c:a flac -f ogg"),
    "theora": ("video/ogg", f"{SIGHT} {SOUND} -c:v libtheora -c:a libvorbis -f ogg"),
    "m4a": ("audio/mp4", f"{SOUND} -c:a aac -f ipod"),
    "recorded m4a": ("audio/mp4", f"{SOUND} -c:a aac {RECORDED}"),
    "m4a of a phone": ("audio/mp4", f"{SOUND} -c:a aac -f mp4"),
    "m4a for streaming": ("audio/mp4", f"{SOUND} -c:a aac -movflags +faststart -f mp4"),
    "m4a of brand mp42": ("audio/mp4", f"{SOUND} -c:a aac -brand mp42 -f mp4"),
    "long m4a": ("audio/mp4", f"{NOISE} -c:a aac -b:a 160k -f mp4"),  # 3 MB, then its tracks
    "3gp": ("audio/mp4", f"{SOUND} -c:a aac -f 3gp"),
    "mov": ("audio/mp4", f"{SOUND} -c:a aac -f mov"),
    "song with a cover": ("audio/mp4", f"{SOUND} {COVER} -disposition:v attached_pic -f mp4"),
    "song with a track for its cover": ("audio/mp4", f"{SOUND} {COVER} -f mov"),
    "silent mp4": ("video/mp4", f"{SIGHT} -an -c:v libx264 -f mp4"),
    "3gp video": ("video/mp4", f"{SIGHT} {SOUND} -c:v libx264 -c:a aac -f 3gp"),
    "mp4": ("video/mp4", f"{SIGHT} {SOUND} -c:v libx264 -c:a aac -f mp4"),
    "recorded mp4": ("video/mp4", f"{SIGHT} {SOUND} -c:v libx264 -c:a aac {RECORDED}"),
    "iphone": ("video/mp4", f"{SIGHT} -c:v libx264 -f mov"),
    "webm": ("video/webm", f"{SIGHT} {SOUND} -c:v libvpx -c:a libopus -f webm"),
    "webm audio": ("audio/webm", f"{SOUND} -c:a libopus -f webm"),
}
NOT_PLAYED = {
    "matroska": f"{SIGHT} -c:v libx264 -f matroska",
    "avi": f"{SIGHT} -c:v mpeg4 -f avi",
    "3gp of an old phone": f"{SIGHT} -s 176x144 -c:v h263 -f 3gp",
    "aac": f"{SOUND} -c:a aac -f adts",
    "speex": f"{SOUND} -ar 16000 -c:a libspeex -f ogg",
}

USUAL = {"mp3", "opus", "m4a", "mp4", "webm", "matroska"}


def long_unless_usual(names: Iterable[str]) -> list[Any]:
    """Return the parameters of tests of further formats, which are long: each runs ffmpeg."""
    rare = {name: pytest.param(name, marks=pytest.mark.long) for name in names}
    return [name if name in USUAL else rare[name] for name in names]


@pytest.mark.parametrize("name", long_unless_usual(MEDIA))
async def test_playable_media_are_recognised(name: str, tmp_path: Path) -> None:
    media_type, arguments = MEDIA[name]
    file = tmp_path / "file"
    run("ffmpeg", "-v", "error", *arguments.split(), file)
    assert await inspect(file) == Content(FileKind(media_type.partition("/")[0]), media_type)
    assert beside(file) == []


def box(kind: bytes, *inside: bytes) -> bytes:
    """Return a box of an MP4."""
    return (8 + sum(map(len, inside))).to_bytes(4) + kind + b"".join(inside)


async def test_the_tracks_of_a_hostile_mp4_are_read_in_no_time(tmp_path: Path) -> None:
    begin = box(b"ftyp", b"isom")
    table = box(b"stbl", *[box(b"stsd")] * 1000)
    deep = box(b"moov", *[box(b"trak", box(b"mdia", *[box(b"minf", table)] * 1000))] * 2)
    wide = box(b"moov", *[box(b"trak")] * 1_000_000)
    endless = b"\0\0\0\0moov\0\0\0\1trak" + b"\xff" * 8 + b"\0\0\0\7mdia"
    for data in (deep, wide, endless):
        file = written(tmp_path, begin + data)
        began = time.process_time()
        assert await inspect(file) == Content(FileKind.VIDEO, "video/mp4")
        assert time.process_time() - began < 1


@pytest.mark.parametrize("kind", ["wav", "flac"])
async def test_wav_and_flac_are_recognised(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    run("sox", "-n", "-t", kind, file, "synth", "0.5", "sine", "440")
    assert await inspect(file) == Content(FileKind.AUDIO, f"audio/{kind}")


@pytest.mark.parametrize("name", long_unless_usual(NOT_PLAYED))
async def test_other_media_are_downloads(name: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    run("ffmpeg", "-v", "error", *NOT_PLAYED[name].split(), file)
    assert await inspect(file) == OTHER


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_picture_is_recognised_and_gets_a_preview(kind: str, tmp_path: Path) -> None:
    file = written(tmp_path, encoded(two_colours((1600, 800)), kind))
    seen = await inspect(file)
    assert (seen.kind, seen.media_type) == (FileKind.PICTURE, f"image/{kind.lower()}")
    assert (seen.width, seen.height) == (1600, 800)
    answer, preview = await decoded(file)
    assert (answer.width, answer.height) == (1600, 800)
    assert (preview.format, preview.size) == ("WEBP", (SIDE, SIDE // 2))
    assert is_like(preview, (10, 10), RED)
    assert is_like(preview, (SIDE - 10, 10), BLUE)


async def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    _answer, preview = await decoded(written(tmp_path, encoded(two_colours((8, 6)), "PNG")))
    assert preview.size == (8, 6)


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "AVIF", "PPM", "ICO"])
async def test_other_picture_formats_are_downloads(kind: str, tmp_path: Path) -> None:
    assert await inspect(written(tmp_path, encoded(two_colours(), kind))) == OTHER


@pytest.mark.parametrize(
    "markup",
    [
        '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "<!doctype html><script>alert(1)</script>",
        '\ufeff\n\t <?xml version="1.0"?><a/>',
    ],
    ids=["svg", "html", "xml"],
)
async def test_markup_is_a_download(markup: str, tmp_path: Path) -> None:
    assert await inspect(written(tmp_path, markup.encode(), "picture.png")) == OTHER


async def test_the_name_is_ignored(tmp_path: Path) -> None:
    picture = written(tmp_path, encoded(two_colours(), "PNG"), "page.html")
    assert (await inspect(picture)).media_type == "image/png"
    text = written(tmp_path, b"hello", "picture.jpg")
    assert (await inspect(text)).kind == FileKind.TEXT


async def test_a_gif_that_is_also_a_page_is_a_gif(tmp_path: Path) -> None:
    page = b"<html><script>alert(1)</script>"
    file = written(tmp_path, encoded(two_colours(), "GIF", comment=page) + page, "page.html")
    seen = await inspect(file)
    assert (seen.kind, seen.media_type) == (FileKind.PICTURE, "image/gif")
    assert seen.cleaned
    assert b"script" not in seen.cleaned.read_bytes()


async def test_an_archive_is_not_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(100_000_000))
    started = time.monotonic()
    assert await inspect(file) == OTHER
    assert time.monotonic() - started < 1
    assert beside(file) == []


# -- text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "excerpt"),
    [
        ("नमस्ते 👩‍👩‍👧".encode(), "नमस्ते 👩‍👩‍👧"),
        ("\ufeffwith a mark".encode(), "with a mark"),
        (b"one\r\ntwo\rthree\n\tfour\n", "one\ntwo\nthree\n\tfour"),
        (b"page\x0cpage", "page\npage"),
        (b"a < b", "a < b"),
    ],
    ids=["words", "mark", "line ends", "form feed", "less"],
)
async def test_text_has_an_excerpt(data: bytes, excerpt: str, tmp_path: Path) -> None:
    seen = await inspect(written(tmp_path, data))
    assert seen == Content(FileKind.TEXT, "text/plain", excerpt=excerpt)


@pytest.mark.parametrize(
    "data",
    [b"a\x00b", b"a\x1b[31mb", "a\x9bb".encode(), b"\xff\xfea\x00", b"caf\xe9", b"\xed\xa0\x80"],
    ids=["nul", "escape", "c1", "utf-16", "latin-1", "surrogate"],
)
async def test_what_is_not_plain_text_is_a_download(data: bytes, tmp_path: Path) -> None:
    assert await inspect(written(tmp_path, data)) == OTHER


async def test_an_excerpt_is_bounded_in_lines_and_characters(tmp_path: Path) -> None:
    long = await inspect(written(tmp_path, "ä".encode() * 5000))
    assert long.excerpt == "ä" * 4000
    high = await inspect(written(tmp_path, b"x\n" * 100))
    assert high.excerpt.split("\n") == ["x"] * 40


async def test_a_text_longer_than_a_mebibyte_is_a_download(tmp_path: Path) -> None:
    assert (await inspect(written(tmp_path, b"x" * 2**20))).kind == FileKind.TEXT
    assert await inspect(written(tmp_path, b"x" * (2**20 + 1))) == OTHER


# -- metadata ---------------------------------------------------------------------------------


# Long: further ways to hold a camera; 5 and up are on their sides.
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    "orientation",
    [3, 6, *(pytest.param(each, marks=pytest.mark.long) for each in (2, 4, 5, 7, 8))],
)
async def test_a_rotated_picture_keeps_nothing_but_its_orientation(
    kind: str, orientation: int, tmp_path: Path
) -> None:
    data = encoded(two_colours(), kind, exif=camera(orientation))
    assert PLACE in data
    file = written(tmp_path, data)
    seen = await inspect(file)
    assert (seen.width, seen.height) == ((60, 80) if orientation >= 5 else (80, 60))
    assert seen.cleaned
    assert PLACE not in seen.cleaned.read_bytes()
    with Image.open(file) as before, Image.open(seen.cleaned) as cleaned:
        assert cleaned.format == kind
        assert dict(cleaned.getexif()) == {ExifTags.Base.Orientation: orientation}
        assert cleaned.tobytes() == before.tobytes()
    answer, preview = await decoded(file)
    assert (answer.width, answer.height) == preview.size == (seen.width, seen.height)
    assert PLACE not in answer.preview
    assert dict(preview.getexif()) == {}
    with Image.open(file) as before:
        upright = ImageOps.exif_transpose(before)
        for at in ((5, 5), (preview.width - 5, preview.height - 5)):
            assert is_like(preview, at, upright.convert("RGB").getpixel(at))


async def test_a_webp_is_not_turned_as_browsers_do_not_turn_it(tmp_path: Path) -> None:
    file = written(tmp_path, encoded(two_colours(), "WEBP", exif=camera(6)))
    seen = await inspect(file)
    assert seen.cleaned
    assert PLACE not in seen.cleaned.read_bytes()
    with Image.open(seen.cleaned) as cleaned:
        assert dict(cleaned.getexif()) == {}
    answer, preview = await decoded(file)
    assert (answer.width, answer.height) == preview.size == (seen.width, seen.height) == (80, 60)


async def test_a_jpeg_keeps_its_quality_without_metadata(tmp_path: Path) -> None:
    data = encoded(two_colours(), "JPEG", quality=35, comment=PLACE, xmp=PLACE, exif=camera())
    file = written(tmp_path, data)
    seen = await inspect(file)
    assert seen.cleaned
    assert PLACE not in seen.cleaned.read_bytes()
    with Image.open(file) as before, Image.open(seen.cleaned) as after:
        assert after.quantization == before.quantization
        assert after.tobytes() == before.tobytes()


JPEGS = {
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "greyscale": {"mode": "L"},
    "cmyk": {"mode": "CMYK"},
    "dpi": {"dpi": (300, 300)},
    "optimized": {"optimize": True, "subsampling": 0},
}


@pytest.mark.parametrize("how", JPEGS)
async def test_every_kind_of_jpeg_keeps_its_pixels(how: str, tmp_path: Path) -> None:
    options = dict(JPEGS[how])
    noise = Image.effect_noise((400, 300), 90).convert(options.pop("mode", "RGB"))
    file = written(tmp_path, encoded(noise, "JPEG", exif=camera(), comment=PLACE, **options))
    seen = await inspect(file)
    assert seen.cleaned
    assert PLACE not in seen.cleaned.read_bytes()
    with Image.open(file) as before, Image.open(seen.cleaned) as after:
        assert after.tobytes() == before.tobytes()
        assert after.info.get("jfif_density") == before.info.get("jfif_density")


async def test_the_thumbnail_of_a_jpeg_is_removed(tmp_path: Path) -> None:
    data = encoded(two_colours(), "JPEG")
    assert data[2:11] == b"\xff\xe0\0\x10JFIF\0"
    thumbnail = bytes([5, 1]) + PLACE[:15]  # its width and height, and three bytes per pixel
    head = data[2:4] + (14 + len(thumbnail)).to_bytes(2) + data[6:18] + thumbnail
    seen = await inspect(written(tmp_path, data[:2] + head + data[20:]))
    assert seen.cleaned
    assert seen.cleaned.read_bytes() == data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_broken_exif_does_not_hide_the_picture(kind: str, tmp_path: Path) -> None:
    data = encoded(two_colours(), kind, exif=b"Exif\0\0no TIFF" + PLACE)
    seen = await inspect(written(tmp_path, data))
    assert seen.kind == FileKind.PICTURE
    assert seen.cleaned
    assert PLACE not in seen.cleaned.read_bytes()


async def test_pictures_appended_to_a_jpeg_are_removed(tmp_path: Path) -> None:
    data = encoded(two_colours(), "MPO", **moving(), exif=camera(orientation=6))
    seen = await inspect(written(tmp_path, data))
    assert (seen.media_type, seen.width) == ("image/jpeg", 60)
    assert seen.cleaned
    assert seen.cleaned.read_bytes().count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_the_colour_profile_stays(kind: str, tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(two_colours(), kind, icc_profile=profile, exif=camera())
    seen = await inspect(written(tmp_path, data))
    assert seen.cleaned
    with Image.open(seen.cleaned) as cleaned:
        assert cleaned.info["icc_profile"] == profile
        assert dict(cleaned.getexif()) == {}


async def test_the_preview_is_in_srgb(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1)
    swapped = swapped.replace(b"????", b"gXYZ", 1)  # red and green swapped
    data = encoded(Image.new("RGB", (8, 8), (255, 0, 0)), "PNG", icc_profile=swapped)
    _answer, preview = await decoded(written(tmp_path, data))
    assert is_like(preview, (4, 4), (0, 255, 0))
    assert "icc_profile" not in preview.info


async def test_a_broken_profile_does_not_hide_the_picture(tmp_path: Path) -> None:
    data = encoded(two_colours(), "PNG", icc_profile=b"nonsense")
    answer, _preview = await decoded(written(tmp_path, data))
    assert answer.width == 80


async def test_a_png_loses_its_metadata_and_no_pixel(tmp_path: Path) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", PLACE.decode())
    words.add_itxt("XML:com.adobe.xmp", PLACE.decode())
    deep = Image.frombytes("I;16", (256, 256), bytes(range(256)) * 512)
    seen = await inspect(written(tmp_path, encoded(deep, "PNG", pnginfo=words) + PLACE))
    assert seen.cleaned
    assert PLACE not in seen.cleaned.read_bytes()
    with Image.open(seen.cleaned) as cleaned:
        assert cleaned.mode == deep.mode
        assert cleaned.tobytes() == deep.tobytes()


@pytest.mark.parametrize(
    ("kind", "word"), [("PNG", "exif"), ("WEBP", "exif"), ("WEBP", "xmp"), ("GIF", "comment")]
)
async def test_an_animation_loses_its_metadata_and_stays_animated(
    kind: str, word: str, tmp_path: Path
) -> None:
    said = camera().tobytes() if word == "exif" else PLACE
    file = written(tmp_path, encoded(two_colours(), kind, **moving(), **{word: said}))
    assert PLACE in file.read_bytes()
    seen = await inspect(file)
    assert seen.cleaned
    data = seen.cleaned.read_bytes()
    assert PLACE not in data
    assert kind != "WEBP" or data[20] & 0x0C == 0  # the flags for metadata
    with Image.open(file) as before, Image.open(seen.cleaned) as after:
        assert after.info["loop"] == before.info["loop"] == 3
        assert after.n_frames == before.n_frames == 3
        for frame in range(3):
            before.seek(frame)
            after.seek(frame)
            assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
            assert after.info["duration"] == before.info["duration"] == 100 * (frame + 1)
    _answer, preview = await decoded(file)
    assert is_like(preview, (10, 10), RED)


async def test_a_gif_loses_the_xmp_of_photoshop(tmp_path: Path) -> None:
    data = encoded(two_colours(), "GIF")
    xmp = b"!\xff\x0bXMP DataXMP" + bytes([len(PLACE)]) + PLACE + b"\0"
    seen = await inspect(written(tmp_path, data[:-1] + xmp + b";"))
    assert seen.cleaned
    assert seen.cleaned.read_bytes() == data


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
async def test_a_picture_without_metadata_is_stored_unchanged(kind: str, tmp_path: Path) -> None:
    file = written(tmp_path, encoded(two_colours(), kind))
    assert (await inspect(file)).cleaned is None
    assert beside(file) == []


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA", "CMYK"])
async def test_every_colour_mode_has_a_preview(mode: str, tmp_path: Path) -> None:
    grey = Image.linear_gradient("L")
    if mode == "I;16":
        picture = grey.convert("I").point(lambda value: value * 257).convert("I;16")
    else:
        picture = grey.convert(mode)
    data = encoded(picture, "JPEG" if mode == "CMYK" else "PNG")
    _answer, preview = await decoded(written(tmp_path, data))
    assert is_like(preview, (128, 2), (0, 0, 0))
    assert is_like(preview, (128, 253), (255, 255, 255))


async def test_transparency_is_preserved(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (80, 60), (255, 0, 0, 0))
    _answer, preview = await decoded(written(tmp_path, encoded(picture, "PNG")))
    assert preview.convert("RGBA").getpixel((40, 30))[3] == 0


# -- PDF ------------------------------------------------------------------------------------


async def test_the_preview_of_a_pdf_is_its_first_page(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (400, 800), colour) for colour in (RED, BLUE)]
    data = encoded(pages[0], "PDF", save_all=True, append_images=pages[1:])
    file = written(tmp_path, data)
    seen = await inspect(file)
    assert seen == Content(FileKind.DOCUMENT, "application/pdf")
    answer, preview = await decoded(file)
    assert preview.size == (answer.width, answer.height) == (SIDE // 2, SIDE)
    assert is_like(preview, (100, 100), RED)


async def test_an_encrypted_pdf_has_no_preview(tmp_path: Path) -> None:
    lock = b"/Encrypt <</Filter /Standard /V 1 /R 2 /P -4 /O <%b> /U <%b>>> /ID [<00> <00>]"
    data = encoded(two_colours(), "PDF")
    locked = data.replace(b"trailer\n<<", b"trailer\n<<" + lock % (b"00" * 32, b"00" * 32))
    file = written(tmp_path, locked)
    with pytest.raises(pypdfium2.PdfiumError, match="password"):
        pypdfium2.PdfDocument(file)
    assert await decode("application/pdf", file, 0) is None


async def test_a_broken_pdf_has_no_preview(tmp_path: Path) -> None:
    file = written(tmp_path, b"%PDF-1.7\nnonsense")
    assert await inspect(file) == Content(FileKind.DOCUMENT, "application/pdf")
    assert await decode("application/pdf", file, 0) is None


async def test_a_pdf_behind_other_content_is_not_a_pdf(tmp_path: Path) -> None:
    file = written(tmp_path, b"<html>\n" + encoded(two_colours(), "PDF"))
    assert await inspect(file) == OTHER


# -- limits ---------------------------------------------------------------------------------


def huge_png(side: int) -> bytes:
    """Return a PNG that declares `side` × `side` pixels and has only a few of them."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(side * 4 + 1) * 100)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def many_frames(size: tuple[int, int], frames: int) -> bytes:
    """Return a GIF with this many equal frames."""
    once = encoded(Image.new("L", size), "GIF")
    start = 13 + gif._table(once[10])
    return once[:start] + once[start:-1] * frames + b";"


async def refused(file: Path) -> str:
    """Return the message of a refused file, after checking that it is fast and leaves nothing."""
    started = time.monotonic()
    with pytest.raises(ServiceError) as caught:
        await inspect(file)
    assert time.monotonic() - started < 5
    assert beside(file) == []
    return caught.value.message


def dotted(size: tuple[int, int], kind: str, mode: str = "RGB", **options: object) -> bytes:
    """Return a large picture that is red on the left and blue on the right."""
    picture = Image.new(mode, size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return encoded(picture, kind, **options)


LARGE = {"phone of 50 megapixels": ((8192, 6144), "JPEG", {})}
VERY_LARGE = {
    "phone of 50 megapixels, otherwise": ((8160, 6144), "JPEG", {}),
    "progressive": ((8192, 6144), "JPEG", {"progressive": True}),
    "greyscale": ((8192, 6144), "JPEG", {"mode": "L"}),
    "webp": ((8192, 6144), "WEBP", {"method": 0}),
    "phone of 108 megapixels": ((12000, 9000), "JPEG", {}),
    "108 megapixels, progressive": ((12000, 9000), "JPEG", {"progressive": True}),
    "phone of 200 megapixels": ((16320, 12240), "JPEG", {}),
    "plan of A1": ((9933, 7016), "PNG", {"compress_level": 1}),
    "plan of A1, with transparency": ((9933, 7016), "PNG", {"compress_level": 1, "mode": "RGBA"}),
    "plan of A1, black and white": ((9933, 7016), "PNG", {"mode": "1"}),
    "plan of A0": ((14043, 9933), "PNG", {"compress_level": 1}),
    "gif": ((9933, 7016), "GIF", {"mode": "L"}),
    "panorama": ((20_000, 2000), "JPEG", {}),
    "tower": ((500, 60_000), "PNG", {}),
}
LARGEST = LARGE | VERY_LARGE


@pytest.mark.parametrize(
    "name", [*LARGE, *(pytest.param(each, marks=pytest.mark.long) for each in VERY_LARGE)]
)
async def test_a_photo_of_any_phone_is_upright_and_small_and_without_its_place(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (width, height), kind, options = LARGEST[name]
    exif = {} if kind in ("GIF", "WEBP") else {"exif": camera(6)}
    file = written(tmp_path, dotted((width, height), kind, **options, **exif))
    seen = await inspect(file)
    assert seen.kind == FileKind.PICTURE
    upright = (height, width) if exif else (width, height)
    assert (seen.width, seen.height) == upright
    answer, preview = await decoded(file)
    assert (answer.width, answer.height) == upright
    assert max(preview.size) == SIDE
    # It was turned clockwise: what was on the left is above.
    first, last = (0, 0), (preview.width - 1, preview.height - 1)
    is_grey = options.get("mode") in ("L", "1")
    assert is_grey or (is_like(preview, first, (255, 0, 0)) and is_like(preview, last, (0, 0, 255)))
    if exif:
        assert seen.cleaned
        assert PLACE not in seen.cleaned.read_bytes()
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # of these tests, not of the worker
        with Image.open(seen.cleaned) as cleaned:
            assert dict(cleaned.getexif()) == {ExifTags.Base.Orientation: 6}


async def test_a_picture_too_large_to_be_decoded_is_a_file_without_its_place(
    tmp_path: Path,
) -> None:
    words = b"tEXtPlace\0" + PLACE
    place = (len(words) - 4).to_bytes(4) + words + zlib.crc32(words).to_bytes(4)
    png = huge_png(30_000)
    seen = await inspect(written(tmp_path, png[:33] + place + png[33:]))
    assert (seen.kind, seen.media_type) == (FileKind.OTHER, OTHER.media_type)
    assert not seen.awaits_preview
    assert seen.cleaned
    assert seen.cleaned.read_bytes() == png


async def test_the_limit_on_pixels_holds_for_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        media_type = f"image/{kind.lower()}"
        (tmp_path / kind).mkdir()
        file = written(tmp_path / kind, encoded(two_colours(), kind))
        monkeypatch.setitem(MAX_PIXELS, media_type, 80 * 60)
        assert (await inspect(file)).kind == FileKind.PICTURE
        monkeypatch.setitem(MAX_PIXELS, media_type, 80 * 60 - 1)
        assert (await inspect(file)).kind == FileKind.OTHER


@pytest.mark.long  # large pictures, one after the other
@pytest.mark.skipif(sys.platform != "linux", reason="others count it differently, or do not")
def test_the_largest_pictures_need_less_memory_than_the_worker_has(tmp_path: Path) -> None:
    sides = {kind: (10_000, MAX_PIXELS[f"image/{kind}"] // 10_000) for kind in ("png", "webp")}
    for kind, size in sides.items():
        mode = Image.new("RGBA", size, (9, 99, 199, 99))
        options = {"compress_level": 1} if kind == "png" else {"method": 0, "quality": 50}
        file = written(tmp_path, encoded(mode, kind, **options), kind)
        code, kib = measured(f"image/{kind}", file)
        assert code == 0
        assert kib < MEMORY // 1024
    file = written(tmp_path, dotted((12000, 9000), "JPEG"), "jpeg")
    code, kib = measured("image/jpeg", file)
    assert code == 0
    assert kib < 100 * 1024


async def test_a_photo_that_was_cut_off_loses_its_place(tmp_path: Path) -> None:
    noise = Image.effect_noise((400, 300), 90).convert("RGB")
    data = encoded(noise, "JPEG", exif=camera(6))
    seen = await inspect(written(tmp_path, data[: len(data) // 2]))
    assert seen.cleaned
    assert PLACE not in seen.cleaned.read_bytes()


@pytest.mark.parametrize("after", [b"\x00", b"\xd9"])
async def test_a_jpeg_full_of_fill_bytes_is_read_in_one_go(after: bytes, tmp_path: Path) -> None:
    data = encoded(two_colours(), "JPEG")
    scan = data.index(b"\xff\xda")
    pixels = scan + 2 + int.from_bytes(data[scan + 2 : scan + 4])
    filled = data[:pixels] + b"\xff" * 1_000_000 + after + data[pixels:]
    began = time.process_time()
    seen = await inspect(written(tmp_path, filled))
    assert seen.kind == FileKind.PICTURE
    assert time.process_time() - began < 2


def measured(media_type: str, file: Path) -> tuple[int, int]:
    """Return the exit code of the worker for a file, and its peak memory in KiB."""
    # In a separate process, because a child starts with the peak memory of its parent.
    script = """
        import resource, subprocess, sys
        said = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
        print(said.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    """
    worker = [sys.executable, "-I", decoding._WORKER, media_type]
    with file.open("rb") as opened:
        said = subprocess.check_output(
            [sys.executable, "-c", dedent(script), *worker], text=True, stdin=opened
        )
    code, kib = said.split()
    return int(code), int(kib)


@pytest.mark.skipif(sys.platform != "linux", reason="others count it differently, or do not")
def test_a_huge_picture_uses_no_memory(tmp_path: Path) -> None:
    code, kib = measured("image/png", written(tmp_path, huge_png(30_000)))
    assert code == 1
    assert kib < 150 * 1024


async def test_a_picture_with_too_many_frames_is_refused(tmp_path: Path) -> None:
    sentence = await refused(written(tmp_path, many_frames((8, 8), 100_000)))
    assert f"{MAX_FRAMES} frames" in sentence


async def test_a_picture_with_the_maximum_of_frames_is_accepted(tmp_path: Path) -> None:
    seen = await inspect(written(tmp_path, many_frames((8, 8), MAX_FRAMES)))
    assert seen.kind == FileKind.PICTURE


async def test_many_large_frames_are_refused(tmp_path: Path) -> None:
    frames = MAX_TOTAL_PIXELS // (2000 * 1500) + 1
    assert frames < MAX_FRAMES
    sentence = await refused(written(tmp_path, many_frames((2000, 1500), frames)))
    assert "1,000 megapixels together" in sentence


# -- decoding errors --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_half_a_picture_is_not_decoded(kind: str, tmp_path: Path) -> None:
    data = encoded(Image.effect_noise((400, 300), 90).convert("RGB"), kind)
    file = written(tmp_path, data[: len(data) // 2])
    seen = await inspect(file)
    assert seen == OTHER or await decode(seen.media_type, seen.cleaned or file, seen.pixels) is None


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/gif", "image/webp"])
async def test_what_only_begins_like_a_picture_is_kept_as_it_is(
    media_type: str, tmp_path: Path
) -> None:
    starts = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "gif": b"GIF89a"}
    start = starts.get(media_type[6:], b"RIFF\x20\0\0\0WEBP")
    for rest in (b"", b"\0" * 5, b" is how a picture begins" * 9, b"\xff" * 99):
        file = written(tmp_path, start + rest)
        assert await inspect(file) == OTHER
        assert beside(file) == []


def worker(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Replace the worker by a script."""
    start = "import os, sys, time\n"
    path = written(folder, (start + dedent(script)).encode(), "worker.py")
    monkeypatch.setattr(decoding, "_WORKER", path)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture."""
    return written(tmp_path, encoded(two_colours(), "PNG"))


SIZE = '{"width": 1, "height": 1}'
WEBP = "RIFF....WEBP"


@pytest.mark.parametrize(
    "end",
    [
        "os.kill(os.getpid(), 9)",
        f"print('{SIZE}\\n{WEBP}'); sys.exit(3)",
        f"print('{{}}\\n{WEBP}')",
        "print('nonsense')",
        f"print('{SIZE}\\n<svg/>')",
        f"print('{SIZE}\\n')",
        f"print('{SIZE}\\n{WEBP}' + 'x' * 3_000_000)",
        "print('x' * 3_000_000)",
        "print(b'\\xff')",
        f"""print('{{"width": -1, "height": 1}}\\n{WEBP}')""",
        """print('{"wave": "0123"}')""",
    ],
)
async def test_a_wrong_answer_of_the_worker_is_not_used(
    end: str, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(tmp_path, monkeypatch, end)
    assert await decode("image/png", picture, 0) is None


@pytest.mark.parametrize("wave", ["x", "0" * 61, "<b>", "१"])
async def test_a_wave_has_sixty_digits_at_the_most(
    wave: str, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(tmp_path, monkeypatch, f"""print('{{"wave": "{"0" * 60}"}}')""")
    assert await decode("audio/wav", picture, 0) == Decoded(wave="0" * 60)
    worker(tmp_path, monkeypatch, f"""print('{{"wave": "{wave}"}}'.encode().decode("latin-1"))""")
    assert await decode("audio/wav", picture, 0) is None


async def test_a_valid_answer_of_the_worker_is_used(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(tmp_path, monkeypatch, f"print('{SIZE}\\n{WEBP}', end='')")
    assert await decode("image/png", picture, 0) == Decoded(1, 1, preview=WEBP.encode())


SLOW = "open({!r}, 'w').write(str(os.getpid())); time.sleep(60)"


async def pid_of(noted: Path) -> int:
    """Return the process id of the slow worker, once it has started."""
    while not noted.exists() or not (said := noted.read_text()):
        await asyncio.sleep(0.01)
    return int(said)


@pytest.mark.long  # waits for a time to pass
async def test_a_worker_that_takes_too_long_is_killed(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(tmp_path, monkeypatch, SLOW.format(str(tmp_path / "pid")))
    monkeypatch.setattr(decoding, "TIMEOUT_SECONDS", 3)
    task = asyncio.create_task(decode("image/png", picture, 0))
    pid = await pid_of(tmp_path / "pid")
    assert await task is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_cancelled_decoding_leaves_no_process(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(tmp_path, monkeypatch, SLOW.format(str(tmp_path / "pid")))
    task = asyncio.create_task(decode("image/png", picture, 0))
    pid = await pid_of(tmp_path / "pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("media_type", "pixels", "at_once"),
    [
        ("image/png", 12_000_000, 2),
        ("image/webp", 12_000_000, 1),
        ("image/png", 210_000_000, 1),
        ("image/jpeg", 210_000_000, 1),
        ("application/pdf", 0, 1),
    ],
)
async def test_what_takes_much_memory_is_decoded_alone(
    media_type: str,
    pixels: int,
    at_once: int,
    picture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most, memory = await at_once_of(
        lambda: decode(media_type, picture, pixels), tmp_path, monkeypatch
    )
    assert most == at_once
    assert memory == (decoding.USUAL_MEMORY if at_once > 1 else MEMORY)


async def test_stickers_are_made_alone(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await at_once_of(
        lambda: decoding.make_sticker("image/png", picture, spend=[].append), tmp_path, monkeypatch
    )
    assert made == (1, MEMORY)


async def test_nobody_pays_while_others_are_decoded(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, spent = asyncio.Semaphore(0), list[float]()
    monkeypatch.setattr(decoding, "_large", turns)
    began = time.monotonic()
    making = asyncio.create_task(decoding.make_sticker("image/png", picture, spend=spent.append))
    await asyncio.sleep(2)
    turns.release()
    await making
    [seconds] = spent
    assert 0 < seconds <= time.monotonic() - began - 2


async def at_once_of(
    start: Callable[[], Coroutine[Any, Any, object]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[int, int]:
    """Start two workers; return how many run at a time, and how much memory each may take.

    Each worker notes how much it may take when it begins and when it ends, and waits a moment.
    """
    monkeypatch.setattr(decoding, "_large", asyncio.Semaphore(1))
    notes = tmp_path / "notes"
    notes.mkdir()
    note = "(lambda name: open({!r} + name, 'w').write(sys.argv[3]))"
    begin, end = note.format(f"{notes}/begun-"), note.format(f"{notes}/ended-")
    pid = "(str(os.getpid()))"
    worker(tmp_path, monkeypatch, f"{begin}{pid}; time.sleep(0.5); {end}{pid}")
    tasks = [asyncio.create_task(start()) for _time in "12"]
    most = 0
    while not all(task.done() for task in tasks):
        names = sorted(each.name for each in notes.iterdir())
        begun = sum(name.startswith("begun") for name in names)
        most = max(most, begun - (len(names) - begun))
        await asyncio.sleep(0.02)
    [memory] = {each.read_text() for each in notes.iterdir()}
    return most, int(memory)
