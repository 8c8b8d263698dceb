"""Presence: derived from open pages, shown to users who share a room, stored at the end."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlmodel import update

from models import Block, User
from models.clock import now
from services.core import events
from services.core.dto import Preferences
from services.db import database
from services.rooms import presence, rooms
from services.rooms.members import memberships
from services.rooms.presence import Presence, State
from services.rooms.reading import read_positions
from tests.conftest import person


@pytest.fixture(autouse=True)
def short_grace(monkeypatch):
    monkeypatch.setattr(presence, "GRACE", 0.01)
    yield
    presence._pages.clear()
    presence._closing.clear()
    presence._left.clear()
    presence._elsewhere.clear()


async def gone() -> None:
    await asyncio.sleep(2 * presence.GRACE)


async def last_seen(viewer):
    return await database.read(lambda session: session.get_one(User, viewer.user_id).last_seen_at)


async def test_the_most_active_page_counts(people, published) -> None:
    ben = people.ben
    assert presence.state(ben.user_id) == State.OFFLINE
    presence.connect(ben, "laptop")
    assert presence.state(ben.user_id) == State.ACTIVE
    presence.set_active(ben, "laptop", False)
    assert presence.state(ben.user_id) == State.AWAY
    presence.connect(people.asha, "tablet")
    assert presence.count_online() == {State.ACTIVE: 1, State.AWAY: 1}
    presence.disconnect(people.asha, "tablet")
    await gone()
    assert presence.count_online() == {State.AWAY: 1}
    published[:] = [each for each in published if each.user_id == ben.user_id]
    presence.connect(ben, "phone")
    assert presence.state(ben.user_id) == State.ACTIVE
    presence.disconnect(ben, "phone")
    await gone()
    assert presence.state(ben.user_id) == State.AWAY
    presence.disconnect(ben, "laptop")
    await gone()
    assert presence.state(ben.user_id) == State.OFFLINE
    assert published == [events.PresenceChanged(ben.user_id)] * 5


async def test_reloading_a_page_keeps_the_user_online(people, published) -> None:
    presence.connect(people.ben, "old")
    presence.disconnect(people.ben, "old")
    presence.connect(people.ben, "new")
    await gone()
    presence.disconnect(people.ben, "new")
    presence.connect(people.ben, "new")  # reconnected
    await gone()
    assert presence.state(people.ben.user_id) == State.ACTIVE
    assert published == [events.PresenceChanged(people.ben.user_id)]


async def test_unknown_pages_are_ignored(people, published) -> None:
    presence.set_active(people.ben, "made up", True)
    presence.disconnect(people.ben, "made up")
    await gone()
    assert (presence.state(people.ben.user_id), published) == (State.OFFLINE, [])


async def test_the_time_the_last_page_closes_is_stored(people) -> None:
    presence.connect(people.ben, "page")
    await read_positions.flush()
    assert await last_seen(people.ben) is None
    presence.disconnect(people.ben, "page")
    await gone()
    await read_positions.flush()
    seen = await last_seen(people.ben)
    assert abs((now() - seen).total_seconds()) < 60
    known = await presence.of(people.asha, [people.ben.user_id])
    assert known == {people.ben.user_id: Presence(State.OFFLINE, seen)}


async def test_what_another_process_has_stored_since_is_when_they_were_last_seen(people) -> None:
    who = people.ben.user_id
    presence.connect(people.ben, "page")
    presence.disconnect(people.ben, "page")
    await gone()
    await read_positions.flush()
    left = await last_seen(people.ben)
    for stored, seen in (
        (left + timedelta(hours=1), left + timedelta(hours=1)),
        (left - timedelta(hours=1), left),
        (None, left),
    ):
        values = update(User).where(User.id == who).values(last_seen_at=stored)
        await database.write(lambda session, values=values: session.exec(values) and None)
        assert await presence.of(people.asha, [who]) == {who: Presence(State.OFFLINE, seen)}


async def test_nobody_has_left_who_is_on_a_page_of_another_process(people) -> None:
    who = people.ben.user_id
    presence.hear("other", {who: True})
    presence.connect(people.ben, "page")
    presence.disconnect(people.ben, "page")
    await gone()
    await read_positions.flush()
    assert await last_seen(people.ben) is not None  # the other may be killed
    earlier = now() - timedelta(hours=1)
    values = update(User).where(User.id == who).values(last_seen_at=earlier)
    await database.write(lambda session: session.exec(values) and None)
    presence.hear("other", {})
    [known] = (await presence.of(people.asha, [who])).values()
    assert known == Presence(State.OFFLINE, earlier)


async def test_online_users_are_recorded_in_case_of_a_crash(people) -> None:
    presence.connect(people.ben, "page")
    presence.record_all()
    await read_positions.flush()
    assert await last_seen(people.ben) is not None
    known = await presence.of(people.asha, [people.ben.user_id])
    assert known == {people.ben.user_id: Presence(State.ACTIVE, None)}


async def test_users_without_a_common_room_are_left_out(people) -> None:
    lobby = (await rooms.mine(people.chen))[0].room_id
    asked = [people.asha.user_id, people.ben.user_id, 999_999]
    assert len(await presence.of(people.chen, asked)) == 2  # both are in the Lobby
    await memberships.leave(people.chen, lobby)
    assert await presence.of(people.chen, asked) == {}
    assert await presence.of(people.chen, []) == {}


async def test_blocked_users_get_no_presence(people) -> None:
    block = Block(user_id=people.ben.user_id, blocked_id=people.asha.user_id)
    await database.write(lambda session: session.add(block))
    presence.connect(people.ben, "page")
    assert await presence.of(people.asha, [people.ben.user_id]) == {}
    assert len(await presence.of(people.ben, [people.asha.user_id])) == 1


async def test_hiding_last_seen_works_both_ways(people) -> None:
    dora = await person("dora")
    hides = Preferences(shows_last_seen=False)

    def hide(session) -> None:
        for viewer in (people.asha, people.ben, dora):
            user = session.get_one(User, viewer.user_id)
            user.last_seen_at = now()
            user.shows_last_seen = viewer is not people.ben
            session.add(user)

    await database.write(hide)
    ben = replace(people.ben, preferences=hides)
    asked = [each.user_id for each in (people.asha, ben, dora)]
    by_dora = await presence.of(dora, asked)
    assert [by_dora[user_id].last_seen_at is None for user_id in asked] == [False, True, False]
    by_ben = await presence.of(ben, asked)
    assert {each.last_seen_at for each in by_ben.values()} == {None}
