"""The bus, over a real Redis server."""

import asyncio
import json
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from services.core.errors import Unavailable
from tests import redis_server
from tests.redis_server import RedisServer
from tests.server import free_port

pytest.importorskip("redis", reason="pip install -e '.[cluster]'")

import redis

from services.bus import redis_bus
from services.bus.redis_bus import RedisBus

CHANNEL = "simple-chat:test"
WITHIN_SECONDS = 10.0


class Process:
    """What one process hears."""

    def __init__(self, url: str, name: str, channel: str = CHANNEL) -> None:
        self.heard: list[tuple[str, object]] = []
        self.states: list[bool] = []
        self._is_more = asyncio.Event()
        self.bus = RedisBus(url, channel, name, self._hear, self._change)

    def _hear(self, process: str, hint: bytes) -> None:
        told = json.loads(hint)
        self.heard.append((process, told))
        self._is_more.set()
        if told == {"n": "wrong"}:
            raise ValueError("that one cannot be taken")

    def _change(self, is_up: bool) -> None:
        self.states.append(is_up)
        self._is_more.set()

    def tell(self, number: object) -> None:
        """Tell the others a number."""
        self.bus.tell(json.dumps({"n": number}).encode())

    @property
    def numbers(self) -> list[object]:
        """What was heard."""
        return [told["n"] for _process, told in self.heard]

    async def until(self, is_so: Callable[[], bool], within: float = WITHIN_SECONDS) -> None:
        """Wait until something is so, which changes when something is heard."""
        async with asyncio.timeout(within):
            while not is_so():
                self._is_more.clear()
                await self._is_more.wait()

    async def until_up(self, *, is_up: bool = True, within: float = WITHIN_SECONDS) -> None:
        """Wait until the server is there, or away."""
        await self.until(lambda: self.bus.is_up == is_up, within)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    redis_server.require()
    with RedisServer(tmp_path / "redis") as server:
        yield server


@asynccontextmanager
async def running(*processes: Process) -> AsyncIterator[None]:
    """Have processes connected, within the block."""
    for each in processes:
        each.bus.start()
    try:
        for each in processes:
            await each.until_up()
        yield
    finally:
        for each in processes:
            await each.bus.stop()


@pytest.fixture
async def pair(server: RedisServer) -> AsyncIterator[tuple[Process, Process]]:
    here, there = Process(server.url, "here"), Process(server.url, "there")
    async with running(here, there):
        yield here, there


async def test_the_others_hear_what_is_told_and_oneself_does_not(
    pair: tuple[Process, Process],
) -> None:
    here, there = pair
    here.tell(1)
    await there.until(lambda: there.heard == [("here", {"n": 1})])
    there.tell(2)
    await here.until(lambda: here.heard == [("there", {"n": 2})])
    assert there.numbers == [1]


async def test_many_are_heard_in_order(pair: tuple[Process, Process]) -> None:
    here, there = pair
    many = list(range(3 * redis_bus.MAX_TOGETHER + 7))
    for number in many:
        here.tell(number)
    await there.until(lambda: len(there.heard) == len(many))
    assert there.numbers == many
    assert here.bus.counted["told"] == there.bus.counted["heard"] == len(many)


async def test_another_chat_hears_nothing(
    server: RedisServer, pair: tuple[Process, Process]
) -> None:
    here, there = pair
    stranger = Process(server.url, "stranger", "simple-chat:other")
    async with running(stranger):
        here.tell(1)
        await there.until(lambda: there.numbers == [1])
        stranger.tell(2)
        here.tell(3)
        await there.until(lambda: there.numbers == [1, 3])
    assert stranger.heard == []


async def test_what_nobody_understands_is_ignored(
    server: RedisServer, pair: tuple[Process, Process], caplog: pytest.LogCaptureFixture
) -> None:
    here, there = pair
    frames = [
        b"",
        b"no JSON",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"v": 1, "by": "x"}',
        b'{"v": 1, "by": "x", "hints": {}}',
        b'{"v": "1", "by": "x", "hints": [{"n": 1}]}',
        b'{"v": 2, "by": "x", "hints": [{"n": 2}]}',
        b'{"v": 1, "by": "there", "hints": [{"n": 3}]}',
        b'{"v": 1, "by": "x", "hints": ["' + b"x" * redis_bus.MAX_FRAME_BYTES + b'"]}',
    ]
    with closing(redis.Redis.from_url(server.url)) as client:
        for each in frames:
            client.publish(CHANNEL, each)
        client.publish(CHANNEL, b'{"v": 1, "by": "x", "hints": [{"n": 4}], "more": true}')
    await there.until(lambda: 4 in there.numbers)
    assert there.numbers == [4]
    assert 3 in here.numbers
    assert "Traceback" not in caplog.text


async def test_one_that_cannot_be_taken_does_not_keep_the_next_back(
    pair: tuple[Process, Process], caplog: pytest.LogCaptureFixture
) -> None:
    here, there = pair
    for number in (1, "wrong", 2):
        here.tell(number)
    await there.until(lambda: there.numbers == [1, "wrong", 2])
    assert "Failed to take what another process tells" in caplog.text


