"""What was written here and the hub does not have yet: stored, and sent in order for each room.

Each row has a transaction id that never changes, and a hub stores what has the same one only once.
So a row is sent again until the hub has answered, whatever happened in between.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, select, update
from sqlmodel import Session

from node import tables
from node.requests import FAILURES, Refused
from services.core import events
from services.db import database

log = logging.getLogger(__name__)
MAX_WAITING = 1000
"""Rows that wait: with more, nothing else is taken."""
FIRST_PAUSE, LONGEST_PAUSE = 1, 60
"""Seconds after which a hub that did not answer is asked again: each time twice as long."""

_ROWS = tables.OUTBOX.c


class Row(Struct, frozen=True):
    """Something for the hub."""

    number: int
    room_id: int
    kind: str
    """`text`, `edit`, `delete`, `reaction` or `reaction_removed`."""
    transaction_id: str
    content: dict[str, Any]

    @property
    def is_told(self) -> bool:
        """Whether the hub tells of it later, by which the page learns that it is there."""
        return self.kind == "text"


Send = Callable[[Row], Awaitable[str]]
"""Gives a row to the hub, and returns the event; raises `Refused` and `FAILURES`."""


def put(session: Session, room_id: int, kind: str, transaction_id: str, content: Any) -> None:
    """Store something for the hub, within a write; then call `wake`."""
    values = {
        "room_id": room_id,
        "kind": kind,
        "transaction_id": transaction_id,
        "content": json.dumps(content),
        "was_tried": 0,
        "hub_event_id": "",
    }
    session.connection().execute(tables.OUTBOX.insert(), values)


def has(session: Session, transaction_id: str) -> bool:
    """Return whether something with this id waits, or the hub is about to tell of it."""
    statement = select(_ROWS.id).where(_ROWS.transaction_id == transaction_id)
    return session.connection().scalar(statement) is not None


def is_full(session: Session) -> bool:
    """Return whether as much waits as may."""
    statement = select(_ROWS.id).offset(MAX_WAITING - 1).limit(1)
    return session.connection().scalar(statement) is not None


def count(session: Session) -> int:
    """Return how much waits."""
    statement = select(func.count()).where(_ROWS.hub_event_id == "")
    return int(session.connection().scalar(statement) or 0)


def take(session: Session, hub_event_id: str, transaction_id: str) -> str:
    """Remove what the hub has told of; return its transaction id, empty if it is none of ours."""
    mine = _ROWS.hub_event_id == hub_event_id
    if transaction_id:
        mine |= _ROWS.transaction_id == transaction_id
    found = session.connection().execute(select(_ROWS.id, _ROWS.transaction_id).where(mine)).first()
    if found is None:
        return ""
    session.connection().execute(delete(tables.OUTBOX).where(_ROWS.id == found[0]))
    return str(found[1])


class Outbox:
    """Sends what waits, as long as it runs."""

    def __init__(self, send: Send, user_id: int) -> None:
        self._send = send
        self.user_id = user_id
        self._is_new = asyncio.Event()
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def wake(self) -> None:
        """Look at once whether something waits."""
        self._is_new.set()

    async def run(self) -> None:
        """Send what waits, and what comes, until it is cancelled."""
        pause = FIRST_PAUSE
        while True:
            self._is_new.clear()
            try:
                wait = await self._send_all()
            except Exception:
                log.exception("Failed to send to the hub")
                wait = pause
            if wait is None:
                pause = FIRST_PAUSE
                await self._is_new.wait()
            else:
                await asyncio.sleep(max(wait, pause))
                pause = min(2 * pause, LONGEST_PAUSE)

    async def settle(self, room_id: int) -> None:
        """Return once the hub has answered all that it was given of a room.

        Raises `Refused` and `FAILURES` if it does not now. What was not given to it yet is left.
        """
        async with self._turns[room_id]:
            for row in await database.read(lambda session: _rows(session, room_id, tried=True)):
                await self._give(row)

    async def _send_all(self) -> float | None:
        """Send what waits in all rooms; return in how many seconds to try again, if at all."""
        waits: list[float] = []
        for room_id in await database.read(_room_ids):
            try:
                async with self._turns[room_id]:
                    for row in await database.read(
                        lambda session, room_id=room_id: _rows(session, room_id)  # type: ignore[misc]
                    ):
                        await self._give(row)
            except Refused as refused:  # later; what was refused for good is gone
                waits.append(refused.seconds)
            except FAILURES:
                return FIRST_PAUSE
        return min(waits) if waits else None

    async def _give(self, row: Row) -> None:
        """Give a row to the hub. Raises `FAILURES`, and `Refused` for what may work later."""
        await database.write(lambda session: _mark(session, row, was_tried=1))
        try:
            event_id = await self._send(row)
        except Refused as refused:
            if refused.is_passing:
                raise
            await database.write(lambda session: _remove(session, row))
            log.warning("The hub refused something for good: %s", refused.code)
            shown = row.transaction_id if row.is_told else ""
            events.publish(events.HubRefused(self.user_id, shown, refused.sentence or refused.code))
            return
        if row.is_told:
            await database.write(lambda session: _mark(session, row, hub_event_id=event_id))
        else:
            await database.write(lambda session: _remove(session, row))


def _room_ids(session: Session) -> list[int]:
    waiting = select(_ROWS.room_id).where(_ROWS.hub_event_id == "").distinct()
    return list(session.connection().scalars(waiting.order_by(_ROWS.room_id)))


def _rows(session: Session, room_id: int, *, tried: bool = False) -> list[Row]:
    waiting = select(
        _ROWS.id, _ROWS.room_id, _ROWS.kind, _ROWS.transaction_id, _ROWS.content
    ).where(_ROWS.room_id == room_id, _ROWS.hub_event_id == "")
    if tried:
        waiting = waiting.where(_ROWS.was_tried == 1)
    return [
        Row(number, room, kind, transaction, json.loads(content))
        for number, room, kind, transaction, content in session.connection().execute(
            waiting.order_by(_ROWS.id)
        )
    ]


def _mark(session: Session, row: Row, **values: object) -> None:
    statement = update(tables.OUTBOX).where(_ROWS.id == row.number).values(**values)
    session.connection().execute(statement)


def _remove(session: Session, row: Row) -> None:
    session.connection().execute(delete(tables.OUTBOX).where(_ROWS.id == row.number))
