"""User profiles, and quick search for people and conversations."""

import time

import pytest
from sqlmodel import col, insert

from models import Membership, Room, User
from models.clock import now
from services.accounts import accounts, blocks, preferences
from services.accounts import people as profiles
from services.accounts.names.name_search import indexed
from services.core.collation import sort_key
from services.core.errors import NotFound, ServiceError
from services.db import database
from services.rooms import quick_search, rooms, settings
from services.rooms.members import direct_messages, memberships
from services.rooms.quick_search import Among
from tests.conftest import open_group
from tests.query_counter import statements


async def test_a_profile(people) -> None:
    await accounts.change_profile(people.ben, display_name="Ben Okafor", hue=9, about="Tea.")
    await preferences.set_time_zone(people.ben, "Africa/Lagos")
    seen = await profiles.profile(people.asha, "BEN")
    assert (seen.username, seen.display_name, seen.hue) == ("ben", "Ben Okafor", 9)
    assert (seen.about, seen.time_zone, seen.is_blocked) == ("Tea.", "Africa/Lagos", False)
    await blocks.block(people.asha, "ben")
    assert (await profiles.profile(people.asha, "ben")).is_blocked
    assert not (await profiles.profile(people.chen, "ben")).is_blocked


async def test_the_common_rooms_of_a_profile(people) -> None:
    await rooms.create(people.ben, name="Ben's own", topic="", private=True)
    await direct_messages.open(people.asha, ["ben"])
    common = [each.name for each in (await profiles.profile(people.asha, "ben")).rooms]
    assert common == ["Lobby", "Study group"]
    assert [each.name for each in (await profiles.profile(people.chen, "ben")).rooms] == ["Lobby"]
    assert (await profiles.profile(people.ben, "ben")).rooms == ()


@pytest.mark.parametrize("name", ["nobody", "", None, 7, ["ben"], "\0", "\ud800", "x" * 9999])
async def test_an_unknown_name_has_no_profile(people, name) -> None:
    with pytest.raises(NotFound):
        await profiles.profile(people.asha, name)


async def titles(viewer, words, **options) -> list[str]:
    return [found.title for found in await quick_search.find(viewer, words, **options)]


async def test_names_are_found_by_prefixes_and_substrings(people) -> None:
    await accounts.change_profile(people.ben, display_name="Élodie Okafor", hue=1)
    await rooms.create(people.chen, name="Okapi watchers", topic="", private=False)
    await rooms.create(people.chen, name="Okapi secrets", topic="", private=True)
    assert await titles(people.asha, "ok") == ["Élodie Okafor", "Okapi watchers"]
    assert await titles(people.chen, "OK") == ["Okapi secrets", "Okapi watchers", "Élodie Okafor"]
    assert await titles(people.asha, "élod okaf") == ["Élodie Okafor"]
    assert await titles(people.asha, "@ben") == ["Élodie Okafor"]
    assert await titles(people.asha, "kapi") == ["Okapi watchers"]
    assert await titles(people.asha, "ok", among=Among.PEOPLE) == ["Élodie Okafor"]
    assert await titles(people.asha, "ash") == ["asha (you)"]


async def test_own_conversations_come_before_other_people(people) -> None:
    await rooms.create(people.asha, name="Chess", topic="", private=True)
    assert await titles(people.asha, "ch") == ["Chess", "chen"]
    direct = await direct_messages.open(people.asha, ["chen"])
    (chen,) = await quick_search.find(people.asha, "chen")
    assert (chen.room_id, chen.kind, chen.is_mine) == (direct, "direct", True)
    group = await open_group(people.asha, people.ben, people.chen)
    assert await titles(people.asha, "ben chen") == ["ben, chen"]
    assert await titles(people.asha, "chen ben") == ["ben, chen"]
    found = await quick_search.find(people.asha, "chen")
    assert [each.room_id for each in found] == [direct, group]
    assert await titles(people.ben, "chen") == ["asha, chen", "chen"]


