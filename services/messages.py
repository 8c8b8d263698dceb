"""Messages: saying something in a room, and reading what was said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import Select
from sqlmodel import Session, col

from models import Membership, Message, User
from services import database, events, house, rooms
from services.refusal import Refused
from services.text import MESSAGE_LIMIT, clean
from services.views import MessageView, Person, Viewer
from services.words import _

PAGE = 50
"""How many messages one look at the timeline brings."""
CATCH_UP = 500
"""Who missed more than this starts again from the newest page."""

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HIGHEST = 2**53
"""The greatest whole number that a browser can say (ECMAScript's MAX_SAFE_INTEGER, plus 1)."""


@dataclass(frozen=True)
class Page:
    """Messages in order of `seq`, and how the room stands."""

    messages: Sequence[MessageView]
    more: bool
    """Whether there are older messages than these."""
    last_read_seq: int = 0
    follows: bool = False
    """Whether these follow what was there; else one starts again with these."""
    rest: bool = False
    """Whether there are newer messages still, to be asked for next."""


async def send(
    viewer: Viewer, room_id: int, text: object, client_message_id: object
) -> tuple[MessageView, bool]:
    """Store a message; return it, and whether it is new.

    It is on the disk when this returns. The same `client_message_id` again returns the
    same message. Raises `Refused` for a text that will not do, `NotFound` when one is not
    in the room, `TooMany`, and `Unavailable`: then nothing is stored.
    """
    sound = clean(text, MESSAGE_LIMIT, name=_("The message"))
    if not isinstance(client_message_id, str) or not _ID.fullmatch(client_message_id):
        raise Refused(_("This message has no proper number. Reload the page and send it again."))
    house.current().throttles.message.spend(str(viewer.user_id))

    def store(session: Session) -> tuple[MessageView, bool]:
        room, membership = rooms.find(session, viewer.user_id, room_id)
        before = _first(session, _sent_before(viewer, client_message_id))
        if before is not None:
            if before.room_id != room_id:
                raise Refused(_("This message was sent to another room already."))
            return before, False
        room.last_seq += 1
        membership.last_read_seq = room.last_seq
        message = Message(
            room_id=room_id,
            seq=room.last_seq,
            author_id=viewer.user_id,
            client_message_id=client_message_id,
            text=sound,
        )
        session.add_all([room, membership, message])
        session.flush()
        author = session.get_one(User, viewer.user_id)
        return _view(message, author), True

    message, is_new = await database.write(store)
    if is_new:
        events.publish(events.MessageSent(message))
    return message, is_new


async def older(viewer: Viewer, room_id: int, before_seq: int) -> Page:
    """Return the messages just before `before_seq`. Raises `NotFound` when one is
    not in it."""

    def look(session: Session) -> Page:
        rooms.find(session, viewer.user_id, room_id)
        found = _all(
            session,
            _in_room(room_id)
            .where(col(Message.seq) < min(before_seq, _HIGHEST))
            .order_by(col(Message.seq).desc())
            .limit(PAGE),
        )
        return Page(found[::-1], more=bool(found) and found[-1].seq > 1)

    return await database.read(look)


async def since(viewer: Viewer, room_id: int, last_seq: int) -> Page:
    """Return what came next after `last_seq`; the newest page for who has nothing (0) or
    missed too much. Raises `NotFound` when one is not in the room.
    """

    def look(session: Session) -> Page:
        room, membership = rooms.find(session, viewer.user_id, room_id)
        if not 0 < last_seq <= room.last_seq or room.last_seq - last_seq > CATCH_UP:
            return _newest(session, room_id, membership)
        found = _all(
            session,
            _in_room(room_id)
            .where(col(Message.seq) > last_seq)
            .order_by(col(Message.seq))
            .limit(PAGE),
        )
        return Page(
            found,
            more=True,
            last_read_seq=membership.last_read_seq,
            follows=True,
            rest=bool(found) and found[-1].seq < room.last_seq,
        )

    return await database.read(look)


def _newest(session: Session, room_id: int, membership: Membership) -> Page:
    query = _in_room(room_id).order_by(col(Message.seq).desc()).limit(PAGE)
    found = _all(session, query)
    return Page(
        found[::-1],
        more=bool(found) and found[-1].seq > 1,
        last_read_seq=membership.last_read_seq,
    )


# Columns, not whole objects: a page of messages is read at every opening, and making fifty
# objects that SQLAlchemy watches took three times as long as the reading.
_COLUMNS: tuple[Any, ...] = (
    col(Message.id),
    col(Message.room_id),
    col(Message.seq),
    col(Message.client_message_id),
    col(User.id),
    col(User.username),
    col(User.display_name),
    col(User.hue),
    col(Message.text),
    col(Message.created_at),
)


def _in_room(room_id: int) -> Select[Any]:
    return _with_author().where(col(Message.room_id) == room_id)


def _sent_before(viewer: Viewer, client_message_id: str) -> Select[Any]:
    return _with_author().where(
        col(Message.author_id) == viewer.user_id,
        col(Message.client_message_id) == client_message_id,
    )


def _with_author() -> Select[Any]:
    return sqlalchemy.select(*_COLUMNS).join(User, col(User.id) == Message.author_id)


def _first(session: Session, query: Select[Any]) -> MessageView | None:
    found = _all(session, query)
    return found[0] if found else None


def _all(session: Session, query: Select[Any]) -> list[MessageView]:
    return [
        MessageView(number, room, seq, client, Person(*author), text, created)
        for number, room, seq, client, *author, text, created in session.connection().execute(query)
    ]


def _view(message: Message, author: User) -> MessageView:
    return MessageView(
        message_id=message.id or 0,
        room_id=message.room_id,
        seq=message.seq,
        client_message_id=message.client_message_id,
        author=rooms.person(author),
        text=message.text,
        created_at=message.created_at,
    )
