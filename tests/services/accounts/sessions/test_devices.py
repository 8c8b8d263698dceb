"""Apps: logging in with a password or a token, their sessions, and the list of devices."""

from datetime import timedelta

import pytest
from sqlmodel import delete, func, select, update

from models import LoginSession, NoticeKind, SecurityEvent, SecurityKind, SessionKind, User
from models.clock import now
from services.accounts import accounts, administration
from services.accounts.passwords.password_login import WrongPassword
from services.accounts.security import security_log, security_notices
from services.accounts.sessions import bot_tokens, devices, reauthentication, sessions
from services.accounts.sessions.browsers_only import BrowserNeeded
from services.accounts.sessions.devices import DeviceLogin, SecondFactorOn
from services.accounts.sessions.reauthentication import ReauthenticationNeeded
from services.accounts.sessions.sessions import AccountDisabled
from services.core import app_context, events
from services.core.errors import Conflict, NotFound, RateLimited, ServiceError, Unavailable
from services.db import database
from services.messages import messages
from tests.conftest import HERE, PASSWORD, People, confirmed
from tests.factors import add_app

A_MOMENT = timedelta(seconds=30)
SENT = "c" * 20


async def log_in(username: str = "ben", password: str = PASSWORD, **more: object) -> DeviceLogin:
    return await devices.log_in(username, password, visitor=HERE, **more)


async def change(session_id: int, **values: object) -> None:
    """Change the row of a session."""
    await database.write(
        lambda session: session.exec(
            update(LoginSession).where(LoginSession.id == session_id).values(**values)
        )
    )


async def ids_of(person: str) -> list[str]:
    viewer = (await log_in(person)).viewer
    return [each.device_id for each in await devices.mine(viewer)]


async def kinds_logged() -> list[tuple[str, str]]:
    """Return the kinds and details in the security log, the oldest first."""
    await security_log.flush()
    query = select(SecurityEvent.kind, SecurityEvent.detail).order_by(SecurityEvent.id)
    return [tuple(row) for row in await database.read(lambda session: session.exec(query).all())]


# -- logging in --------------------------------------------------------------------------------


async def test_an_app_acts_as_its_user(people: People) -> None:
    opened = await log_in(name="Pocket on a phone")
    assert opened.token.startswith("sct_")
    assert len(opened.token) == 47
    viewer = await sessions.resume_bearer(opened.token)
    assert viewer == opened.viewer
    assert (viewer.username, viewer.kind, viewer.device_id) == (
        "ben",
        SessionKind.APP,
        opened.device_id,
    )
    await messages.send(viewer, people.room, "From my phone", client_message_id=SENT)
    with pytest.raises(NotFound):
        await messages.send((await log_in("chen")).viewer, people.room, "x", client_message_id=SENT)


async def test_a_cookie_is_no_bearer_token_nor_the_other_way_round(people: People) -> None:
    cookie = (await accounts.login(HERE, "ben", PASSWORD)).token
    bearer = (await log_in()).token
    bot = await bot_tokens.create(people.ben, "Bot")
    assert await sessions.resume(cookie)
    for token in (bearer, bot):
        assert await sessions.resume_bearer(token)
        for wrong in (token, token.removeprefix("sct_")):
            assert await sessions.resume(wrong) is None
    for wrong in (cookie, f"sct_{cookie}", "", "sct_", "sct_" + "\ud800" * 43, "x" * 1_000_000):
        assert await sessions.resume_bearer(wrong) is None
        assert not await sessions.has_lapsed(wrong)
    # Even if a browser's row had a hash of such a token.
    viewer = await sessions.resume(cookie)
    await change(viewer.session_id, token_hash=sessions.hash_token(f"sct_{cookie}"))
    assert await sessions.resume_bearer(f"sct_{cookie}") is None
    await change(opened := (await sessions.resume_bearer(bearer)).session_id, token_hash="x")
    await change(opened, token_hash=sessions.hash_token(cookie))
    assert await sessions.resume(cookie) is None


async def test_only_a_hash_of_the_token_is_stored(people: People, app_settings) -> None:
    token = (await log_in()).token
    stored = await database.read(lambda session: session.exec(select(LoginSession)).all())
    assert sessions.hash_token(token) in [each.token_hash for each in stored]
    for file in app_settings.data.glob("chat.db*"):
        assert token.removeprefix("sct_").encode() not in file.read_bytes()


