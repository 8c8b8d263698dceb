"""Password reset links, which work once."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select, update

from models import ResetLink
from models.clock import now
from services.accounts import accounts
from services.accounts.passwords import password_resets
from services.accounts.passwords.password_login import WrongPassword
from services.accounts.sessions import sessions
from services.core.errors import Forbidden, NotFound, ServiceError
from services.db import database
from tests.conftest import HERE, PASSWORD

NEW = "violet otter kettle"


async def test_a_link_sets_a_new_password_once_and_ends_all_sessions(people) -> None:
    phone = await accounts.login(HERE, "ben", PASSWORD)
    chens = await accounts.login(HERE, "chen", PASSWORD)
    token = await password_resets.create(people.asha, people.ben.user_id)
    assert await password_resets.username_of(token) == "ben"
    assert await sessions.resume(phone.token)
    logged_in = await password_resets.use(HERE, token, NEW)
    viewer = await sessions.resume(logged_in.token)
    assert viewer is not None
    assert viewer.username == "ben"
    assert [each.session_id for each in await sessions.mine(people.ben)] == [viewer.session_id]
    assert await sessions.resume(phone.token) is None
    assert await sessions.resume(chens.token)
    with pytest.raises(WrongPassword):
        await accounts.login(HERE, "ben", PASSWORD)
    await accounts.login(HERE, "ben", NEW)
    for again in (
        password_resets.username_of(token),
        password_resets.use(HERE, token, "crimson badger lantern"),
    ):
        with pytest.raises(NotFound):
            await again
    await accounts.login(HERE, "ben", NEW)


async def test_a_link_used_twice_at_once_works_once(people) -> None:
    token = await password_resets.create(people.asha, people.ben.user_id)
    answers = await asyncio.gather(
        password_resets.use(HERE, token, NEW),
        password_resets.use(HERE, token, "crimson badger lantern"),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers].count(NotFound) == 1
    assert len(await sessions.mine(people.ben)) == 1


async def test_a_refused_password_does_not_use_the_link(people) -> None:
    token = await password_resets.create(people.asha, people.ben.user_id)
    for weak in ("short", "password1", None, 7):
        with pytest.raises(ServiceError):
            await password_resets.use(HERE, token, weak)
    assert await accounts.login(HERE, "ben", PASSWORD)
    await password_resets.use(HERE, token, NEW)


async def test_a_new_link_invalidates_the_previous_one(people) -> None:
    first = await password_resets.create(people.asha, people.ben.user_id)
    others = await password_resets.create(people.asha, people.chen.user_id)
    assert await password_resets.username_of(first) == "ben"
    second = await password_resets.create(people.asha, people.ben.user_id)
    with pytest.raises(NotFound):
        await password_resets.username_of(first)
    assert await password_resets.username_of(second) == "ben"
    assert await password_resets.username_of(others) == "chen"


async def test_a_link_expires_after_a_day(people) -> None:
    async def move(moment: timedelta) -> None:
        await database.write(
            lambda session: session.exec(update(ResetLink).values(expires_at=now() + moment))
        )

    token = await password_resets.create(people.asha, people.ben.user_id)
    await move(timedelta(seconds=30))
    assert await password_resets.username_of(token) == "ben"
    await move(-timedelta(seconds=1))
    for attempt in (password_resets.username_of(token), password_resets.use(HERE, token, NEW)):
        with pytest.raises(NotFound):
            await attempt
    assert await accounts.login(HERE, "ben", PASSWORD)


async def test_only_administrators_create_links(people) -> None:
    assert await password_resets.create(people.asha, people.ben.user_id)
    with pytest.raises(Forbidden):
        await password_resets.create(people.ben, people.asha.user_id)
    with pytest.raises(NotFound):
        await password_resets.create(people.asha, 999_999)


async def test_links_created_in_the_terminal(people) -> None:
    token = await password_resets.create_in_terminal("BEN")
    assert await password_resets.username_of(token) == "ben"
    assert await password_resets.create_in_terminal(" ben\u00a0")
    for unknown in ("nobody", "", "b en", "\0", "\ud800", "x" * 10_000):
        with pytest.raises(NotFound) as refused:
            await password_resets.create_in_terminal(unknown)
        assert refused.value.message == (
            "There is no account with this username. Check the spelling."
        )


async def test_unknown_tokens_are_refused(people) -> None:
    token = await password_resets.create(people.asha, people.ben.user_id)
    assert await password_resets.username_of(token)
    for wrong in ("", token[:-1], "x" + token, "\ud800", "x" * 100_000):
        with pytest.raises(NotFound):
            await password_resets.username_of(wrong)
        with pytest.raises(NotFound):
            await password_resets.use(HERE, wrong, NEW)


async def test_only_a_hash_of_the_token_is_stored(people) -> None:
    token = await password_resets.create(people.asha, people.ben.user_id)
    [stored] = await database.read(lambda session: session.exec(select(ResetLink.token_hash)).all())
    assert stored == sessions.hash_token(token) != token


async def test_the_end_of_a_sentence_behind_a_link_does_no_harm(people) -> None:
    token = await password_resets.create(people.asha, people.ben.user_id)
    for end in (".", ")", ">", "。", " "):
        assert await password_resets.username_of(token + end) == "ben"
    for wrong in (token[:-1], f"x{token}", ""):
        with pytest.raises(NotFound):
            await password_resets.username_of(wrong)
    assert await password_resets.use(HERE, f"{token}.", NEW)
