"""Names sort and match as people expect, wherever people and rooms are looked for or listed."""

from collections.abc import Sequence

import pytest
from sqlmodel import Session, col, select, update

from models import Room, User
from services.accounts import accounts, administration, blocks
from services.accounts import people as profiles
from services.accounts.names import namesakes
from services.core.dto import CurrentUser, UserSummary
from services.db import database
from services.mentions import autocomplete
from services.messages import initial_state, messages
from services.rooms import quick_search, room_names, rooms, settings
from services.rooms.members import direct_messages, memberships
from services.rooms.reading import receipts
from tests.conftest import People, add_member, person

NAMES = {
    "okaya": "Ömer Kaya",
    "avolk": "Анна Волкова",
    "eokafor": "Élodie Okafor",
    "lk": "Łukasz",
    "isik": "Işıl Çelik",
    "nta": "Nguyễn Thị Ánh",
    "zara": "ज़ारा ख़ान",
    "mhd": "مُحَمَّد",
    "kms": "김민수",
    "obrien": "Siobhán O’Brien",
    "full": "ＹＵＫＩ",
}
FOUND = {
    "okaya": ("öm", "Öm", "om", "OM", "o\u0308m", "ka"),
    "avolk": ("анн", "Анн", "АНН", "волк"),
    "eokafor": ("él", "ÉL", "el", "oka"),
    "lk": ("łu", "Łu", "lu"),
    "isik": ("Işı", "isi", "ISI", "cel", "çel"),
    "nta": ("nguyen", "thị", "anh"),
    "zara": ("ज़ा", "जा", "ख़ान", "खान"),
    "mhd": ("محم", "مُحَ"),
    "kms": ("김", "기", "김민"),
    "obrien": ("o'b", "o’b", "bri", "siobhan"),
    "full": ("yuk", "ＹＵ"),
}


async def name(who: CurrentUser, shown: str) -> None:
    await accounts.change_profile(who, display_name=shown, hue=1)


@pytest.fixture
async def named(people: People) -> People:
    """The room of `people` with everybody of `NAMES` in it."""
    for username, shown in NAMES.items():
        await name(await person(username), shown)
        await add_member(people.asha, people.room, username)
    return people


async def test_people_are_found_however_their_names_are_typed(
    named: People, subtests: pytest.Subtests
) -> None:
    for username, typed in [(each, typed) for each, all in FOUND.items() for typed in all]:
        with subtests.test(username, typed=typed):
            await check_found(named.asha, named.room, username, typed)


async def check_found(viewer: CurrentUser, room: int, username: str, typed: str) -> None:
    """Check that somebody is found wherever people are looked for."""
    suggested = await autocomplete.complete(viewer, room, typed)
    assert username in [each.username for each in suggested], f"@{typed}"
    members = await memberships.members(viewer, room, typed)
    assert username in [each.username for each in members.found], f"members: {typed}"
    switched = await quick_search.find(viewer, typed)
    found = [each.username for result in switched for each in result.people]
    assert username in found, f"quick search: {typed}"


async def test_others_are_not_found(named: People) -> None:
    for typed in ("xöm", "ерн", "आरा", "zz"):
        assert await autocomplete.complete(named.asha, named.room, typed) == []
    for typed in ("xöm", "ернь", "zz"):
        assert (await memberships.members(named.asha, named.room, typed)).found == []
        assert await quick_search.find(named.asha, typed) == []


@pytest.mark.parametrize(
    ("shown", "topic", "typed"),
    [
        ("Физика", "", ["физ", "ФИЗ", "физика"]),
        ("Chess", "Éxamens à Łódź", ["éxa", "exa", "lodz EXAMENS"]),
        ("Straße", "", ["strasse", "STRASSE", "straße"]),
        ("محاضرات", "", ["مُحاضرات", "محاضر"]),
        ("物理", "", ["物", "物理"]),
    ],
)
async def test_rooms_are_found_however_their_names_are_typed(
    people: People, shown: str, topic: str, typed: list[str]
) -> None:
    room = await rooms.create(people.asha, name=shown, topic="", private=False)
    await settings.change(people.asha, room, name=shown, topic=topic)
    for words in typed:
        assert [each.room_id for each in await rooms.discover(people.chen, words)] == [room]
        assert [each.room_id for each in await rooms.all_mine(people.asha, words)] == [room]
        by_name = [each.room_id for each in await quick_search.find(people.chen, words)]
        assert by_name == ([] if topic else [room])


