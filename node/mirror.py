"""Taking over what the hub tells: room by room, in its order, and each event once."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, ProgrammingError
from sqlmodel import Session

from models import Membership, Message, Room
from node import outbox, people, posts, rooms, tables, told
from node.told import Edit, Reaction, Redaction, Secret, Text, Told
from services.core import events
from services.core.dto import MessageView
from services.core.i18n import _
from services.db import database
from services.messages import edits, queries, rendered
from services.messages.edits import Erased

log = logging.getLogger(__name__)
UNFIT = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError, DataError, IntegrityError, InterfaceError, ProgrammingError),
)
"""What is raised by events that are other than they should be: the same each time, so that those
are left out. Everything else is tried again."""


class Heard(Struct, frozen=True):
    """An event, as it is or as it was decrypted."""

    event: dict[str, Any]
    was_encrypted: bool = False
    is_trusted: bool = True
    """Whether what was encrypted comes from a device that its owner has signed."""


class RoomNews(Struct, frozen=True):
    """What is new in a room."""

    hub_id: str
    state: Sequence[dict[str, Any]]
    """As it was before `timeline`."""
    timeline: Sequence[Heard]
    is_direct: bool = False
    unread: int = 0
    """How many messages notify, as the hub counts."""


class _Ready(Struct, frozen=True):
    """An event with its text made HTML."""

    event: dict[str, Any]
    told: Told | None
    html: str | None = None
    was_encrypted: bool = False

    @property
    def in_doubt(self) -> "_Ready":
        """The same with a warning: in a room that is encrypted, it was not."""
        said = self.told
        if self.was_encrypted or not isinstance(said, Text | Edit):
            return self
        warned = _warned(said, _("⚠ Not encrypted: the hub could read this, or has written it."))
        return _Ready(self.event, warned, rendered.of_version(warned.text, None, -1))


async def since() -> str:
    """Return the position up to which everything is taken over; empty at first."""
    statement = select(tables.STATE.c.since)
    found = await database.read(lambda session: session.connection().scalar(statement))
    return str(found or "")


async def reached(position: str) -> None:
    """Note that all before a position is taken over."""

    def store(session: Session) -> None:
        session.connection().execute(delete(tables.STATE))
        session.connection().execute(tables.STATE.insert(), {"id": 1, "since": position})

    await database.write(store)


async def known(hub_ids: Sequence[str]) -> set[str]:
    """Return which of some events are taken over."""
    table = tables.EVENTS.c
    statement = select(table.hub_id).where(table.hub_id.in_(hub_ids))
    return await database.read(lambda session: set(session.connection().scalars(statement)))


async def take(news: RoomNews, me: str) -> None:
    """Take over what is new in a room of `me`, the person's id on the hub.

    What is not as it should be is left out: otherwise one event could end the copy.
    """
    try:
        await _take_all(news, me)
    except UNFIT as error:
        log.warning("Taking over a room event by event, after %r", error)
        for part in _parts(news):
            with skipping(news.hub_id):
                await _take_all(part, me)


@contextmanager
def skipping(hub_id: str) -> Iterator[None]:
    """Leave out what is not as it should be."""
    try:
        yield
    except UNFIT as error:
        log.warning("Left out something of the room %r: %r", hub_id, error)


def _parts(news: RoomNews) -> Iterator[RoomNews]:
    """Yield the same news, event by event."""
    for each in news.state:
        yield replace(news, state=(each,), timeline=())
    for heard in news.timeline:
        yield replace(news, state=(), timeline=(heard,))


async def _take_all(news: RoomNews, me: str) -> None:
    ready = await asyncio.to_thread(_ready_all, news)
    changes, views = await database.write(lambda session: _store(session, news, ready, me))
    for change in changes:
        if isinstance(change, Erased):
            edits.publish_erased(change)
        else:
            events.publish(change)
    for view in views:
        events.publish(events.MessageSent(view))


async def leave(hub_id: str, me: str) -> None:
    """Take the person out of a room that they are in no longer, or not invited to."""
    await _change(lambda session, changes: rooms.leave(session, hub_id, me, changes))


async def invite(hub_id: str, state: Sequence[dict[str, Any]], me: str) -> None:
    """Note that the person is invited to a room."""
    await _change(lambda session, changes: rooms.invite(session, hub_id, state, me, changes))


async def _change(change: Callable[[Session, list[object]], None]) -> None:
    def store(session: Session) -> list[object]:
        changes: list[object] = []
        change(session, changes)
        return changes

    for each in await database.write(store):
        events.publish(each)


async def undecrypted(sessions: Sequence[str] | None = None) -> list[tuple[str, dict[str, Any]]]:
    """Return the room and the event of what could not be read, perhaps only of some sessions."""
    table = tables.UNDECRYPTED.c
    statement = select(table.hub_room_id, table.event).order_by(table.message_id)
    if sessions is not None:
        statement = statement.where(table.session_id.in_(sessions))
    found = await database.read(lambda session: session.connection().execute(statement).all())
    return [(room, json.loads(event)) for room, event in found]


async def decrypted(hub_id: str, heard: Heard) -> None:
    """Give a message its text, now that it can be read; an edit changes its message instead."""
    ready = _ready(heard)

    def store(session: Session) -> int:
        session.connection().execute(
            delete(tables.UNDECRYPTED).where(tables.UNDECRYPTED.c.hub_id == hub_id)
        )
        message = posts.message_of(session, hub_id)
        if message is None or not isinstance(ready.told, Text):
            return 0
        return posts.fill(session, message, ready.told.text, ready.html)

    change = await database.write(store)
    if change:
        message = await database.read(lambda session: posts.message_of(session, hub_id))
        if message is not None:
            events.publish(events.MessageChanged(message.room_id, change))


async def members() -> Mapping[str, tuple[bool, list[tuple[str, str]]]]:
    """Return, by the hub's room ids, whether a room is encrypted, and ids and names of members."""
    from models import User

    def query(session: Session) -> dict[str, tuple[bool, list[tuple[str, str]]]]:
        made: dict[str, tuple[bool, list[tuple[str, str]]]] = {}
        for hub_id, room_id in session.connection().execute(
            select(tables.ROOMS.c.hub_id, tables.ROOMS.c.room_id)
        ):
            statement = (
                select(tables.PEOPLE.c.hub_id, User.display_name)  # type: ignore[call-overload]
                .join(Membership, Membership.user_id == tables.PEOPLE.c.user_id)
                .join(User, User.id == Membership.user_id)
                .where(Membership.room_id == room_id)
            )
            found = [(each[0], each[1]) for each in session.connection().execute(statement)]
            made[hub_id] = (session.get_one(Room, room_id).is_encrypted, found)
        return made

    return await database.read(query)


