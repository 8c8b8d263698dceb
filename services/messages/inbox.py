"""The inbox: mentions of a user across all of their rooms."""

from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam
from sqlmodel import Session, col

from models import Membership, Mention, Message
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import queries
from services.rooms import room_queries
from services.rooms.reading import unread_mentions
from services.rooms.views import Excerpt

PAGE_SIZE = 30
"""Number of messages returned at once."""
_HIGHEST = 2**53

_NAMED: Any = (
    sqlalchemy.select(col(Mention.message_id), unread_mentions.IS_UNREAD)
    .join(Membership, col(Membership.room_id) == Mention.room_id)
    .join(Message, col(Message.id) == Mention.message_id)
    .where(
        col(Membership.user_id) == bindparam("member"),
        col(Mention.message_id) < bindparam("before"),
        col(Message.author_id) != bindparam("member"),
        ~unread_mentions.BY_BLOCKED_AUTHOR,
    )
    .order_by(col(Mention.message_id).desc())
    .limit(PAGE_SIZE + 1)
)
# Two queries, so that each uses its own index.
_MYSELF = _NAMED.where(unread_mentions.NAMES_MEMBER)
_EVERYBODY = _NAMED.where(unread_mentions.NAMES_ROOM)


class Inbox(Struct, frozen=True):
    """Messages that mention a user, newest first."""

    found: tuple[Excerpt, ...]
    unread: frozenset[int]
    """Ids of the unread messages."""
    before: int | None
    """The message id to pass for the next batch; None if there are no more."""


@rate_limited("read")
async def mine(viewer: CurrentUser, before: int | None = None) -> Inbox:
    """Return messages that mention the viewer or everybody, with ids below `before`.

    They come from rooms the viewer is still in; those by blocked users are omitted.
    """

    def query(session: Session) -> Inbox:
        values = {"member": viewer.user_id, "before": min(before or _HIGHEST, _HIGHEST)}
        unread: dict[int, bool] = {}
        for statement in (_MYSELF, _EVERYBODY):
            unread.update(
                (number, new) for number, new in session.connection().execute(statement, values)
            )
        ids = sorted(unread, reverse=True)
        shown = ids[:PAGE_SIZE]
        messages = queries.some(session, shown)
        return Inbox(
            tuple(
                room_queries.with_titles(session, viewer, [messages[number] for number in shown])
            ),
            frozenset(number for number in shown if unread[number]),
            shown[-1] if len(ids) > PAGE_SIZE else None,
        )

    return await database.read(query)
