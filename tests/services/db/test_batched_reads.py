"""What many ask at the same moment is looked up together, and each gets their own answer."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, text

from services.core import i18n
from services.db import batched_reads, database
from tests.conftest import People


async def test_many_who_ask_at_once_are_answered_by_few_threads(people: People) -> None:
    ran: dict[int, int] = {}

    def ask(number: int) -> Any:
        def look(connection: Connection) -> int:
            ran[number] = threading.get_ident()
            return number

        return database.look(look)

    wanted = range(3 * batched_reads.MAX_TOGETHER)
    assert await asyncio.gather(*map(ask, wanted)) == [*wanted]
    for begin in wanted[:: batched_reads.MAX_TOGETHER]:
        assert len({ran[begin + each] for each in range(batched_reads.MAX_TOGETHER)}) == 1


async def test_who_asks_for_what_fails_gets_the_error_and_others_their_answer(
    people: People,
) -> None:
    def fail(_connection: Connection) -> None:
        raise LookupError("mine")

    answers = await asyncio.gather(
        database.look(lambda _connection: 1),
        database.look(fail),
        database.look(lambda _connection: 2),
        return_exceptions=True,
    )
    assert [answers[0], answers[2]] == [1, 2]
    assert isinstance(answers[1], LookupError)


async def test_each_is_looked_up_in_the_context_of_who_asks(people: People) -> None:
    async def ask(language: str) -> str:
        i18n.set_language(language)
        return await database.look(lambda _connection: i18n.language())

    assert await asyncio.gather(ask("hi"), ask("en"), ask("mr")) == ["hi", "en", "mr"]


async def test_who_leaves_takes_nothing_from_others_who_ask_the_same(people: People) -> None:
    release = threading.Event()

    def slow(connection: Connection) -> int:
        release.wait(10)
        return 7

    first = asyncio.ensure_future(database.look_cached("slow", slow))
    second = asyncio.ensure_future(database.look_cached("slow", slow))
    await asyncio.sleep(0)
    first.cancel()
    release.set()
    assert await second == 7
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_what_is_cached_is_read_again_once_something_is_stored(people: People) -> None:
    def count(connection: Connection) -> int:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT count(*) FROM blocks")
        return int(cursor.fetchone()[0])

    assert await database.look_cached("blocks", count) == 0
    await database.write(
        lambda session: session.connection().execute(
            text("INSERT INTO blocks (user_id, blocked_id, created_at) VALUES (1, 2, '2026-01-01')")
        )
    )
    assert await database.look_cached("blocks", count) == 1


async def test_what_many_ask_of_one_function_is_one_call(people: People) -> None:
    calls: list[list[int]] = []

    def double(_connection: Connection, asked: Sequence[int]) -> list[int]:
        calls.append([*asked])
        return [2 * each for each in asked]

    wanted = [1, 2, 3, 2]
    found = await asyncio.gather(*(database.look_each_cached(double, each) for each in wanted))
    assert found == [2, 4, 6, 4]
    assert await database.look_each_cached(double, 3) == 6
    assert calls == [wanted]


async def test_it_is_asked_again_once_something_is_stored(people: People) -> None:
    calls: list[list[int]] = []

    def note(_connection: Connection, asked: Sequence[int]) -> list[int]:
        calls.append([*asked])
        return [len(calls)] * len(asked)

    assert await database.look_each_cached(note, 1) == 1
    await database.write(
        lambda session: session.connection().execute(
            text("INSERT INTO blocks (user_id, blocked_id, created_at) VALUES (1, 2, '2026-01-01')")
        )
    )
    assert await database.look_each_cached(note, 1) == 2


async def test_each_gets_the_error_of_one_function_and_may_ask_again(people: People) -> None:
    errors = [LookupError("both")] * 2  # what fails is looked up once more

    def fail(_connection: Connection, asked: Sequence[int]) -> list[int]:
        if errors:
            raise errors.pop()
        return [*asked]

    asks = [database.look_each_cached(fail, each) for each in (1, 2)]
    answers = await asyncio.gather(*asks, return_exceptions=True)
    assert [type(each) for each in answers] == [LookupError, LookupError]
    assert await database.look_each_cached(fail, 1) == 1


async def test_who_leaves_takes_nothing_from_others_who_ask_something_else(people: People) -> None:
    release = threading.Event()

    def slow(_connection: Connection, asked: Sequence[int]) -> list[int]:
        release.wait(10)
        return [*asked]

    first, second = [
        asyncio.ensure_future(database.look_each_cached(slow, each)) for each in (1, 2)
    ]
    await asyncio.sleep(0)
    first.cancel()
    release.set()
    assert await second == 2
    assert first.cancelled()


async def test_for_very_many_it_is_not_looked_at_once(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batched_reads, "MAX_EACH", 10)
    asked: list[Sequence[int]] = []

    def double(_connection: Connection, numbers: Sequence[int]) -> list[int]:
        asked.append(numbers)
        return [2 * each for each in numbers]

    found = await asyncio.gather(*(database.look_each_cached(double, each) for each in range(25)))
    assert found == [2 * each for each in range(25)]
    assert sorted(map(len, asked)) == [5, 10, 10]
