"""Mentions: whom a message names, who hears of it, and the inbox of those who were named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlmodel import Session, col, select

from models import Block, Membership, Mention, Message, RoomKind, User
from services.core.errors import ServiceError
from services.core.i18n import plural
from services.mentions import parser
from services.rooms import permissions

MAX_NAMED = 50
"""How many people one message may name; who means more means the room."""
MAX_CANDIDATES = 500
"""How many spellings of names are looked up for one message."""


@dataclass(frozen=True)
class Named:
    """Whom a text names in a room."""

    mentions: dict[str, int] | None = None
    """For `Message.mentions`."""
    user_ids: tuple[int | None, ...] = ()
    """Who gets it into their inbox: not who wrote it, and not who has blocked them. None alone is
    everybody in the room."""
    outside: tuple[str, ...] = ()
    """Whom it names that are not in the room, and so hear nothing of it."""
    uncalled: tuple[str, ...] = ()
    """What calls everybody, by somebody who may not."""


_NOBODY = Named()


def find(session: Session, room_id: int, author_id: int, text: str, *, may_call: bool) -> Named:
    """Return whom `text` names, written by a member of a room: a statement at the most.

    `may_call` is what `may_call` says of them.

    Raises `ServiceError` when it names too many.
    """
    if "@" not in text:
        return _NOBODY
    spots = list(parser.spots(parser.without_code(text)))
    if not spots:
        return _NOBODY
    keys = dict.fromkeys(key for spot in spots for _end, key in spot.names)
    inside, outside, unheard = _look_up(
        session, room_id, author_id, list(islice(keys, MAX_CANDIDATES))
    )
    mentions: dict[str, int] = {}
    strangers: dict[str, None] = {}
    uncalled: dict[str, None] = {}
    for spot in spots:
        called = spot.choose(parser.EVERYBODY)
        member = spot.choose(inside)
        if called and (not member or called[0] >= member[0]):
            if may_call:
                mentions[called[1]] = 0
            else:
                uncalled[called[1]] = None
        elif member:
            user_id, username = inside[member[1]]
            mentions[username] = user_id
        elif stranger := spot.choose(outside):
            strangers[outside[stranger[1]]] = None
    if len(mentions) > MAX_NAMED:
        raise ServiceError(
            plural(
                "A message names {most} person at the most. Name fewer, or send it in parts.",
                "A message names {most} people at the most. Name fewer, or send it in parts.",
                MAX_NAMED,
            ).format(most=MAX_NAMED)
        )
    unheard.add(author_id)
    people = [user_id for user_id in mentions.values() if user_id not in unheard]
    heard = [None] if 0 in mentions.values() else people
    return Named(mentions or None, tuple(heard), tuple(strangers), tuple(uncalled))


def may_call(room: permissions.RoomState, member: permissions.HasRole) -> bool:
    """Tell whether somebody may call everybody in a room."""
    return room.kind == RoomKind.DIRECT or permissions.may_moderate(member)


def store(
    session: Session, message_id: int, room_id: int, seq: int, user_ids: Collection[int | None]
) -> None:
    """Put a stored message into the inboxes of those whom it names."""
    session.add_all(
        Mention(message_id=message_id, user_id=each, room_id=room_id, seq=seq) for each in user_ids
    )


def store_again(
    session: Session, message: Message, user_ids: Collection[int | None]
) -> frozenset[int]:
    """Have an edited message in the inboxes of those whom it names now, and no others.

    Return for whom that is a change.
    """
    rows = session.exec(select(Mention).where(Mention.message_id == message.id)).all()
    before, named = {row.user_id for row in rows}, set(user_ids)
    for row in rows:
        if row.user_id not in named:
            session.delete(row)
    store(session, message.id or 0, message.room_id, message.seq, named - before)
    return frozenset(each for each in before ^ named if each is not None)


def _look_up(
    session: Session, room_id: int, author_id: int, keys: Sequence[str]
) -> tuple[dict[str, tuple[int, str]], dict[str, str], set[int]]:
    """Return who of these is in the room and who is not, by key, and who has blocked the author."""
    found: Any = session.connection().execute(
        select(  # type: ignore[call-overload]
            User.id, User.username, User.username_key, Membership.user_id, Block.user_id
        )
        .outerjoin(
            Membership,
            (col(Membership.user_id) == User.id) & (col(Membership.room_id) == room_id),
        )
        .outerjoin(
            Block,
            (col(Block.user_id) == User.id) & (col(Block.blocked_id) == author_id),
        )
        .where(col(User.username_key).in_(keys))
    )
    inside: dict[str, tuple[int, str]] = {}
    outside: dict[str, str] = {}
    unheard: set[int] = set()
    for user_id, username, key, member, blocker in found:
        if member is None:
            outside[key] = username
        else:
            inside[key] = user_id, username
        if blocker is not None:
            unheard.add(user_id)
    return inside, outside, unheard
