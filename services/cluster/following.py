"""Tells the pages of this process what other processes have stored.

Hints say what is new, and are lost while the bus is away, or when a process dies between the commit
and the hint. So every now and then the database is asked, in one statement, how far the rooms are
that pages here follow.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, exists, select

from models import Message, Room
from models.base import table
from models.clock import now
from services.cluster import hints
from services.cluster.cursors import Cursors, grouped
from services.core import events
from services.core.dto import MessageView
from services.core.errors import ServiceError
from services.db import database, portable
from services.db.prepared import Prepared
from services.messages import history
from services.rooms.rooms import members_now

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
LOOK_WITHOUT_BUS_SECONDS = 0.5
MIN_PAUSE_SECONDS = 0.1
GRACE_SECONDS = 0.3
"""For messages that the database has: the hint, or our own event, may be on its way."""
LATELY = timedelta(seconds=10)
"""When the last message of a room that was not followed before may be news: a page may have read
the room before it was stored, and nobody has heard of it since."""


class Pages(Protocol):
    """What the pages of this process follow: see `services.core.joined.Joined`."""

    def followed(self) -> Collection[int]:
        """Return the rooms of which they are told something."""

    def is_followed(self, room_id: int, /) -> bool:
        """Return whether a room is one of them."""

    def audience(self, room_id: int, /) -> Collection[int]:
        """Return the users whose pages are told something of a room."""

    def note_members(self, room_id: int, seq: int, user_ids: Collection[int], /) -> None:
        """Note which of them were members once a message was stored."""


class Following:
    """Which messages and changes the pages of this process are told of."""

    def __init__(self, pages: Pages, is_bus_up: Callable[[], bool]) -> None:
        """`pages` says of which rooms the pages here are told something."""
        self._pages = pages
        self._is_bus_up = is_bus_up
        self._cursors = Cursors()

    def on_sent(self, event: events.MessageSent) -> None:
        """Note a message that this process has stored, and tells its pages of."""
        self._cursors.note_sent(event.message.room_id, event.message.seq)

    def on_changed(self, event: events.MessageChanged) -> None:
        """Note a change, of this process or another, that the pages are told of."""
        self._cursors.note_change(event.room_id, event.change)

    async def tell_sent(self, sent: Sequence[hints.Sent]) -> None:
        """Tell the pages of messages that another process has stored."""
        for each in sent:
            events.publish_from_elsewhere(events.SentElsewhere(each.room_id, each.seq))
        wanted = {
            (each.room_id, each.seq): each
            for each in sent
            if self._pages.is_followed(each.room_id)
            and not self._cursors.is_told(each.room_id, each.seq)
        }
        if not wanted:
            return
        for message in await self._read(grouped(wanted)):
            if self._cursors.is_told(message.room_id, message.seq):  # in the meantime
                continue
            hint = wanted[message.room_id, message.seq]
            self._cursors.note_sent(message.room_id, message.seq)
            events.publish_from_elsewhere(
                events.MessageSent(
                    message,
                    is_scheduled=hint.is_scheduled,
                    author_has_read=hint.author_has_read,
                    is_from_elsewhere=True,
                )
            )

    async def _read(self, rooms: Mapping[int, Collection[int]]) -> Sequence[MessageView]:
        """Return messages by room and `seq`; before, note who may see those that are there.

        A hint may be forged, so members are noted for what the database has, and for nothing else.
        """
        audience = {room_id: self._pages.audience(room_id) for room_id in rooms}

        def query(connection: Connection) -> tuple[Sequence[MessageView], list[set[int]]]:
            # In this order: who is a member after a message was stored may see it.
            found = history.numbered(connection, rooms)
            return found, [members_now(connection, *each) for each in audience.items()]

        found, members = await database.look(query)
        newest: dict[int, int] = {}
        for message in found:
            newest[message.room_id] = max(message.seq, newest.get(message.room_id, 0))
        for room_id, users in zip(audience, members, strict=True):
            if room_id in newest:
                self._pages.note_members(room_id, newest[room_id], users)
        return found

    async def run(self) -> None:
        """Look every now and then, until cancelled."""
        looked_at = time.monotonic()
        while True:
            every = LOOK_SECONDS if self._is_bus_up() else LOOK_WITHOUT_BUS_SECONDS
            await asyncio.sleep(max(MIN_PAUSE_SECONDS, looked_at + every - time.monotonic()))
            looked_at = time.monotonic()
            try:
                await self.look()
            except ServiceError as error:
                log.warning("Failed to look for messages of other processes: %s", error.message)
            except Exception:
                log.exception("Failed to look for messages of other processes")

    async def look(self) -> None:
        """Tell the pages what the database has and nobody has told them."""
        room_ids = set(self._pages.followed())
        self._cursors.keep(room_ids)
        if not room_ids:
            return
        newest = await database.rows(_NEWEST, {"rooms": room_ids, "lately": now() - LATELY})
        for room_id, last_seq, change, is_news in newest:
            self._cursors.begin(room_id, last_seq - bool(is_news), change)
        missing = [
            hints.Sent(room_id, seq, is_scheduled=False, author_has_read=False)
            for room_id, last_seq, _change, _is_news in newest
            for seq in self._cursors.missing(room_id, last_seq)
        ]
        behind = [
            (room_id, change)
            for room_id, _seq, change, _is_news in newest
            if self._cursors.is_behind(room_id, change)
        ]
        if not missing and not behind:
            return
        await asyncio.sleep(GRACE_SECONDS)
        database.current().note_change()
        await self.tell_sent(missing)
        for room_id, change in behind:
            if self._cursors.is_behind(room_id, change):
                self._cursors.note_change(room_id, change)
                events.publish_from_elsewhere(events.MessageChanged(room_id, change))


_ROOMS = table(Room)
_FOLLOWED: Any = portable.numbers("rooms")
_LAST = table(Message)
_IS_NEWS = exists().where(
    _LAST.c.room_id == _ROOMS.c.id,
    _LAST.c.seq == _ROOMS.c.last_seq,
    _LAST.c.created_at > bindparam("lately"),
)
_NEWEST = Prepared(
    select(_ROOMS.c.id, _ROOMS.c.last_seq, _ROOMS.c.last_change, _IS_NEWS).join(
        _FOLLOWED, _FOLLOWED.c.value == _ROOMS.c.id
    )
)
