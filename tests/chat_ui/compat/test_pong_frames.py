"""Answers to pings that are taken straight out of their frames; all else goes the usual way."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from engineio.async_socket import AsyncSocket
from nicegui import core
from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode

from chat_ui.compat import connection_cycles, pong_frames, pong_payload, registry, socket_guard
from chat_ui.server.protocols import websocket_connection
from tests.chat_ui.compat.connection import in_memory, install, opened

Opened = tuple[AsyncSocket, ClientConnection]


class Heard:
    """What was taken of what a browser sent."""

    def __init__(self) -> None:
        self.parsed: list[bytes] = []
        self.payloads: list[object] = []
        self.messages: list[str] = []


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Note what wsproto had to parse, what came with answers to pings, and messages."""
    noted = Heard()
    take = websocket_connection.WebSocketConnection._take

    def parse(protocol: Any, piece: bytes) -> None:
        noted.parsed.append(piece)
        take(protocol, piece)

    async def message(_event: str, _sid: str, data: str, **_options: object) -> None:
        noted.messages.append(data)

    monkeypatch.setattr(websocket_connection.WebSocketConnection, "_take", parse)
    monkeypatch.setattr(core.sio.eio, "_trigger_event", message)
    monkeypatch.setattr(
        socket_guard, "_pong_listeners", [lambda _sid, data: noted.payloads.append(data)]
    )
    return noted


@pytest.fixture
async def pair(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Opened]:
    """A connection that was asked whether it is still there, and its browser."""
    install(monkeypatch, is_plain=False)
    monkeypatch.setattr(socket_guard, "_open_listeners", [])
    monkeypatch.setattr(registry, "_installed", {"pong_frames": pong_frames.PATCH})
    monkeypatch.setattr(core.sio.eio, "ping_interval", 60)
    pong_frames.PATCH.install()
    async with opened() as (connection, browser):
        heard.parsed.clear()  # the handshake
        connection.last_ping = time.time()
        yield connection, browser


async def arrived(noted: list[Any], number: int = 1) -> None:
    async with asyncio.timeout(10):
        while len(noted) < number:
            await asyncio.sleep(0.01)


async def write(browser: ClientConnection, *frames: tuple[Opcode, bytes, bool]) -> None:
    """Send frames, masked as a browser masks them, in one piece."""
    parts = [
        Frame(opcode, data, fin=is_last).serialize(mask=True) for opcode, data, is_last in frames
    ]
    browser.transport.write(b"".join(parts))


async def test_an_answer_is_taken_without_being_parsed(pair: Opened, heard: Heard) -> None:
    connection, browser = pair
    await browser.send('3{"room":1,"seq":2}')
    await arrived(heard.payloads)
    assert heard.payloads == [{"room": 1, "seq": 2}]
    assert heard.parsed == []
    assert connection.last_ping is None
    connection.last_ping = time.time()
    await browser.send("3")
    async with asyncio.timeout(10):
        while connection.last_ping:
            await asyncio.sleep(0.01)
    assert heard.parsed == []


async def test_an_answer_that_was_not_asked_for_says_nothing(pair: Opened, heard: Heard) -> None:
    connection, browser = pair
    connection.last_ping = None
    await browser.send('3{"room":1,"seq":2}')
    await browser.send("4x")
    await arrived(heard.messages)
    assert heard.payloads == []


async def test_messages_before_and_behind_it_arrive_in_order(pair: Opened, heard: Heard) -> None:
    _connection, browser = pair
    whole = Opcode.TEXT
    await write(browser, (whole, b"4a", True), (whole, b'3{"seq":1}', True), (whole, b"4b", True))
    await arrived(heard.messages, 2)
    assert heard.messages == ["a", "b"]
    assert heard.payloads == [{"seq": 1}]


async def test_what_looks_like_one_within_a_message_ends_the_connection(
    pair: Opened, heard: Heard
) -> None:
    _connection, browser = pair
    await write(browser, (Opcode.TEXT, b"4a", False))
    await arrived(heard.parsed)
    await write(browser, (Opcode.TEXT, b'3{"seq":1}', True))
    async with asyncio.timeout(10):
        await browser.wait_closed()  # RFC 6455 §5.4: the rest of a message has to come first
    assert heard.payloads == []


async def test_one_in_two_pieces_is_parsed(pair: Opened, heard: Heard) -> None:
    _connection, browser = pair
    frame = Frame(Opcode.TEXT, b'3{"seq":1}').serialize(mask=True)
    browser.transport.write(frame[:8])
    await arrived(heard.parsed)
    browser.transport.write(frame[8:])
    await arrived(heard.payloads)
    assert heard.payloads == [{"seq": 1}]


async def test_a_malformed_one_goes_the_usual_way(pair: Opened, heard: Heard) -> None:
    _connection, browser = pair
    await write(browser, (Opcode.TEXT, b"3\xff", True))
    async with asyncio.timeout(10):
        await browser.wait_closed()
    assert len(heard.parsed) == 1
    assert heard.payloads == []


async def test_who_answers_all_the_time_is_not_read_for_a_while(pair: Opened, heard: Heard) -> None:
    connection, browser = pair
    protocol = socket_guard.transports[connection].get_protocol()
    for _time in range(2000):
        await browser.send("3")
    await asyncio.sleep(0.5)
    assert protocol._budget.wait() > 0
    assert heard.parsed or protocol._unparsed


async def test_a_closed_connection_leaves_nothing_for_the_garbage_collector(
    no_garbage_collector: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, is_plain=False)
    connection_cycles.PATCH.install()
    monkeypatch.setattr(socket_guard, "_open_listeners", [])
    monkeypatch.setattr(registry, "_installed", {"pong_frames": pong_frames.PATCH})
    pong_frames.PATCH.install()
    before = in_memory()
    async with opened() as (connection, browser):
        assert len(in_memory() - before) >= 1
        await browser.close()
        async with asyncio.timeout(10):
            while not connection.closed:
                await asyncio.sleep(0.01)
    del browser, connection
    await asyncio.sleep(0.1)
    assert in_memory() <= before


async def test_without_the_patch_it_is_parsed(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, is_plain=False)
    monkeypatch.setattr(registry, "_installed", {})
    pong_payload.PATCH.install()
    pong_frames.PATCH.install()
    async with opened() as (connection, browser):
        connection.last_ping = time.time()
        await browser.send('3{"seq":1}')
        await arrived(heard.payloads)
        assert len(heard.parsed) == 2
