"""Reactions: an emoji that somebody puts to a message."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models import Message, Reaction, Room, User
from services.accounts import blocks
from services.accounts.people import summary
from services.core import events
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.messages import emoji, messages, revisions
from services.rooms.permissions import require_open

MAX_REACTIONS = 30
"""How many different emoji a message may have."""


@dataclass(frozen=True)
class Reactors:
    """An emoji at a message, and who put it there, the first of them first."""

    emoji: str
    people: tuple[UserSummary, ...]


async def add(viewer: CurrentUser, room_id: int, seq: int, sign: object) -> None:
    """Put an emoji to a message; again changes nothing.

    Raises `ServiceError` for what is not one emoji and when the message has too many different
    ones, `Forbidden` where nothing can be added, `NotFound` when one is not in the room or
    the message is not there.
    """
    await _add(viewer, room_id, seq, emoji.check(sign))


@rate_limited("reaction")
async def _add(viewer: CurrentUser, room_id: int, seq: int, sign: str) -> None:
    def insert(session: Session) -> int | None:
        room, message = _find(session, viewer, room_id, seq)
        if session.get(Reaction, (message.id, sign, viewer.user_id)) is not None:
            return None
        there = _emoji_of(session, message)
        if sign not in there and len(there) >= MAX_REACTIONS:
            raise ServiceError(_("This message has many reactions already. Choose one of them."))
        session.add(Reaction(message_id=message.id or 0, emoji=sign, user_id=viewer.user_id))
        return revisions.bump(session, room, message)

    _tell(room_id, await database.write(insert))


async def remove(viewer: CurrentUser, room_id: int, seq: int, sign: object) -> None:
    """Take one's own emoji off a message; nothing changes when it is not there. Raises as `add`."""
    await _remove(viewer, room_id, seq, emoji.check(sign))


@rate_limited("reaction")
async def _remove(viewer: CurrentUser, room_id: int, seq: int, sign: str) -> None:
    def take(session: Session) -> int | None:
        room, message = _find(session, viewer, room_id, seq)
        reaction = session.get(Reaction, (message.id, sign, viewer.user_id))
        if reaction is None:
            return None
        session.delete(reaction)
        return revisions.bump(session, room, message)

    _tell(room_id, await database.write(take))


@rate_limited("look")
async def who(viewer: CurrentUser, room_id: int, seq: int) -> list[Reactors]:
    """Return who reacted to a message, and with what. Raises `NotFound` as `add` does."""

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


def _tell(room_id: int, change: int | None) -> None:
    if change is not None:
        events.publish(events.MessageChanged(room_id, change))
