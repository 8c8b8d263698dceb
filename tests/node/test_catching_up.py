"""Nothing is sent, and no key is lost, before the hub has said how things are now."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.conftest import People

require_nio("vodozemac")

from nio import MatrixRoom, RoomKeyEvent, SyncResponse  # noqa: E402

from node import tables  # noqa: E402
from node.connection import Connection  # noqa: E402
from node.login import Login  # noqa: E402
from services.db import database  # noqa: E402

ROOM = "!one:hub"
LOGIN = Login("http://127.0.0.1:9", "asha", "@asha:hub", "NODE", "token", "key")


@pytest.fixture
async def connection(people: People, tmp_path: Path) -> AsyncIterator[Connection]:
    await database.write(tables.create)
    made = Connection(LOGIN, tmp_path, asyncio.Lock())
    yield made
    await made.close()


async def test_nothing_is_sent_before_the_first_answer(connection: Connection) -> None:
    """A room that was plain may have become encrypted while the node was not there."""
    sent = []

    async def ask(method: str, path: str, body: object = None) -> dict[str, str]:
        sent.append(path)
        return {"event_id": "$sent"}

    asked = asyncio.Event()

    async def sync(*_args: object) -> None:
        asked.set()
        await asyncio.Event().wait()  # the hub does not answer

    connection.ask = ask  # type: ignore[method-assign]
    connection.client.sync = sync  # type: ignore[method-assign]
    running = asyncio.create_task(connection.run())
    try:
        await asyncio.wait_for(asked.wait(), 10)
        connection.client.rooms[ROOM] = MatrixRoom(ROOM, LOGIN.user_id)
        with pytest.raises(ConnectionError):
            await connection.send(ROOM, "m.room.message", {"body": "Hello"}, "hello-000001")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert sent == []


async def test_keys_are_used_after_a_failure(connection: Connection) -> None:
    key = RoomKeyEvent({}, "@ben:hub", "key", ROOM, "session", "m.megolm.v1.aes-sha2")
    answers = [[key], []]  # the second time it cannot be decrypted
    read: list[set[str]] = []

    async def sync(*_args: object) -> SyncResponse:
        answer = SyncResponse.from_dict({"next_batch": "next", "rooms": {}})
        answer.to_device_events = answers.pop(0)
        return answer

    async def follow() -> None:
        if answers:
            raise ConnectionError

    async def read_again(sessions: set[str] | None = None) -> None:
        read.append(set(sessions or ()))

    connection.client.sync = sync  # type: ignore[method-assign]
    connection._follow_keys = follow  # type: ignore[method-assign]
    connection.read_again = read_again  # type: ignore[method-assign,assignment]
    connection.is_caught_up.set()
    with pytest.raises(ConnectionError):
        await connection._once()
    await connection._once()
    assert read == [{"session"}]
