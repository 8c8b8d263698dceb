"""How far people have read: apps of the authors learn it, as their pages do, and nobody else's."""

import asyncio
from typing import Any

import pytest

from services.accounts import blocks, preferences
from services.core.dto import CurrentUser
from services.messages import messages
from services.rooms.members import memberships
from services.rooms.reading import read_positions
from services.sync import others_reads, polls, sync
from tests.api.matrix.app import App, app_of, room_id
from tests.api.matrix.test_sliding_sync import Sliding, listed, sliding
from tests.conftest import People, add_member

pytestmark = pytest.mark.usefixtures("listening", "no_limits")


async def send(who: CurrentUser, room: int, number: int) -> str:
    """Send a message; return its event id."""
    sent, _is_new = await messages.send(who, room, f"text {number}", f"number-{number:06}")
    return f"$m{sent.message_id}"


async def read(who: CurrentUser, room: int, seq: int) -> None:
    """Read a room up to a message, as on a page."""
    read_positions.mark_read(who, room, seq)
    await read_positions.flush()


async def hide(who: CurrentUser) -> None:
    """Turn a person's receipts off."""
    await preferences.change(
        who,
        shows_receipts=False,
        shows_last_seen=True,
        has_sound=False,
        quiet_from="",
        quiet_until="",
    )


def receipts(news: dict[str, Any], room: int) -> dict[str, set[str]]:
    """Return who has read up to which message, by event id, of what an app was told."""
    joined = news["rooms"].get("join", {}).get(room_id(room), {})
    events = [e for e in joined.get("ephemeral", {}).get("events", []) if e["type"] == "m.receipt"]
    assert len(events) <= 1
    return _by_event(events[0]) if events else {}


def of_sliding(news: dict[str, Any], room: int) -> dict[str, set[str]]:
    """Return the same of an app with a sliding sync."""
    event = news["extensions"]["receipts"]["rooms"].get(room_id(room))
    return _by_event(event) if event else {}


def _by_event(event: dict[str, Any]) -> dict[str, set[str]]:
    for kinds in event["content"].values():
        assert kinds.keys() == {"m.read"}
        assert all(each["ts"] > 0 for each in kinds["m.read"].values())
    return {name: set(kinds["m.read"]) for name, kinds in event["content"].items()}


async def test_authors_are_told_who_has_read(
    people: People, asha: App, ben: App, chen: App
) -> None:
    await add_member(people.asha, people.room, "chen")
    apps = (asha, ben, chen)
    for app in apps:
        await app.sync()
    first = await send(people.asha, people.room, 1)
    second = await send(people.chen, people.room, 2)
    for app in apps:
        await app.sync()
    await read(people.ben, people.room, 2)
    assert receipts(await asha.sync(), people.room) == {first: {ben.user}}
    assert receipts(await chen.sync(), people.room) == {second: {ben.user}}
    # Their own app learns it, so that it shows nothing as unread; and each is told once.
    assert receipts(await ben.sync(), people.room) == {second: {ben.user}}
    for app in apps:
        assert receipts(await app.sync(), people.room) == {}


async def test_a_new_app_is_told_what_was_read_before(people: People, ben: App) -> None:
    mine = [await send(people.asha, people.room, each) for each in range(1, 4)]
    await read(people.ben, people.room, 2)
    told = receipts(await (await app_of(people.asha)).sync(), people.room)
    assert told == {mine[1]: {ben.user}, mine[2]: {f"@asha:{ben.user.partition(':')[2]}"}}
    assert receipts(await (await app_of(people.ben)).sync(), people.room) == {mine[1]: {ben.user}}


async def test_an_app_that_waits_is_told_at_once(people: People, asha: App, ben: App) -> None:
    sent = await send(people.asha, people.room, 1)
    await asha.sync()
    waits = asyncio.create_task(asha.sync(timeout="20000"))
    while not polls.count():
        await asyncio.sleep(0)
    await ben.do("POST", f"/rooms/{room_id(people.room)}/receipt/m.read/{sent}", {})
    async with asyncio.timeout(10):
        assert receipts(await waits, people.room) == {sent: {ben.user}}