@pytest.mark.parametrize("username", ["ben", "nobody", None, 7, ["ben"], "\ud800", "b" * 100_000])
@pytest.mark.parametrize("password", ["wrong", "", None, 7, ["x"], "sct_" + "x" * 43])
async def test_wrong_names_and_passwords_get_one_answer(
    people: People, username: object, password: object
) -> None:
    with pytest.raises(WrongPassword) as refused:
        await devices.log_in(username, password, visitor=HERE)
    assert refused.value.message == "Wrong username or password."


async def test_guesses_count_as_on_the_login_page(people: People) -> None:
    for _guess in range(3):
        with pytest.raises(WrongPassword):
            await log_in(password="guess")
    for _guess in range(2):
        with pytest.raises(WrongPassword):
            await accounts.login(HERE, "ben", "guess")
    with pytest.raises(RateLimited):
        await log_in()
    with pytest.raises(RateLimited):
        await accounts.login(HERE, "ben", PASSWORD)
    assert SecurityKind.LOGIN_FAILED in [kind for kind, _detail in await kinds_logged()]


async def test_sessions_that_apps_open_count_as_those_of_browsers(people: People) -> None:
    app_context.current().rate_limits.session.__init__("2 per day")
    await log_in()
    await accounts.login(HERE, "ben", PASSWORD)
    token = await bot_tokens.create(people.ben, "For my phone")
    for password in (PASSWORD, token):
        with pytest.raises(RateLimited):
            await log_in(password=password)
    await log_in("chen")


async def test_a_login_is_noted_and_its_owner_told(people: People, published) -> None:
    await log_in(name="Pocket")
    [notice] = await security_notices.mine(people.ben)
    assert (notice.kind, notice.detail) == (NoticeKind.NEW_LOGIN, f"Pocket · {HERE.address}")
    assert (await kinds_logged())[-1] == (SecurityKind.LOGIN, "")
    assert [e.user_id for e in published if isinstance(e, events.SecurityNoticeAdded)] == [
        people.ben.user_id
    ]


async def test_a_disabled_account_gets_no_app(people: People) -> None:
    token = await bot_tokens.create(people.ben, "Bot")
    await administration.disable(people.asha, people.ben.user_id)
    with pytest.raises(AccountDisabled):
        await log_in()
    with pytest.raises(WrongPassword):
        await log_in(password="wrong")
    with pytest.raises(WrongPassword):
        await log_in(password=token)


# -- two-step login ----------------------------------------------------------------------------


async def test_a_password_alone_is_not_enough_with_a_second_factor(people: People) -> None:
    await add_app(people.ben)
    with pytest.raises(SecondFactorOn, match="Create a token on your account page"):
        await log_in()
    with pytest.raises(WrongPassword):
        await log_in(password="wrong")
    assert (SecurityKind.FACTOR_FAILED, "app") in await kinds_logged()
    assert await devices.mine(people.ben) == []


async def test_a_token_is_taken_in_place_of_the_password(people: People, published) -> None:
    await add_app(people.ben)
    token = await bot_tokens.create(people.ben, "For my phone")
    opened = await log_in("BEN", token, device_id="PHONE")
    assert opened.viewer.user_id == people.ben.user_id
    assert opened.token != token
    with pytest.raises(WrongPassword):
        await log_in("chen", token)
    with pytest.raises(WrongPassword):  # a token of an app opens nothing
        await log_in("ben", opened.token)
    [revoked] = await bot_tokens.mine(people.ben)
    published.clear()
    await bot_tokens.revoke(people.ben, revoked.session_id)
    assert await sessions.resume_bearer(opened.token) is None, "it ends with what opened it"
    assert events.SessionsEnded(people.ben.user_id) in published
    with pytest.raises(WrongPassword):
        await log_in("ben", token)


# -- devices -----------------------------------------------------------------------------------