async def test_an_empty_search_lists_the_latest_first(people) -> None:
    mine = [await rooms.create(people.asha, name=name, topic="", private=True) for name in "xyz"]

    def visit(session) -> None:
        for at, room in enumerate((mine[1], mine[0])):
            membership = session.get(Membership, (room, people.asha.user_id))
            membership.last_read_at = now().replace(year=2026 + at)
            session.add(membership)

    await database.write(visit)
    assert (await titles(people.asha, ""))[:2] == ["x", "y"]
    assert await titles(people.asha, "", among=Among.PEOPLE) == ["asha (you)", "ben", "chen"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "%a%", "* OR 1", "\\%", "zzz"])
async def test_special_characters_are_literal(people, words) -> None:
    assert await titles(people.asha, words) == []
    await rooms.create(people.asha, name=f"a {words} b", topic="", private=True)
    assert await titles(people.asha, words) == [f"a {words} b"]


@pytest.mark.parametrize("words", [None, 5, [], {}, "x" * 5000])
async def test_other_types_and_long_texts_raise_no_error(people, words) -> None:
    await quick_search.find(people.asha, words)


@pytest.mark.parametrize("words", ["\u202e", "\ud800"])
async def test_hidden_characters_are_refused(people, words) -> None:
    with pytest.raises(ServiceError):
        await quick_search.find(people.asha, words)


async def test_among_ten_thousand_rooms_and_five_thousand_people(people) -> None:
    def fill(session) -> None:
        session.execute(
            insert(User),
            [
                {
                    "username": f"person{n}",
                    "username_key": f"person{n}",
                    "skeleton": f"person{n}",
                    "display_name": f"Person Number {n}",
                    "search_name": indexed(f"Person Number {n}", f"person{n}"),
                    "sort_key": sort_key(f"Person Number {n}"),
                    "hue": 1,
                    "password_hash": "",
                }
                for n in range(5000)
            ],
        )
        kinds = ("public", "private")
        session.execute(
            insert(Room),
            [
                {
                    "kind": kinds[n % 2],
                    "name": f"Room Number {n}",
                    "name_key": f"room{n}",
                    "search_name": indexed(f"Room Number {n}"),
                    "sort_key": sort_key(f"Room Number {n}"),
                }
                for n in range(10_000)
            ],
        )
        session.flush()
        first = session.exec(rooms.select(col(Room.id)).where(Room.name == "Room Number 0")).one()
        session.execute(
            insert(Membership),
            [{"room_id": first + n, "user_id": people.asha.user_id} for n in range(2000)],
        )

    await database.write(fill)
    for words in ("", "numb", "n", "person number 4999", "room 9998"):
        durations = []
        for _each in range(5):
            began = time.process_time()  # it is about the work, whatever else the machine does
            found = await quick_search.find(people.asha, words)
            durations.append(time.process_time() - began)
        print(words, len(found), [round(each * 1000, 1) for each in durations])
        assert 0 < len(found) <= quick_search.MAX_RESULTS
        assert min(durations) < 0.2
    with statements() as queries:
        await quick_search.find(people.asha, "numb")
    assert len(queries) <= 5


async def test_a_message_is_forwarded_to_where_one_may_write(people) -> None:
    names = ("Old news", "News of all", "News of ours")
    old, heard, ours = [
        await rooms.create(people.asha, name=name, topic="", private=False) for name in names
    ]
    for room in (old, heard, ours):
        await memberships.join(people.ben, room)
    await settings.archive(people.asha, old, on=True)
    await settings.announce(people.asha, heard, on=True)
    await rooms.create(people.asha, name="News of others", topic="", private=False)
    assert await titles(people.ben, "news", among=Among.TARGETS) == ["News of ours"]
    assert sorted(await titles(people.asha, "news of", among=Among.TARGETS)) == [
        "News of all",
        "News of others",
        "News of ours",
    ]
    listed = await titles(people.ben, "", among=Among.TARGETS)
    assert "News of ours" in listed
    assert "Old news" not in listed
    assert await titles(people.ben, "chen", among=Among.TARGETS) == ["chen"]
