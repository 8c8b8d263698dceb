"""Tokens of bots: made, listed and revoked by their owner."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models import LoginSession, NoticeKind, SecurityEvent, SecurityKind, SessionKind
from models.clock import now
from services.accounts import accounts
from services.accounts.security import security_notices
from services.accounts.sessions import bot_tokens, devices, sessions
from services.accounts.sessions.browsers_only import BrowserNeeded
from services.accounts.sessions.reauthentication import ReauthenticationNeeded
from services.core import events
from services.core.errors import Conflict, NotFound, ServiceError
from services.db import database
from services.messages import messages
from tests.conftest import HERE, PASSWORD, People, confirmed


async def test_a_token_acts_as_its_owner(people: People) -> None:
    token = await bot_tokens.create(people.ben, "Reminder")
    assert token.startswith("sct_")
    assert len(token) == 47
    bot = await sessions.resume_bearer(token)
    assert (bot.username, bot.kind) == ("ben", SessionKind.BOT)
    assert bot.device_id
    sent, _is_new = await messages.send(bot, people.room, "Tea at five", "c" * 20)
    assert sent.author.user_id == people.ben.user_id


async def test_a_bot_of_an_administrator_does_not_speak_for_the_chat(people: People) -> None:
    bot = await sessions.resume_bearer(await bot_tokens.create(people.asha, "Reminder"))
    assert bot.is_admin
    with pytest.raises(Conflict):
        await accounts.change_profile(bot, display_name="System", hue=0)
    await accounts.change_profile(people.asha, display_name="System", hue=0)


async def test_a_token_is_listed_without_itself(people: People) -> None:
    token = await bot_tokens.create(people.ben, "  Reminder ")
    await devices.log_in("ben", PASSWORD, visitor=HERE)
    [made] = await bot_tokens.mine(people.ben)
    assert (made.name, made.used_at) == ("Reminder", None)
    assert now() - made.created_at < timedelta(minutes=1)
    assert token not in repr(made)
    assert await bot_tokens.mine(people.asha) == []
    await sessions.resume_bearer(token)
    [used] = await bot_tokens.mine(people.ben)
    assert used.used_at is not None
    assert now() - used.used_at < timedelta(minutes=1)


async def test_a_token_never_ends_by_itself(people: People) -> None:
    token = await bot_tokens.create(people.ben, "Reminder")
    long_ago = now() - timedelta(days=4000)
    [made] = await bot_tokens.mine(people.ben)

    def age(session) -> None:
        login = session.get(LoginSession, made.session_id)
        login.created_at = login.last_seen_at = long_ago

    await database.write(age)
    await devices.log_in("ben", PASSWORD, visitor=HERE)  # which deletes what is over
    bot = await sessions.resume_bearer(token)
    assert bot is not None
    assert bot.expires_at == sessions.NEVER
    assert not await sessions.has_lapsed(token)


async def test_only_its_owner_revokes_a_token(people: People, published) -> None:
    token = await bot_tokens.create(people.ben, "Reminder")
    kept = await bot_tokens.create(people.ben, "Echo")
    made, _other = await bot_tokens.mine(people.ben)
    for wrong in (made.session_id, 999_999, people.asha.session_id):
        with pytest.raises(NotFound):
            await bot_tokens.revoke(people.asha, wrong)
    with pytest.raises(NotFound):  # a browser is no token
        await bot_tokens.revoke(people.ben, people.ben.session_id)
    await confirmed(people.ben, None)
    with pytest.raises(ReauthenticationNeeded):
        await bot_tokens.revoke(people.ben, made.session_id)
    assert await sessions.resume_bearer(token)
    await confirmed(people.ben, timedelta(0))
    await bot_tokens.revoke(people.ben, made.session_id)
    assert events.SessionsEnded(people.ben.user_id) in published
    assert await sessions.resume_bearer(token) is None
    assert await sessions.resume_bearer(kept)
    assert [each.name for each in await bot_tokens.mine(people.ben)] == ["Echo"]
    with pytest.raises(NotFound):
        await bot_tokens.revoke(people.ben, made.session_id)


async def test_it_takes_who_they_are_to_make_one(people: People) -> None:
    await confirmed(people.ben, None)
    with pytest.raises(ReauthenticationNeeded):
        await bot_tokens.create(people.ben, "Reminder")
    await confirmed(people.ben, timedelta(0))
    bot = await sessions.resume_bearer(await bot_tokens.create(people.ben, "Reminder"))
    with pytest.raises(BrowserNeeded):
        await bot_tokens.create(bot, "Another")
    other = await bot_tokens.create(people.ben, "Another")
    with pytest.raises(BrowserNeeded):
        await bot_tokens.revoke(bot, (await sessions.resume_bearer(other)).session_id)


async def test_names_are_checked(people: People) -> None:
    for wrong in ("", " ", "x" * 61, None, 7, ["x"], "\ud800"):
        with pytest.raises(ServiceError) as refused:
            await bot_tokens.create(people.ben, wrong)
        assert refused.value.about == "name"
    assert await bot_tokens.mine(people.ben) == []


async def test_a_user_has_so_many_tokens(people: People, monkeypatch) -> None:
    monkeypatch.setattr(bot_tokens, "MAX_TOKENS", 2)
    for name in ("Reminder", "Echo"):
        await bot_tokens.create(people.ben, name)
    with pytest.raises(ServiceError, match="You have 2 tokens"):
        await bot_tokens.create(people.ben, "Third")
    await bot_tokens.create(people.asha, "Hers")
    first, _second = await bot_tokens.mine(people.ben)
    await bot_tokens.revoke(people.ben, first.session_id)
    await bot_tokens.create(people.ben, "Third")


async def test_making_and_revoking_are_noted_and_told(people: People) -> None:
    await bot_tokens.create(people.ben, "Reminder")
    [made] = await bot_tokens.mine(people.ben)
    await bot_tokens.revoke(people.ben, made.session_id)
    query = select(SecurityEvent.kind, SecurityEvent.actor, SecurityEvent.detail)
    logged = await database.read(
        lambda session: session.exec(query.order_by(SecurityEvent.id)).all()
    )
    assert [tuple(row) for row in logged[-2:]] == [
        (SecurityKind.TOKEN_MADE, "ben", "Reminder"),
        (SecurityKind.TOKEN_REVOKED, "ben", "Reminder"),
    ]
    assert await security_notices.mine(people.ben) == [], "this session did it"
    elsewhere = await sessions.resume((await accounts.login(HERE, "ben", PASSWORD)).token)
    [notice] = await security_notices.mine(elsewhere)
    assert (notice.kind, notice.detail) == (NoticeKind.TOKEN_MADE, "Reminder")
