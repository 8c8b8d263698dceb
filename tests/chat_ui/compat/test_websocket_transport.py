"""Lines to open pages: whichever way a frame goes, all come in order; odd ones end the line."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, Packet
from nicegui import core
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chat_ui.compat import backpressure, gc_tuning, pong_payload, websocket_transport
from tests.server import free_port

LONG = "x" * 1_000_000


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[AsyncSocket, ClientConnection]]:
    """A line, served by uvicorn itself, and the browser at its other end."""
    line = AsyncSocket(core.sio.eio, "a line")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {}
        websocket_transport.note(scope, send)
        asgi = await core.sio.eio._async["translate_request"](scope, receive, send)
        await line._upgrade_websocket(asgi)

    port = free_port()
    config = uvicorn.Config(
        app,
        port=port,
        ws="wsproto",
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        log_level="warning",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        address = f"ws://127.0.0.1:{port}"
        async with connect(address, compression=None, max_queue=1, max_size=None) as browser:
            while line not in websocket_transport._resting:
                await asyncio.sleep(0.01)
            yield line, browser
    finally:
        server.should_exit = True
        await serving
        websocket_transport.transports.pop(line, None)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_upgrade_websocket", "_websocket_handler", "send", "receive"):
        monkeypatch.setattr(AsyncSocket, name, getattr(AsyncSocket, name))
    websocket_transport.install()
    backpressure.install()
    pong_payload.install()


async def tell(line: AsyncSocket, said: str) -> bool:
    """Say something as a broadcast does; return whether it was written at once."""
    packet = Packet(MESSAGE, said)
    if websocket_transport.write(line, websocket_transport.frame(packet.encode())):
        return True
    await backpressure.put(line, packet)
    return False


async def hear(browser: ClientConnection, frames: int) -> list[str | bytes]:
    async with asyncio.timeout(10):
        return [await browser.recv() for _frame in range(frames)]


def connections() -> set[int]:
    """Return the addresses of all connections that are in memory, open or not."""
    kinds = (HttpToolsProtocol, WSProtocol)
    return {id(each) for each in gc.get_objects() if type(each) in kinds}


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 70_000])
async def test_a_frame_for_many_is_as_one_for_a_single_page(length: int) -> None:
    said = ("né" * length)[:length]
    async with opened() as (line, browser):
        assert await tell(line, said)
        await line.send(Packet(MESSAGE, said))
        assert await hear(browser, 2) == [f"4{said}"] * 2


async def test_what_waits_goes_first(caplog: pytest.LogCaptureFixture) -> None:
    async with opened() as (line, browser):
        await line.send(Packet(MESSAGE, "one"))
        assert not await tell(line, "two")
        await asyncio.sleep(0.1)
        assert await tell(line, "three")
        assert await hear(browser, 3) == ["4one", "4two", "4three"]
    assert not caplog.records


async def test_what_is_being_sent_goes_first() -> None:
    async with opened() as (line, browser):
        connection = websocket_transport.transports[line].get_protocol()
        connection.pause_writing()
        await line.send(Packet(MESSAGE, "one"))
        await asyncio.sleep(0.1)
        assert line.queue.empty()
        assert not await tell(line, "two")
        connection.resume_writing()
        assert await hear(browser, 2) == ["4one", "4two"]


async def test_who_reads_slowly_hears_all_in_order() -> None:
    frames = [f"{number} {LONG}" for number in range(12)]
    async with opened() as (line, browser):
        at_once = []
        for said in frames:
            at_once.append(await tell(line, said))
            await asyncio.sleep(0)
        assert at_once[0]
        assert not at_once[-1]
        assert await hear(browser, len(frames)) == [f"4{said}" for said in frames]
        assert await tell(line, "again")


@pytest.mark.parametrize("odd", ["", "nonsense", "9", "b4", b"4"])
async def test_what_no_page_says_ends_the_line(
    odd: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if odd == b"4":  # which the library takes; see `doors`

        async def refuse(*_said: Any) -> None:
            await line.queue.put(None)

        monkeypatch.setitem(core.sio.eio.handlers, "message", refuse)
    async with opened() as (line, browser):
        await browser.send(odd)
        with pytest.raises(ConnectionClosed):
            await hear(browser, 1)
        assert not await tell(line, "nobody hears this")
    assert not caplog.records


async def test_who_hangs_up_is_written_to_no_more() -> None:
    async with opened() as (line, browser):
        await browser.close()
        async with asyncio.timeout(10):
            while not line.closed:
                await asyncio.sleep(0.01)
        assert not websocket_transport.write(line, websocket_transport.frame("4nobody hears this"))
        assert line not in websocket_transport._resting


async def test_a_closed_line_leaves_nothing_for_the_garbage_collector(
    no_garbage_collector: None,
) -> None:
    gc_tuning.install()
    before = connections()
    async with opened() as (line, browser):
        await browser.close()
        async with asyncio.timeout(10):
            while not line.closed:
                await asyncio.sleep(0.01)
    del browser
    assert connections() <= before
