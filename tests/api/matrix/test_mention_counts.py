"""How many messages name a person, which is remembered from one answer to the next."""

import asyncio
import threading
from typing import Any

import pytest

from services.accounts import blocks
from services.messages import messages
from services.rooms.reading import unread_mentions
from services.sync import mention_counts, positions
from services.sync.positions import Position
from tests.api.matrix.app import App, room_id
from tests.conftest import People


async def named(app: App, room: int) -> int:
    """Return how often an app's person is named, as it is told with what is new."""
    told = (await app.sync())["rooms"]["join"][room_id(room)]
    return int(told["unread_notifications"]["highlight_count"])


async def test_what_is_read_before_a_block_is_not_remembered_after_it(
    people: People, asha: App, no_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asha.sync()
    count_in, is_read, may_go_on = unread_mentions.count_in, asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(*given: Any) -> int:
        number = count_in(*given)
        loop.call_soon_threadsafe(is_read.set)
        assert may_go_on.wait(30)
        return number

    monkeypatch.setattr(unread_mentions, "count_in", slow)
    await messages.send(people.ben, people.room, "Look, @asha", "number-000001")
    asked = asyncio.create_task(named(asha, people.room))
    try:
        async with asyncio.timeout(30):
            await is_read.wait()
        await blocks.block(people.asha, "ben")
    finally:
        may_go_on.set()
    assert await asked == 1, "it was read before"
    at = positions.parse(asha.since)
    assert mention_counts.known(people.asha.user_id, people.room, at, 0, ()) is None
    await messages.send(people.ben, people.room, "text", "number-000002")
    assert await named(asha, people.room) == 0


async def test_what_is_told_is_noted_on_the_loop(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, threads = mention_counts.note, set()

    def noted(*given: Any) -> None:
        threads.add(threading.current_thread())
        note(*given)

    monkeypatch.setattr(mention_counts, "note", noted)
    await asha.sync()
    await messages.send(people.ben, people.room, "Look, @asha", "number-000001")
    assert await named(asha, people.room) == 1
    at = positions.parse(asha.since)
    assert mention_counts.known(people.asha.user_id, people.room, at, 0, ()) == 1
    assert threads == {threading.main_thread()}


@pytest.fixture
def nothing_known() -> Any:
    """Begin and end without any counts."""
    mention_counts.clear()
    yield
    mention_counts.clear()


@pytest.mark.usefixtures("nothing_known")
def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mention_counts, "MAX_COUNTS", 4)
    monkeypatch.setattr(mention_counts, "MAX_ROOMS", 3)
    monkeypatch.setattr(mention_counts, "MAX_PEOPLE", 2)

    def note(person: int, *rooms: int) -> None:
        begun = mention_counts.begin(person)
        for room in rooms:
            mention_counts.note(person, begun, room, Position(), 0, 7)

    def known(person: int) -> list[int]:
        return [
            each
            for each in range(1, 7)
            if mention_counts.known(person, each, Position(), 0, ()) is not None
        ]

    note(1, 1, 2, 3, 4, 2)
    assert known(1) == [2, 3, 4]
    note(2, 1)
    assert (known(1), known(2)) == ([2, 3, 4], [1])
    note(2, 2)
    assert (known(1), known(2)) == ([], [1, 2])
    note(3, 1)
    note(4, 1)
    assert (known(2), known(3), known(4)) == ([], [1], [1])
    for _time in range(2):
        note(3, 1, 2, 3)
        mention_counts.forget(3)
    note(3, 1, 2, 3)
    assert (known(3), known(4)) == ([1, 2, 3], [1])
