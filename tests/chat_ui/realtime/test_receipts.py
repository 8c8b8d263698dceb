"""Receipts are pushed in order, however long the database takes."""

import asyncio
from collections.abc import Collection
from itertools import count
from types import SimpleNamespace

import pytest

from chat_ui.realtime import protocol
from chat_ui.realtime import receipts as feed
from services.core import events
from services.core.dto import Preferences
from services.rooms.reading import receipts
from services.rooms.reading.receipts import FurthestBehind, Positions

ROOM, AUTHOR, READER, OTHER, BLOCKED = 7, 1, 2, 3, 4
SAID = 2
"""The number of the author's message."""


class Page(SimpleNamespace):
    """A page that shows the room."""

    room_id = ROOM
    __hash__ = object.__hash__  # type: ignore[assignment]


@pytest.fixture
def sent(monkeypatch) -> list[FurthestBehind]:
    """What was sent to the author's page, in order; everybody shows the room."""
    sent: list[FurthestBehind] = []

    async def send(pages: list[object], _room: int, known: FurthestBehind) -> None:
        sent.extend(known for _page in pages)

    async def authors(_room: int, after: int) -> set[int]:
        return {AUTHOR} if after < SAID else set()

    tasks: list[object] = []

    def spawn(work, _name: str) -> None:
        tasks.append(asyncio.get_running_loop().create_task(work))

    page = Page()
    monkeypatch.setattr(feed, "COALESCE_SECONDS", 0)
    monkeypatch.setattr(feed.tasks, "spawn", spawn)
    monkeypatch.setattr(feed, "_send", send)
    monkeypatch.setattr(feed, "_pages_of", lambda _user: [("page", page)])
    monkeypatch.setattr(feed.push, "viewers", lambda _room: 2)
    monkeypatch.setattr(receipts, "authors", authors)
    feed.start()
    yield sent
    feed.stop()


def answers(monkeypatch, *looks: FurthestBehind, held: int = -1) -> asyncio.Event:
    """Have the database answer these; the one numbered `held` waits for the returned event."""
    go_on, numbers = asyncio.Event(), count()

    async def furthest_behind(_room: int) -> FurthestBehind:
        number = next(numbers)
        if number == held:
            await go_on.wait()
        return looks[min(number, len(looks) - 1)]

    async def moved(room: int, before: Positions) -> tuple[Positions, Collection[int]]:
        read = (await furthest_behind(room)).read
        return read, await receipts.authors(room, receipts.affected_after(before, read))

    monkeypatch.setattr(receipts, "furthest_behind", furthest_behind)
    monkeypatch.setattr(receipts, "moved", moved)
    return go_on


async def settled() -> None:
    """Wait until everything has happened that need not wait for the database."""
    for _ in range(50):  # nothing here takes more than a few turns of the event loop
        await asyncio.sleep(0)


async def test_a_page_gets_no_more_than_its_viewer_may_know(monkeypatch) -> None:
    """Those who show receipts share a frame; those who hide theirs, or are in a block, do not."""
    everybody = FurthestBehind(((READER, 0), (OTHER, 1)), (), blocks=frozenset({BLOCKED}))
    without_reader = FurthestBehind(((OTHER, 1), (BLOCKED, 2)), ())
    frames: list[tuple[object, object]] = []

    async def broadcast(event: protocol.Receipts, channels: str | list[str]) -> None:
        if channels:
            frames.append((channels, event.read))

    async def furthest_behind(_room: int, author: int) -> FurthestBehind:
        assert author == BLOCKED
        return without_reader

    def page(user_id: int, *, shows: bool) -> Page:
        preferences = Preferences(shows_receipts=shows)
        return Page(viewer=SimpleNamespace(user_id=user_id, preferences=preferences))

    monkeypatch.setattr(feed.push, "broadcast", broadcast)
    monkeypatch.setattr(receipts, "furthest_behind", furthest_behind)
    pages = [
        ("shows", page(AUTHOR, shows=True)),
        ("hides", page(OTHER, shows=False)),
        ("blocked", page(BLOCKED, shows=True)),
        ("shows, too", page(AUTHOR, shows=True)),
    ]
    await feed._send(pages, ROOM, everybody)
    assert frames == [
        ("blocked", without_reader.read),
        (["shows", "shows, too"], everybody.read),
        (["hides"], ()),
    ]


async def test_what_was_asked_first_is_not_told_last(sent, monkeypatch) -> None:
    old = FurthestBehind(((READER, 0), (OTHER, 0)), ())
    new = FurthestBehind(((READER, 1), (OTHER, 1)), ())
    go_on = answers(monkeypatch, old, new, held=0)
    events.publish(events.RoomRead(ROOM, {OTHER: 1}))
    await settled()  # the first look is under way
    events.publish(events.RoomRead(ROOM, {READER: 1}))
    await settled()
    assert sent == []
    go_on.set()
    await settled()
    assert sent == [old, new]


