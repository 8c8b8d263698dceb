"""Invites: links to register with, limited in uses and time."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import update

from models import Invite
from models.clock import now
from services import lifecycle
from services.accounts import administration
from services.core.errors import Forbidden, NotFound, ServiceError
from services.db import database
from services.registration import invites, registration
from services.registration.registration import RegistrationForm
from tests.conftest import HERE, PASSWORD


@pytest.fixture
async def by_invite(people, app_settings) -> None:
    """Make registration need an invite."""
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings.model_copy(update={"registration": "invite"}))


async def register(name: str, code: object) -> object:
    return await registration.register(HERE, RegistrationForm(name, PASSWORD, invite=code))


async def uses(viewer, invite_id: int) -> int:
    [invite] = [each for each in await invites.list_all(viewer) if each.invite_id == invite_id]
    return invite.uses


@pytest.mark.parametrize("code", ["a\0b", "\0", "\ud800", "é", "\x7f"])
async def test_what_is_no_code_is_no_invite(people, by_invite, code: str) -> None:
    assert invites.code_in(f"https://chat.example/register?invite={code}") == ""
    with pytest.raises(ServiceError):
        await register("dina", code)


async def test_an_invite_has_a_number_of_uses(people, by_invite) -> None:
    invite = await invites.create(people.asha, days=7, uses=2)
    assert (invite.uses, invite.max_uses, invite.ended) == (0, 2, False)
    await register("dina", invite.code)
    assert await invites.is_valid(invite.code)
    await register("emil", invite.code)
    assert not await invites.is_valid(invite.code)
    with pytest.raises(Forbidden) as refused:
        await register("farid", invite.code)
    assert refused.value.message == "This invite is no longer valid. Ask for a new one."
    [listed] = await invites.list_all(people.asha)
    assert (listed.uses, listed.ended) == (2, True)


async def test_the_last_use_goes_to_one_of_several_at_once(people, by_invite) -> None:
    invite = await invites.create(people.asha, days=7, uses=1)
    names = ("dina", "emil", "farid", "gita")
    answers = await asyncio.gather(
        *[register(name, invite.code) for name in names], return_exceptions=True
    )
    assert [type(answer) for answer in answers].count(Forbidden) == 3
    everyone = {each.username for each in await administration.list_all(people.asha)}
    assert len(everyone) == 4
    assert await uses(people.asha, invite.invite_id) == 1


async def test_an_invite_expires(people, by_invite) -> None:
    async def move(moment: timedelta) -> None:
        await database.write(
            lambda session: session.exec(update(Invite).values(expires_at=now() + moment))
        )

    invite = await invites.create(people.asha, days=3, uses=5)
    assert timedelta(days=2) < invite.expires_at - now() <= timedelta(days=3)
    await move(timedelta(seconds=30))
    await register("dina", invite.code)
    await move(-timedelta(seconds=1))
    with pytest.raises(Forbidden):
        await register("emil", invite.code)
    assert await uses(people.asha, invite.invite_id) == 1


async def test_an_invite_can_be_revoked(people, by_invite) -> None:
    invite, other = [await invites.create(people.asha, days=7, uses=5) for _ in range(2)]
    await register("dina", invite.code)
    await invites.revoke(people.asha, invite.invite_id)
    await invites.revoke(people.asha, invite.invite_id)  # no error
    with pytest.raises(Forbidden):
        await register("emil", invite.code)
    await register("emil", other.code)
    with pytest.raises(NotFound):
        await invites.revoke(people.asha, 999_999)


async def test_a_failed_registration_does_not_use_an_invite(people, by_invite) -> None:
    invite = await invites.create(people.asha, days=7, uses=1)
    await asyncio.gather(
        register("dina", invite.code), register("DINA", invite.code), return_exceptions=True
    )
    assert await uses(people.asha, invite.invite_id) == 1
    second = await invites.create(people.asha, days=7, uses=1)
    with pytest.raises(ServiceError):
        await register("dina", second.code)
    assert await uses(people.asha, second.invite_id) == 0


async def test_only_administrators_create_list_and_revoke_invites(people) -> None:
    invite = await invites.create(people.asha, days=7, uses=1)
    for attempt in (
        invites.create(people.ben, days=7, uses=1),
        invites.list_all(people.ben),
        invites.revoke(people.ben, invite.invite_id),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert [each.ended for each in await invites.list_all(people.asha)] == [False]


async def test_an_invite_has_limits(people) -> None:
    for days, many in ((1, 1), (365, 1000)):
        await invites.create(people.asha, days=days, uses=many)
    for days, many in ((0, 1), (366, 1), (1, 0), (1, 1001), (-1, -1), (2**80, 1)):
        with pytest.raises(ServiceError):
            await invites.create(people.asha, days=days, uses=many)
    listed = await invites.list_all(people.asha)
    assert [each.max_uses for each in listed] == [1000, 1]  # newest first
    assert len({each.code for each in listed}) == 2


async def test_the_end_of_a_sentence_behind_a_link_does_no_harm(people, by_invite) -> None:
    invite = await invites.create(people.asha, days=7, uses=20)
    around = ["{}", "{}.", "{})", "{}>", "{}*", "{}_", " {} ", "{}。", "{}%20", "{}, see you"]
    around.append("https://chat.example/register?invite={}.")
    for number, each in enumerate(around):
        await register(f"guest-{number}", each.format(invite.code))
    assert await uses(people.asha, invite.invite_id) == len(around)
    for wrong in (invite.code[:-1], f"x{invite.code}", "", "。", None):
        with pytest.raises(Forbidden):
            await register("nobody", wrong)
