"""Reading from websockets, no faster than what came can be handled."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nicegui import core

from chat_ui.realtime import connections, session_queue
from chat_ui.realtime.connections import Socket
from chat_ui.server import socket_events
from services.core.dto import CurrentUser
from tests.busy_session import busy
from tests.conftest import People

FRAME = '2["event",{}]'
MANY = session_queue.AT_ONCE + session_queue.MAX_WAITING
"""Events after which there is no space for others."""


class Websocket:
    """An open websocket of somebody, and the frames that were read from it."""

    def __init__(self, viewer: CurrentUser) -> None:
        self.viewer = viewer
        self.eio_sid = f"websocket of {viewer.username}"
        self.read: list[str] = []

    async def open(self) -> None:
        """Open it."""
        core.sio.environ[self.eio_sid] = {}
        sid = await core.sio.manager.connect(self.eio_sid, "/")
        connections.add(Socket(sid, f"page of {self.viewer.username}", self.viewer))

    async def take(self) -> None:
        """Take a frame from its browser."""
        async with asyncio.timeout(5):
            await socket_events._frame(self.eio_sid, FRAME)


@pytest.fixture
async def websockets(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Websocket, Websocket]]:
    """The websockets of asha and ben."""
    opened = Websocket(people.asha), Websocket(people.ben)
    by_sid = {each.eio_sid: each for each in opened}

    async def read(eio_sid: str, frame: str) -> None:
        by_sid[eio_sid].read.append(frame)

    monkeypatch.setitem(socket_events.NICEGUI, "message", read)
    monkeypatch.setattr(core.sio, "environ", {})
    for each in opened:
        await each.open()
    yield opened
    connections.clear()
    for each in opened:
        sid = core.sio.manager.sid_from_eio_sid(each.eio_sid, "/")
        await core.sio.manager.disconnect(sid, "/")


async def test_no_more_is_read_while_many_events_of_the_session_wait(
    websockets: tuple[Websocket, Websocket],
) -> None:
    asha, ben = websockets
    async with busy(asha.viewer.session_id, MANY):
        waiting = asyncio.create_task(asha.take())
        await ben.take()
        assert (asha.read, ben.read) == ([], [FRAME])
    await waiting
    assert asha.read == [FRAME]


async def test_what_waited_is_dropped_if_the_websocket_has_ended(
    websockets: tuple[Websocket, Websocket],
) -> None:
    asha, _ben = websockets
    async with busy(asha.viewer.session_id, MANY):
        waiting = asyncio.create_task(asha.take())
        await asyncio.sleep(0)
        del core.sio.environ[asha.eio_sid]
    await waiting
    assert asha.read == []
