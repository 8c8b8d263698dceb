"""Sessions: tokens, expiry, and listing and ending the own ones."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import NoResultFound
from sqlmodel import delete, update

from models import LoginSession, User
from models.clock import now
from services.accounts import accounts, administration
from services.accounts.passwords import password_resets
from services.accounts.sessions import sessions
from services.accounts.sessions.sessions import IDLE_TIMEOUT, LAST_SEEN_INTERVAL, MAX_AGE
from services.core import events
from services.core.dto import Visitor
from services.core.errors import NotFound
from services.db import database
from tests.conftest import HERE, PASSWORD, People

A_MOMENT = timedelta(seconds=30)


async def login(username: str = "ben", device: str = "Firefox · Windows") -> str:
    return (await accounts.login(Visitor(HERE.address, device), username, PASSWORD)).token


async def id_of(token: str) -> int:
    viewer = await sessions.resume(token)
    assert viewer is not None
    return viewer.session_id


async def change(session_id: int, **values: object) -> None:
    """Change the row of a session."""
    await database.write(
        lambda session: session.exec(
            update(LoginSession).where(LoginSession.id == session_id).values(**values)
        )
    )


async def row(session_id: int) -> LoginSession:
    return await database.read(lambda session: session.get_one(LoginSession, session_id))


async def test_a_token_belongs_to_one_account(people) -> None:
    token = await login("ben")
    viewer = await sessions.resume(token)
    assert viewer is not None
    assert (viewer.username, viewer.user_id) == ("ben", people.ben.user_id)
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "\ud800", "x" * 1_000_000):
        assert await sessions.resume(wrong) is None


async def test_only_a_hash_of_the_token_is_stored(people, app_settings) -> None:
    token = await login("ben")
    number = await id_of(token)
    assert (await row(number)).token_hash == sessions.hash_token(token) != token
    assert len(token) >= 43  # 256 bits
    for file in app_settings.data.glob("chat.db*"):
        assert token.encode() not in file.read_bytes()


async def test_each_login_has_its_own_token(people) -> None:
    tokens = [await login("ben") for _ in range(3)]
    assert len({await id_of(token) for token in tokens}) == len(set(tokens)) == 3


async def test_an_unused_session_ends(people) -> None:
    token = await login("ben")
    number = await id_of(token)
    await change(number, last_seen_at=now() - IDLE_TIMEOUT + A_MOMENT)
    assert await sessions.resume(token)
    await change(number, last_seen_at=now() - IDLE_TIMEOUT - A_MOMENT)
    assert await sessions.resume(token) is None
    assert number not in [each.session_id for each in await sessions.mine(people.ben)]


async def test_a_used_session_ends_after_its_maximum_age(people) -> None:
    token = await login("ben")
    number = await id_of(token)
    assert abs((await row(number)).expires_at - now() - MAX_AGE) < timedelta(hours=1)
    await change(number, expires_at=now() + A_MOMENT)
    assert await sessions.resume(token)
    await change(number, expires_at=now() - A_MOMENT)
    assert await sessions.resume(token) is None
    await sessions.touch([number])
    assert await sessions.resume(token) is None


async def test_last_seen_is_updated_at_intervals(people) -> None:
    token = await login("ben")
    number = await id_of(token)
    recent = now() - LAST_SEEN_INTERVAL + A_MOMENT
    await change(number, last_seen_at=recent)
    await sessions.touch([number])
    assert (await row(number)).last_seen_at == recent
    long_ago = now() - LAST_SEEN_INTERVAL - A_MOMENT
    await change(number, last_seen_at=long_ago)
    await change(people.chen.session_id, last_seen_at=long_ago)
    await sessions.touch([number])
    assert now() - (await row(number)).last_seen_at < LAST_SEEN_INTERVAL
    assert (await row(people.chen.session_id)).last_seen_at == long_ago
    await sessions.touch([])


async def test_users_see_their_own_sessions_last_used_first(people) -> None:
    phone = await id_of(await login("ben", "Safari · iPhone"))
    await change(people.ben.session_id, last_seen_at=now() - timedelta(days=2))
    await change(phone, last_seen_at=now() - timedelta(days=1))
    laptop = await id_of(await login("ben"))
    mine = await sessions.mine(people.ben)
    assert [each.session_id for each in mine] == [laptop, phone, people.ben.session_id]
    assert mine[1].device == "Safari · iPhone"
    assert [each.session_id for each in await sessions.mine(people.chen)] == [
        people.chen.session_id
    ]


async def test_the_name_of_a_device_is_truncated(people) -> None:
    token = await login("ben", "x" * 10_000)
    assert len((await row(await id_of(token))).device) == 200


async def test_users_end_only_their_own_sessions(people) -> None:
    phone, tablet = await login("ben"), await login("ben")
    await sessions.end(people.ben, await id_of(phone))
    assert await sessions.resume(phone) is None
    assert await sessions.resume(tablet)
    with pytest.raises(NotFound) as anothers:
        await sessions.end(people.chen, await id_of(tablet))
    with pytest.raises(NotFound) as unknown:
        await sessions.end(people.chen, 999_999)
    assert anothers.value.message == unknown.value.message
    assert await sessions.resume(tablet)


async def test_an_ended_session_cannot_be_ended_again(people) -> None:
    token = await login("ben")
    number = await id_of(token)
    await sessions.end(people.ben, number)
    ended_at = (await row(number)).revoked_at
    with pytest.raises(NotFound):
        await sessions.end(people.ben, number)
    assert (await row(number)).revoked_at == ended_at
    assert number not in [each.session_id for each in await sessions.mine(people.ben)]


async def test_which_sessions_have_ended(people) -> None:
    long_ago, lately, live = [await id_of(await login("ben")) for _ in range(3)]
    await sessions.end(people.ben, long_ago)
    await sessions.end(people.ben, lately)
    await change(
        long_ago, revoked_at=now() - timedelta(days=30)
    )  # as if the clock had been set back
    others = {live, people.ben.session_id, people.chen.session_id}
    assert await sessions.which_ended({long_ago, lately, 999_999} | others) == {
        long_ago,
        lately,
        999_999,
    }
    assert await sessions.which_ended({lately, live}) == {lately}
    assert await sessions.which_ended(others) == await sessions.which_ended(set()) == set()


async def test_deleting_an_account_deletes_its_sessions(people) -> None:
    token = await login("chen")

    await database.write(
        lambda session: session.exec(delete(User).where(User.id == people.chen.user_id))
    )
    assert await sessions.resume(token) is None
    assert await sessions.resume(await login("ben"))


async def test_a_login_deletes_sessions_that_are_over_by_their_age(people) -> None:
    old, kept, others = await id_of(await login()), await id_of(await login()), people.chen
    for session_id in (old, others.session_id):
        await change(session_id, expires_at=now() - A_MOMENT)
    await login()
    with pytest.raises(NoResultFound):
        await row(old)
    assert await row(kept)
    assert await row(others.session_id)


async def _with_a_link(people: People) -> None:
    token = await password_resets.create_in_terminal("ben")
    await password_resets.use(HERE, token, "another good battery")


ENDS = {
    "end": lambda people: sessions.end(people.ben, people.ben.session_id),
    "end_others": lambda people: sessions.end_others(people.ben),
    "logout": lambda people: accounts.logout(people.ben),
    "change_password": lambda people: accounts.change_password(
        people.ben, PASSWORD, "another good battery"
    ),
    "disable": lambda people: administration.disable(people.asha, people.ben.user_id),
    "end_sessions": lambda people: administration.end_sessions(people.asha, people.ben.user_id),
    "reset": _with_a_link,
}
"""What ends sessions of ben's."""


@pytest.mark.parametrize("how", ENDS)
async def test_whatever_ends_sessions_says_so(people, published, how: str) -> None:
    await ENDS[how](people)
    assert events.SessionsEnded(people.ben.user_id) in published
