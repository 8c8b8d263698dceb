"""Where a person stands: up to where there is anything for them, and their rooms.

Positions (`services/sync/positions.py`) and memberships are read together, so that both are of one
moment.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
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
from services.db import database
from services.db.prepared import Prepared
from services.keys import key_devices
from services.keys.key_devices import KeyCounts
from services.rooms import access
from services.sync import epoch
from services.sync.positions import Position


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
_NEWEST = sqlalchemy.select(
    sqlalchemy.select(func.max(_MESSAGES.c.id)).scalar_subquery().label("message"),
    sqlalchemy.select(func.max(_EVENTS.c.id)).scalar_subquery().label("event"),
    sqlalchemy.select(func.max(_DATA.c.position))
    .where(_DATA.c.user_id == bindparam("person"))
    .scalar_subquery()
    .label("data"),
    sqlalchemy.select(func.max(_LISTS.c.position)).scalar_subquery().label("lists"),
    sqlalchemy.select(func.min(_QUEUE.c.number))
    .where(_QUEUE.c.user_id == bindparam("person"), _QUEUE.c.device_id == bindparam("device"))
    .scalar_subquery()
    .label("oldest"),
).subquery("newest")
_DEVICE = (
    sqlalchemy.select(_DEVICES.c.last_message, _DEVICES.c.counts, _DEVICES.c.fallbacks)
    .where(_DEVICES.c.user_id == bindparam("person"), _DEVICES.c.device_id == bindparam("device"))
    .subquery("device")
)
_OF_THE_PERSON = len(_NEWEST.c) + len(_DEVICE.c)
"""Columns that are the same in each row; the others are of a room."""
_ROOMS = access.rooms_of(
    bindparam("person"),
    col(Room.id),
    col(Room.last_seq),
    col(Membership.last_read_seq),
    col(Membership.unread_from),
    col(Room.kind),
    col(Membership.notify),
).subquery("mine")
# One statement, so that it needs no transaction: it runs for each request that is answered. A row
# also for who is in no room: read by itself, the position could be after a room is joined.
_MINE = Prepared(
    sqlalchemy.select(_NEWEST, _DEVICE, _ROOMS).select_from(
        _NEWEST.outerjoin(_DEVICE, sqlalchemy.true()).outerjoin(_ROOMS, sqlalchemy.true())
    )
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
    asked = {"person": viewer.user_id, "device": viewer.device_id or ""}
    upto, oldest, keys, places = await database.look_cached(
        ("sync_mine", *asked.values()), partial(_read, asked)
    )
    met: defaultdict[str, dict[int, int]] = defaultdict(dict)
    if after.event_id < upto.event_id:
        bounds = {"event": after.event_id, "last_event": upto.event_id}
        found = await database.rows(_MET, {"person": viewer.user_id, **bounds})
        for kind, room_id, event_id in found:
            met[kind][room_id] = event_id
    return Mine(upto, oldest, keys, places, frozenset(places), met)


def _read(
    values: Mapping[str, Any], connection: Connection
) -> tuple[Position, int | None, KeyCounts, Mapping[int, Place]]:
    rows = _MINE.execute(connection, values)
    *newest, lists, oldest, last_message, counts, fallbacks = rows[0][:_OF_THE_PERSON]
    message, event, data = (number or 0 for number in newest)
    upto = Position(message, event, data, 0, last_message or 0, lists or 0, epoch.get())
    places = {
        room_id: Place(
            read := unread_from - 1 if unread_from else last_read,
            max(0, last_seq - read),
            kind,
            notify,
        )
        for *_newest, room_id, last_seq, last_read, unread_from, kind, notify in rows
        if room_id is not None
    }
    return upto, oldest, key_devices.parsed(counts, fallbacks), places