async def test_logging_in_on_a_known_device_replaces_its_session(people: People, published) -> None:
    first = await log_in(device_id="PHONE", name="Phone")
    others = await log_in("chen", device_id="PHONE")
    published.clear()
    second = await log_in(device_id="PHONE", name="Phone, again")
    assert events.SessionsEnded(people.ben.user_id) in published
    assert await sessions.resume_bearer(first.token) is None
    assert await sessions.which_ended([first.viewer.session_id, second.viewer.session_id]) == {
        first.viewer.session_id
    }
    assert await sessions.resume_bearer(second.token)
    assert await sessions.resume_bearer(others.token), "each user has their own devices"
    assert [(each.device_id, each.name) for each in await devices.mine(people.ben)] == [
        ("PHONE", "Phone, again")
    ]


async def test_a_wrong_password_replaces_nothing(people: People) -> None:
    first = await log_in(device_id="PHONE")
    with pytest.raises(WrongPassword):
        await log_in(password="wrong", device_id="PHONE")
    assert await sessions.resume_bearer(first.token)


async def test_the_device_of_a_bots_token_is_not_replaced(people: People) -> None:
    token = await bot_tokens.create(people.ben, "Bot")
    bot = await sessions.resume_bearer(token)
    with pytest.raises(Conflict):
        await log_in(device_id=bot.device_id)
    assert await sessions.resume_bearer(token)


@pytest.mark.parametrize("wrong", ["", "a b", "a\nb", "é", "\ud800", "x" * 101, 7, ["x"], True])
async def test_malformed_device_ids_are_refused(people: People, wrong: object) -> None:
    with pytest.raises(ServiceError, match="at most 100 ASCII characters") as refused:
        await log_in(device_id=wrong)
    assert refused.value.about == "device_id"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Pocket \u202e on\nAndroid\x00 ", "Pocket on Android"),
        ("x" * 100_000, "x" * 59 + "…"),
        ("", HERE.device),
        (None, HERE.device),
        ("\u200b", HERE.device),
    ],
)
async def test_what_an_app_calls_itself_is_one_line(
    people: People, name: object, shown: str
) -> None:
    await log_in(name=name)
    [device] = await devices.mine(people.ben)
    assert device.name == shown


async def test_only_so_many_apps_are_logged_in(people: People, monkeypatch) -> None:
    monkeypatch.setattr(devices, "MAX_APPS", 3)
    cookie = (await accounts.login(HERE, "ben", PASSWORD)).token
    bot = await bot_tokens.create(people.ben, "Bot")
    logins = [await log_in() for _each in range(3)]
    await change(logins[1].viewer.session_id, last_seen_at=now() - timedelta(days=3))
    logins.append(await log_in())
    live = [bool(await sessions.resume_bearer(each.token)) for each in logins]
    assert live == [True, False, True, True], "the longest unused ends"
    assert await sessions.resume_bearer(bot)
    assert await sessions.resume(cookie)


async def test_users_see_and_rename_their_own_devices(people: People) -> None:
    phone = await log_in(device_id="PHONE", name="Phone")
    await log_in("chen", device_id="CHENS")
    await bot_tokens.create(people.ben, "Bot")
    await devices.rename(phone.viewer, "PHONE", " Old phone ")
    assert [(each.kind, each.name) for each in await devices.mine(people.ben)] == [
        (SessionKind.APP, "Old phone"),
        (SessionKind.BOT, "Bot"),
    ]
    for wrong in ("CHENS", "none", "", None, 7, "\ud800"):
        with pytest.raises(NotFound):
            await devices.rename(people.ben, wrong, "Mine")
        with pytest.raises(NotFound):
            await devices.end(people.ben, wrong)
    for wrong in ("", "x" * 61, None, 7):
        with pytest.raises(ServiceError) as refused:
            await devices.rename(people.ben, "PHONE", wrong)
        assert refused.value.about == "name"
    assert (await devices.mine((await log_in("chen")).viewer))[0].name == HERE.device


async def test_an_app_renames_only_itself_and_a_bot_nothing(people: People) -> None:
    phone = await log_in(device_id="PHONE", name="Phone")
    bot = await sessions.resume_bearer(await bot_tokens.create(people.ben, "Bot"))
    assert bot is not None
    for viewer, device in ((phone.viewer, bot.device_id), (bot, "PHONE"), (bot, bot.device_id)):
        with pytest.raises(BrowserNeeded):
            await devices.rename(viewer, device, "Mine")
    await devices.rename(phone.viewer, "PHONE", "Old phone")
    await devices.rename(people.ben, bot.device_id, "Robot")
    assert [each.name for each in await devices.mine(people.ben)] == ["Old phone", "Robot"]