def unreadable() -> str:
    """Return what stands for a message until its key is here."""
    return _("This message cannot be decrypted yet: its key has not arrived.")


def _ready_all(news: RoomNews) -> list[_Ready]:
    return [_ready(each) for each in news.timeline]


def _ready(heard: Heard) -> _Ready:
    said: Told | None = told.redaction(heard.event) or told.by(heard.event)
    if not isinstance(said, Text | Edit):
        return _Ready(heard.event, said)
    if not heard.is_trusted:
        warning = _("⚠ From a device that its owner has not signed: it may be somebody else's.")
        said = _warned(said, warning)
    html = rendered.of_version(said.text, None, -1)
    return _Ready(heard.event, said, html, heard.was_encrypted)


def _warned(said: Text | Edit, warning: str) -> Text | Edit:
    text = f"{warning}\n\n{said.text}"
    return Edit(said.target, text) if isinstance(said, Edit) else Text(text, said.reply_to)


def _store(
    session: Session, news: RoomNews, timeline: Sequence[_Ready], me: str
) -> tuple[list[Any], list[MessageView]]:
    """Take over a room; return what is to be published, and messages that are new to the page."""
    changes: list[Any] = []
    room, _is_created = rooms.local(session, news.hub_id)
    user_id = people.known(session, me) or 0
    is_new = session.get(Membership, (room.id, user_id)) is None
    if news.is_direct:
        rooms.make_direct(session, room, changes)
    is_secret = room.is_encrypted
    for event in news.state:
        rooms.apply(session, room, event, me, changes)
    added: list[Message] = []
    for each in timeline:
        is_secret = is_secret or (not is_new and each.event.get("type") == "m.room.encryption")
        _take(session, room, each.in_doubt if is_secret else each, me, changes, added)
    rooms.key_people(session, room)
    if is_new:
        rooms.withdraw(session, room, user_id, changes)
        mine = session.get(Membership, (room.id, user_id))
        if mine is not None:
            mine.last_read_seq = max(0, room.last_seq - news.unread)
            session.add(mine)
        return changes, []
    session.flush()
    return changes, list(queries.some(session, [each.id or 0 for each in added]).values())


