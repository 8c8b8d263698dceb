"""What one request of an app may cost: whoever asks for much is told less, or later."""

import pytest

from services.messages import messages
from services.sync import items, sync
from tests.api.matrix.app import App, room_id
from tests.conftest import People

LONG = "wörd " * 700
"""A message of some kilobytes."""


async def test_a_position_of_long_ago_counts_as_a_page(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "MAX_SHARED", 2)
    for each in range(4):
        await messages.send(people.ben, people.room, f"text {each}", f"number-{each:06}")
    for _time in range(120):
        assert (await asha.ask("GET", "/sync", since="s0_0_0_0")).status_code == 200
    answer = await asha.ask("GET", "/sync", since="s0_0_0_0")
    assert (answer.status_code, answer.json()["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert (await asha.ask("GET", "/sync")).status_code == 429


async def test_what_is_large_comes_in_smaller_parts(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "ROOM_SIZE", 9_000)
    sent = [
        (await messages.send(people.ben, people.room, LONG, f"number-{each:06}"))[0].message_id
        for each in range(8)
    ]
    await asha.sync()
    room = asha.rooms[room_id(people.room)]
    assert list(room.texts) == [f"$m{each}" for each in sent[-2:]]
    assert room.gaps
    await asha.fill(people.room)
    assert room.texts.keys() == {f"$m{each}" for each in sent}
    forward = await asha.do("GET", f"/rooms/{room_id(people.room)}/messages", dir="f", limit="50")
    found = [each["event_id"] for each in forward["chunk"]]
    assert "end" in forward
    assert [each for each in found if each.startswith("$m")] == [f"$m{each}" for each in sent[:2]]


@pytest.mark.parametrize("since", ["", "s0_0_0_0"])
async def test_a_whole_answer_is_bounded(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch, since: str
) -> None:
    await messages.send(people.ben, people.room, LONG, "number-000001")
    monkeypatch.setattr(sync, "MAX_SIZE", 1_000)
    monkeypatch.setattr(items, "SHARED_SIZE", 1_000)
    asha.since = since
    await asha.sync()
    room = asha.rooms[room_id(people.room)]
    assert (len(room.texts), len(room.gaps)) == (0, 1)
    await asha.fill(people.room)
    assert [text.strip() for text in room.texts.values() if text] == [LONG.strip()]


async def test_what_is_told_uses_up_what_one_may_load(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await messages.send(people.ben, people.room, LONG, "number-000001")
    history = f"/rooms/{room_id(people.room)}/messages"
    monkeypatch.setattr(sync, "MEMBER_SIZE", 2**30)
    monkeypatch.setattr(items, "ITEM_SIZE", 2**30)
    for app, path in ((asha, "/sync"), (ben, history)):
        await app.do("GET", path)
        for again in ("/sync", history):
            assert (await app.ask("GET", again)).status_code == 429
