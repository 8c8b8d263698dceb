"""Connections whose browser is gone: one look over all of them finds those."""

import asyncio
import time

from engineio.async_socket import AsyncSocket
from nicegui import core

from chat_ui.compat import ping_timeouts


async def test_a_connection_without_pongs_is_closed_and_forgotten(monkeypatch) -> None:
    eio = core.sio.eio
    monkeypatch.setattr(eio, "ping_timeout", 0.02)
    monkeypatch.setattr(eio, "sockets", {})
    silent, gone, quick, asked = (AsyncSocket(eio, name) for name in "abcd")
    for connection in (silent, gone, quick, asked):
        eio.sockets[connection.sid] = connection
    silent.last_ping = time.time() - 1
    quick.last_ping = None  # it has answered
    asked.last_ping = time.time() + 60
    gone.closed = True
    watching = asyncio.create_task(ping_timeouts._watch())
    async with asyncio.timeout(10):
        while len(eio.sockets) > 2:
            await asyncio.sleep(0.01)
    watching.cancel()
    assert silent.closed
    assert set(eio.sockets.values()) == {quick, asked}
    assert not quick.closed
    assert not asked.closed
