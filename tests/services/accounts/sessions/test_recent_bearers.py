"""Whose token it is, is looked up once for a while, unless something changes it."""

from collections.abc import Iterator

import pytest

from services.accounts import accounts, blocks
from services.accounts.sessions import recent_bearers, sessions
from services.core import events, joined
from services.core.dto import CurrentUser
from services.messages import messages
from tests.api.matrix.app import token as new_token
from tests.conftest import People


@pytest.fixture(autouse=True)
def listening(people: People) -> Iterator[None]:
    recent_bearers.start()
    yield
    recent_bearers.stop()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tokens that are looked up."""
    found: list[str] = []
    resume = sessions.resume_bearer

    async def note(token: str) -> CurrentUser | None:
        found.append(token)
        return await resume(token)

    monkeypatch.setattr(sessions, "resume_bearer", note)
    return found


async def test_what_others_store_has_nobody_looked_up_again(
    people: People, asked: list[str]
) -> None:
    token = await new_token(people.ben)
    first = await recent_bearers.resume(token)
    assert first is not None
    assert first.user_id == people.ben.user_id
    await messages.send(people.asha, people.room, "Hello", "number-0000001")
    assert await recent_bearers.resume(token) is first
    assert asked == [token]


async def test_after_a_while_it_is(
    people: People, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_bearers, "SECONDS", 0.0)
    token = await new_token(people.ben)
    for _each in range(2):
        assert await recent_bearers.resume(token)
    assert asked == [token, token]


async def test_a_session_that_has_ended_is_over_at_once(people: People) -> None:
    token = await new_token(people.ben)
    viewer = await recent_bearers.resume(token)
    assert viewer is not None
    await accounts.logout(viewer)
    assert await recent_bearers.resume(token) is None


async def test_who_blocks_somebody_is_known_with_that(people: People) -> None:
    token, other = await new_token(people.ben), await new_token(people.asha)
    for each in (token, other):
        assert await recent_bearers.resume(each)
    await blocks.block(people.ben, "asha")
    viewer = await recent_bearers.resume(token)
    assert viewer is not None
    assert viewer.blocked == {people.asha.user_id}


async def test_what_changes_during_the_look_is_not_missed(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await new_token(people.ben)
    resume = sessions.resume_bearer

    async def ends_meanwhile(token: str) -> CurrentUser | None:
        found = await resume(token)
        assert found is not None
        await accounts.logout(found)
        return found

    monkeypatch.setattr(sessions, "resume_bearer", ends_meanwhile)
    assert await recent_bearers.resume(token)  # it was live when it was asked
    monkeypatch.setattr(sessions, "resume_bearer", resume)
    assert await recent_bearers.resume(token) is None


async def test_a_wrong_token_is_nobodys(people: People, asked: list[str]) -> None:
    for _each in range(2):
        assert await recent_bearers.resume("sct_wrong") is None
    assert len(asked) == 2


async def test_among_several_processes_it_is_asked_each_time(
    people: People, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined, "current", lambda: object())
    token = await new_token(people.ben)
    for _each in range(2):
        assert await recent_bearers.resume(token)
    assert asked == [token, token]


async def test_a_few_are_remembered(
    people: People, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_bearers, "MAX_KNOWN", 1)
    tokens = [await new_token(people.ben), await new_token(people.asha)]
    for token in (*tokens, tokens[0]):
        assert await recent_bearers.resume(token)
    assert asked == [*tokens, tokens[0]]


@pytest.mark.parametrize("kind", [events.PreferencesChanged, events.AdminChanged])
async def test_each_change_of_a_person_counts(people: People, asked: list[str], kind: type) -> None:
    token = await new_token(people.ben)
    assert await recent_bearers.resume(token)
    events.publish(kind(people.ben.user_id, None))
    assert await recent_bearers.resume(token)
    assert len(asked) == 2