async def test_devices_are_ended(people: People, published) -> None:
    phone, tablet = await log_in(device_id="PHONE"), await log_in(device_id="TABLET")
    await devices.end(phone.viewer, "PHONE")  # itself, as an app logs out
    assert events.SessionsEnded(people.ben.user_id) in published
    assert await sessions.resume_bearer(phone.token) is None
    await confirmed(people.ben, None)
    with pytest.raises(ReauthenticationNeeded):
        await devices.end(people.ben, "TABLET")
    with pytest.raises(ReauthenticationNeeded):
        await devices.end_all(people.ben)
    await confirmed(people.ben, timedelta(0))
    await devices.end(people.ben, "TABLET")
    assert await sessions.resume_bearer(tablet.token) is None
    with pytest.raises(NotFound):
        await devices.end(people.ben, "TABLET")


async def test_all_apps_and_tokens_end_at_once(people: People, published) -> None:
    cookie = (await accounts.login(HERE, "ben", PASSWORD)).token
    tokens = [(await log_in()).token, await bot_tokens.create(people.ben, "Bot")]
    others = (await log_in("chen")).token
    published.clear()
    await devices.end_all(people.ben)
    assert events.SessionsEnded(people.ben.user_id) in published
    assert [await sessions.resume_bearer(each) for each in tokens] == [None, None]
    assert await sessions.resume(cookie)
    assert await sessions.resume_bearer(others)


async def test_an_app_logs_out(people: People, published) -> None:
    opened = await log_in()
    await accounts.logout(opened.viewer)
    assert events.SessionsEnded(people.ben.user_id) in published
    assert await sessions.resume_bearer(opened.token) is None
    assert not await sessions.has_lapsed(opened.token)


# -- how long they last ------------------------------------------------------------------------


async def test_an_app_may_rest_longer_than_a_browser(people: People) -> None:
    opened = await log_in(device_id="PHONE")
    number = opened.viewer.session_id
    await change(number, last_seen_at=now() - sessions.APP_IDLE_TIMEOUT + A_MOMENT)
    assert not await sessions.has_lapsed(opened.token)
    assert await sessions.resume_bearer(opened.token)
    await change(number, last_seen_at=now() - sessions.APP_IDLE_TIMEOUT - A_MOMENT)
    assert await sessions.resume_bearer(opened.token) is None
    assert await sessions.has_lapsed(opened.token)
    assert await devices.mine(people.ben) == []
    assert number not in [each.session_id for each in await sessions.mine(people.ben)]
    with pytest.raises(NotFound):
        await devices.rename(people.ben, "PHONE", "Gone")
    again = await log_in(device_id="PHONE")  # as the app asks its user to
    assert await sessions.resume_bearer(again.token)
    assert not await sessions.has_lapsed(opened.token), "its device is logged in anew"


async def test_an_app_ends_after_a_year(people: People) -> None:
    opened = await log_in()
    assert abs(opened.viewer.expires_at - now() - timedelta(days=365)) < timedelta(hours=1)
    await change(opened.viewer.session_id, expires_at=now() - A_MOMENT)
    assert await sessions.resume_bearer(opened.token) is None
    assert await sessions.has_lapsed(opened.token)


async def test_use_is_noted_at_intervals(people: People) -> None:
    opened = await log_in()
    number = opened.viewer.session_id

    async def last_seen() -> object:
        query = select(LoginSession.last_seen_at).where(LoginSession.id == number)
        return await database.read(lambda session: session.exec(query).one())

    recent = now() - sessions.LAST_SEEN_INTERVAL + A_MOMENT
    await change(number, last_seen_at=recent)
    await sessions.resume_bearer(opened.token)
    assert await last_seen() == recent
    await change(number, last_seen_at=now() - timedelta(days=80))
    await sessions.resume_bearer(opened.token)
    assert now() - await last_seen() < sessions.LAST_SEEN_INTERVAL


async def test_an_app_can_read_while_nothing_can_be_stored(people: People, monkeypatch) -> None:
    opened = await log_in()
    await change(opened.viewer.session_id, last_seen_at=now() - timedelta(days=1))

    async def refuse(*_args: object, **_more: object) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(database.current(), "write", refuse)
    assert await sessions.resume_bearer(opened.token)


