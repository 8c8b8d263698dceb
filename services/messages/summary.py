"""What a message says in one line: in the list of rooms and in notifications."""

from functools import lru_cache
from typing import Literal

from msgspec import Struct

from models import ENCRYPTED_KINDS, FileKind, MessageKind
from services.core.dto import MessageView
from services.messages.rendering import text as rendering
from services.rooms.room_queries import SUMMARISED_HTML
from services.rooms.views import LastMessage

LENGTH = 100
"""Characters of a summary."""
Kind = Literal["text", "photo", "sticker", "video", "voice", "file", "poll", "encrypted", "deleted"]
_FILES: dict[str | None, Kind] = {
    FileKind.PICTURE: "photo",
    FileKind.STICKER: "sticker",
    FileKind.VIDEO: "video",
    FileKind.AUDIO: "voice",
}


class Summary(Struct, frozen=True):
    """A message in one line: the same for all readers, whose pages put it into words."""

    seq: int
    by: int
    """The id of its author."""
    name: str
    kind: Kind
    text: str
    """The beginning of its text or question, or the name of its file or sticker."""
    at: int
    """When it was sent, in milliseconds."""


def of(message: MessageView) -> Summary:
    """Return the summary of a message."""
    file = message.file
    return of_last(
        LastMessage(
            message.seq,
            message.author,
            message.kind,
            message.text,
            message.html,
            message.created_at,
            message.deleted is not None,
            file.kind if file else None,
            file.name if file else None,
        )
    )


def of_last(last: LastMessage) -> Summary:
    """Return the summary of the newest message of a room."""
    kind, text = _kind_and_text(last)
    at = int(last.created_at.timestamp() * 1000)
    return Summary(last.seq, last.author.user_id, last.author.own_name, kind, text, at)


def _kind_and_text(last: LastMessage) -> tuple[Kind, str]:
    if last.is_deleted:
        return "deleted", ""
    if last.kind in ENCRYPTED_KINDS:
        return "encrypted", ""
    text = plain(last.text, last.html)
    if last.kind == MessageKind.POLL:
        return "poll", text
    if text or last.file_name is None:
        return "text", text
    kind = _FILES.get(last.file_kind, "file")
    return kind, last.file_name if kind in ("file", "sticker") else ""


def plain(text: str, html: str | None, length: int = LENGTH) -> str:
    """Return the beginning of a message without formatting, in one line."""
    return _plain(text[: 2 * length], html and html[:SUMMARISED_HTML], length)


@lru_cache(4096)  # each page that opens asks for those of all its rooms
def _plain(text: str, html: str | None, length: int) -> str:
    words = " ".join(rendering.plain_of(text, html).split())
    return words if len(words) <= length else f"{words[:length].rstrip()}…"
