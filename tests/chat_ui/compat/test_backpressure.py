"""A browser that does not take what it is sent must not fill the server's memory."""

import asyncio

import pytest
from engineio.packet import MESSAGE, Packet
from websockets.exceptions import ConnectionClosed

from chat_ui.compat import backpressure, socket_guard
from tests.chat_ui.compat.connection import install, opened

LONG = "x" * 500_000


@pytest.fixture(params=[False, True], ids=["ours", "plain"], autouse=True)
def installed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without `websocket_transport`, too: what bounds the queue is needed either way."""
    install(monkeypatch, is_plain=request.param)


async def test_a_browser_that_reads_nothing_is_closed_and_then_aborted() -> None:
    async with opened() as (connection, browser):
        transport = socket_guard.transports[connection]
        frames = 0
        while not connection.closed and frames < 1_000:
            await connection.send(Packet(MESSAGE, LONG))
            await asyncio.sleep(0)
            frames += 1
        assert connection.closed
        waiting = sum(len(each.data or "") for each in connection.queue._queue if each)
        assert waiting <= backpressure.MAX_QUEUED_CHARACTERS + 2 * len(LONG)
        backpressure.abort_closed()
        assert not transport.is_closing()
        backpressure.abort_closed()
        assert transport.is_closing()
        assert connection not in socket_guard.transports
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionClosed):
                _frames = [frame async for frame in browser]


@pytest.mark.parametrize("malformed", ["", "nonsense", "9", "b4"])
async def test_a_malformed_frame_ends_the_connection(malformed: str) -> None:
    async with opened() as (connection, browser):
        await browser.send(malformed)
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionClosed):
                await browser.recv()
            while not connection.closed:
                await asyncio.sleep(0.01)