async def test_counts_and_lists_agree_with_what_can_be_resumed(people: People) -> None:
    def days(number: int) -> timedelta:
        return timedelta(days=number, seconds=1)

    cases = {  # days since it was last used, by kind: is it live?
        (SessionKind.BROWSER, 13): True,
        (SessionKind.BROWSER, 14): False,
        (SessionKind.APP, 14): True,
        (SessionKind.APP, 89): True,
        (SessionKind.APP, 90): False,
        (SessionKind.BOT, 5000): True,
    }
    opened = {}
    for kind, idle in cases:
        if kind is SessionKind.BROWSER:
            viewer = await sessions.resume((await accounts.login(HERE, "chen", PASSWORD)).token)
        elif kind is SessionKind.APP:
            viewer = (await log_in("chen")).viewer
        else:
            viewer = await sessions.resume_bearer(await bot_tokens.create(people.chen, "Bot"))
        opened[viewer.session_id] = cases[kind, idle]
        await change(viewer.session_id, last_seen_at=now() - days(idle))
    opened[people.chen.session_id] = True
    listed = {each.session_id for each in await sessions.mine(people.chen)}
    assert listed == {number for number, is_live in opened.items() if is_live}
    counted = await database.read(lambda s: sessions.count_live(s, people.chen.user_id))
    assert counted == len(listed)


# -- what apps and bots may not do --------------------------------------------------------------


async def test_an_app_is_never_confirmed(people: People) -> None:
    viewer = (await log_in("asha")).viewer
    bot = await sessions.resume_bearer(await bot_tokens.create(people.asha, "Bot"))
    for each in (viewer, bot):
        with pytest.raises(BrowserNeeded, match="Log in to the chat in a browser"):
            await reauthentication.confirm_with_password(each, PASSWORD)
        with pytest.raises(NotFound):
            await database.write(lambda session, who=each: reauthentication.confirm(session, who))
        stored = await database.read(
            lambda session, who=each: session.get(LoginSession, who.session_id).confirmed_at
        )
        assert stored is None
        await confirmed(each, timedelta(0))  # even then
        with pytest.raises(BrowserNeeded):
            await reauthentication.require_recent(each)


# -- what ends them -----------------------------------------------------------------------------


async def test_a_new_password_ends_apps_and_tokens(people: People) -> None:
    tokens = [(await log_in()).token, await bot_tokens.create(people.ben, "Bot")]
    await accounts.change_password(people.ben, PASSWORD, "another good battery")
    assert [await sessions.resume_bearer(each) for each in tokens] == [None, None]


async def test_disabling_an_account_ends_apps_and_tokens(people: People) -> None:
    tokens = [(await log_in()).token, await bot_tokens.create(people.ben, "Bot")]
    await administration.disable(people.asha, people.ben.user_id)
    assert [await sessions.resume_bearer(each) for each in tokens] == [None, None]
    await administration.enable(people.asha, people.ben.user_id)
    assert [await sessions.resume_bearer(each) for each in tokens] == [None, None]


async def test_deleting_an_account_deletes_them(people: People) -> None:
    token = await bot_tokens.create(people.chen, "Bot")
    await log_in("chen", token)
    user_id = people.chen.user_id
    await database.write(lambda session: session.exec(delete(User).where(User.id == user_id)))
    assert await sessions.resume_bearer(token) is None
    left = select(func.count()).where(LoginSession.user_id == user_id)
    assert await database.read(lambda session: session.exec(left).one()) == 0


async def test_ended_tokens_are_not_kept_for_good(people: People) -> None:
    token = await bot_tokens.create(people.ben, "Bot")
    opened = await log_in("ben", token)
    [kept] = await bot_tokens.mine(people.ben)
    await bot_tokens.revoke(people.ben, kept.session_id)

    async def stored() -> set[int]:
        numbers = {kept.session_id, opened.viewer.session_id}
        query = select(LoginSession.id).where(LoginSession.id.in_(numbers))
        return set(await database.read(lambda session: session.exec(query).all()))

    await log_in()
    assert len(await stored()) == 2
    for number in await stored():
        await change(number, revoked_at=now() - sessions.MAX_AGE - A_MOMENT)
    await log_in()
    assert await stored() == set()
