"""How long messages are gathered for the next frame, and what becomes of them."""

from types import SimpleNamespace
from typing import Any

import pytest

from chat_ui.messages import bubble
from chat_ui.realtime import push, subscriptions, tasks
from chat_ui.realtime.protocol import LiveMessages, RoomActivity
from chat_ui.server.updates import listeners
from services.core import events, joined
from services.core.errors import Unavailable
from services.messages import edits, messages
from tests.conftest import People


@pytest.mark.parametrize(
    ("viewers", "seconds"), [(0, 0), (10, 0.002), (100, 0.02), (250, 0.05), (2_000, 0.05)]
)
def test_the_fuller_the_room_the_longer_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch, viewers: int, seconds: float
) -> None:
    monkeypatch.setattr(push, "viewers", lambda _room: viewers)
    assert listeners._pause(1) == pytest.approx(seconds)


def test_pages_of_other_processes_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "viewers", lambda _room: 10)
    monkeypatch.setattr(joined, "current", lambda: SimpleNamespace(processes=3))
    assert listeners._pause(1) == pytest.approx(0.006)


def test_the_page_on_which_somebody_reads_is_not_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(push, "sockets_of", lambda _user: 1)
    monkeypatch.setattr(push, "to_person", lambda user, event: told.append((user, event.seq)))
    monkeypatch.setattr(tasks, "spawn", lambda _work, _name: None)
    listeners._on_read(events.RoomRead(1, {2: 5}))
    assert told == []
    listeners._on_read(events.RoomRead(1, {2: 5}, is_from_elsewhere=True))
    assert told == [(2, 5)]


async def test_messages_wait_while_it_is_not_known_who_may_see_them(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [Unavailable("The database is away."), Unavailable("It still is.")]
    sent: list[Any] = []

    async def drop_strangers(_room_id: int, _upto: int | None) -> None:
        if refusals:
            raise refusals.pop()

    async def note(_room_id: int, event: Any) -> None:
        sent.append(event)

    monkeypatch.setattr(subscriptions, "drop_strangers", drop_strangers)
    monkeypatch.setattr(push, "to_room", note)
    monkeypatch.setattr(push, "to_other_rooms", note)
    monkeypatch.setattr(push, "others", lambda _room_id: 1)
    monkeypatch.setattr(push, "viewers", lambda _room_id: 1)
    monkeypatch.setattr(tasks, "spawn", lambda work, _name: work.close())
    monkeypatch.setattr(listeners, "RETRY_SECONDS", 0)
    for number in range(2):
        view, _is_new = await messages.send(
            people.asha, people.room, "Hello", f"number-{number:07}"
        )
        listeners._gathered[people.room].append(view)
    await listeners._deliver(people.room)
    [live] = sent
    assert isinstance(live, LiveMessages)
    assert live.html.count("<article") == 2
    await listeners._send_activity(people.room, listeners._active.waiting.pop(people.room))
    activity = sent[-1]
    assert isinstance(activity, RoomActivity)
    assert [each["seq"] for each in activity.messages] == [1, 2]


async def test_messages_of_a_room_that_no_page_shows_are_not_drawn(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []

    async def note(batch: list[Any]) -> str:
        drawn.append(batch)
        return ""

    monkeypatch.setattr(bubble, "draw_all", note)
    monkeypatch.setattr(tasks, "spawn", lambda work, _name: work.close())
    view, _is_new = await messages.send(people.asha, people.room, "Hello", "number-0000001")
    for viewers in (0, 1):
        monkeypatch.setattr(push, "viewers", lambda _room_id, there=viewers: there)
        listeners._gathered[people.room].append(view)
        await listeners._deliver(people.room)
    assert drawn == [[view]]


async def test_only_messages_as_they_were_stored_are_sent_without_asking_again(
    people: People,
) -> None:
    first, second = [
        (await messages.send(people.asha, people.room, "Hello", f"number-{number:07}"))[0]
        for number in range(2)
    ]
    assert listeners._stored_upto([second, first]) == 2
    await edits.edit(people.asha, people.room, first.seq, "Hello, all")
    changed = await messages.get(people.asha, people.room, first.seq)
    assert listeners._stored_upto([changed, second]) is None
