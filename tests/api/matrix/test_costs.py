"""What one request of an app may cost: whoever asks for much is told less, or later."""

import asyncio
import threading
from collections.abc import Collection
from typing import Any

import pytest
from sqlmodel import Session

from api.matrix import state
from services.messages import messages, pins
from services.sync import items, news, room_state, sync
from tests.api.matrix.app import App, app_of, room_id
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
        assert (await asha.ask("GET", "/sync", since="s0_0_0_0_0_0_0")).status_code == 200
    answer = await asha.ask("GET", "/sync", since="s0_0_0_0_0_0_0")
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


@pytest.mark.parametrize("since", ["", "s0_0_0_0_0_0_0"])
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
    monkeypatch.setattr(news, "MEMBER_SIZE", 2**30)
    monkeypatch.setattr(items, "ITEM_SIZE", 2**30)
    for app, path in ((asha, "/sync"), (ben, history)):
        await app.do("GET", path)
        for again in ("/sync", history):
            assert (await app.ask("GET", again)).status_code == 429


async def test_a_state_that_all_are_told_is_read_once(
    people: People, asha: App, ben: App, no_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, _is_new = await messages.send(people.ben, people.room, "text", "number-000001")
    apps = [asha, ben, await app_of(people.asha), await app_of(people.ben)]
    for app in apps:
        await app.sync()
    await pins.pin(people.asha, people.room, sent.seq)
    read, reads = room_state.read, []

    def counted(session: Session, rooms: Collection[int]) -> Any:
        reads.append(rooms)
        return read(session, rooms)

    monkeypatch.setattr(room_state, "read", counted)
    await asyncio.gather(*(app.sync() for app in apps))
    for app in apps:
        assert app.rooms[room_id(people.room)].pinned == [f"$m{sent.message_id}"]
    # PostgreSQL's cache also ends with the time, which may be in between.
    assert 0 < len(reads) < len(apps)
    before = len(reads)
    await messages.send(people.ben, people.room, "text", "number-000002")
    where = f"/rooms/{room_id(people.room)}/messages"
    assert len((await asha.do("GET", where, dir="b", limit="1"))["chunk"]) == 1
    assert len(reads) == before, "history without pins or roles does not need it"


async def test_members_of_a_large_room_are_encoded_on_a_thread(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"/rooms/{room_id(people.room)}/{each}" for each in ("members", "state")]
    before = [await asha.do("GET", path) for path in [*paths, "/sync"]]
    monkeypatch.setattr(state, "MANY", 1)
    members, threads = state.members, set()

    def noted(*given: Any) -> Any:
        threads.add(threading.current_thread())
        return members(*given)

    monkeypatch.setattr(state, "members", noted)
    after = [await asha.do("GET", path) for path in [*paths, "/sync"]]
    for answers in (before, after):
        del answers[2]["next_batch"]
    assert after == before
    room = after[2]["rooms"]["join"][room_id(people.room)]
    assert room["state"]["events"] == after[1]
    assert threads
    assert threading.main_thread() not in threads


async def test_all_members_count_as_a_page(people: People, asha: App) -> None:
    path = f"/rooms/{room_id(people.room)}/members"
    for _time in range(120):
        await asha.do("GET", path)
    assert (await asha.ask("GET", path)).status_code == 429
    assert (await asha.ask("GET", "/sync")).status_code == 429
