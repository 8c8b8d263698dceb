"""With several processes, who may see what is sent to a room is asked before it is sent."""

import time
from collections.abc import Collection, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from chat_ui.realtime import connections, push, subscriptions
from services.core import joined
from services.rooms import rooms

ROOM, ASHA, BEN, CHEN = 7, 1, 2, 3


class Pages:
    """Pages of users that follow the room, and the members of it that the database knows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.members = {ASHA, BEN}
        self.following = [ASHA, BEN]
        self.asked: list[set[int]] = []
        monkeypatch.setattr(push, "followers", lambda _room: [str(each) for each in self.following])
        monkeypatch.setattr(connections, "get", self._socket)
        monkeypatch.setattr(rooms, "members_among", self._members_among)
        monkeypatch.setattr(subscriptions, "unsubscribe", self._unsubscribe)

    def _socket(self, sid: str) -> Any:
        return SimpleNamespace(client_id=sid, viewer=SimpleNamespace(user_id=int(sid)))

    async def _members_among(self, _room: int, user_ids: Collection[int]) -> set[int]:
        self.asked.append(set(user_ids))
        return self.members & set(user_ids)

    async def _unsubscribe(self, client_id: str, _room: int) -> None:
        self.following.remove(int(client_id))


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    joined.use(SimpleNamespace())  # type: ignore[arg-type]
    yield Pages(monkeypatch)
    joined.use(None)
    subscriptions.stop()


async def test_who_was_a_member_after_a_message_was_stored_is_sent_it(pages: Pages) -> None:
    subscriptions.note_members(ROOM, 5, {ASHA, BEN})
    for seq in (4, 5):
        await subscriptions.drop_strangers(ROOM, seq)
    assert pages.asked == []


async def test_nobody_who_has_left_is_sent_a_later_message(pages: Pages) -> None:
    subscriptions.note_members(ROOM, 5, {ASHA, BEN})
    pages.members = {ASHA}
    await subscriptions.drop_strangers(ROOM, 6)
    assert pages.asked == [{ASHA, BEN}]
    assert pages.following == [ASHA]


async def test_nobody_who_has_left_is_sent_what_is_not_as_it_was_stored(pages: Pages) -> None:
    subscriptions.note_members(ROOM, 5, {ASHA, BEN})
    pages.members = {ASHA}
    await subscriptions.drop_strangers(ROOM)
    assert pages.following == [ASHA]


async def test_only_those_are_asked_for_who_have_come_since(pages: Pages) -> None:
    subscriptions.note_members(ROOM, 5, {ASHA, BEN})
    pages.following.append(CHEN)
    await subscriptions.drop_strangers(ROOM, 5)
    assert pages.asked == [{CHEN}]
    assert pages.following == [ASHA, BEN]


async def test_what_was_asked_for_a_message_is_not_asked_again_for_it(pages: Pages) -> None:
    for _time in range(2):
        await subscriptions.drop_strangers(ROOM, 5)
    subscriptions.note_members(ROOM, 4, set())  # an answer from before
    await subscriptions.drop_strangers(ROOM, 5)
    assert pages.asked == [{ASHA, BEN}]


async def test_what_was_noted_a_while_ago_is_asked_again(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriptions.note_members(ROOM + 1, 5, {ASHA, BEN})
    subscriptions.note_members(ROOM, 10**9, {ASHA, BEN})
    began = time.monotonic()
    passed = subscriptions.NOTED_SECONDS / 2
    monkeypatch.setattr(time, "monotonic", lambda: began + passed)
    await subscriptions.drop_strangers(ROOM, 10**9)  # what is used is not newer for that
    passed = subscriptions.NOTED_SECONDS + 1
    pages.members = {ASHA}
    await subscriptions.drop_strangers(ROOM, 6)
    assert pages.asked == [{ASHA, BEN}]
    assert pages.following == [ASHA]
    assert list(subscriptions._members) == [ROOM]


async def test_rooms_are_noted_up_to_a_number(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MAX_NOTED", 2)
    for room_id in (ROOM, ROOM + 1, ROOM + 2):
        subscriptions.note_members(room_id, 5, {ASHA, BEN})
    await subscriptions.drop_strangers(ROOM, 5)
    assert pages.asked == [{ASHA, BEN}]
