"""Saved messages: private bookmarks."""

from sqlmodel import Session, col, delete, func, select

from models import Message, SavedMessage
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import messages, queries
from services.rooms import access, room_queries
from services.rooms.views import Excerpt

MAX_BOOKMARKS = 1000
"""Maximum number of saved messages for each user."""
PAGE_SIZE = 30
"""Number of messages returned at once."""


@rate_limited("message")
async def save(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Save a message for later; does nothing if it is saved already.

    Raises `NotFound` for non-members and for a message that does not exist, `ServiceError` over
    `MAX_BOOKMARKS`.
    """

    def insert(session: Session) -> None:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        key = (viewer.user_id, message.id)
        if session.get(SavedMessage, key) is None:
            _require_space(session, viewer)
            session.add(SavedMessage(user_id=viewer.user_id, message_id=message.id or 0))

    await database.write(insert)


@rate_limited("message")
async def remove(viewer: CurrentUser, message_id: int) -> None:
    """Remove a message from the saved ones; does nothing if it is not saved."""

    def delete(session: Session) -> None:
        saved = session.get(SavedMessage, (viewer.user_id, min(message_id, 2**53)))
        if saved is not None:
            session.delete(saved)

    await database.write(delete, uses_reserve=True)


@rate_limited("read")
async def mine(viewer: CurrentUser, skip: int = 0) -> list[Excerpt]:
    """Return `PAGE_SIZE` saved messages after the first `skip`, the last saved first.

    Messages of rooms that the viewer has left are omitted.
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
        return room_queries.with_titles(session, viewer, [found[number] for number in ids])

    return await database.read(query)


def _require_space(session: Session, viewer: CurrentUser) -> None:
    """Raise `ServiceError` over `MAX_BOOKMARKS`; those of rooms that were left make way first."""
    mine = col(SavedMessage.user_id) == viewer.user_id
    count = session.exec(select(func.count()).select_from(SavedMessage).where(mine)).one()
    if count < MAX_BOOKMARKS:
        return
    listed = select(Message.id).where(col(Message.room_id).in_(access.room_ids_of(viewer.user_id)))
    unlisted = col(SavedMessage.message_id).not_in(listed)  # so nobody can remove them
    if not session.exec(delete(SavedMessage).where(mine, unlisted)).rowcount:
        raise ServiceError(_("You have saved too many messages. Remove some first."))
