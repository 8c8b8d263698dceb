"""People of one name: who shows their username, in which colour, and which names are reserved."""

import pytest
from msgspec.structs import replace
from sqlmodel import col, select, update

from models import User
from services import lifecycle
from services.accounts import accounts
from services.accounts.names import namesakes
from services.core import events
from services.core.errors import Conflict, ServiceError
from services.db import database
from services.registration import registration
from services.registration.registration import RegistrationForm
from tests.conftest import HERE, PASSWORD


async def register(username: str, display_name: str = "") -> None:
    await registration.register(HERE, RegistrationForm(username, PASSWORD, display_name))


async def shown(username: str) -> str:
    return (await user(username)).display_name


async def user(username: str) -> User:
    return await database.read(
        lambda session: session.exec(select(User).where(User.username == username)).one()
    )


async def test_two_people_of_one_name_show_their_usernames(people) -> None:
    await register("priya1", "Priya Sharma")
    assert await shown("priya1") == "Priya Sharma"
    await register("priya2", "Priya Sharma")
    assert await shown("priya1") == "Priya Sharma @priya1"
    assert await shown("priya2") == "Priya Sharma @priya2"
    await register("priya3", "Priya Sharma")
    assert await shown("priya3") == "Priya Sharma @priya3"


@pytest.mark.parametrize(
    "imitation",
    [
        "priya sharma",
        "PRIYA SHARMA",
        "Priya  Sharma",
        "PriyaSharma",
        "Priya Sharma.",
        "Priya\u00a0Sharma",
        "Priya\u200b Sharma",
        "Priya\u2060Sharma",
        "Pri\u00adya Sharma",
        "\u0420riya Sharma",  # Cyrillic
        "Priy\u0430 Sh\u0430rm\u0430",
        "\u03a1riya Sharma",  # Greek
        "Pr1ya Sharma",
        "PrIya Sharma",
        "Prlya Sharma",
        "\uff30riya Sharma",  # fullwidth
        "\U0001d40friya Sharma",  # mathematical
        "Priya Sharrna",
    ],
)
async def test_an_imitated_name_shows_both_usernames(people, imitation: str) -> None:
    await accounts.change_profile(people.asha, display_name="Priya Sharma", hue=20)
    await accounts.change_profile(people.ben, display_name=imitation, hue=20)
    assert await shown("asha") == "Priya Sharma @asha"
    assert (await shown("ben")).endswith(" @ben")
    assert (await user("asha")).hue == 20
    assert 30 <= ((await user("ben")).hue - 20) % 360 <= 330


async def test_a_name_that_is_a_username_of_somebody_else(people) -> None:
    await accounts.change_profile(people.ben, display_name="Asha", hue=1)
    assert await shown("ben") == "Asha @ben"
    await accounts.change_profile(people.chen, display_name="Dina Rao", hue=1)
    assert await shown("chen") == "Dina Rao"
    await register("dina_rao", "Somebody")
    assert await shown("chen") == "Dina Rao @chen"


async def test_others_are_told_when_a_name_changes(people, published) -> None:
    await accounts.change_profile(people.asha, display_name="Priya", hue=20)
    await accounts.change_profile(people.ben, display_name="Priya", hue=200)
    published.clear()
    person = await accounts.change_profile(people.ben, display_name="Ben", hue=200)
    assert (person.display_name, person.own_name) == ("Ben", "Ben")
    assert await shown("asha") == "Priya"
    told = [each.person for each in published if isinstance(each, events.PersonChanged)]
    assert [(each.username, each.display_name) for each in told] == [
        ("ben", "Ben"),
        ("asha", "Priya"),
    ]


async def test_who_saves_the_same_name_again_keeps_it(people) -> None:
    await accounts.change_profile(people.asha, display_name="Priya", hue=20)
    await accounts.change_profile(people.ben, display_name="Priya", hue=200)
    person = await accounts.change_profile(people.ben, display_name="Priya", hue=200)
    assert (person.display_name, person.own_name, person.hue) == ("Priya @ben", "Priya", 200)


@pytest.mark.parametrize("name", ["Asha @asha", "@asha", "Asha \uff20asha", "Asha \ufe6basha"])
async def test_nobody_writes_a_username_into_a_name(people, name: str) -> None:
    with pytest.raises(ServiceError, match="can't contain @"):
        await accounts.change_profile(people.ben, display_name=name, hue=1)


@pytest.mark.parametrize(
    "name",
    [
        *("Admin", "ADMIN", "A d m i n", "Adm1n", "\u0410dmin", "Administrator", "Moderator"),
        *("Lobby", "Iobby", "L0bby", "System", "Sy\u200bstem", "Support", "Server"),
        *("Simple Chat", "simple-chat"),
    ],
)
async def test_reserved_names_are_for_administrators(people, name: str) -> None:
    with pytest.raises(Conflict, match="reserved"):
        await accounts.change_profile(people.ben, display_name=name, hue=1)
    with pytest.raises(Conflict, match="reserved"):
        await register("dina", name)
    await accounts.change_profile(people.asha, display_name=name, hue=1)


@pytest.mark.parametrize("name", ["Admir", "Adrian Minh", "Systema", "Serverin", "Chat", "Roddy"])
async def test_other_names_are_not_reserved(people, name: str) -> None:
    await accounts.change_profile(people.ben, display_name=name, hue=1)
    assert await shown("ben") == name


@pytest.mark.parametrize("name", ["admin", "Adm1n", "system", "simple-chat", "lobby", "support_"])
async def test_usernames_are_reserved_too(people, name: str) -> None:
    with pytest.raises(Conflict, match="reserved"):
        await register(name)


async def test_the_first_account_may_have_a_reserved_name(app_settings) -> None:
    await register("admin", "Administrator")
    assert await shown("admin") == "Administrator"


async def test_an_account_keeps_a_name_from_before(people) -> None:
    await database.write(
        lambda session: session.exec(
            update(User)
            .where(col(User.username) == "ben")
            .values(display_name="Admin", name_likeness="", username_likeness="")
        )
    )
    await namesakes.fill()
    ben = replace(people.ben, display_name="Admin")
    assert (await accounts.change_profile(ben, display_name="Admin", hue=9)).hue == 9
    await accounts.change_profile(ben, display_name="Ben", hue=9)
    with pytest.raises(Conflict, match="reserved"):
        await accounts.change_profile(replace(ben, display_name="Ben"), display_name="Admin", hue=9)


async def test_accounts_of_an_earlier_version_are_compared_at_start(people, app_settings) -> None:
    await database.write(
        lambda session: session.exec(
            update(User)
            .where(col(User.username) != "asha")
            .values(display_name="Priya", name_likeness="", username_likeness="")
        )
    )
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    assert [await shown(name) for name in ("asha", "ben", "chen")] == [
        "asha",
        "Priya @ben",
        "Priya @chen",
    ]


async def test_colours_differ_as_far_as_there_are_any(people) -> None:
    for number in range(14):
        await register(f"priya{number:02}", "Priya")
    hues = [(await user(f"priya{number:02}")).hue for number in range(14)]
    assert len(set(hues)) == 14
    first = sorted(hues[:6])
    gaps = [(b - a) % 360 for a, b in zip(first, first[1:] + first[:1], strict=True)]
    assert min(gaps) >= namesakes.HUE_DISTANCE
