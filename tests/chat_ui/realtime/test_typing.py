"""Who is told that somebody types: nobody about people they have blocked, or who blocked them."""

from types import SimpleNamespace
from typing import Any

import pytest

from chat_ui.realtime import push, subscriptions, typing
from services.core import events

ROOM = 7
ASHA, BEN, CHEN = 1, 2, 3


def page(user_id: int, *blocked: int, room_id: int = ROOM) -> Any:
    viewer = SimpleNamespace(user_id=user_id, blocked=frozenset(blocked))
    return SimpleNamespace(viewer=viewer, room_id=room_id)


def hint(user_id: int, *blocked: int) -> events.Typing:
    return events.Typing(ROOM, user_id, f"user{user_id}", "Name", frozenset(blocked))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int]]]:
    """Who was told about whom; "all" is one frame for everybody in the room."""
    told: list[tuple[str, list[int]]] = []

    async def to_room(room_id: int, event: Any) -> None:
        told.append(("all", [each["id"] for each in event.people]))

    async def to_page(client_id: str, event: Any) -> None:
        told.append((client_id, [each["id"] for each in event.people]))

    monkeypatch.setattr(push, "to_room", to_room)
    monkeypatch.setattr(push, "to_page", to_page)
    return told


def opened(monkeypatch: pytest.MonkeyPatch, **pages: Any) -> None:
    monkeypatch.setattr(subscriptions, "pages", lambda: pages)


async def test_one_frame_for_all_where_nobody_is_blocked(
    monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, list[int]]]
) -> None:
    opened(monkeypatch, asha=page(ASHA, 99), ben=page(BEN), far=page(CHEN, BEN, room_id=8))
    await typing._tell(ROOM, [hint(BEN), hint(ASHA, 99)])
    assert told == [("all", [BEN, ASHA])]


async def test_neither_side_of_a_block_is_told_of_the_other(
    monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, list[int]]]
) -> None:
    opened(monkeypatch, asha=page(ASHA, BEN), ben=page(BEN), chen=page(CHEN))
    await typing._tell(ROOM, [hint(BEN)])
    assert dict(told) == {"ben": [BEN], "chen": [BEN]}
    told.clear()
    await typing._tell(ROOM, [hint(ASHA, BEN), hint(CHEN)])
    assert dict(told) == {"asha": [ASHA, CHEN], "ben": [CHEN], "chen": [ASHA, CHEN]}
