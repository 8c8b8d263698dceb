"""The replies to a message."""

from collections.abc import Sequence

from msgspec import Struct
from sqlmodel import Session, col, select

from models import Message
from services.core.dto import CurrentUser, MessageView
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import messages, queries

MAX_REPLIES = 100
"""How many are returned, the newest ones."""


class Replies(Struct, frozen=True):
    """A message, and the newest replies to it in the order of the room."""

    original: MessageView
    found: Sequence[MessageView]
    more: bool
    """Whether there are older ones."""


@rate_limited("read")
async def of(viewer: CurrentUser, room_id: int, seq: int) -> Replies:
    """Return a message and the replies to it that are not deleted.

    Raises `NotFound` for non-members, and for a message that does not exist or is deleted.
    """

    def query(session: Session) -> Replies:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        ids = session.exec(
            select(Message.id)
            .where(Message.reply_to_id == message.id, col(Message.deleted_at).is_(None))
            .order_by(col(Message.seq).desc())
            .limit(MAX_REPLIES + 1)
        ).all()
        shown = [number or 0 for number in ids[:MAX_REPLIES]][::-1]
        found = queries.some(session, [message.id or 0, *shown])
        return Replies(
            found[message.id or 0], [found[number] for number in shown], len(ids) > MAX_REPLIES
        )

    return await database.read(query)
