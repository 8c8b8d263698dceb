"""A server that sleeps between two seconds, and stops at once when it is asked to."""

import asyncio
import signal
import time

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import Server

from chat_ui.compat import server_ticks
from tests.server import free_port


async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer nothing."""


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    for name in ("main_loop", "handle_exit"):
        monkeypatch.setattr(Server, name, getattr(Server, name))  # as it is put back afterwards
    server_ticks.PATCH.install()
    return Server(uvicorn.Config(app, port=free_port(), lifespan="off", log_config=None))


async def started(server: Server) -> asyncio.Task[None]:
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    return serving


async def test_it_looks_once_a_second_and_dates_its_answers(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks: list[float] = []
    look = server.on_tick

    async def noting(counter: int) -> bool:
        ticks.append(time.monotonic())
        server.server_state.default_headers = []
        done = await look(counter)
        assert b"date" in dict(server.server_state.default_headers)
        return done

    monkeypatch.setattr(server, "on_tick", noting)
    serving = await started(server)
    await asyncio.sleep(2.5)
    server.handle_exit(signal.SIGTERM, None)
    await serving
    # At the start, after one and two seconds, and when asked to; by itself it looks 25 times.
    assert 2 <= len(ticks) <= 4


async def test_a_signal_stops_it_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_ticks, "TICK_SECONDS", 60)
    serving = await started(server)
    server.handle_exit(signal.SIGTERM, None)
    async with asyncio.timeout(10):
        await serving


async def test_it_stops_soon_when_it_is_told_otherwise(server: Server) -> None:
    serving = await started(server)
    server.should_exit = True
    async with asyncio.timeout(10):
        await serving