async def test_a_server_that_was_killed_is_found_again(
    server: RedisServer, pair: tuple[Process, Process], caplog: pytest.LogCaptureFixture
) -> None:
    here, there = pair
    server.kill()
    for each in pair:
        await each.until_up(is_up=False, within=3)
    here.tell("lost")
    server.start()
    for each in pair:
        await each.until_up(within=3)
    await there.until(lambda: there.bus.is_up)
    here.tell("heard")
    await there.until(lambda: "heard" in there.numbers)
    assert here.states == there.states == [True, False, True]
    away = [each for each in caplog.messages if "is away" in each]
    assert len(away) == 2
    assert all(f"127.0.0.1:{server.port}" in each for each in away)


@pytest.mark.parametrize(
    "answer_seconds",
    [0.5, pytest.param(redis_bus.ANSWER_SECONDS, marks=pytest.mark.long)],  # waits as long
)
async def test_a_server_that_does_not_answer_is_away(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, answer_seconds: float
) -> None:
    monkeypatch.setattr(redis_bus, "ANSWER_SECONDS", answer_seconds)
    process = Process(server.url, "here")
    async with running(process):
        server.freeze()
        try:
            await process.until_up(is_up=False, within=2 * answer_seconds + 2)
        finally:
            server.thaw()
        await process.until_up(within=2 * answer_seconds + 2)


async def test_it_stays_up_while_nobody_says_anything(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_bus, "ANSWER_SECONDS", 0.1)
    process = Process(server.url, "here")
    async with running(process):
        with closing(redis.Redis.from_url(server.url)) as client:
            before = client.info("commandstats").get("cmdstat_ping", {"calls": 0})["calls"]
            async with asyncio.timeout(WITHIN_SECONDS):
                while client.info("commandstats").get("cmdstat_ping", {"calls": 0})["calls"] < (
                    before + 5
                ):
                    await asyncio.sleep(0.02)
        assert process.states == [True]


async def test_a_connection_that_was_closed_is_opened_again(
    server: RedisServer, pair: tuple[Process, Process]
) -> None:
    here, there = pair
    with closing(redis.Redis.from_url(server.url)) as client:
        client.client_kill_filter(_type="pubsub")
    for each in pair:
        await each.until(lambda each=each: each.states == [True, False, True])
    here.tell(1)
    await there.until(lambda: there.numbers == [1])


@pytest.mark.parametrize("turns", range(10))
async def test_it_stops_whatever_it_is_doing(server: RedisServer, turns: int) -> None:
    """What cancels the library may be lost there."""
    process = Process(server.url, "here")
    async with asyncio.timeout(WITHIN_SECONDS), running(process):
        process.tell(1)
        for _turn in range(turns):
            await asyncio.sleep(0)


async def test_no_more_than_some_wait_for_a_server(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_bus, "MAX_WAITING", 3)
    process = Process(server.url, "here")  # not started
    for number in range(5):
        process.tell(number)
    assert process.bus.counted["lost"] == 2


async def test_what_is_told_last_is_sent(server: RedisServer) -> None:
    here, there = Process(server.url, "here"), Process(server.url, "there")
    async with running(there):
        async with running(here):
            here.tell("last")
        await there.until(lambda: there.numbers == ["last"])


@pytest.mark.parametrize("turns", range(3))
async def test_all_that_is_being_told_is_sent_before_it_stops(
    server: RedisServer, turns: int
) -> None:
    here, there = Process(server.url, "here"), Process(server.url, "there")
    many = list(range(3 * redis_bus.MAX_TOGETHER + 7))
    async with running(there):
        async with running(here):
            for number in many:
                here.tell(number)
            for _turn in range(turns):
                await asyncio.sleep(0)
        await there.until(lambda: len(there.heard) == len(many))
    assert there.numbers == many
    assert here.bus.counted == Counter(told=len(many))


async def test_it_stops_soon_when_the_server_does_not_answer(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_bus, "PROMPT_SECONDS", 0.1)
    process = Process(server.url, "here")
    many = redis_bus.MAX_TOGETHER + 1
    async with asyncio.timeout(redis_bus.ANSWER_SECONDS), running(process):
        server.freeze()
        for number in range(many):
            process.tell(number)
    server.thaw()
    assert process.bus.counted == Counter(lost=many)


async def test_with_a_password(tmp_path: Path) -> None:
    redis_server.require()
    with RedisServer(tmp_path / "redis", password="secret") as server:
        redis_bus.require(server.url)
        here, there = Process(server.url, "here"), Process(server.url, "there")
        async with running(here, there):
            here.tell(1)
            await there.until(lambda: there.numbers == [1])
        for url in (server.plain_url, server.url.replace("secret", "guessed")):
            said = refusal(url)
            assert f"The bus at 127.0.0.1:{server.port} cannot be used" in said
            assert "guessed" not in said
            assert "uth" in said or "password" in said


def test_a_server_that_is_not_there_is_refused() -> None:
    port = free_port()
    said = refusal(f"redis://me:secret@127.0.0.1:{port}")
    assert f"127.0.0.1:{port} cannot be used" in said
    assert "Start Redis or Valkey there, or correct CHAT_BUS." in said
    assert "secret" not in said


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_is_no_redis_is_refused(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    monkeypatch.setattr(redis_bus, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def serve() -> None:
            connection, _peer = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)
                connection.recv(100)  # until it gives up

        threading.Thread(target=serve, daemon=True).start()
        assert f"127.0.0.1:{port} cannot be used" in refusal(f"redis://127.0.0.1:{port}")


def refusal(url: str) -> str:
    """Return the sentence with which an address is refused."""
    with pytest.raises(Unavailable) as refused:
        redis_bus.require(url)
    assert "\n" not in refused.value.message
    return refused.value.message
