"""Where a person stands: up to where there is anything for them, and their rooms.

Positions (`services/sync/positions.py`) and memberships are read together, so that both are of one
moment.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import Connection, bindparam, func
from sqlmodel import col

from models import (
    AccountData,
    DeviceListChange,
    KeyDevice,
    Membership,
    Message,
    Room,
    RoomEvent,
    RoomEventKind,
    ToDeviceMessage,
)
from models.base import table
from services.core.dto import CurrentUser
from services.db import database, portable
from services.db.prepared import Prepared
from services.keys import key_devices
from services.keys.key_devices import KeyCounts
from services.rooms import access
from services.sync import epoch
from services.sync.positions import Position

MAX_EDITS = 1000
"""Unread edits in a room that are looked for; if there are more, they count as messages."""


class Place(Struct, frozen=True):
    """A room of a person: how far they have read, and what notifies them."""

    read_up_to: int
    unread: int
    kind: str
    notify: str


class Mine(Struct, frozen=True):
    """What is read for one person: up to where, their rooms, and what concerns them."""

    upto: Position
    oldest: int | None
    """The number of the first message that waits for their device, if any does."""
    keys: KeyCounts
    places: Mapping[int, Place]
    """By room."""
    room_ids: frozenset[int]
    """All of their rooms."""
    met: Mapping[str, Mapping[int, int]]
    """By kind of event: the rooms that they joined, left, or were invited to, each with the id of
    the newest event of this kind."""

    @property
    def parted(self) -> Mapping[int, int]:
        """The same of the rooms that they left, or were removed from."""
        left, removed = (
            self.met.get(kind, {}) for kind in (RoomEventKind.LEAVE, RoomEventKind.REMOVAL)
        )
        return {each: max(left.get(each, 0), removed.get(each, 0)) for each in {*left, *removed}}


_MESSAGES, _EVENTS, _DATA = table(Message), table(RoomEvent), table(AccountData)
_DEVICES, _QUEUE, _LISTS = table(KeyDevice), table(ToDeviceMessage), table(DeviceListChange)
_PEOPLE: Any = portable.numbers("people")
_NEWEST = sqlalchemy.select(
    sqlalchemy.select(func.max(_MESSAGES.c.id)).scalar_subquery().label("message"),
    sqlalchemy.select(func.max(_EVENTS.c.id)).scalar_subquery().label("event"),
    sqlalchemy.select(func.max(_LISTS.c.position)).scalar_subquery().label("lists"),
).subquery("newest")
_NEWEST_DATA = (
    sqlalchemy.select(func.max(_DATA.c.position))
    .where(_DATA.c.user_id == _PEOPLE.c.value)
    .scalar_subquery()
)
_NONE: Any = sqlalchemy.literal_column("0")
_ONE: Any = sqlalchemy.literal_column("1")
_READ_UP_TO = sqlalchemy.case(
    (col(Membership.unread_from) > _NONE, col(Membership.unread_from) - _ONE),
    else_=col(Membership.last_read_seq),
)
_EDITS = _MESSAGES.alias("edited")
_UNREAD_EDIT = (
    sqlalchemy.select(_EDITS.c.seq)
    .where(
        _EDITS.c.room_id == Room.id,
        _EDITS.c.seq > _READ_UP_TO,
        sqlalchemy.literal_column("edited.kind = 'encrypted_edit'"),  # as the index says
    )
    .correlate(Room, Membership)
    .limit(sqlalchemy.literal_column(str(MAX_EDITS)))
    .offset(_NONE)  # for SQLite, SQLAlchemy would add one that is a parameter
    .subquery("unread_edits")
)
_UNREAD_EDITS = (
    sqlalchemy.select(func.count())
    .select_from(_UNREAD_EDIT)
    .correlate(Room, Membership)
    .scalar_subquery()
)
"""How many of the unread messages are edits, which count for nothing."""
_ROOMS = access.rooms_of(
    col(Membership.user_id),
    col(Membership.user_id),
    col(Room.id),
    col(Room.last_seq),
    col(Membership.last_read_seq),
    col(Membership.unread_from),
    col(Room.kind),
    col(Membership.notify),
    sqlalchemy.case((access.IS_ENCRYPTED, _UNREAD_EDITS), else_=_NONE).label("edits"),
)
_ROOMS = _ROOMS.where(col(Membership.user_id).in_(sqlalchemy.select(_PEOPLE.c.value))).subquery(
    "theirs"
)
# One statement, so that it needs no transaction: it runs for each message, for all whom it wakes.
# A row also for who is in no room: read by itself, the position could be after a room is joined.
_MINE = Prepared(
    sqlalchemy.select(
        _PEOPLE.c.value,
        *_NEWEST.c,
        _NEWEST_DATA,
        *(each for each in _ROOMS.c if each.key != "user_id"),
    ).select_from(
        _PEOPLE.join(_NEWEST, sqlalchemy.true()).outerjoin(
            _ROOMS, _ROOMS.c.user_id == _PEOPLE.c.value
        )
    )
)
# Of devices it may be a little later: how far each is told what it was sent is counted apart.
_DEVICE = Prepared(
    sqlalchemy.select(
        _DEVICES.c.user_id,
        _DEVICES.c.device_id,
        _DEVICES.c.last_message,
        _DEVICES.c.counts,
        _DEVICES.c.fallbacks,
        sqlalchemy.select(func.min(_QUEUE.c.number))
        .where(_QUEUE.c.user_id == _DEVICES.c.user_id, _QUEUE.c.device_id == _DEVICES.c.device_id)
        .scalar_subquery(),
    ).where(_DEVICES.c.user_id.in_(sqlalchemy.select(_PEOPLE.c.value)))
)
_MET = Prepared(
    sqlalchemy.select(_EVENTS.c.kind, _EVENTS.c.room_id, func.max(_EVENTS.c.id))
    .where(
        _EVENTS.c.person_id == bindparam("person"),
        _EVENTS.c.id > bindparam("event"),
        _EVENTS.c.id <= bindparam("last_event"),
    )
    .group_by(_EVENTS.c.kind, _EVENTS.c.room_id)
)


async def read(viewer: CurrentUser, after: Position) -> Mine:
    """Return it, with the rooms that the viewer came to or left since a position."""
    # An app asks again as soon as it is answered, mostly before anything else is stored.
    asked = (viewer.user_id, viewer.device_id or "")
    upto, oldest, keys, places = await database.look_each_cached(_read, asked)
    met: defaultdict[str, dict[int, int]] = defaultdict(dict)
    if after.event_id < upto.event_id:
        bounds = {"event": after.event_id, "last_event": upto.event_id}
        found = await database.rows(_MET, {"person": viewer.user_id, **bounds})
        for kind, room_id, event_id in found:
            met[kind][room_id] = event_id
    return Mine(upto, oldest, keys, places, frozenset(places), met)


def _read(
    connection: Connection, asked: Sequence[tuple[int, str]]
) -> list[tuple[Position, int | None, KeyCounts, Mapping[int, Place]]]:
    """Return for each person and device: up to where, what waits, keys, and the rooms."""
    people = {"people": {person for person, _device in asked}}
    newest: dict[int, tuple[int, ...]] = {}
    places: defaultdict[int, dict[int, Place]] = defaultdict(dict)
    for person, message, event, lists, data, room_id, *room in _MINE.execute(connection, people):
        newest[person] = (message or 0, event or 0, data or 0, lists or 0)
        if room_id is not None:
            places[person][room_id] = _place(*room)
    devices = {
        (person, device): rest for person, device, *rest in _DEVICE.execute(connection, people)
    }
    found: list[tuple[Position, int | None, KeyCounts, Mapping[int, Place]]] = []
    for person, device in asked:
        message, event, data, lists = newest[person]
        sent, counts, fallbacks, oldest = devices.get((person, device), (0, None, None, None))
        upto = Position(message, event, data, 0, sent or 0, lists, epoch.get())
        found.append((upto, oldest, key_devices.parsed(counts, fallbacks), places[person]))
    return found


def _place(
    last_seq: int, last_read: int, unread_from: int, kind: str, notify: str, edits: int
) -> Place:
    read_up_to = unread_from - 1 if unread_from else last_read
    return Place(read_up_to, max(0, last_seq - read_up_to - edits), kind, notify)
