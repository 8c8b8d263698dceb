"""The password again before sensitive actions."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models import ResetLink
from services.accounts import accounts
from services.accounts.passwords import password_resets
from services.accounts.sessions import reauthentication, sessions
from services.accounts.sessions.reauthentication import VALID_FOR, ReauthenticationNeeded
from services.core.errors import NotFound, RateLimited, ServiceError
from services.db import database
from tests.conftest import HERE, PASSWORD, People, confirmed


async def test_a_login_counts_for_a_while(people: People) -> None:
    token = (await accounts.login(HERE, "ben", PASSWORD)).token
    ben = await sessions.resume(token)
    await reauthentication.require_recent(ben)
    await confirmed(ben, VALID_FOR - timedelta(seconds=5))
    await reauthentication.require_recent(ben)
    for ago in (VALID_FOR, timedelta(days=1), timedelta(hours=-1), None):
        await confirmed(ben, ago)
        with pytest.raises(ReauthenticationNeeded):
            await reauthentication.require_recent(ben)


async def test_the_password_confirms_this_session_alone(people: People) -> None:
    token = (await accounts.login(HERE, "ben", PASSWORD)).token
    elsewhere = await sessions.resume(token)
    for viewer in (people.ben, elsewhere):
        await confirmed(viewer, None)
    await reauthentication.confirm_with_password(people.ben, PASSWORD)
    await reauthentication.require_recent(people.ben)
    with pytest.raises(ReauthenticationNeeded):
        await reauthentication.require_recent(elsewhere)


@pytest.mark.parametrize("wrong", ["wrong", "", None, 7, ["x"], "x" * 100_000, "\ud800"])
async def test_nothing_but_the_password_does(people: People, wrong: object) -> None:
    await confirmed(people.ben, None)
    with pytest.raises(ServiceError, match="Wrong password"):
        await reauthentication.confirm_with_password(people.ben, wrong)
    with pytest.raises(ReauthenticationNeeded):
        await reauthentication.require_recent(people.ben)


async def test_guesses_are_limited_even_if_one_is_right(people: People) -> None:
    await confirmed(people.ben, None)
    for _guess in range(5):
        with pytest.raises(ServiceError, match="Wrong password"):
            await reauthentication.confirm_with_password(people.ben, "guess")
    with pytest.raises(RateLimited):
        await reauthentication.confirm_with_password(people.ben, PASSWORD)
    with pytest.raises(ReauthenticationNeeded):
        await reauthentication.require_recent(people.ben)


async def test_a_stolen_session_does_not_keep_its_owner_from_ending_it(people: People) -> None:
    token = (await accounts.login(HERE, "ben", PASSWORD)).token
    stolen = await sessions.resume(token)
    await confirmed(stolen, None)
    await confirmed(people.ben, None)
    for _guess in range(5):
        with pytest.raises(ServiceError, match="Wrong password"):
            await reauthentication.confirm_with_password(stolen, "guess")
    for _each in range(20):
        await accounts.change_theme(stolen, "dark")
    with pytest.raises(RateLimited):
        await accounts.change_theme(stolen, "dark")
    await reauthentication.confirm_with_password(people.ben, PASSWORD)
    await sessions.end_others(people.ben)
    assert await sessions.resume(token) is None
    await accounts.change_password(people.ben, PASSWORD, "violet otter kettle")


async def test_an_ended_session_is_not_confirmed(people: People) -> None:
    await accounts.logout(people.ben)
    with pytest.raises(NotFound):
        await reauthentication.confirm_with_password(people.ben, PASSWORD)


async def test_a_stolen_session_of_an_administrator_makes_no_reset_link(people: People) -> None:
    await confirmed(people.asha, VALID_FOR)
    for person in (people.asha, people.ben):
        with pytest.raises(ReauthenticationNeeded):
            await password_resets.create(people.asha, person.user_id)
    links = await database.read(lambda session: session.exec(select(ResetLink)).all())
    assert links == []
    await reauthentication.confirm_with_password(people.asha, PASSWORD)
    assert await password_resets.create(people.asha, people.ben.user_id)


async def test_a_stolen_session_ends_no_other(people: People) -> None:
    await accounts.login(HERE, "ben", PASSWORD)
    await confirmed(people.ben, VALID_FOR)
    other = next(
        each.session_id
        for each in await sessions.mine(people.ben)
        if each.session_id != people.ben.session_id
    )
    with pytest.raises(ReauthenticationNeeded):
        await sessions.end(people.ben, other)
    assert len(await sessions.mine(people.ben)) == 2
    await sessions.end(people.ben, people.ben.session_id)
