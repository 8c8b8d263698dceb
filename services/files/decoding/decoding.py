"""Decode a file in a process of its own, `services/files/decoding/worker.py`."""

import asyncio
import logging
import os
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter

from services.core import processes
from services.files.decoding import sandbox
from services.files.decoding.icons import UPLOADED, AppIcon
from services.files.inspection.media_types import HEAD, recognise
from services.files.stickers.sticker_limits import MAX_SIDE

T = TypeVar("T")
Spend = Callable[[float], object]
"""Takes seconds from somebody's budget."""

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30.0
"""The longest that decoding one file may take, waiting for a processor included."""
MAX_ANSWER_BYTES = 2 * 1024 * 1024
"""Of a worker: the noisiest preview has less than half a megabyte."""
MAX_ICONS_BYTES = 4 * 1024 * 1024
"""Of a worker: the noisiest icons have 2.3 MB together."""
MAX_STICKER_BYTES = 4 * 1024 * 1024
"""Of a worker: a sticker that is larger than `sticker_limits` allows, and its still."""

USUAL_MEMORY = 384 * 1024 * 1024
"""Bytes of address space for a usual file, of which decoding any takes about 160 MB."""
MAX_USUAL_BYTES = 128 * 1024 * 1024
"""Of a usual picture's pixels. What needs more is decoded alone, with all of `sandbox.MEMORY`."""
BYTES_PER_PIXEL = {"image/jpeg": 6, "image/png": 4, "image/gif": 4, "image/webp": 16}
"""What decoding takes at the most (`services/files/pictures/picture.py`)."""

_large = asyncio.Semaphore(1)
_WORKER = Path(__file__).with_name("worker.py")
_ENVIRONMENT = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
"""Nothing but what Windows needs to start a program."""


def _nobody_pays(_seconds: float) -> None:
    pass


class Decoded(Struct, frozen=True):
    """What decoding a file has brought."""

    width: int = 0
    """In pixels: of a picture, upright, or of the preview of a PDF."""
    height: int = 0
    wave: str = ""
    """The loudness of a recording over time, as digits from 0 to 9."""
    preview: bytes = b""
    """The first frame or page as a WEBP of at most 640 × 640 pixels."""


class DecodedSticker(Struct, frozen=True):
    """A sticker that was made of a picture."""

    width: int
    height: int
    content: bytes
    """A WEBP."""
    still: bytes
    """The first frame as a WEBP; empty unless it moves."""


_STRICT = ConfigDict(extra="forbid", defer_build=True)  # until there is an answer: not every start


class _Picture(BaseModel):
    """The answer about a picture or PDF. It is validated: a hostile file may have written it."""

    model_config = _STRICT
    width: int = Field(gt=0, lt=2**31)
    height: int = Field(gt=0, lt=2**31)


class _Recording(BaseModel):
    """The answer about a recording."""

    model_config = _STRICT
    wave: str = Field(pattern="^[0-9]{0,60}$")


class _Sizes(BaseModel):
    """The answer about several pictures: how many bytes each has."""

    model_config = _STRICT
    sizes: list[NonNegativeInt] = Field(max_length=max(len(UPLOADED), 2))


class _Sticker(BaseModel):
    """The answer about a sticker: its size, and how many bytes it and its still have."""

    model_config = _STRICT
    width: int = Field(gt=0, le=MAX_SIDE)
    height: int = Field(gt=0, le=MAX_SIDE)
    sizes: list[NonNegativeInt] = Field(min_length=1, max_length=2)


_ANSWER: TypeAdapter[_Picture | _Recording] = TypeAdapter(
    _Picture | _Recording, config=ConfigDict(defer_build=True)
)


async def decode(
    media_type: str, file: Path, pixels: int, *, spend: Spend = _nobody_pays
) -> Decoded | None:
    """Decode a file in a worker process; return None if that fails.

    It has so many `pixels`, by its first bytes. `spend` is told how many seconds it has taken.
    Raises `OSError` when the file cannot be opened or no process can be started.
    """
    async with _memory(_is_usual(media_type, pixels), spend) as memory:
        about = (media_type, "", memory)
        return await _work(file, about, MAX_ANSWER_BYTES, partial(_parse, media_type))


async def make_icons(media_type: str, picture: Path, pixels: int) -> dict[str, bytes] | None:
    """Make the icons of `UPLOADED` of a picture; return them by name, or None if that fails.

    Raises `OSError` as `decode` does.
    """
    async with _memory(_is_usual(media_type, pixels), _nobody_pays) as memory:
        return await _work(picture, (media_type, "icons", memory), MAX_ICONS_BYTES, _parse_icons)


async def make_squares(
    media_type: str, picture: Path, pixels: int, sides: Sequence[int], *, spend: Spend
) -> list[bytes] | None:
    """Return squares of so many pixels out of the middle of a picture, as WEBP, or None.

    Spends and raises `OSError` as `decode` does.
    """
    use = ",".join(map(str, sides))
    parse = partial(_parse_squares, len(sides))
    async with _memory(_is_usual(media_type, pixels), spend) as memory:
        return await _work(picture, (media_type, use, memory), MAX_ANSWER_BYTES, parse)


