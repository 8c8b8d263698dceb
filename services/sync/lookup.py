"""Finding what apps name by an id: people, messages, and what else happened."""

from typing import Any

import sqlalchemy
from sqlmodel import Session, col, select

from models import Message, RoomEvent, RoomEventKind, User
from models.base import table
from services.accounts.names.name_rules import typed_key
from services.accounts.people import summary
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages.queries import HIGHEST
from services.rooms import access
from services.sync import items
from services.sync.items import Happening, Post


@rate_limited("read")
async def person(viewer: CurrentUser, *, username: str = "", user_id: int = 0) -> UserSummary:
    """Return a person by their name or their id. Raises `NotFound`."""

    def query(session: Session) -> UserSummary:
        wanted = User.username_key == typed_key(username) if username else User.id == user_id
        user = session.exec(select(User).where(wanted)).first()
        if user is None:
            raise NotFound(_("There is no account with this username. Check the spelling."))
        return summary(user)

    return await database.read(query)


@rate_limited("read")
async def post(viewer: CurrentUser, room_id: int, message_id: int) -> Post:
    """Return a message of one of the viewer's rooms by its id. Raises `NotFound`."""

    def query(session: Session) -> Post:
        access.position(session, viewer, room_id)
        found = items.one_post(session, room_id, min(message_id, HIGHEST))
        if found is None:
            raise NotFound(_("This message no longer exists."))
        return found

    return await database.read(query)


@rate_limited("read")
async def happening(viewer: CurrentUser, room_id: int, event_id: int) -> Happening:
    """Return something that happened in one of the viewer's rooms. Raises `NotFound`."""

    def query(session: Session) -> Happening:
        access.position(session, viewer, room_id)
        found = items.one_happening(session, room_id, min(event_id, HIGHEST))
        if found is None:
            raise NotFound
        return found

    return await database.read(query)


async def last_of(
    viewer: CurrentUser,
    room_id: int,
    message_id: int,
    kind: RoomEventKind,
    content: dict[str, Any] | None = None,
) -> int | None:
    """Return the id of the last event of a kind that the viewer did to a message, if there is one.

    With `content` only of those that say just this. Raises `NotFound` for non-members.
    """
    events = table(RoomEvent)

    def query(session: Session) -> int | None:
        access.position(session, viewer, room_id)
        found = session.connection().execute(
            sqlalchemy.select(events.c.id, events.c.content)
            .where(
                events.c.message_id == message_id,
                events.c.room_id == room_id,
                events.c.user_id == viewer.user_id,
                events.c.kind == kind,
            )
            .order_by(events.c.id.desc())
        )
        return next((number for number, said in found if content in (None, said)), None)

    return await database.read(query)


async def seq(viewer: CurrentUser, room_id: int, message_id: int) -> int:
    """Return the number of a message in one of the viewer's rooms. Raises `NotFound`."""

    def query(session: Session) -> int:
        access.position(session, viewer, room_id)
        found = session.exec(
            select(Message.seq).where(
                Message.id == min(message_id, HIGHEST), col(Message.room_id) == room_id
            )
        ).first()
        if found is None:
            raise NotFound(_("This message no longer exists."))
        return found

    return await database.read(query)


async def seq_upto(viewer: CurrentUser, room_id: int, message_id: int) -> int:
    """Return the number of the last message of a room that is not after one of any room.

    0 if there is none. Raises `NotFound` for non-members.
    """

    def query(session: Session) -> int:
        access.position(session, viewer, room_id)
        newest = select(Message.seq).where(
            col(Message.room_id) == room_id, col(Message.id) <= min(message_id, HIGHEST)
        )
        return session.exec(newest.order_by(col(Message.seq).desc()).limit(1)).first() or 0

    return await database.read(query)
