"""Nothing is sent, and no key is lost, before the hub has said how things are now."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.conftest import People

require_nio("vodozemac")

from nio import MatrixRoom, RoomKeyEvent, RoomMessagesResponse, SyncResponse  # noqa: E402

from node import tables  # noqa: E402
from node.connection import Connection  # noqa: E402
from node.login import Login  # noqa: E402
from node.node import Node  # noqa: E402
from node.outbox import Row  # noqa: E402
from services.core.settings import Settings  # noqa: E402
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


async def test_a_reaction_is_taken_back_before_the_hub_has_told_of_it(
    connection: Connection,
) -> None:
    node = Node(Settings(connect="https://chat.example.org"))
    node._connection = connection
    connection._is_ready = True
    connection.client.rooms[""] = MatrixRoom("", LOGIN.user_id)
    asked: list[str] = []

    async def ask(_method: str, path: str, body: object = None) -> dict[str, str]:
        asked.append(path)
        return {"event_id": "$reaction"}

    connection.ask = ask  # type: ignore[method-assign]
    content = {"event": "$message", "sign": "👍", "by": 1}
    for number, kind in enumerate(("reaction", "reaction_removed")):
        await node._give(Row(number, 1, kind, f"name-{number}", content))
    assert [path.split("/")[3] for path in asked] == ["send", "redact"]
    assert "%24reaction" in asked[1]


async def test_empty_history_without_end_ends(connection: Connection) -> None:
    number = iter(range(10_000))

    async def room_messages(_room: str, start: str, **_more: object) -> RoomMessagesResponse:
        return RoomMessagesResponse(ROOM, [], start, f"page-{next(number)}")

    connection.client.room_messages = room_messages  # type: ignore[method-assign]
    assert await asyncio.wait_for(connection._older(ROOM, "start"), 10) == []
    assert next(number) < 1000
