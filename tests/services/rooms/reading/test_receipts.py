"""Receipts: derived from positions, for users who have turned them on."""

import asyncio
from itertools import count

import pytest
from msgspec.structs import replace
from sqlmodel import select

from models import Membership, User
from models.clock import now
from services.accounts import blocks
from services.core.dto import Preferences
from services.core.errors import Forbidden, NotFound, RateLimited
from services.db import database
from services.messages import messages
from services.rooms import presence, rooms
from services.rooms.reading import read_positions, receipts
from services.rooms.reading.receipts import FurthestBehind
from tests.conftest import add_member, person
from tests.query_counter import statements

_numbers = count()


@pytest.fixture(autouse=True)
def nobody_here():
    yield
    presence._pages.clear()
    presence._closing.clear()
    presence._left.clear()


async def say(viewer, room: int) -> int:
    sent, _new = await messages.send(viewer, room, "Hello", f"receipts-{next(_numbers):06}")
    return sent.seq


async def read(viewer, room: int, seq: int) -> None:
    read_positions.mark_read(viewer, room, seq)
    await read_positions.flush()


async def names(viewer, room: int, seq: int) -> tuple[list[str], list[str], list[str]]:
    found = await receipts.of(viewer, room, seq)
    parts = (found.read, found.delivered, found.waiting)
    return tuple([each.username for each in part] for part in parts)


async def hide(*viewers) -> None:
    def change(session) -> None:
        for viewer in viewers:
            user = session.get_one(User, viewer.user_id)
            user.shows_receipts = False
            session.add(user)

    await database.write(change)


async def test_a_message_goes_from_sent_to_delivered_to_read(people) -> None:
    seq = await say(people.asha, people.room)
    assert await names(people.asha, people.room, seq) == ([], [], ["ben"])
    presence.connect(people.ben, "page")
    assert await names(people.asha, people.room, seq) == ([], ["ben"], [])
    await read(people.ben, people.room, seq)
    assert await names(people.asha, people.room, seq) == (["ben"], [], [])


async def test_it_is_delivered_to_users_seen_after_it_was_sent(people) -> None:
    before = await say(people.asha, people.room)
    read_positions.record_seen(people.ben.user_id, now())
    await read_positions.flush()
    after = await say(people.asha, people.room)
    assert await names(people.asha, people.room, before) == ([], ["ben"], [])
    assert await names(people.asha, people.room, after) == ([], [], ["ben"])


async def test_the_time_is_exact_only_for_the_last_message_read(people) -> None:
    first, second = await say(people.asha, people.room), await say(people.asha, people.room)
    began = now()
    await read(people.ben, people.room, second)
    [exact] = (await receipts.of(people.asha, people.room, second)).read
    [latest] = (await receipts.of(people.asha, people.room, first)).read
    assert began <= exact.at <= now()
    assert (exact.is_exact, latest.is_exact) == (True, False)
    assert latest.at == exact.at
    await read(people.ben, people.room, first)  # neither position nor time changes
    assert (await receipts.of(people.asha, people.room, second)).read[0].at == exact.at


async def test_sending_a_message_reads_the_earlier_ones(people) -> None:
    seq = await say(people.asha, people.room)
    await say(people.ben, people.room)
    [ben] = (await receipts.of(people.asha, people.room, seq)).read
    assert abs((now() - ben.at).total_seconds()) < 60


async def test_later_members_are_left_out(people) -> None:
    seq = await say(people.asha, people.room)
    await add_member(people.asha, people.room, "chen")
    assert await names(people.asha, people.room, seq) == ([], [], ["ben"])


async def test_users_without_receipts_are_not_counted_and_see_none(people) -> None:
    seq = await say(people.asha, people.room)
    await add_member(people.asha, people.room, "chen")
    seq = await say(people.asha, people.room)
    await read(people.chen, people.room, seq)
    await hide(people.ben)
    assert await names(people.asha, people.room, seq) == (["chen"], [], [])
    known = await receipts.furthest_behind(people.room)
    assert people.ben.user_id not in dict(known.read) | dict(known.offline)
    ben = replace(people.ben, preferences=Preferences(shows_receipts=False))
    own = await say(ben, people.room)
    with pytest.raises(Forbidden) as refused:
        await receipts.of(ben, people.room, own)
    assert "Turn them on" in refused.value.message


async def test_outsiders_and_other_authors_are_refused(people) -> None:
    seq = await say(people.asha, people.room)
    for viewer, room, number in (
        (people.chen, people.room, seq),
        (people.asha, 999_999, seq),
        (people.asha, people.room, 77),
        (people.asha, people.room, 2**52),
    ):
        with pytest.raises(NotFound):
            await receipts.of(viewer, room, number)
    with pytest.raises(Forbidden):
        await receipts.of(people.ben, people.room, seq)