def _take(
    session: Session,
    room: Room,
    ready: _Ready,
    me: str,
    changes: list[Any],
    added: list[Message],
) -> None:
    """Take over an event of the timeline."""
    event, said = ready.event, ready.told
    hub_id, sender = event.get("event_id"), event.get("sender")
    if not isinstance(hub_id, str) or not isinstance(sender, str):
        return
    if "state_key" in event:
        rooms.apply(session, room, event, me, changes)
        return
    if said is None or posts.is_known(session, hub_id):
        return
    user_id, renamed = people.local(session, sender)
    changes.extend(renamed)
    match said:
        case Text() | Secret():
            mine = outbox.take(session, hub_id, _transaction(event)) if sender == me else ""
            added.append(_add(session, room, ready, said, user_id, mine))
        case Edit():
            _edit(session, room, ready, said, user_id, changes)
            posts.note(session, hub_id, room.id or 0, None)
        case Reaction():
            _react(session, room, hub_id, said, user_id, changes)
        case Redaction():
            _redact(session, room, said, user_id, changes)
            posts.note(session, hub_id, room.id or 0, None)


def _transaction(event: dict[str, Any]) -> str:
    """Return what this device called what it sent; empty if the hub does not say."""
    unsigned = event.get("unsigned")
    found = unsigned.get("transaction_id") if isinstance(unsigned, dict) else None
    return found if isinstance(found, str) else ""


def _add(
    session: Session, room: Room, ready: _Ready, said: Text | Secret, user_id: int, name: str
) -> Message:
    """Store a message; `name` is its `client_message_id` if it was written here."""
    event = ready.event
    hub_id = event["event_id"]
    text = said.text if isinstance(said, Text) else unreadable()
    post = posts.Post(
        hub_id=hub_id,
        author_id=user_id,
        text=text,
        html=ready.html,
        at=told.moment(event),
        client_message_id=name,
        reply_to=said.reply_to,
    )
    message = posts.add(session, room, post)
    if isinstance(said, Secret):
        values = {
            "hub_id": hub_id,
            "hub_room_id": rooms.hub_id(session, room.id or 0),
            "message_id": message.id,
            "session_id": said.session_id,
            "event": json.dumps(event),
        }
        session.connection().execute(tables.UNDECRYPTED.insert(), values)
    return message


def _edit(
    session: Session,
    room: Room,
    ready: _Ready,
    said: Edit,
    user_id: int,
    changes: list[Any],
) -> None:
    message = _target(session, room, said.target)
    if message is None or message.author_id != user_id:
        return
    change = posts.edit(session, message, said.text, ready.html, told.moment(ready.event))
    if change:
        changes.append(events.MessageChanged(message.room_id, change))


def _react(
    session: Session, room: Room, hub_id: str, said: Reaction, user_id: int, changes: list[Any]
) -> None:
    message = _target(session, room, said.target)
    message_id = message.id if message else None
    posts.note(session, hub_id, room.id or 0, message_id, sign=said.sign, user_id=user_id)
    if message is not None:
        change = posts.react(session, message, said.sign, user_id, on=True)
        if change:
            changes.append(events.MessageChanged(message.room_id, change))


def _redact(
    session: Session, room: Room, said: Redaction, user_id: int, changes: list[Any]
) -> None:
    table = tables.EVENTS.c
    found = (
        session.connection()
        .execute(
            select(table.message_id, table.sign, table.user_id).where(table.hub_id == said.target)
        )
        .first()
    )
    message = session.get(Message, found.message_id) if found and found.message_id else None
    if found is None or message is None or message.room_id != room.id:
        return
    if found.sign:
        session.connection().execute(  # it is known still, but no reaction to take back
            update(tables.EVENTS).where(table.hub_id == said.target).values(message_id=None)
        )
        change = posts.react(session, message, found.sign, found.user_id, on=False)
        if change:
            changes.append(events.MessageChanged(message.room_id, change))
    elif erased := posts.delete(session, message, user_id):
        changes.append(erased)


def _target(session: Session, room: Room, hub_id: str) -> Message | None:
    """Return the message of an event in this room; None if it is elsewhere, where more may hold."""
    message = posts.message_of(session, hub_id)
    return message if message is not None and message.room_id == room.id else None
