"""A process of a cluster without pages, whose services a test calls over a socket.

    python -m tests.cluster.service_process FILE_DESCRIPTOR

It starts as a server does, and then runs whatever functions it is sent, each with its arguments, on
its own event loop. It ends when the other end of the socket is closed.
"""

import asyncio
import logging
import os
import pickle
import socket
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
from msgspec import Struct

from services import lifecycle
from services.accounts.sessions import sessions
from services.cluster import cluster, hints
from services.core import app_context, errors, events, joined
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.settings import Settings
from services.db import database
from services.db.postgres import backend
from services.rooms.reading import read_positions
from tests import postgres
from tests.redis_server import RedisServer
from tests.seeded_app import Unlimited

WITHIN_SECONDS = 20.0
START_SECONDS = 120.0
PROJECT = Path(__file__).parent.parent.parent
LENGTH_BYTES = 4
ROOMS = range(1, 50)
"""The rooms that pages of each process would follow."""


# -- in the test ---------------------------------------------------------------------------------


class ServiceProcess:
    """Such a process, as the test sees it."""

    def __init__(self, data: Path, bus: RedisServer, name: str) -> None:
        """Start it."""
        own, its = socket.socketpair()
        self.log = data.with_name(f"{name}.log")
        variables = {
            **os.environ,
            "CHAT_DATA": str(data),
            "CHAT_ARGON2_MEMORY_KIB": "8192",
            "CHAT_ARGON2_TIME_COST": "1",
            "CHAT_BUS": bus.url,
            **postgres.variables(data),
        }
        command = [sys.executable, "-m", __name__, str(its.fileno())]
        with self.log.open("w") as log, its:
            self._process = subprocess.Popen(
                command, env=variables, cwd=PROJECT, stderr=log, pass_fds=[its.fileno()]
            )
        self._socket = own
        self._numbers = count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    async def connect(self) -> Self:
        """Wait until it is started, and hears the others."""
        reader, self._writer = await asyncio.open_connection(sock=self._socket)
        self._reading = asyncio.create_task(self._read(reader))
        async with asyncio.timeout(START_SECONDS):
            await self.call(started)
        return self

    async def call(self, function: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> Any:
        """Run a function there; return what it returns, or raise the error of a service."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(_frame((number, function, given, named)))
        outcome = await self._waiting[number]
        if isinstance(outcome, Failed):
            raise AssertionError(f"in {self.log.stem}: {outcome.traceback}")
        if isinstance(outcome, Refused):
            kind: type[ServiceError] = getattr(errors, outcome.kind)
            error = kind.__new__(kind)
            ServiceError.__init__(error, outcome.message)
            raise error
        return outcome

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while (frame := await _next(reader)) is not None:
            number, outcome = frame
            answer = self._waiting.pop(number)
            if not answer.done():
                answer.set_result(outcome)
        for each in self._waiting.values():
            if not each.done():
                each.set_exception(AssertionError(f"{self.log.stem} has ended: {self._logged()}"))

    async def close(self) -> None:
        """End it. Raises `AssertionError` if it has logged an error."""
        self._writer.write_eof()
        await asyncio.wait_for(self._reading, WITHIN_SECONDS)
        self._writer.close()
        assert self._process.wait(WITHIN_SECONDS) == 0
        assert "ERROR" not in self._logged(), self._logged()

    def _logged(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


# -- between them --------------------------------------------------------------------------------


class Refused(NamedTuple):
    """A service has raised an error of this kind."""

    kind: str
    message: str


class Failed(NamedTuple):
    """Something else was raised."""

    traceback: str


def _frame(content: object) -> bytes:
    packed = pickle.dumps(content)
    return len(packed).to_bytes(LENGTH_BYTES) + packed


async def _next(reader: asyncio.StreamReader) -> Any:
    """Return what the next frame contains; None once the other end is closed."""
    try:
        length = int.from_bytes(await reader.readexactly(LENGTH_BYTES))
        return pickle.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


# -- functions to be called there, besides the services ------------------------------------------


class Told(Struct):
    """What a process has told the others, and what its pages would have been told."""

    told: set[bytes]
    """Hints of what its own services have published, but for messages."""
    heard: set[bytes]
    """Hints of all that was published there, by others as well."""
    sent: list[tuple[int, int]]
    """Room and number of new messages, its own as well."""


class _Pages:
    """Keeps what pages are told."""

    def __init__(self) -> None:
        self.clear()
        self._markers: dict[int, int] = {}
        self._is_any = asyncio.Event()
        for kind in hints.TOLD - {events.MessageSent}:
            events.subscribe(kind, self._publish)
            events.subscribe(kind, self._hear, everywhere=True)
        events.subscribe(events.MessageSent, self._send, everywhere=True)
        events.subscribe(events.RoomChanged, self._mark, everywhere=True)

    def clear(self) -> None:
        """Forget what was told so far."""
        self._now = Told(set(), set(), [])

    async def take(self, number: int, processes: int) -> Told:
        """Return what was told since, once all that the processes have told is heard.

        Each publishes a mark for that, and hints come in the order in which a process tells them.
        """
        events.publish(events.RoomChanged(-number))
        async with asyncio.timeout(WITHIN_SECONDS):
            while self._markers.get(number, 0) < processes:
                self._is_any.clear()
                await self._is_any.wait()
        now, _empty = self._now, self.clear()
        return now

    def _publish(self, event: Struct) -> None:
        self._now.told.add(_hint(event))

    def _hear(self, event: Struct) -> None:
        self._now.heard.add(_hint(event))

    def _send(self, event: events.MessageSent) -> None:
        self._now.sent.append((event.message.room_id, event.message.seq))

    def _mark(self, event: events.RoomChanged) -> None:
        if event.room_id < 0:
            self._markers[-event.room_id] = self._markers.get(-event.room_id, 0) + 1
            self._is_any.set()


def _hint(event: Struct) -> bytes:
    hint = hints.of(event)
    fields = msgspec.to_builtins(hint, str_keys=True)
    fields.pop("is_from_elsewhere", None)  # in the process that hears it
    return type(hint).__name__.encode() + msgspec.json.encode(fields, order="deterministic")


_pages: _Pages


async def started() -> None:
    """Wait until the others can be heard."""
    current = joined.current()
    assert current is not None
    async with asyncio.timeout(WITHIN_SECONDS):
        while not current.is_bus_up:
            await asyncio.sleep(0.01)
    current.followed, current.is_followed = lambda: ROOMS, ROOMS.__contains__


async def told(number: int, processes: int) -> Told:
    """Return what was told since this was asked last: all processes are to be asked at once."""
    return await _pages.take(number, processes)


async def mark_read(viewer: CurrentUser, room: int, seq: int) -> None:
    """Mark a read position, which is stored later."""
    read_positions.mark_read(viewer, room, seq)


async def flush() -> None:
    """Store read positions."""
    await read_positions.flush()


async def resume(tokens: list[str]) -> list[CurrentUser | None]:
    """Return whose sessions these are."""
    return [await sessions.resume(token) for token in tokens]


async def forget() -> None:
    """Forget what is known of the database: it was restored."""
    assert cluster._open is not None
    for each in cluster._open._following._cursors._cursors.values():
        each.began = each.upto = each.change = 0  # in its place: it may be looked at just now
        each.told.clear()
    database.current().note_change()
    _pages.clear()


# -- there ---------------------------------------------------------------------------------------


async def _serve(connection: socket.socket) -> None:
    global _pages
    # What was read is known until somebody tells of a change, however slow the test is.
    backend.CACHE_SECONDS = 3600
    await lifecycle.startup(Settings())
    app_context.use(replace(app_context.current(), rate_limits=Unlimited([])))  # type: ignore[arg-type]
    _pages = _Pages()
    reader, writer = await asyncio.open_connection(sock=connection)
    running: set[asyncio.Task[None]] = set()
    while (frame := await _next(reader)) is not None:
        task = asyncio.create_task(_answer(writer, *frame))
        running.add(task)
        task.add_done_callback(running.discard)
    await lifecycle.shutdown()
    writer.close()


async def _answer(
    writer: asyncio.StreamWriter,
    number: int,
    function: Callable[..., Awaitable[Any]],
    given: tuple[Any, ...],
    named: dict[str, Any],
) -> None:
    outcome: Any
    try:
        outcome = await function(*given, **named)
    except ServiceError as error:
        outcome = Refused(type(error).__name__, error.message)
    except Exception:
        outcome = Failed(traceback.format_exc())
    writer.write(_frame((number, outcome)))


if __name__ == "__main__":
    # Under its own name: functions are sent by the names of their modules.
    from tests.cluster import service_process

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(service_process._serve(socket.socket(fileno=int(sys.argv[1]))))