async def test_requests_are_rate_limited(people) -> None:
    seq = await say(people.asha, people.room)
    for _ in range(60):
        await receipts.of(people.asha, people.room, seq)
    with pytest.raises(RateLimited):
        await receipts.of(people.asha, people.room, seq)


# -- live updates ----------------------------------------------------------------------------------


async def test_the_two_members_furthest_behind(people) -> None:
    await add_member(people.asha, people.room, "chen")
    for _ in range(3):
        await say(people.asha, people.room)
    await read(people.chen, people.room, 2)
    presence.connect(people.asha, "page")
    known = await receipts.furthest_behind(people.room)
    assert known.read == ((people.ben.user_id, 0), (people.chen.user_id, 2))
    assert {user_id for user_id, _at in known.offline} == {people.ben.user_id, people.chen.user_id}
    presence.connect(people.chen, "page")
    assert (await receipts.furthest_behind(people.room)).offline == ((people.ben.user_id, None),)


async def test_who_reads_changes_the_receipts_of_authors_after_that(people) -> None:
    for author in (people.asha, people.ben):
        await say(author, people.room)
    before = (await receipts.furthest_behind(people.room)).read
    assert await receipts.moved(people.room, before) == (before, ())
    await read(people.asha, people.room, 2)  # before, only the message of hers
    now, authors = await receipts.moved(people.room, before)
    assert now == (await receipts.furthest_behind(people.room)).read != before
    assert authors == {people.ben.user_id}


async def test_an_unknown_room_has_nobody(people) -> None:
    assert await receipts.furthest_behind(999_999) == FurthestBehind((), ())
    assert await receipts.moved(999_999, ()) == ((), ())
    assert await receipts.authors(999_999, 0) == set()


async def test_only_recent_authors_are_returned(people, monkeypatch) -> None:
    monkeypatch.setattr(receipts, "MAX_LIVE_MESSAGES", 3)
    await say(people.ben, people.room)
    for _ in range(3):
        await say(people.asha, people.room)
    both = {people.asha.user_id, people.ben.user_id}
    assert await receipts.authors(people.room, 3) == {people.asha.user_id}
    assert await receipts.authors(people.room, 4) == set()
    assert await receipts.authors(people.room, 0) <= both


async def test_many_readers_cost_one_write(people) -> None:
    crowd = [people.asha, people.ben] + [await person(f"student{n}") for n in range(8)]
    lobby = (await rooms.mine(people.asha))[0].room_id
    seq = await say(people.asha, lobby)
    with statements() as seen:
        for viewer in crowd:
            read_positions.mark_read(viewer, lobby, seq, soon=False)
        await read_positions.flush()
    assert len(seen) <= 2  # one for the members, one for all positions

    def positions(session) -> list[int]:
        query = select(Membership.last_read_seq).where(Membership.room_id == lobby)
        return list(session.exec(query))

    assert (await database.read(positions)).count(seq) == len(crowd)


async def test_delayed_positions_are_written_with_urgent_ones(people, monkeypatch) -> None:
    monkeypatch.setattr(read_positions, "COALESCE_SECONDS", 0.05)
    seq = await say(people.asha, people.room)
    await read_positions.flush()
    read_positions.mark_read(people.ben, people.room, seq, soon=False)
    await asyncio.sleep(read_positions.COALESCE_SECONDS)  # an urgent one would be written first
    assert read_positions.reached(people.ben, people.room) == seq  # still pending
    read_positions.remember(people.asha, people.room)
    async with asyncio.timeout(5):  # a delayed one waits longer
        while read_positions.reached(people.ben, people.room):
            await asyncio.sleep(0.01)
    assert await names(people.asha, people.room, seq) == (["ben"], [], [])


@pytest.mark.parametrize(("blocker", "other"), [("ben", "asha"), ("asha", "ben")])
async def test_who_is_blocked_sees_no_receipts_of_it(people, blocker, other) -> None:
    """They see the same as if receipts were turned off."""
    await add_member(people.asha, people.room, "chen")
    sent, _new = await messages.send(people.asha, people.room, "Hello", "hello-asha-1")
    for viewer in (people.ben, people.chen):
        read_positions.mark_read(viewer, people.room, sent.seq)
    await read_positions.flush()
    before = await receipts.furthest_behind(people.room)
    assert before.blocks == frozenset()
    await blocks.block(getattr(people, blocker), other)
    shown = await receipts.of(people.asha, people.room, sent.seq)
    assert [each.username for each in shown.read] == ["chen"]
    assert (shown.delivered, shown.waiting) == ([], [])
    known = await receipts.furthest_behind(people.room)
    assert known.blocks == {people.asha.user_id, people.ben.user_id}
    assert (known.read, known.offline) == (before.read, before.offline)
    for_asha = await receipts.furthest_behind(people.room, people.asha.user_id)
    assert people.ben.user_id not in dict((*for_asha.read, *for_asha.offline))
    assert people.chen.user_id in dict(for_asha.read)