# -- order ---------------------------------------------------------------------------------------

ORDER = ["anna", "Anna b", "émile", "Ömer", "Zed", "zoe"]


@pytest.fixture
async def mixed(people: People) -> People:
    """The room of `people` with everybody of `ORDER` in it."""
    for shown in ("zoe", "Zed", "Anna b", "Ömer", "anna", "émile"):
        who = await person(f"user{ORDER.index(shown)}")
        await name(who, shown)
        await add_member(people.asha, people.room, who.username)
    return people


def ours(listed: Sequence[UserSummary]) -> list[str]:
    return [each.display_name for each in listed if each.username.startswith("user")]


async def test_people_are_listed_in_the_order_of_readers(mixed: People) -> None:
    viewer, room = mixed.asha, mixed.room
    assert ours((await memberships.members(viewer, room)).found) == ORDER
    assert ours(await autocomplete.complete(viewer, room, "")) == ORDER
    assert ours(await administration.list_all(viewer)) == ORDER
    found = await quick_search.find(viewer, "", among=quick_search.Among.PEOPLE)
    assert [each.title for each in found if each.title in ORDER] == ORDER
    for number in range(len(ORDER)):
        await blocks.block(viewer, f"user{number}")
    assert ours(await blocks.mine(viewer)) == ORDER


async def test_receipts_are_in_the_order_of_readers(mixed: People) -> None:
    sent, _new = await messages.send(mixed.asha, mixed.room, "hello", "message-one")
    readers = await receipts.of(mixed.asha, mixed.room, sent.seq)
    assert ours([*readers.read, *readers.delivered, *readers.waiting]) == ORDER


async def test_rooms_are_listed_in_the_order_of_readers(people: People) -> None:
    order = ["anna", "Anna b", "émile", "Ömer", "Week 2", "Week 10", "Zed", "zoe"]
    for shown in ("zoe", "Zed", "Week 10", "Anna b", "Ömer", "anna", "émile", "Week 2"):
        await rooms.create(people.asha, name=shown, topic="", private=False)

    def in_order(titles: list[str]) -> bool:
        return [title for title in titles if title in order] == order

    listed = await rooms.mine(people.asha)
    assert listed[0].name == "Lobby"
    assert in_order([room.title for room in listed])
    assert in_order([room.title for room in await rooms.all_mine(people.asha)])
    public = await rooms.discover(people.ben)
    assert in_order([room.name for room in public])
    assert in_order([room.title for room in (await initial_state.sidebar(people.asha)).rooms])
    for room in public:
        if not room.joined:
            await memberships.join(people.ben, room.room_id)
    shared = (await profiles.profile(people.ben, "asha")).rooms
    assert in_order([room.name for room in shared])


async def test_direct_messages_name_their_people_in_that_order(mixed: People) -> None:
    usernames = [f"user{number}" for number in (5, 3, 0, 2)]
    room = await direct_messages.open(mixed.asha, usernames)
    assert (await rooms.get(mixed.asha, room)).title == "anna, émile, Ömer, zoe"


async def test_names_from_before_an_upgrade_are_completed_at_start(mixed: People) -> None:
    await rooms.create(mixed.asha, name="Физика", topic="Éxamens", private=False)

    def forget(session: Session) -> None:
        session.exec(update(User).values(search_name="", sort_key=b""))
        session.exec(update(Room).values(search_name="", search_topic="", sort_key=b""))

    def columns(session: Session) -> list[object]:
        users = session.exec(select(User.search_name, User.sort_key).order_by(col(User.id))).all()
        wanted = select(Room.search_name, Room.search_topic, Room.sort_key)
        found = session.exec(wanted.order_by(col(Room.id))).all()
        return [*users, *found]

    before = await database.read(columns)
    await database.write(forget)
    assert await rooms.discover(mixed.chen, "lob") == []
    await namesakes.fill()
    await room_names.fill()
    assert await database.read(columns) == before
    assert [room.name for room in await rooms.discover(mixed.chen, "lob")] == ["Lobby"]
