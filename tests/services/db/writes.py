"""Writes for the tests of either database, and how to have several of them committed together."""

import asyncio
import threading
from collections.abc import Callable

from sqlmodel import Session

from models import Room, RoomKind
from services.db.database import Database


def add(name: str, kind: str = RoomKind.PRIVATE) -> Callable[[Session], int]:
    """Return a write that stores a room with this name and returns its id."""

    def write(session: Session) -> int:
        room = Room(kind=kind, name=name, name_key=name)
        session.add(room)
        session.flush()
        return room.id or 0

    return write


def fail(name: str) -> Callable[[Session], None]:
    """Return a write that stores a room and then fails."""

    def write(session: Session) -> None:
        add(name)(session)
        raise ZeroDivisionError(name)

    return write


class BusyWriter:
    """Keeps the writer busy within the block, so that all writes submitted there are one group."""

    def __init__(self, store: Database) -> None:
        self.store = store
        self.is_busy, self.go_on = threading.Event(), threading.Event()

    def _hold(self, _session: Session) -> None:
        self.is_busy.set()
        assert self.go_on.wait(30)

    async def __aenter__(self) -> "BusyWriter":
        self.first = asyncio.ensure_future(self.store.write(self._hold))
        assert await asyncio.to_thread(self.is_busy.wait, 30)
        return self

    def submit(self, *writes: Callable[[Session], object]) -> "list[asyncio.Task[object]]":
        return [asyncio.ensure_future(self.store.write(each)) for each in writes]

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.sleep(0)  # every submitted task reaches the queue
        self.go_on.set()
        await self.first
