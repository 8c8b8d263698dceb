"""What administrators do with accounts, and that one administrator always remains."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import User
from services.accounts import accounts, administration
from services.accounts.factors import trusted_devices
from services.accounts.passwords import password_login, password_resets
from services.accounts.security import security_log
from services.accounts.sessions import sessions
from services.accounts.sessions.reauthentication import ReauthenticationNeeded
from services.accounts.sessions.sessions import AccountDisabled
from services.core import events
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound, ServiceError
from services.db import database
from services.messages import messages
from services.registration import invites
from tests.conftest import HERE, PASSWORD, People, confirmed

NEW_PASSWORD = "another good battery"


async def admins() -> list[str]:
    users = await database.read(lambda session: session.exec(select(User)).all())
    return sorted(user.username for user in users if user.is_admin and not user.disabled_at)


async def token_of(username: str) -> str:
    return (await accounts.login(HERE, username, PASSWORD)).token


async def refusals(*actions: object) -> list[type]:
    """Do all at the same time; return the types of the refusals."""
    results = await asyncio.gather(*actions, return_exceptions=True)  # type: ignore[call-overload]
    return [type(each) for each in results if each is not None]


# -- disabling ------------------------------------------------------------------------------------


async def test_a_disabled_account_cannot_log_in(people: People) -> None:
    token = await token_of("ben")
    sent, _new = await messages.send(people.ben, people.room, "Hello", "said-by-ben-1")
    await administration.disable(people.asha, people.ben.user_id)
    assert await sessions.resume(token) is None
    assert await sessions.which_ended([people.ben.session_id]) == {people.ben.session_id}
    with pytest.raises(AccountDisabled, match="Ask an administrator"):
        await accounts.login(HERE, "ben", PASSWORD)
    with pytest.raises(password_login.WrongPassword):  # without the password nobody learns of it
        await accounts.login(HERE, "ben", "wrong")
    assert (await messages.get(people.asha, people.room, sent.seq)).text == "Hello"
    await administration.enable(people.asha, people.ben.user_id)
    assert await sessions.resume(token) is None
    assert await sessions.resume(await token_of("ben"))


async def test_a_login_on_its_way_opens_no_session(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    "The password was checked before the account is disabled, the session is opened after it."
    write = database.write

    async def disable_first(fn: object, **options: bool) -> object:
        monkeypatch.setattr(database, "write", write)
        await administration.disable(people.asha, people.ben.user_id)
        return await write(fn, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "write", disable_first)
    with pytest.raises(AccountDisabled):
        await accounts.login(HERE, "ben", PASSWORD)


async def test_disabling_ends_the_links_for_and_by_an_account(people: People) -> None:
    await administration.set_admin(people.asha, people.ben.user_id, on=True)
    for_ben = await password_resets.create(people.asha, people.ben.user_id)
    by_ben = await password_resets.create(people.ben, people.chen.user_id)
    await administration.disable(people.asha, people.ben.user_id)
    for token in (for_ben, by_ben):
        with pytest.raises(NotFound):
            await password_resets.use(HERE, token, NEW_PASSWORD)
    with pytest.raises(Forbidden, match="Enable it first"):
        await password_resets.create(people.asha, people.ben.user_id)
    with pytest.raises(Forbidden, match="Enable it first"):
        await password_resets.create_in_terminal("ben")
    await administration.disable(people.asha, people.chen.user_id)
    with pytest.raises(Forbidden, match="Enable it first"):
        await administration.set_admin(people.asha, people.chen.user_id, on=True)


async def test_a_disabled_administrator_is_none(people: People) -> None:
    await administration.set_admin(people.asha, people.ben.user_id, on=True)
    await administration.disable(people.asha, people.ben.user_id)
    for refused in (
        administration.list_all(people.ben),
        administration.enable(people.ben, people.ben.user_id),
        invites.create(people.ben, days=1, uses=1),
        security_log.list_all(people.ben),
    ):
        with pytest.raises(Forbidden):
            await refused


async def test_nobody_disables_themselves(people: People) -> None:
    for refused in (administration.disable, administration.enable, administration.end_sessions):
        with pytest.raises(ServiceError, match="your own account"):
            await refused(people.asha, people.asha.user_id)


async def test_ending_all_sessions(people: People) -> None:
    token = await token_of("ben")
    assert (await administration.get(people.asha, people.ben.user_id)).sessions == 2
    await administration.end_sessions(people.asha, people.ben.user_id)
    assert (await administration.get(people.asha, people.ben.user_id)).sessions == 0
    assert await sessions.resume(token) is None
    assert await sessions.resume(await token_of("ben"))


@pytest.mark.parametrize("end", [administration.end_sessions, administration.disable])
async def test_no_device_is_trusted_after_it(people: People, end: Callable[..., Any]) -> None:
    ben = people.ben.user_id
    await database.write(lambda session: trusted_devices.trust(session, ben, "his laptop"))
    await end(people.asha, ben)
    assert await database.read(lambda session: trusted_devices.count(session, ben)) == 0


async def test_an_unknown_account(people: People) -> None:
    for user_id in (0, -1, 99, 2**53):
        with pytest.raises(NotFound):
            await administration.disable(people.asha, user_id)


# -- administrators -------------------------------------------------------------------------------


async def test_administrators_are_made_and_unmade(people: People, published: list[object]) -> None:
    await administration.set_admin(people.asha, people.ben.user_id, on=True)
    assert await admins() == ["asha", "ben"]
    # With the session that ben has had all the time.
    assert len(await administration.list_all(people.ben)) == 3
    await administration.set_admin(people.ben, people.asha.user_id, on=False)
    assert await admins() == ["ben"]
    with pytest.raises(Forbidden):  # at once, also with a page that is open
        await administration.list_all(people.asha)
    changes = [each for each in published if isinstance(each, events.AdminChanged)]
    assert changes == [
        events.AdminChanged(people.ben.user_id, True),
        events.AdminChanged(people.asha.user_id, False),
    ]


async def test_an_administrator_who_was_removed_leaves_no_links(people: People) -> None:
    await administration.set_admin(people.asha, people.ben.user_id, on=True)
    token = await password_resets.create(people.ben, people.asha.user_id)
    await administration.set_admin(people.asha, people.ben.user_id, on=False)
    with pytest.raises(NotFound):
        await password_resets.username_of(token)


async def test_the_last_administrator_stays(people: People) -> None:
    with pytest.raises(Forbidden, match="needs an administrator"):
        await administration.set_admin(people.asha, people.asha.user_id, on=False)
    await administration.set_admin(people.asha, people.ben.user_id, on=True)
    await administration.disable(people.asha, people.ben.user_id)
    with pytest.raises(Forbidden, match="needs an administrator"):  # ben cannot log in
        await administration.set_admin(people.asha, people.asha.user_id, on=False)
    assert await admins() == ["asha"]


@pytest.mark.parametrize("attempt", range(5))
async def test_two_administrators_who_go_at_the_same_time(people: People, attempt: int) -> None:
    asha, ben = people.asha, people.ben
    await administration.set_admin(asha, ben.user_id, on=True)
    refused = await refusals(
        administration.set_admin(asha, asha.user_id, on=False),
        administration.set_admin(ben, ben.user_id, on=False),
    )
    assert refused == [Forbidden]
    assert len(await admins()) == 1


@pytest.mark.parametrize("attempt", range(5))
async def test_two_administrators_who_remove_each_other(people: People, attempt: int) -> None:
    asha, ben = people.asha, people.ben
    await administration.set_admin(asha, ben.user_id, on=True)
    refused = await refusals(
        administration.set_admin(asha, ben.user_id, on=False),
        administration.disable(ben, asha.user_id),
    )
    assert refused == [Forbidden]
    assert len(await admins()) == 1


@pytest.mark.parametrize("attempt", range(5))
async def test_two_administrators_who_disable_each_other(people: People, attempt: int) -> None:
    asha, ben = people.asha, people.ben
    await administration.set_admin(asha, ben.user_id, on=True)
    refused = await refusals(
        administration.disable(asha, ben.user_id), administration.disable(ben, asha.user_id)
    )
    assert len(refused) == 1
    assert issubclass(refused[0], ServiceError)
    assert len(await admins()) == 1


async def test_sensitive_actions_take_a_recent_password(people: People) -> None:
    await confirmed(people.asha, timedelta(hours=1))
    ben = people.ben.user_id
    for refused in (
        administration.disable(people.asha, ben),
        administration.enable(people.asha, ben),
        administration.end_sessions(people.asha, ben),
        administration.set_admin(people.asha, ben, on=True),
    ):
        with pytest.raises(ReauthenticationNeeded):
            await refused
    assert await admins() == ["asha"]


# -- reset links ----------------------------------------------------------------------------------


async def links(viewer: CurrentUser) -> list[tuple[UserSummary, str]]:
    return [(each.person, each.made_by) for each in await password_resets.list_open(viewer)]


async def test_open_reset_links_are_listed_and_revoked(people: People) -> None:
    token = await password_resets.create(people.asha, people.ben.user_id)
    await password_resets.create_in_terminal("chen")
    assert await links(people.asha) == [(people.chen.person, ""), (people.ben.person, "asha")]
    listed = await password_resets.list_open(people.asha)
    assert token not in repr(listed)
    await password_resets.revoke(people.asha, listed[1].link_id)
    assert await links(people.asha) == [(people.chen.person, "")]
    with pytest.raises(NotFound):
        await password_resets.use(HERE, token, NEW_PASSWORD)
    with pytest.raises(NotFound):
        await password_resets.revoke(people.asha, listed[1].link_id)


async def test_reset_links_die_with_any_change_of_the_password(people: People) -> None:
    token = await password_resets.create(people.asha, people.ben.user_id)
    await accounts.change_password(people.ben, PASSWORD, NEW_PASSWORD)
    with pytest.raises(NotFound):
        await password_resets.use(HERE, token, "violet otter kettle")
    first = await password_resets.create(people.asha, people.chen.user_id)
    await password_resets.use(HERE, first, NEW_PASSWORD)
    assert await links(people.asha) == []


async def test_everything_is_in_the_security_log(people: People) -> None:
    asha, ben = people.asha, people.ben.user_id
    await administration.set_admin(asha, ben, on=True)
    await administration.set_admin(asha, ben, on=False)
    await administration.end_sessions(asha, ben)
    await administration.disable(asha, ben)
    await administration.disable(asha, ben)
    await administration.enable(asha, ben)
    await password_resets.create(asha, ben)
    [link] = await password_resets.list_open(asha)
    await password_resets.revoke(asha, link.link_id)
    logged = (await security_log.list_all(asha))[:7][::-1]
    assert [each.kind for each in logged] == [
        "admin_made",
        "admin_unmade",
        "sessions_ended",
        "account_disabled",
        "account_enabled",
        "reset_link_made",
        "reset_link_revoked",
    ]
    assert {(each.actor, each.person, each.address) for each in logged} == {
        ("asha", "ben", "127.0.0.1")
    }
