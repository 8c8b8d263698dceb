"""Detect the type of an uploaded file, and make its preview.

The content decides, never the name. Pictures and PDFs are decoded in separate processes,
`services/files/inspection_worker.py`.
"""

import asyncio
import contextlib
import logging
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from weakref import WeakKeyDictionary

from pydantic import BaseModel, Field, TypeAdapter

from models import FileKind
from services.core.errors import ServiceError
from services.core.i18n import _
from services.files import waveform
from services.files.media_types import HEAD, UNKNOWN, recognise

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30.0
"""The longest that decoding one file may take, waiting for a processor included."""
MAX_WORKERS = 2
"""Files decoded at a time."""
MAX_TEXT_BYTES = 1024 * 1024
"""A longer text is not shown as text."""
EXCERPT_LINES = 40
EXCERPT_CHARACTERS = 4000

_WORKER = Path(__file__).with_name("inspection_worker.py")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_semaphores: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True)
class Content:
    """The type of a file, and what the chat shows of it."""

    kind: FileKind
    media_type: str = UNKNOWN
    """The Content-Type to serve it with."""
    width: int = 0
    """In pixels: of the picture, upright, or of a PDF's preview; else 0."""
    height: int = 0
    excerpt: str = ""
    """The beginning of a text: at most 40 lines and 4,000 characters, with newlines as line
    ends, and no other control character but the tab."""
    wave: str = ""
    """The loudness of a recording over time, as digits from 0 to 9."""
    preview: Path | None = None
    """The first frame or page as a WEBP of at most 640 × 640 pixels."""
    cleaned: Path | None = None
    """The picture to store instead, upright and without metadata (camera, location, comments);
    None if the original is stored."""


class InspectedFile(BaseModel):
    """The worker's answer. It is validated: a malicious file may control the worker."""

    width: int = Field(gt=0, lt=2**31)
    height: int = Field(gt=0, lt=2**31)
    cleaned: bool


class TooMuch(BaseModel):
    """The worker's answer to a picture that must be refused."""

    over: Literal["dots", "frames", "dots in all"]
    most: int


_ANSWER: TypeAdapter[InspectedFile | TooMuch] = TypeAdapter(InspectedFile | TooMuch)


async def inspect(file: Path) -> Content:
    """Return the type of `file`, and write its preview and cleaned version next to it.

    A picture that cannot be decoded completely and within the limits is `OTHER`, and served as
    it is, metadata included. All pictures that are shown as such are free of metadata.

    Raises `ServiceError` for a picture with too many pixels or frames.
    """
    content = await asyncio.to_thread(_recognise, file)
    if content.kind not in (FileKind.PICTURE, FileKind.DOCUMENT):
        return content
    preview, cleaned = (Path(f"{file}.{suffix}") for suffix in ("preview", "clean"))
    answer = None
    try:
        answer = await _decode(content.media_type, file, preview, cleaned)
    finally:
        if answer is None:
            preview.unlink(missing_ok=True)
            cleaned.unlink(missing_ok=True)
    if answer is None:
        return content if content.kind == FileKind.DOCUMENT else Content(FileKind.OTHER)
    return replace(
        content,
        width=answer.width,
        height=answer.height,
        preview=preview,
        cleaned=cleaned if answer.cleaned else None,
    )


def _recognise(file: Path) -> Content:
    """Return the type of a file from its first bytes; a text is read completely."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
        media_type = recognise(head)
        if media_type == UNKNOWN:
            return _text(head + opened.read(MAX_TEXT_BYTES + 1 - len(head)))
    if media_type == "application/pdf":
        return Content(FileKind.DOCUMENT, media_type)
    wave = waveform.of(file) if media_type == "audio/wav" else ""
    kinds = {"image": FileKind.PICTURE, "audio": FileKind.AUDIO, "video": FileKind.VIDEO}
    return Content(kinds[media_type.partition("/")[0]], media_type, wave=wave)


def _text(data: bytes) -> Content:
    """Return `data` as text, or `OTHER` for what is not plain text."""
    other = Content(FileKind.OTHER)
    if len(data) > MAX_TEXT_BYTES:
        return other
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return other
    text = "\n".join(lines)
    # HTML, SVG and XML: a browser must never render it as a page of this site.
    if _CONTROL.search(text) or text.lstrip().startswith("<"):
        return other
    excerpt = "\n".join(lines[:EXCERPT_LINES])[:EXCERPT_CHARACTERS]
    return Content(FileKind.TEXT, "text/plain", excerpt=excerpt)


async def _decode(
    media_type: str, file: Path, preview: Path, cleaned: Path
) -> InspectedFile | None:
    """Decode a file in a worker process; return its answer, or None if it failed."""
    async with _semaphores.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_WORKERS)):
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", _WORKER, media_type, file, preview, cleaned),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal must not end it
        )
        assert worker.stdout is not None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                line = await worker.stdout.readline()
                failed = await worker.wait()
            answer = None if failed else _ANSWER.validate_json(line)
        except (TimeoutError, ValueError):  # too slow, too long a line, or invalid
            answer = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
    if answer is None:
        log.info("Failed to decode %s as %s (exit code %s)", file, media_type, worker.returncode)
    if isinstance(answer, TooMuch):
        raise _error(answer)
    return answer


def _error(answer: TooMuch) -> ServiceError:
    millions = answer.most // 1_000_000
    if answer.over == "dots":
        sentence = _(
            "The picture has more than {millions} million dots. Make it smaller and send it again."
        )
    elif answer.over == "frames":
        sentence = _(
            "The picture moves through more than {most} frames. Shorten it or send it as a video."
        )
    else:
        sentence = _(
            "The frames of the picture have more than {millions} million dots together. "
            "Make it smaller or shorter, or send it as a video."
        )
    return ServiceError(sentence.format(millions=millions, most=answer.most))
