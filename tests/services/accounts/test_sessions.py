"""Sessions: whose a token is, when it ends, and seeing and ending one's own."""

from datetime import timedelta

import pytest
from sqlmodel import delete, update

from models import LoginSession, User
from models.clock import now
from services.accounts import accounts, sessions
from services.accounts.sessions import IDLE_TIMEOUT, LAST_SEEN_INTERVAL, MAX_AGE
from services.core.dto import Visitor
from services.core.errors import NotFound
from services.db import database
from tests.conftest import HERE, PASSWORD

A_MOMENT = timedelta(seconds=30)


async def login(username: str = "ben", device: str = "Firefox · Windows") -> str:
    return (await accounts.login(Visitor(HERE.address, device), username, PASSWORD)).token


async def session_id(token: str) -> int:
    viewer = await sessions.resume(token)
    assert viewer is not None
    return viewer.session_id


async def change(number: int, **values: object) -> None:
    """Change a session's row, as time would."""
    await database.write(
        lambda session: session.exec(
            update(LoginSession).where(LoginSession.id == number).values(**values)
        )
    )


async def row(number: int) -> LoginSession:
    return await database.read(lambda session: session.get_one(LoginSession, number))


async def test_a_token_opens_the_account_it_was_made_for(people) -> None:
    token = await login("ben")
    viewer = await sessions.resume(token)
    assert viewer is not None
    assert (viewer.username, viewer.user_id) == ("ben", people.ben.user_id)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "\ud800", "x" * 1_000_000):
        assert await sessions.resume(wrong) is None


async def test_only_a_hash_of_the_token_is_stored(people, opened) -> None:
    token = await login("ben")
    number = await session_id(token)
    assert (await row(number)).token_hash == sessions.hash_token(token) != token
    assert len(token) >= 43  # 256 bits
    for file in opened.data.glob("chat.db*"):
        assert token.encode() not in file.read_bytes()


async def test_each_login_has_a_token_of_its_own(people) -> None:
    tokens = [await login("ben") for _ in range(3)]
    assert len({await session_id(token) for token in tokens}) == len(set(tokens)) == 3


async def test_a_session_that_is_not_used_ends(people) -> None:
    token = await login("ben")
    number = await session_id(token)
    await change(number, last_seen_at=now() - IDLE_TIMEOUT + A_MOMENT)
    assert await sessions.resume(token)
    await change(number, last_seen_at=now() - IDLE_TIMEOUT - A_MOMENT)
    assert await sessions.resume(token) is None
    assert number not in [each.session_id for each in await sessions.mine(people.ben)]


async def test_a_session_ends_however_much_it_is_used(people) -> None:
    token = await login("ben")
    number = await session_id(token)
    assert abs((await row(number)).expires_at - now() - MAX_AGE) < timedelta(hours=1)
    await change(number, expires_at=now() + A_MOMENT)
    assert await sessions.resume(token)
    await change(number, expires_at=now() - A_MOMENT)
    assert await sessions.resume(token) is None
    await sessions.touch([number])
    assert await sessions.resume(token) is None


async def test_use_is_noted_but_not_at_every_look(people) -> None:
    token = await login("ben")
    number = await session_id(token)
    lately = now() - LAST_SEEN_INTERVAL + A_MOMENT
    await change(number, last_seen_at=lately)
    await sessions.touch([number])
    assert (await row(number)).last_seen_at == lately
    long_ago = now() - LAST_SEEN_INTERVAL - A_MOMENT
    await change(number, last_seen_at=long_ago)
    await change(people.chen.session_id, last_seen_at=long_ago)
    await sessions.touch([number])
    assert now() - (await row(number)).last_seen_at < LAST_SEEN_INTERVAL
    assert (await row(people.chen.session_id)).last_seen_at == long_ago
    await sessions.touch([])


async def test_people_see_their_own_sessions_the_last_used_first(people) -> None:
    phone = await session_id(await login("ben", "Safari · iPhone"))
    await change(people.ben.session_id, last_seen_at=now() - timedelta(days=2))
    await change(phone, last_seen_at=now() - timedelta(days=1))
    laptop = await session_id(await login("ben"))
    mine = await sessions.mine(people.ben)
    assert [each.session_id for each in mine] == [laptop, phone, people.ben.session_id]
    assert mine[1].device == "Safari · iPhone"
    assert [each.session_id for each in await sessions.mine(people.chen)] == [
        people.chen.session_id
    ]


async def test_the_name_of_a_device_has_an_end(people) -> None:
    token = await login("ben", "x" * 10_000)
    assert len((await row(await session_id(token))).device) == 200


async def test_one_ends_ones_own_sessions_only(people) -> None:
    phone, tablet = await login("ben"), await login("ben")
    await sessions.end(people.ben, await session_id(phone))
    assert await sessions.resume(phone) is None
    assert await sessions.resume(tablet)
    with pytest.raises(NotFound) as others:
        await sessions.end(people.chen, await session_id(tablet))
    with pytest.raises(NotFound) as nobodys:
        await sessions.end(people.chen, 999_999)
    assert others.value.message == nobodys.value.message
    assert await sessions.resume(tablet)


async def test_an_ended_session_is_ended_once_and_for_all(people) -> None:
    token = await login("ben")
    number = await session_id(token)
    await sessions.end(people.ben, number)
    ended_at = (await row(number)).revoked_at
    with pytest.raises(NotFound):
        await sessions.end(people.ben, number)
    assert (await row(number)).revoked_at == ended_at
    assert number not in [each.session_id for each in await sessions.mine(people.ben)]


async def test_whether_sessions_ended_can_be_asked(people) -> None:
    long_ago, lately, live = [await session_id(await login("ben")) for _ in range(3)]
    await sessions.end(people.ben, long_ago)
    await sessions.end(people.ben, lately)
    await change(long_ago, revoked_at=now() - timedelta(days=30))  # as after a clock put back
    others = {live, people.ben.session_id, people.chen.session_id}
    assert await sessions.which_ended({long_ago, lately, 999_999} | others) == {
        long_ago,
        lately,
        999_999,
    }
    assert await sessions.which_ended({lately, live}) == {lately}
    assert await sessions.which_ended(others) == await sessions.which_ended(set()) == set()


async def test_an_account_that_goes_takes_its_sessions_along(people) -> None:
    token = await login("chen")

    await database.write(
        lambda session: session.exec(delete(User).where(User.id == people.chen.user_id))
    )
    assert await sessions.resume(token) is None
    assert await sessions.resume(await login("ben"))