@pytest.mark.parametrize("author", ["asha", "chen"])
async def test_only_authors_are_woken(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch, author: str
) -> None:
    await add_member(people.asha, people.room, "chen")
    await send(people.asha, people.room, 1)
    await read(people.ben, people.room, 1)
    await send(getattr(people, author), people.room, 2)
    await asha.sync()
    since, asked = sync.since, asyncio.Queue[Any]()

    async def noted(*given: Any) -> Any:
        found = await since(*given)
        asked.put_nowait(found.receipts)
        return found

    monkeypatch.setattr(sync, "since", noted)
    waits = asyncio.create_task(asha.sync(timeout="20000"))
    async with asyncio.timeout(10):
        assert await asked.get() == {}
        await read(people.ben, people.room, 2)
        await send(people.ben, people.room, 3)
        await waits
        assert bool(await asked.get()) == (author == "asha")


@pytest.mark.parametrize(
    "who",
    [
        "reader hides",
        "reader blocks",
        pytest.param("author hides", marks=pytest.mark.long),
        pytest.param("author blocks", marks=pytest.mark.long),
    ],
)
async def test_what_pages_do_not_show_apps_are_not_told(
    people: People, asha: App, ben: App, who: str
) -> None:
    sent = await send(people.asha, people.room, 1)
    await asha.sync()
    match who:
        case "reader hides":
            await hide(people.ben)
        case "author hides":
            await hide(people.asha)
        case "reader blocks":
            await blocks.block(people.ben, "asha")
        case "author blocks":
            await blocks.block(people.asha, "ben")
    await read(people.ben, people.room, 1)
    assert ben.user not in receipts(await asha.sync(), people.room).get(sent, ())
    new = await app_of(people.asha)
    assert ben.user not in receipts(await new.sync(), people.room).get(sent, ())


async def test_who_came_later_has_not_read_what_was_sent_before(
    people: People, asha: App, chen: App
) -> None:
    await send(people.asha, people.room, 1)
    await asha.sync()
    await add_member(people.asha, people.room, "chen")
    await read(people.chen, people.room, 1)
    assert receipts(await asha.sync(), people.room) == {}
    second = await send(people.asha, people.room, 2)
    await read(people.chen, people.room, 2)
    assert receipts(await asha.sync(), people.room) == {second: {chen.user}}


async def test_after_a_restart_it_is_told_as_well(people: People, asha: App, ben: App) -> None:
    sent = await send(people.asha, people.room, 1)
    await asha.sync()
    others_reads.clear()  # who wrote what is known no longer
    await read(people.ben, people.room, 1)
    assert receipts(await asha.sync(), people.room) == {sent: {ben.user}}


async def test_an_outsider_is_told_nothing(people: People, chen: App) -> None:
    await chen.sync()
    await send(people.asha, people.room, 1)
    await read(people.ben, people.room, 1)
    assert "m.receipt" not in str(await chen.sync())
    # Nor is who has left, also of what they wrote themselves.
    await add_member(people.asha, people.room, "chen")
    await send(people.chen, people.room, 2)
    await chen.sync()
    await memberships.leave(people.chen, people.room)
    await read(people.ben, people.room, 2)
    assert "m.receipt" not in str(await chen.sync())


async def test_what_is_remembered_is_bounded(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAX_ROOMS", "MAX_READERS", "MAX_KEPT"):
        monkeypatch.setattr(others_reads, name, 1)
    await add_member(people.asha, people.room, "chen")
    await send(people.asha, people.room, 1)
    await send(people.ben, 1, 2)
    await asha.sync()
    for reader in (people.ben, people.chen):
        await read(reader, people.room, 1)
    assert len(others_reads._authors) == 1
    assert sum(map(len, others_reads._reads.values())) == others_reads._number == 1
    assert await asha.sync()


async def test_a_sliding_sync_tells_the_same(people: People, ben: App) -> None:
    first = await send(people.asha, people.room, 1)
    await read(people.ben, people.room, 1)
    app, body = await sliding(people.asha), listed(0, 9)
    assert of_sliding(await app.sync(body), people.room) == {first: {ben.user, app.app.user}}
    assert of_sliding(await app.sync(body), people.room) == {}
    second = await send(people.asha, people.room, 2)
    await app.sync(body)
    await read(people.ben, people.room, 2)
    news = await app.sync(body)
    assert (news["rooms"], of_sliding(news, people.room)) == ({}, {second: {ben.user}})


async def test_a_sliding_sync_is_told_once_it_wants_receipts(people: People, ben: App) -> None:
    sent = await send(people.asha, people.room, 1)
    app: Sliding = await sliding(people.asha)
    without = listed(0, 9)
    del without["extensions"]["receipts"]
    await app.sync(without)
    await read(people.ben, people.room, 1)
    assert "receipts" not in (await app.sync(without))["extensions"]
    assert of_sliding(await app.sync(listed(0, 9)), people.room) == {sent: {ben.user, app.app.user}}
