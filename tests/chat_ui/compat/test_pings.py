"""Pings on one clock: who is due is pinged, and who is gone or does not answer is found."""

import asyncio
import time

import pytest
from engineio.async_socket import AsyncSocket
from engineio.packet import PING
from nicegui import core

from chat_ui.compat import pings, websocket_transport


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> dict[str, AsyncSocket]:
    """Four connections that the server knows; nobody else is due."""
    eio = core.sio.eio
    monkeypatch.setattr(pings, "_due", {})
    monkeypatch.setattr(AsyncSocket, "schedule_ping", pings._schedule_ping)
    monkeypatch.setattr(eio, "sockets", {name: AsyncSocket(eio, name) for name in "abcd"})
    return eio.sockets


def waiting(connection: AsyncSocket) -> list[int]:
    """The kinds of the packets that wait for a connection."""
    return [packet.packet_type for packet in connection.queue._queue]


async def test_only_who_has_answered_and_is_due_is_pinged(connections) -> None:
    due, later, asked, gone = connections.values()
    moment = time.monotonic()
    for connection in (due, gone):
        connection.schedule_ping()
    gone.closed = True
    later.schedule_ping()
    pings._due[later] += 60
    await pings.ping_due(moment + core.sio.eio.ping_interval + 1)
    assert waiting(due) == [PING]
    assert due.last_ping == pytest.approx(time.time(), abs=5)
    assert waiting(later) == waiting(asked) == waiting(gone) == []
    assert list(pings._due) == [later]


async def test_who_has_sent_all_there_was_gets_the_ping_at_once(connections, monkeypatch) -> None:
    written: list[tuple[AsyncSocket, bytes]] = []

    def write(connection: AsyncSocket, frame: bytes) -> bool:
        written.append((connection, frame))
        return True

    monkeypatch.setattr(websocket_transport, "write", write)
    due = connections["a"]
    due.schedule_ping()
    await pings.ping_due(time.monotonic() + core.sio.eio.ping_interval + 1)
    assert written == [(due, b"\x81\x012")]  # RFC 6455: a whole text frame of one byte
    assert waiting(due) == []


async def test_a_second_answer_brings_no_second_ping(connections) -> None:
    connection = connections["a"]
    connection.schedule_ping()
    first = pings._due[connection]
    connection.schedule_ping()
    assert pings._due == {connection: first}


async def test_many_are_pinged_without_keeping_others_waiting(connections) -> None:
    eio = core.sio.eio
    many = [AsyncSocket(eio, str(number)) for number in range(3 * pings.AT_ONCE)]
    for connection in many:
        connection.schedule_ping()
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    await pings.ping_due(time.monotonic() + eio.ping_interval + 1)
    counting.cancel()
    assert turns >= 2
    assert all(waiting(connection) == [PING] for connection in many)


async def test_a_connection_without_pongs_is_closed_and_forgotten(connections, monkeypatch) -> None:
    monkeypatch.setattr(core.sio.eio, "ping_timeout", 0.02)
    silent, gone, quick, asked = connections.values()
    silent.last_ping = time.time() - 1
    quick.last_ping = None  # it has answered
    asked.last_ping = time.time() + 60
    gone.closed = True
    await pings.close_gone()
    assert silent.closed
    await pings.close_gone()
    assert set(connections.values()) == {quick, asked}
    assert not quick.closed
    assert not asked.closed


async def test_the_watch_does_both(connections, monkeypatch) -> None:
    monkeypatch.setattr(core.sio.eio, "ping_interval", 0)
    monkeypatch.setattr(core.sio.eio, "ping_timeout", 0.02)
    due, silent, *_others = connections.values()
    due.schedule_ping()
    silent.last_ping = time.time() - 1000
    watching = asyncio.create_task(pings._watch())
    async with asyncio.timeout(10):
        while not (silent.closed and waiting(due)):
            await asyncio.sleep(0.01)
    watching.cancel()
    assert waiting(due) == [PING]