async def make_sticker(media_type: str, picture: Path, *, spend: Spend) -> DecodedSticker | None:
    """Make a sticker of a picture, which moves if that does; return None if that fails.

    Spends and raises `OSError` as `decode` does.
    """
    # All frames of what moves are in memory.
    async with _memory(is_usual=False, spend=spend) as memory:
        about = (media_type, "sticker", memory)
        return await _work(picture, about, MAX_STICKER_BYTES, _parse_sticker)


def _is_usual(media_type: str, pixels: int) -> bool:
    """Return whether little memory is enough for a file. A PDF may have anything in it."""
    needs = BYTES_PER_PIXEL.get(media_type, 0) * pixels
    return needs <= MAX_USUAL_BYTES and media_type != "application/pdf"


@asynccontextmanager
async def _memory(is_usual: bool, spend: Spend) -> AsyncIterator[str]:
    """Wait until there is memory to decode a file, and return how much it may take.

    Nobody pays for that wait: it is for the files of others.
    """
    async with nullcontext() if is_usual else _large:
        began = time.monotonic()
        try:
            yield str(USUAL_MEMORY if is_usual else sandbox.MEMORY)
        finally:
            spend(time.monotonic() - began)


async def _work(
    file: Path, about: tuple[str, ...], max_bytes: int, parse: Callable[[bytes], T]
) -> T | None:
    worker: processes.Command = (sys.executable, "-I", _WORKER, *about)
    reason: object
    with await asyncio.to_thread(file.open, "rb") as source:
        try:
            code, output = await processes.run(
                worker,
                max_bytes=max_bytes,
                seconds=TIMEOUT_SECONDS,
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd=Path(sys.executable).anchor,
                start_new_session=True,  # Ctrl-C in the terminal must not end it
            )
            if code == 0:
                return parse(output)
            reason = f"exit code {code}"
        except (TimeoutError, ValueError) as error:  # too slow, too long, or invalid
            reason = type(error).__name__
    log.info("Failed to decode %s as %s (%s)", file, " ".join(about), reason)
    return None


def _parse(media_type: str, output: bytes) -> Decoded:
    """Return an answer. Raises `ValueError` if it is none for this type."""
    line, _newline, preview = output.partition(b"\n")
    answer = _ANSWER.validate_json(line)
    if isinstance(answer, _Recording) != media_type.startswith("audio/"):
        raise ValueError("the answer is about something else")
    if isinstance(answer, _Recording):
        return Decoded(wave=answer.wave)
    if recognise(preview[:HEAD]) != "image/webp":
        raise ValueError("the preview is no WEBP")
    return Decoded(answer.width, answer.height, preview=preview)


def _parse_icons(output: bytes) -> dict[str, bytes]:
    """Return the icons of an answer. Raises `ValueError` if they are not what was asked for."""
    names = [icon.name for icon in UPLOADED]
    made = dict(zip(names, _split(output), strict=True))
    if not are_icons(made):
        raise ValueError("these are no icons")
    return made


def _parse_squares(count: int, output: bytes) -> list[bytes]:
    """Return the squares of an answer. Raises `ValueError` if they are not what was asked for."""
    squares = _split(output)
    if [recognise(each[:HEAD]) for each in squares] != ["image/webp"] * count:
        raise ValueError("a square is no WEBP")
    return squares


def _parse_sticker(output: bytes) -> DecodedSticker:
    """Return a sticker. Raises `ValueError` if the answer is none."""
    line, _newline, rest = output.partition(b"\n")
    answer = _Sticker.model_validate_json(line)
    pictures = _cut(rest, answer.sizes)
    if any(recognise(each[:HEAD]) != "image/webp" for each in pictures):
        raise ValueError("a picture is no WEBP")
    content, still = [*pictures, b""][:2]
    return DecodedSticker(answer.width, answer.height, content, still)


def _split(output: bytes) -> list[bytes]:
    """Return the pictures of an answer. Raises `ValueError` if it has more than them, or less."""
    line, _newline, rest = output.partition(b"\n")
    return _cut(rest, _Sizes.model_validate_json(line).sizes)


def _cut(rest: bytes, sizes: Sequence[int]) -> list[bytes]:
    """Return the pictures of these sizes that follow an answer. Raises `ValueError` as `_split`."""
    if sum(sizes) != len(rest):
        raise ValueError("these are not the pictures that it says")
    ends = accumulate(sizes)
    return [rest[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def are_icons(made: Mapping[str, bytes]) -> bool:
    """Return whether these are the icons of `UPLOADED`, by their names and first chunks."""
    return len(made) == len(UPLOADED) and all(
        _is_icon(made.get(icon.name, b""), icon) for icon in UPLOADED
    )


def _is_icon(content: bytes, icon: AppIcon) -> bool:
    """Return whether this is a PNG of the icon's size, by its first chunk (PNG §11.2.1)."""
    sides = struct.pack(">II", icon.size, icon.size)
    return recognise(content[:HEAD]) == "image/png" and content[16:24] == sides
