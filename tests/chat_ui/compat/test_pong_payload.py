"""Read positions that come with the answers to pings."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from engineio.async_socket import AsyncSocket
from engineio.packet import PONG, Packet
from nicegui import core

from chat_ui.compat import pong_payload, registry, socket_guard
from chat_ui.realtime import connections, pong_reads, push
from chat_ui.realtime.connections import Socket
from chat_ui.server import socket_events
from services.messages import messages
from services.rooms.reading import read_positions
from tests.conftest import People
from tests.upload_client import new_message_id


@pytest.fixture
async def connection(people: People, monkeypatch) -> AsyncIterator[AsyncSocket]:
    """The connection of a page of ben's, which was asked whether it is still there."""
    pong_payload.deliver_to(pong_reads.mark)
    pong_payload.PATCH.install()
    monkeypatch.setattr(pong_payload, "COALESCE_SECONDS", 0.05)
    monkeypatch.setattr(core.sio.eio, "ping_interval", 0)
    sid = await core.sio.manager.connect("connection of ben", "/")
    connections.add(Socket(sid, "page of ben", people.ben))
    asked = AsyncSocket(core.sio.eio, "connection of ben")
    asked.last_ping = time.time()
    asked.closed = True  # nobody is there to be asked again
    yield asked
    connections.remove(sid)
    await core.sio.manager.disconnect(sid, "/")
    await read_positions.flush()


async def said(people: People) -> int:
    """Have something said; return its number."""
    message, _is_new = await messages.send(people.asha, people.room, "hello", new_message_id())
    return message.seq


async def test_a_position_in_a_pong_is_noted_within_a_moment(people, connection) -> None:
    seq = await said(people)
    await socket_guard._receive_packet(connection, Packet(PONG, {"room": people.room, "seq": seq}))
    assert read_positions.reached(people.ben, people.room) == 0
    async with asyncio.timeout(5):
        while read_positions.reached(people.ben, people.room) != seq:
            await asyncio.sleep(0.01)


async def test_a_pong_without_a_ping_is_ignored(people, connection) -> None:
    seq = await said(people)
    connection.last_ping = None
    await socket_guard._receive_packet(connection, Packet(PONG, {"room": people.room, "seq": seq}))
    pong_payload.deliver()
    assert read_positions.reached(people.ben, people.room) == 0


@pytest.mark.parametrize(
    "odd", ["seq", 5, [1], {"room": 1}, {"room": "1", "seq": 1}, {"room": 1, "seq": 2**70}]
)
async def test_a_malformed_position_is_ignored(people, connection, odd) -> None:
    await said(people)
    await socket_guard._receive_packet(connection, Packet(PONG, odd))
    pong_payload.deliver()
    assert read_positions.reached(people.ben, people.room) == 0


async def test_the_last_position_counts_when_a_page_closes(people, connection, monkeypatch) -> None:
    monkeypatch.setitem(socket_events.NICEGUI, "disconnect", lambda _sid: None)
    seq = await said(people)
    await socket_guard._receive_packet(connection, Packet(PONG, {"room": people.room, "seq": seq}))
    await socket_events._disconnect(core.sio.manager.sid_from_eio_sid("connection of ben", "/"))
    assert read_positions.reached(people.ben, people.room) == seq


async def test_without_the_patch_no_page_is_told_of_a_crowd(
    people, connection, monkeypatch
) -> None:
    sid = core.sio.manager.sid_from_eio_sid("connection of ben", "/")
    await core.sio.enter_room(sid, push.messages_channel(people.room))
    monkeypatch.setattr(registry, "_installed", {"pong_payload": pong_payload.PATCH})
    assert push.crowd(people.room) == 1
    monkeypatch.setattr(registry, "_installed", {})
    assert push.crowd(people.room) == 0
