"""Detect the type of an uploaded file, and what can be known of it without decoding it.

The content decides, never the name. Previews follow later: `services/files/previews.py`.
"""

import asyncio
import re
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from models import FileKind
from services.core.errors import ServiceError
from services.core.i18n import _, number
from services.files.inspection.media_types import HEAD, UNKNOWN, recognise
from services.files.pictures import cleaning
from services.files.pictures.picture import MAX_PIXELS, TooMuch

MAX_TEXT_BYTES = 1024 * 1024
"""A longer text is not shown as text."""
EXCERPT_LINES = 40
EXCERPT_CHARACTERS = 4000

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Content(Struct, frozen=True):
    """The type of a file, and what the chat shows of it."""

    kind: FileKind
    media_type: str = UNKNOWN
    """The Content-Type to serve it with."""
    width: int = 0
    """In pixels, of a picture as it is shown; else 0."""
    height: int = 0
    frames: int = 0
    """Of a picture: more than one if it moves."""
    excerpt: str = ""
    """The beginning of a text: at most 40 lines and 4,000 characters, with newlines as line
    ends, and no other control character but the tab."""
    cleaned: Path | None = None
    """The file of a picture to store instead, without metadata (camera, location, comments); None
    if the original is stored."""

    @property
    def pixels(self) -> int:
        """How many pixels a picture has."""
        return self.width * self.height

    @property
    def awaits_preview(self) -> bool:
        """Whether decoding it brings a preview or a waveform."""
        return self.kind in (FileKind.PICTURE, FileKind.DOCUMENT) or self.media_type == "audio/wav"


async def inspect(file: Path) -> Content:
    """Return the type of `file`; write a picture without its metadata next to it.

    What is not a whole picture is `OTHER`, and served as it is, metadata included. One that is too
    large to be decoded is `OTHER` as well, but free of metadata as all those are that are shown,
    except for how they have to be turned.

    Raises `ServiceError` for an animation with too many pixels or frames.
    """
    return await asyncio.to_thread(_recognise, file)


def _recognise(file: Path) -> Content:
    """Return the type of a file from its first bytes; more is read of a text and of an MP4."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
        media_type = recognise(head, opened)
        if media_type == UNKNOWN:
            opened.seek(len(head))
            return _text(head + opened.read(MAX_TEXT_BYTES + 1 - len(head)))
    if media_type == "application/pdf":
        return Content(FileKind.DOCUMENT, media_type)
    kinds = {"image": FileKind.PICTURE, "audio": FileKind.AUDIO, "video": FileKind.VIDEO}
    content = Content(kinds[media_type.partition("/")[0]], media_type)
    return _picture(content, file) if content.kind == FileKind.PICTURE else content


def _picture(content: Content, file: Path) -> Content:
    cleaned = Path(f"{file}.clean")
    try:
        picture = cleaning.clean(content.media_type, file, cleaned)
    except ValueError:
        return Content(FileKind.OTHER)
    except TooMuch as error:
        raise _error(error) from error
    new = cleaned if cleaned.exists() else None
    if picture.pixels > MAX_PIXELS[content.media_type]:
        return Content(FileKind.OTHER, cleaned=new)
    width, height = picture.upright_size
    return replace(content, width=width, height=height, frames=picture.frames, cleaned=new)


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


def no_picture() -> ServiceError:
    """Return the error for what is no picture, or one that cannot be decoded."""
    return ServiceError(_("This is no picture that can be shown. Choose a JPEG, PNG, GIF or WEBP."))


def _error(answer: TooMuch) -> ServiceError:
    if answer.over == "frames":
        sentence = _("The picture has more than {most} frames. Shorten it or send it as a video.")
    else:
        sentence = _(
            "The frames of the picture have more than {millions} megapixels together. "
            "Make it smaller or shorter, or send it as a video."
        )
    return ServiceError(
        sentence.format(millions=number(answer.most // 1_000_000), most=number(answer.most))
    )
