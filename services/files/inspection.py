"""What a file that somebody sent really is, and what the chat shows of it.

Its content decides, never its name. Pictures and PDFs are decoded in processes of their
own, `services/files/inspection_worker.py`.
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
"""Seconds that decoding one file may take by the clock, on a small machine, too."""
AT_ONCE = 2
"""How many files are decoded at a time."""
MAX_TEXT_BYTES = 1024 * 1024
"""Bytes of the longest text that is shown as such."""
EXCERPT_LINES = 40
EXCERPT_CHARACTERS = 4000

_WORKER = Path(__file__).with_name("inspection_worker.py")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True)
class Content:
    """What a file is, and what there is to show of it."""

    kind: FileKind
    media_type: str = UNKNOWN
    """What the browser is told when it is shown."""
    width: int = 0
    """In dots: of the picture as it is shown, upright, or of a PDF's preview; else 0."""
    height: int = 0
    excerpt: str = ""
    """The beginning of a text: at most 40 lines and 4,000 characters, in which all line ends
    are newlines, and the only other control character is the tab."""
    wave: str = ""
    """How loud a recording is from its beginning to its end: digits from 0 to 9."""
    preview: Path | None = None
    """The first frame or page as a WEBP of at most 640 × 640 dots."""
    cleaned: Path | None = None
    """What to keep in the place of a picture that came in with more than what is seen of it
    (camera, place, words), or not upright; None where it is kept as it is."""


class InspectedFile(BaseModel):
    """The worker's answer, who may have been taken over by what it read."""

    width: int = Field(gt=0, lt=2**31)
    height: int = Field(gt=0, lt=2**31)
    cleaned: bool


class TooMuch(BaseModel):
    """The worker's answer to what is not even to be sent."""

    over: Literal["dots", "frames", "dots in all"]
    most: int


_ANSWER: TypeAdapter[InspectedFile | TooMuch] = TypeAdapter(InspectedFile | TooMuch)


async def inspect(file: Path) -> Content:
    """Find out what a file is, and write what is shown of it beside it.

    A picture that cannot be decoded to its end, or not within the limits, is `OTHER`: like
    every file that the chat does not understand it is handed on as it came, with whatever
    it says of camera and place. What is shown as a picture says nothing of them.

    Raises `ServiceError` for a picture of too many dots or frames.
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
    """Say what a file seems to be, of which only texts have been read to the end."""
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
    """Return the text that `data` is, or `OTHER`."""
    other = Content(FileKind.OTHER)
    if len(data) > MAX_TEXT_BYTES:
        return other
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return other
    text = "\n".join(lines)
    # HTML, SVG and XML: nothing that a browser might ever take for a page of ours.
    if _CONTROL.search(text) or text.lstrip().startswith("<"):
        return other
    excerpt = "\n".join(lines[:EXCERPT_LINES])[:EXCERPT_CHARACTERS]
    return Content(FileKind.TEXT, "text/plain", excerpt=excerpt)


async def _decode(
    media_type: str, file: Path, preview: Path, cleaned: Path
) -> InspectedFile | None:
    """Let a process of its own decode a file; return what it says, or None if it failed."""
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", _WORKER, media_type, file, preview, cleaned),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for the chat alone
        )
        assert worker.stdout is not None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                line = await worker.stdout.readline()
                failed = await worker.wait()
            answer = None if failed else _ANSWER.validate_json(line)
        except (TimeoutError, ValueError):  # too late, too long a line, or nonsense
            answer = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
    if answer is None:
        log.info("%s cannot be shown as %s (%s)", file, media_type, worker.returncode)
    if isinstance(answer, TooMuch):
        raise _refusal(answer)
    return answer


def _refusal(answer: TooMuch) -> ServiceError:
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
