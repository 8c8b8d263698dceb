"""Reactions: emoji added to messages."""

from msgspec import Struct
from sqlmodel import Session, col, select

from models import Message, Reaction, Room, RoomEventKind, User
from services.accounts import blocks
from services.accounts.people import summary
from services.core import events, hub
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import messages, revisions
from services.messages.emoji import emoji
from services.rooms import room_events
from services.rooms.permissions import require_open

MAX_REACTIONS = 30
"""Maximum number of different emoji on a message."""


class Reactors(Struct, frozen=True):
    """An emoji on a message and the users who added it, in order of time."""

    emoji: str
    people: tuple[UserSummary, ...]


async def add(viewer: CurrentUser, room_id: int, seq: int, sign: object) -> None:
    """Add a reaction to a message; does nothing if the viewer has added it already.

    Raises `ServiceError` unless `sign` is a single emoji, and over `MAX_REACTIONS`; `Forbidden` in
    archived rooms and in direct messages with a blocked user; `NotFound` for non-members and for a
    message that does not exist.
    """
    checked = emoji.check(sign)
    if (elsewhere := hub.asked()) is not None:
        await elsewhere.react(viewer, room_id, seq, checked, on=True)
    await _add(viewer, room_id, seq, checked)


@rate_limited("reaction")
async def _add(viewer: CurrentUser, room_id: int, seq: int, sign: str) -> None:
    def insert(session: Session) -> int | None:
        room, message = _find(session, viewer, room_id, seq)
        if session.get(Reaction, (message.id, sign, viewer.user_id)) is not None:
            return None
        existing = _emoji_of(session, message)
        if sign not in existing and len(existing) >= MAX_REACTIONS:
            raise ServiceError(
                _("This message has too many different reactions. Choose one of them.")
            )
        session.add(Reaction(message_id=message.id or 0, emoji=sign, user_id=viewer.user_id))
        room_events.record(
            session,
            room_id,
            RoomEventKind.REACTION,
            viewer.user_id,
            message_id=message.id,
            content={"emoji": sign},
        )
        return revisions.bump(session, room, message)

    _publish_changed(room_id, await database.write(insert))


async def remove(viewer: CurrentUser, room_id: int, seq: int, sign: object) -> None:
    """Remove the viewer's reaction; does nothing if there is none. Raises like `add`."""
    checked = emoji.check(sign)
    if (elsewhere := hub.asked()) is not None:
        await elsewhere.react(viewer, room_id, seq, checked, on=False)
    await _remove(viewer, room_id, seq, checked)


@rate_limited("reaction")
async def _remove(viewer: CurrentUser, room_id: int, seq: int, sign: str) -> None:
    def delete(session: Session) -> int | None:
        room, message = _find(session, viewer, room_id, seq)
        reaction = session.get(Reaction, (message.id, sign, viewer.user_id))
        if reaction is None:
            return None
        session.delete(reaction)
        room_events.remove_reaction(session, room_id, viewer.user_id, message.id or 0, sign)
        return revisions.bump(session, room, message)

    _publish_changed(room_id, await database.write(delete, uses_reserve=True))


@rate_limited("read")
async def who(viewer: CurrentUser, room_id: int, seq: int) -> list[Reactors]:
    """Return the reactions to a message. Raises `NotFound` like `add`."""

    def query(session: Session) -> list[Reactors]:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        people: dict[str, list[UserSummary]] = {}
        for sign, user in session.exec(
            select(Reaction.emoji, User)
            .join(User, col(User.id) == Reaction.user_id)
            .where(Reaction.message_id == message.id)
            .order_by(col(Reaction.created_at), col(User.id))
        ):
            people.setdefault(sign, []).append(summary(user))
        return [Reactors(sign, tuple(each)) for sign, each in people.items()]

    return await database.read(query)


def _find(session: Session, viewer: CurrentUser, room_id: int, seq: int) -> tuple[Room, Message]:
    room, _membership, message = messages.find(session, viewer, room_id, seq)
    require_open(room)
    blocks.require_none_in(session, room.people_key, viewer.user_id)
    return room, message


def _emoji_of(session: Session, message: Message) -> set[str]:
    return set(
        session.exec(
            select(Reaction.emoji).where(Reaction.message_id == message.id).group_by(Reaction.emoji)
        )
    )


def _publish_changed(room_id: int, change: int | None) -> None:
    if change is not None:
        events.publish(events.MessageChanged(room_id, change))
