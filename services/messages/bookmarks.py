"""Saved messages: what somebody keeps for later. Nobody else knows."""

from sqlmodel import Session, col, func, select

from models import Message, SavedMessage
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.messages import messages, queries
from services.rooms import access, rooms
from services.rooms.views import Excerpt

MAX_BOOKMARKS = 1000
"""How many messages a person can keep."""
PAGE_SIZE = 30
"""How many one look brings."""


@rate_limited("message")
async def save(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Keep a message for later. Raises `NotFound` when one is not in the room or there is no
    such message, `ServiceError` when one keeps too many.
    """

    def keep(session: Session) -> None:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        key = (viewer.user_id, message.id)
        if session.get(SavedMessage, key) is None:
            _refuse_too_many(session, viewer)
            session.add(SavedMessage(user_id=viewer.user_id, message_id=message.id or 0))

    await database.write(keep)


@rate_limited("message")
async def forget(viewer: CurrentUser, message_id: int) -> None:
    """Keep a message no longer; one that is not kept is let be."""

    def drop(session: Session) -> None:
        kept = session.get(SavedMessage, (viewer.user_id, min(message_id, 2**53)))
        if kept is not None:
            session.delete(kept)

    await database.write(drop)


@rate_limited("look")
async def mine(viewer: CurrentUser, skip: int = 0) -> list[Excerpt]:
    """Return what one keeps, in rooms that one is still in, the last saved first: `PAGE_SIZE` after
    the first `skip`.
    """

    def query(session: Session) -> list[Excerpt]:
        ids = session.exec(
            select(SavedMessage.message_id)
            .join(Message, col(Message.id) == SavedMessage.message_id)
            .where(
                SavedMessage.user_id == viewer.user_id,
                col(Message.room_id).in_(access.room_ids_of(viewer.user_id)),
            )
            .order_by(col(SavedMessage.saved_at).desc(), col(SavedMessage.message_id).desc())
            .offset(min(skip, MAX_BOOKMARKS))
            .limit(PAGE_SIZE)
        ).all()
        found = queries.some(session, ids)
        return rooms.with_titles(session, viewer, [found[number] for number in ids])

    return await database.read(query)


def _refuse_too_many(session: Session, viewer: CurrentUser) -> None:
    kept = session.exec(
        select(func.count()).select_from(SavedMessage).where(SavedMessage.user_id == viewer.user_id)
    ).one()
    if kept >= MAX_BOOKMARKS:
        raise ServiceError(_("You keep very many messages already. Let some go first."))
