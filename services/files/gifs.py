"""Finding the pictures that move, among those sent in one's rooms, and sending one again.

Nobody else's server is asked. What was sent is found by the words of its file name, and of the text
it was sent with.
"""

from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam, func
from sqlmodel import Session, col

from models import Attachment, Block, FileKind, Message
from services.core.collation import fold
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.files import uploads
from services.messages import messages
from services.rooms import access

PAGE_SIZE = 60
"""How many are shown."""
MAX_SEARCHED = 2000
"""The newest so many messages with one are looked through."""
MAX_TEXT = 400
"""Characters of a text that are looked through."""
MAX_WORDS = 8


class Gif(Struct, frozen=True):
    """A picture that moves, in the newest message that has it."""

    room_id: int
    seq: int
    name: str
    has_preview: bool


@rate_limited("read")
async def find(viewer: CurrentUser, typed: object = "") -> list[Gif]:
    """Return the pictures that move in the viewer's rooms, the newest first, each once.

    All words of `typed` must be in the name of the file or in its text. Those of people that the
    viewer has blocked are left out.
    """
    wanted = fold(typed[:MAX_TEXT]).split()[:MAX_WORDS] if isinstance(typed, str) else []

    def query(session: Session) -> list[Gif]:
        found: dict[str, Gif] = {}
        for digest, gif, text in _sent(session, viewer):
            if digest in found:
                continue
            about = fold(f"{gif.name} {text}") if wanted else ""
            if all(word in about for word in wanted):
                found[digest] = gif
                if len(found) == PAGE_SIZE:
                    break
        return list(found.values())

    return await database.read(query)


@rate_limited("message")
async def send(
    viewer: CurrentUser,
    room_id: int,
    found_in: tuple[int, int],
    client_message_id: object,
    *,
    reply_to: int | None = None,
) -> tuple[MessageView, bool]:
    """Send the picture of a message again, without its text; return the message, and whether new.

    `found_in` is the room and the `seq` of that message. Like a forwarded one, the new message has
    a file of its own and tells neither where it is from nor who sent it. Raises `NotFound` for a
    message that the viewer may not see or that has no picture that moves, otherwise as
    `messages.send`, and `ServiceError` over their quota and when pictures are not accepted.
    """
    uploads.refuse_kind(FileKind.PICTURE)

    def store(session: Session) -> tuple[MessageView, bool]:
        def file() -> Attachment:
            return uploads.copy(session, viewer.user_id, _source(session, viewer, found_in))

        return uploads.insert(session, viewer, room_id, client_message_id, file, reply_to=reply_to)

    return messages.publish_sent(await database.write(store))


def _source(session: Session, viewer: CurrentUser, found_in: tuple[int, int]) -> Attachment:
    _room, _membership, message = messages.find(session, viewer, *found_in)
    attachment = session.get(Attachment, message.id)
    if attachment is None or not attachment.is_animated or attachment.kind != FileKind.PICTURE:
        raise NotFound(_("This picture is no longer there. Choose another."))
    return attachment


# Literals, not bound values: otherwise SQLite could not use the partial index. And a sum, by which
# it cannot find messages: it would read all of the viewer's rooms instead of that index.
_MOVES = sqlalchemy.text("attachments.is_animated AND attachments.kind = 'picture'")
_BLOCKED = sqlalchemy.select(col(Block.blocked_id)).where(col(Block.user_id) == bindparam("member"))
_SENT: Any = (
    sqlalchemy.select(
        col(Attachment.hash),
        col(Message.room_id),
        col(Message.seq),
        col(Attachment.name),
        col(Attachment.has_preview),
        func.substr(col(Message.text), 1, MAX_TEXT),
    )
    .select_from(Attachment)
    .join(Message, col(Message.id) == Attachment.message_id)
    .where(_MOVES, col(Message.deleted_at).is_(None))
    .where((col(Message.room_id) + 0).in_(access.room_ids_of(bindparam("member"))))
    .where(col(Message.author_id).not_in(_BLOCKED))
    .order_by(col(Attachment.message_id).desc())
    .limit(MAX_SEARCHED)
)


def _sent(session: Session, viewer: CurrentUser) -> list[tuple[str, Gif, str]]:
    """Return the newest: the hash of each, where it is, and its text."""
    rows = session.connection().execute(_SENT, {"member": viewer.user_id})
    return [
        (digest, Gif(room_id, seq, name, has_preview), text)
        for digest, room_id, seq, name, has_preview, text in rows
    ]
