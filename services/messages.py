"""Messages: saying something in a room, and reading what was said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col

from models import Message, User
from services import database, events, house, rooms
from services.permissions import require_writer
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
    in the room, `Forbidden` when one may not write there, `TooMany`, and `Unavailable`: then
    nothing is stored.
    """
    sound = clean(text, MESSAGE_LIMIT, name=_("The message"))
    if not isinstance(client_message_id, str) or not _ID.fullmatch(client_message_id):
        raise Refused(_("This message has no proper number. Reload the page and send it again."))
    house.current().throttles.message.spend(str(viewer.user_id))

    def store(session: Session) -> tuple[MessageView, bool]:
        room, membership = rooms.find(session, viewer.user_id, room_id)
        again = {"author": viewer.user_id, "client": client_message_id}
        for before in _all(session, _SENT_BEFORE, again):
            if before.room_id != room_id:
                raise Refused(_("This message was sent to another room already."))
            return before, False
        require_writer(room, membership)
        room.last_seq += 1
        membership.last_read_seq, membership.unread_from = room.last_seq, 0
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
    """Return the messages just before `before_seq`. Raises `NotFound` when one is not in
    the room.
    """

    def look(session: Session) -> Page:
        rooms.standing(session, viewer, room_id)
        return _before(session, room_id, min(before_seq, _HIGHEST))

    return await database.read(look)


async def since(viewer: Viewer, room_id: int, last_seq: int) -> Page:
    """Return what came next after `last_seq`; the newest page for who has nothing (0) or
    missed too much. Raises `NotFound` when one is not in the room.
    """

    def look(session: Session) -> Page:
        newest, read = rooms.standing(session, viewer, room_id)
        if not 0 < last_seq <= newest or newest - last_seq > CATCH_UP:
            return replace(_before(session, room_id, newest + 1), last_read_seq=read)
        found = _all(session, _AFTER, {"room": room_id, "seq": last_seq})
        rest = bool(found) and found[-1].seq < newest
        return Page(found, more=True, last_read_seq=read, follows=True, rest=rest)

    return await database.read(look)


def _before(session: Session, room_id: int, seq: int) -> Page:
    found = _all(session, _BEFORE, {"room": room_id, "seq": seq})
    return Page(found[::-1], more=bool(found) and found[-1].seq > 1)


# Built once, and columns instead of objects: a page of messages is read at every opening, and
# making fifty objects that SQLAlchemy watches took three times as long as the reading.
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


_WITH_AUTHOR: Any = sqlalchemy.select(*_COLUMNS).join(User, col(User.id) == Message.author_id)
_IN_ROOM = _WITH_AUTHOR.where(col(Message.room_id) == bindparam("room")).limit(PAGE)
_BEFORE = _IN_ROOM.where(col(Message.seq) < bindparam("seq")).order_by(col(Message.seq).desc())
_AFTER = _IN_ROOM.where(col(Message.seq) > bindparam("seq")).order_by(col(Message.seq))
_SENT_BEFORE = _WITH_AUTHOR.where(
    col(Message.author_id) == bindparam("author"),
    col(Message.client_message_id) == bindparam("client"),
)


def _all(session: Session, query: Any, values: dict[str, Any]) -> list[MessageView]:
    return [
        MessageView(number, room, seq, client, Person(*author), text, created)
        for number, room, seq, client, *author, text, created in session.connection().execute(
            query, values
        )
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