async def test_who_reads_while_it_is_asked_who_is_behind_is_not_forgotten(
    sent, monkeypatch
) -> None:
    first = FurthestBehind(((READER, 0), (AUTHOR, 1)), ())
    late = FurthestBehind(((OTHER, 1), (AUTHOR, 2)), ())
    last = FurthestBehind(((AUTHOR, 2), (READER, 2)), ())
    go_on = answers(monkeypatch, first, late, last, held=1)
    events.publish(events.RoomRead(ROOM, {AUTHOR: 1}))
    await settled()
    events.publish(events.RoomRead(ROOM, {READER: 2}))
    await settled()
    events.publish(events.RoomRead(ROOM, {OTHER: 2}))  # until then nobody knew that they matter
    await settled()
    assert sent == [first]
    go_on.set()
    await settled()
    assert sent == [first, late, last]


async def test_whoever_is_not_behind_makes_nobody_ask(sent, monkeypatch) -> None:
    known = FurthestBehind(((READER, 0), (AUTHOR, 1)), ())
    answers(monkeypatch, known)
    events.publish(events.RoomRead(ROOM, {AUTHOR: 1}))
    await settled()
    for _ in range(5):
        events.publish(events.RoomRead(ROOM, {OTHER: 5}))
    await settled()
    assert sent == [known]


async def test_reading_asks_only_how_far_members_have_read(sent, monkeypatch) -> None:
    """To see who is away, all members of the room are read: reading changes nothing of that."""
    answers(monkeypatch, FIRST, LAST)
    events.publish(events.RoomRead(ROOM, {AUTHOR: 2}))
    await settled()
    monkeypatch.setattr(receipts, "furthest_behind", None)
    events.publish(events.RoomRead(ROOM, {READER: 2}))
    await settled()
    assert sent == [FIRST, LAST]


async def test_who_comes_while_positions_are_asked_for_is_not_forgotten(sent, monkeypatch) -> None:
    """Then it is another one who is away."""
    away = FurthestBehind(FIRST.read, ((OTHER, None),))
    here = FurthestBehind(((READER, 1), (AUTHOR, 2)), ())
    go_on = answers(monkeypatch, away, here, here, held=1)
    events.publish(events.RoomRead(ROOM, {AUTHOR: 2}))
    await settled()
    events.publish(events.RoomRead(ROOM, {READER: 2}))
    await settled()
    monkeypatch.setattr(feed.presence, "is_online", lambda _user: True)
    events.publish(events.PresenceChanged(OTHER))
    go_on.set()
    await settled()
    assert sent == [away, FurthestBehind(here.read, away.offline), here]


FIRST = FurthestBehind(((READER, 0), (AUTHOR, 2)), ())
LAST = FurthestBehind(((AUTHOR, 2), (READER, 2)), ())


async def test_authors_are_told_also_when_it_was_not_known_who_was_behind(
    sent, monkeypatch
) -> None:
    answers(monkeypatch, FIRST, LAST)
    events.publish(events.RoomRead(ROOM, {AUTHOR: 2}))
    await settled()
    events.publish(events.PresenceChanged(OTHER))  # who goes may be who is behind from now on
    assert ROOM not in feed._cache
    events.publish(events.RoomRead(ROOM, {READER: 2}))
    await settled()
    assert sent == [FIRST, LAST]


async def test_authors_are_told_also_when_another_page_was_shown_it_first(
    sent, monkeypatch
) -> None:
    answers(monkeypatch, FIRST, LAST)
    monkeypatch.setattr(feed.subscriptions, "page_of", lambda _client: Page())
    events.publish(events.RoomRead(ROOM, {AUTHOR: 2}))
    await settled()
    events.publish(events.RoomRead(ROOM, {READER: 2}))
    await feed.show("another page", has_own=True)
    assert sent == [FIRST, LAST]
    await settled()
    assert sent == [FIRST, LAST, LAST]


async def test_at_first_everybody_who_said_something_is_told(sent, monkeypatch) -> None:
    answers(monkeypatch, LAST)
    events.publish(events.RoomRead(ROOM, {READER: 2}))
    await settled()
    assert sent == [LAST]


async def test_a_page_that_was_cut_off_before_its_first_receipt_gets_it_when_it_is_back(
    sent, monkeypatch
) -> None:
    answers(monkeypatch, LAST)
    message = SimpleNamespace(room_id=ROOM, author=SimpleNamespace(user_id=AUTHOR))
    ((_client, page),) = feed._pages_of(AUTHOR)
    events.publish(events.MessageSent(message))
    monkeypatch.setattr(feed, "_pages_of", lambda _user: [])
    await settled()
    assert sent == []
    monkeypatch.setattr(feed.subscriptions, "page_of", lambda _client: page)
    await feed.show("page", has_own=False)
    assert sent == [LAST]
