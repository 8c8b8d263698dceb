"""Sending later, on the page: what a browser may say, and what it is answered."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest

from models.clock import now
from services.messages import history
from services.messages.scheduling import scheduled
from services.rooms import rooms, settings
from tests.conftest import add_member
from tests.pages.conftest import Guest

ENTRY = "The time has come"


async def undo(guest: Guest, work: Coroutine[Any, Any, None]) -> None:
    """Do something, and press Undo."""
    await work
    await guest.press("Undo")


def moment(**ahead: float) -> str:
    return (now() + timedelta(**ahead)).isoformat()


async def room_of(asha: Guest) -> int:
    """Make asha a room with ben in it, and open it."""
    viewer = await asha.viewer()
    room = await rooms.create(viewer, name="Chess", topic="", private=True)
    await add_member(viewer, room, "ben")
    await asha.open(f"/rooms/{room}")
    return room


async def send_later(guest: Guest, room: int, fields: dict[str, Any] | None = None) -> None:
    """Ask for a message to be sent later, perhaps with other fields than a page of ours sends."""
    usual = {"room": room, "id": "later-key-1", "text": ENTRY, "at": moment(hours=1)}
    await guest.detail("send_later", usual | (fields or {}))


async def texts(guest: Guest) -> list[str]:
    return [each.text for each in await scheduled.mine(await guest.viewer())]


def answers(emitted: list[tuple[str, Any, str]], event: str) -> list[Any]:
    return [fields for name, fields, _to in emitted if name == event]


async def test_a_message_waits_and_is_taken_back(asha: Guest, ben: Guest, emitted) -> None:
    room = await room_of(asha)
    await send_later(asha, room)
    assert answers(emitted, "chat_schedule_result") == [{"id": "later-key-1", "stored": True}]
    assert await texts(asha) == [ENTRY]
    assert await texts(ben) == []
    await asha.user.should_see("1 message will be sent later")
    await undo(asha, send_later(asha, room, {"id": "later-key-2", "text": "Second"}))
    [handed] = answers(emitted, "chat_scheduled_text")
    assert (handed["text"], handed["room"], handed["writer"]) == ("Second", room, "asha")
    assert await texts(asha) == [ENTRY, "Second"]  # until the browser has it
    await asha.user.should_see("2 messages will be sent later")
    await asha.detail("scheduled_taken", {"id": "later-key-2"})
    assert await texts(asha) == [ENTRY]
    await asha.user.should_see("1 message will be sent later")


async def test_nobody_else_is_sent_anything(asha: Guest, ben: Guest, emitted) -> None:
    room = await room_of(asha)
    await ben.open(f"/rooms/{room}")
    emitted.clear()
    await send_later(asha, room)
    mine = asha.user.client
    assert mine is not None
    assert {to for _event, _fields, to in emitted} <= {mine.id}
    await ben.user.should_not_see("1 message will be sent later")
    await ben.open("/scheduled")
    await ben.user.should_see("Nothing is scheduled.")
    await ben.user.should_not_see(ENTRY)
    await ben.detail("press", {"does": "delete", "key": "later-key-1"})
    assert "no longer scheduled" in ben.notifications[-1]
    assert await texts(asha) == [ENTRY]


async def test_the_time_is_asked_for(asha: Guest, ben: Guest, emitted) -> None:
    room = await room_of(asha)
    await send_later(asha, room, {"at": ""})
    await asha.user.should_see("By the clock of this device")
    await asha.detail("filled", {"at": "2026-01-01T09:00:00.000Z"})
    assert "has passed" in "".join(asha.refusals.values())
    assert await texts(asha) == []
    await asha.detail("filled", {"at": moment(days=2)})
    assert await texts(asha) == [ENTRY]
    assert answers(emitted, "chat_schedule_result") == [{"id": "later-key-1", "stored": True}]
    await asha.user.should_not_see("By the clock of this device")


async def test_the_list_follows(asha: Guest, ben: Guest) -> None:
    room = await room_of(asha)
    await send_later(asha, room)
    await asha.open("/scheduled")
    await asha.user.should_see(ENTRY)
    await asha.user.should_see("Chess")
    before = (await scheduled.mine(await asha.viewer()))[0].send_at
    await asha.detail("press", {"does": "move", "key": "later-key-1"})
    await asha.user.should_see("Change time")
    await asha.detail("filled", {"at": moment(days=3)})
    [moved] = await scheduled.mine(await asha.viewer())
    assert moved.send_at - before > timedelta(days=2)
    await undo(asha, asha.detail("press", {"does": "delete", "key": "later-key-1"}))
    [back] = await scheduled.mine(await asha.viewer())
    assert back == moved
    await asha.user.should_see(ENTRY)
    await asha.detail("press", {"does": "send", "key": "later-key-1"})
    await asha.user.should_see("Nothing is scheduled.")
    assert asha.notifications[-1] == "Sent."
    found = await history.since(await ben.viewer(), room, history.ShownRange())
    assert [each.text for each in found.messages] == [ENTRY]


async def test_what_is_refused_stays_and_is_told(asha: Guest, ben: Guest, emitted) -> None:
    room = await room_of(asha)
    await send_later(asha, room)
    viewer = await asha.viewer()
    await asha.open("/scheduled")
    await settings.archive(viewer, room, on=True)
    await asha.detail("press", {"does": "send", "key": "later-key-1"})
    assert asha.notifications[-1] == "This room is archived: you can only read it."
    assert await texts(asha) == [ENTRY]


@pytest.mark.parametrize(
    "fields",
    [
        {"room": "1"},
        {"room": -1},
        {"room": 2**60},
        {"id": 7},
        {"id": "x" * 65},
        {"reply": 0},
        {"reply": "1"},
        {"at": 17},
        {"at": "x" * 41},
        {"at": None},
        {"text": None},
        {"text": ["a"]},
        {"text": "x" * 100_000},
    ],
)
async def test_malformed_events_are_refused(
    asha: Guest, ben: Guest, fields: dict[str, Any]
) -> None:
    room = await room_of(asha)
    await send_later(asha, room, fields)
    assert asha.notifications == ["Something went wrong. Reload the page and try again."]
    assert await texts(asha) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"at": "2026-01-01T09:00:00Z"},
        {"at": "never"},
        {"at": "2999-01-01"},
        {"id": "<script>alert(1)</script>"},
        {"text": " "},
        {"text": "x" * 4001},
        {"room": 999_999},
        {"reply": 12},
    ],
)
async def test_a_refusal_keeps_the_text(
    asha: Guest, ben: Guest, emitted, fields: dict[str, Any]
) -> None:
    room = await room_of(asha)
    await send_later(asha, room, fields)
    [answer] = answers(emitted, "chat_schedule_result")
    assert answer["stored"] is False
    assert asha.notifications[-1][-1] == "."
    assert await texts(asha) == []


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"does": "drop table", "key": "later-key-1"},
        {"does": ["send"], "key": "later-key-1"},
        {"does": "send", "key": 1},
        {"does": "send"},
        {"does": "__class__", "key": "later-key-1"},
        "send",
    ],
)
async def test_presses_that_no_button_makes(asha: Guest, ben: Guest, entry: object) -> None:
    room = await room_of(asha)
    await send_later(asha, room)
    await asha.open("/scheduled")
    await asha.detail("press", entry)
    assert asha.notifications == ["Something went wrong. Reload the page and try again."]
    assert await texts(asha) == [ENTRY]


@pytest.mark.parametrize("key", ["", "x" * 1_000_000, "a'; DROP TABLE users; --"])
async def test_keys_that_no_message_has(asha: Guest, ben: Guest, key: str) -> None:
    room = await room_of(asha)
    await send_later(asha, room)
    await asha.open("/scheduled")
    for does in ("send", "move", "edit", "copy", "delete"):
        await asha.detail("press", {"does": does, "key": key})
        assert "Reload" in asha.notifications[-1]
    assert await texts(asha) == [ENTRY]


async def test_html_in_it_is_drawn_as_text(asha: Guest, ben: Guest) -> None:
    room = await room_of(asha)
    await send_later(asha, room, {"text": "<img src=x onerror=alert(1)> **bold**"})
    await asha.open("/scheduled")
    drawn = "".join(str(each.props.get("innerHTML", "")) for each in asha.elements())
    assert "<img src=x" not in drawn
    assert "&lt;img src=x" in drawn
    assert "<strong>bold</strong>" in drawn


async def test_what_is_scheduled_twice_is_stored_once(asha: Guest, ben: Guest, emitted) -> None:
    room = await room_of(asha)
    for hours in (1, 2):
        await send_later(asha, room, {"at": moment(hours=hours)})
    [found] = await scheduled.mine(await asha.viewer())
    assert found.send_at < now() + timedelta(hours=1, minutes=1)
    stored = answers(emitted, "chat_schedule_result")
    assert [each["stored"] for each in stored] == [True, True]
