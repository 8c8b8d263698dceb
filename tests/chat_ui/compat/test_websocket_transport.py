"""WebSocket connections: frames arrive in order, whichever way; malformed ones end them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, Packet
from nicegui import core
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from chat_ui.compat import (
    backpressure,
    connection_cycles,
    socket_guard,
    websocket_transport,
)
from tests.chat_ui.compat.connection import in_memory, install
from tests.chat_ui.compat.connection import opened as connection_open

LONG = "x" * 1_000_000


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, is_plain=False)


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[AsyncSocket, ClientConnection]]:
    """A connection that has sent all there was."""
    async with connection_open() as (connection, browser):
        while connection not in websocket_transport._idle:
            await asyncio.sleep(0.01)
        yield connection, browser


async def tell(connection: AsyncSocket, said: str) -> bool:
    """Say something as a broadcast does; return whether it was written at once."""
    packet = Packet(MESSAGE, said)
    if websocket_transport.write(connection, websocket_transport.frame(packet.encode())):
        return True
    await backpressure.put(connection, packet)
    return False


async def hear(browser: ClientConnection, frames: int) -> list[str | bytes]:
    async with asyncio.timeout(10):
        return [await browser.recv() for _frame in range(frames)]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 70_000])
async def test_a_frame_for_many_equals_one_for_a_single_page(length: int) -> None:
    said = ("né" * length)[:length]
    async with opened() as (connection, browser):
        assert await tell(connection, said)
        await connection.send(Packet(MESSAGE, said))
        assert await hear(browser, 2) == [f"4{said}"] * 2


async def test_queued_frames_go_first(caplog: pytest.LogCaptureFixture) -> None:
    async with opened() as (connection, browser):
        await connection.send(Packet(MESSAGE, "one"))
        assert not await tell(connection, "two")
        await asyncio.sleep(0.1)
        assert await tell(connection, "three")
        assert await hear(browser, 3) == ["4one", "4two", "4three"]
    assert not caplog.records


async def test_a_frame_being_sent_goes_first() -> None:
    async with opened() as (connection, browser):
        protocol = socket_guard.transports[connection].get_protocol()
        protocol.pause_writing()
        await connection.send(Packet(MESSAGE, "one"))
        await asyncio.sleep(0.1)
        assert connection.queue.empty()
        assert not await tell(connection, "two")
        protocol.resume_writing()
        assert await hear(browser, 2) == ["4one", "4two"]


async def test_a_slow_reader_gets_all_frames_in_order() -> None:
    frames = [f"{number} {LONG}" for number in range(12)]
    async with opened() as (connection, browser):
        at_once = []
        for said in frames:
            at_once.append(await tell(connection, said))
            await asyncio.sleep(0)
        assert at_once[0]
        assert not at_once[-1]
        assert await hear(browser, len(frames)) == [f"4{said}" for said in frames]
        assert await tell(connection, "again")


@pytest.mark.parametrize("malformed", ["", "nonsense", "9", "b4", b"4"])
async def test_what_no_page_sends_ends_the_connection(
    malformed: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if malformed == b"4":  # which the library takes; see `socket_events`

        async def refuse(*_said: Any) -> None:
            await connection.queue.put(None)

        monkeypatch.setitem(core.sio.eio.handlers, "message", refuse)
    async with opened() as (connection, browser):
        await browser.send(malformed)
        with pytest.raises(ConnectionClosed):
            await hear(browser, 1)
        assert not await tell(connection, "nobody hears this")
    assert not caplog.records


async def test_nothing_is_written_to_a_closed_connection() -> None:
    async with opened() as (connection, browser):
        await browser.close()
        async with asyncio.timeout(10):
            while not connection.closed:
                await asyncio.sleep(0.01)
        assert not websocket_transport.write(
            connection, websocket_transport.frame("4nobody hears this")
        )
        assert connection not in websocket_transport._idle


async def test_a_closed_connection_leaves_nothing_for_the_garbage_collector(
    no_garbage_collector: None,
) -> None:
    connection_cycles.PATCH.install()
    before = in_memory()
    async with opened() as (connection, browser):
        await browser.close()
        async with asyncio.timeout(10):
            while not connection.closed:
                await asyncio.sleep(0.01)
    del browser
    assert in_memory() <= before
