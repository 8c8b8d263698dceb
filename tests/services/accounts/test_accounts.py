"""Registration, logging in and out, changing the own account, and guessing passwords."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import argon2
import pytest
from sqlmodel import func, select

from models import Role, User
from services import lifecycle
from services.accounts import accounts, administration
from services.accounts.names.name_rules import username_key
from services.accounts.passwords.password_login import WrongPassword
from services.accounts.passwords.passwords import BadPassword
from services.accounts.sessions import device_cookies, sessions
from services.core import app_context, events
from services.core.disk import data_folder
from services.core.dto import CurrentUser, Visitor
from services.core.errors import Conflict, Forbidden, RateLimited, ServiceError
from services.core.limits.password_turns import Caller
from services.core.limits.rate_limits import RateLimit
from services.core.settings import Settings
from services.db import database
from services.registration import invites, registration
from services.registration import setup_code as code
from services.registration.registration import RegistrationForm
from services.rooms import rooms
from tests.conftest import HASH_KIB, HERE, PASSWORD, cheap, person

ANOTHER = "violet otter kettle"


async def user_count() -> int:
    return await database.read(lambda session: session.exec(select(func.count(User.id))).one())


async def user(username: str) -> User:
    return await database.read(
        lambda session: session.exec(
            select(User).where(User.username_key == username_key(username))
        ).one()
    )


async def enter(username: str, password: str = PASSWORD, device: str = "") -> CurrentUser | None:
    """Log in, and return the user of the new session."""
    logged_in = await accounts.login(HERE, username, password, device)
    return await sessions.resume(logged_in.token)


# -- registration -----------------------------------------------------------------------------


async def test_the_first_account_becomes_the_administrator(app_settings, published) -> None:
    assert await registration.needs_first_account()
    asha = await person("asha")
    assert not await registration.needs_first_account()
    ben = await person("ben")
    assert (asha.is_admin, ben.is_admin) == (True, False)
    [lobby] = await rooms.mine(asha)
    assert (lobby.name, lobby.role) == ("Lobby", Role.OWNER)
    assert [room.role for room in await rooms.mine(ben)] == [Role.MEMBER]
    assert published == [events.MemberJoined(lobby.room_id, each.user_id) for each in (asha, ben)]


async def test_the_display_name_defaults_to_the_username(app_settings) -> None:
    assert (await person("asha")).display_name == "asha"
    logged_in = await registration.register(
        HERE, RegistrationForm("ben", PASSWORD, display_name=" Ben  K ")
    )
    viewer = await sessions.resume(logged_in.token)
    assert viewer is not None
    assert viewer.display_name == "Ben K"


async def test_a_password_is_stored_as_a_salted_slow_hash(people) -> None:
    hashes = [(await user(name)).password_hash for name in ("asha", "ben")]
    assert all(each.startswith("$argon2id$") for each in hashes)
    assert hashes[0] != hashes[1]


async def test_taken_names_and_look_alikes_are_refused(people) -> None:
    await person("dina")
    for name in ("asha", "ASHA", " asha ", "аsha", "Ashа", "ａｓｈａ"):
        with pytest.raises(ServiceError) as refused:
            await registration.register(HERE, RegistrationForm(name, PASSWORD))
        assert "asha" not in refused.value.message
    for name in ("asha", "ASHA", " asha "):
        with pytest.raises(Conflict):
            await registration.register(HERE, RegistrationForm(name, PASSWORD))
    assert await user_count() == 4


async def test_weak_passwords_and_invalid_names_are_refused(people) -> None:
    forms = [
        RegistrationForm("dina", "short"),
        RegistrationForm("dina", "password1"),
        RegistrationForm("dina", "dina1234"),
        RegistrationForm("dina", "x" * 300),
        RegistrationForm("dina", None),
        RegistrationForm("dina", ["correct", "horse"]),
        RegistrationForm("", PASSWORD),
        RegistrationForm(None, PASSWORD),
        RegistrationForm("a b", PASSWORD),
        RegistrationForm("dina\0", PASSWORD),
        RegistrationForm("dina", PASSWORD, display_name="x" * 41),
        RegistrationForm("dina", PASSWORD, display_name=7),
    ]
    for form in forms:
        with pytest.raises(ServiceError) as refused:
            await registration.register(HERE, form)
        assert type(refused.value) in (ServiceError, BadPassword)
        assert refused.value.message.count("\n") == 0
    assert await user_count() == 3
    await registration.register(HERE, RegistrationForm("dina", PASSWORD))


async def test_of_several_first_registrations_at_once_one_succeeds(app_settings) -> None:
    names = ("asha", "ben", "chen")
    answers = await asyncio.gather(
        *[registration.register(HERE, RegistrationForm(name, PASSWORD)) for name in names],
        return_exceptions=True,
    )
    failed = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(each) for each in failed] == [Conflict, Conflict]
    admins = await database.read(
        lambda session: session.exec(select(User.username).where(User.is_admin)).all()
    )
    assert len(admins) == await user_count() == 1


async def test_of_two_registrations_of_a_name_at_once_one_succeeds(people) -> None:
    answers = await asyncio.gather(
        *[
            registration.register(HERE, RegistrationForm(name, PASSWORD))
            for name in ("dina", "DINA")
        ],
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "LoggedIn"]
    assert await user_count() == 4


# -- who may register -------------------------------------------------------------------------


async def test_registration_can_be_closed(tmp_path) -> None:
    async with opening(cheap(tmp_path / "data", registration="closed")):
        assert (await person("asha")).is_admin  # the first account can always be created
        with pytest.raises(Forbidden) as refused:
            await registration.register(HERE, RegistrationForm("ben", PASSWORD))
        assert refused.value.message == "Registration is closed. Ask the host for an account."
        assert await user_count() == 1


async def test_registration_by_invite(tmp_path) -> None:
    async with opening(cheap(tmp_path / "data", registration="invite")):
        asha = await person("asha")
        invite = await invites.create(asha, days=1, uses=1)
        for wrong in ("", "wrong", None, 7, ["x"], "\ud800"):
            with pytest.raises(Forbidden):
                await registration.register(HERE, RegistrationForm("ben", PASSWORD, invite=wrong))
        with pytest.raises(ServiceError):  # a mistake does not use it up
            await registration.register(HERE, RegistrationForm("ben", "short", invite=invite.code))
        await registration.register(HERE, RegistrationForm("ben", PASSWORD, invite=invite.code))
        with pytest.raises(Forbidden):
            await registration.register(
                HERE, RegistrationForm("chen", PASSWORD, invite=invite.code)
            )
        assert await user_count() == 2


async def test_the_first_account_of_a_public_server_needs_the_set_up_code(tmp_path) -> None:
    settings = cheap(tmp_path / "data", behind_proxy=True, registration="open")
    async with opening(settings):
        right = code.get_or_create(settings)
        for wrong in ("", "wrong", right[:-1], None, 7, [right], "\ud800"):
            with pytest.raises(Forbidden) as refused:
                await registration.register(
                    HERE, RegistrationForm("asha", PASSWORD, setup_code=wrong)
                )
            assert refused.value.message == (
                "Wrong setup code. It is shown in the server's terminal."
            )
        assert await user_count() == 0
        assert code.get_or_create(settings) == right
        typed = f" {right.upper()} "
        await registration.register(HERE, RegistrationForm("asha", PASSWORD, setup_code=typed))
        assert (await user("asha")).is_admin
        assert not (settings.data / "setup-code").exists()
        await registration.register(HERE, RegistrationForm("ben", PASSWORD))


# -- logging in and out -----------------------------------------------------------------------


async def test_logging_in_and_out(people) -> None:
    viewer = await enter("asha")
    assert viewer is not None
    assert (viewer.user_id, viewer.username) == (people.asha.user_id, "asha")
    assert viewer.session_id != people.asha.session_id
    again = await accounts.login(HERE, "ASHA", PASSWORD)
    viewer = await sessions.resume(again.token)
    assert viewer is not None
    await accounts.logout(viewer)
    assert await sessions.resume(again.token) is None
    await accounts.logout(viewer)  # no error
    assert await sessions.mine(people.asha)


async def test_a_wrong_password_and_an_unknown_name_are_indistinguishable(
    people, monkeypatch
) -> None:
    """Neither the message nor the amount of work tells which names exist."""
    assert await enter("asha")
    work: list[str] = []
    real = argon2.low_level.verify_secret

    def watched(hashed, *more):
        work.append(hash_costs(hashed))
        return real(hashed, *more)

    monkeypatch.setattr(argon2.low_level, "verify_secret", watched)
    messages = set()
    costs = []
    wrong = ("asha", PASSWORD + "!"), ("nobody", PASSWORD), ("asha", None), ("", ""), (None, 7)
    for name, password in wrong:
        work.clear()
        with pytest.raises(WrongPassword) as refused:
            await accounts.login(HERE, name, password)
        messages.add(refused.value.message)
        costs.append(list(work))
    assert len(messages) == 1
    assert costs == [[f"m={HASH_KIB},t=1,p=1"]] * len(wrong)


def hash_costs(hashed: bytes | str) -> str:
    """Return the cost parameters of a hash."""
    text = hashed.decode() if isinstance(hashed, bytes) else hashed
    return text.split("$")[3]


async def test_a_hash_with_old_costs_is_replaced_at_login(app_settings) -> None:
    await person("asha")
    old = (await user("asha")).password_hash
    await enter("asha")
    assert (await user("asha")).password_hash == old
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings.model_copy(update={"argon2_time_cost": 2}))
    with pytest.raises(WrongPassword):
        await enter("asha", "wrong")
    assert (await user("asha")).password_hash == old
    await enter("asha")
    new = (await user("asha")).password_hash
    assert (hash_costs(old), hash_costs(new)) == (f"m={HASH_KIB},t=1,p=1", f"m={HASH_KIB},t=2,p=1")
    assert await enter("asha")


# -- changing an account ----------------------------------------------------------------------


async def test_a_new_password_ends_the_other_sessions(people) -> None:
    phone = await enter("asha")
    ben = await accounts.login(HERE, "ben", PASSWORD)
    with pytest.raises(ServiceError):
        await accounts.change_password(people.asha, "wrong", ANOTHER)
    with pytest.raises(ServiceError):
        await accounts.change_password(people.asha, PASSWORD, "asha1234")
    assert len(await sessions.mine(people.asha)) == 2
    assert await enter("asha")
    await accounts.change_password(people.asha, PASSWORD, ANOTHER)
    assert [each.session_id for each in await sessions.mine(people.asha)] == [
        people.asha.session_id
    ]
    assert phone is not None
    assert await sessions.resume(ben.token)
    with pytest.raises(WrongPassword):
        await enter("asha", PASSWORD)
    assert await enter("asha", ANOTHER)


async def test_changing_name_and_colour(people, published) -> None:
    shown = await accounts.change_profile(people.ben, display_name=" Ben  K", hue=359)
    assert (shown.display_name, shown.hue) == ("Ben K", 359)
    assert (await user("ben")).display_name == "Ben K"
    [changed] = published
    assert changed.person == shown
    assert people.room in changed.room_ids
    for name, hue in (
        ("x" * 41, 0),
        ("a\u202eb", 0),
        (7, 0),
        ("Ben", 360),
        ("Ben", -1),
        ("Ben", "7"),
    ):
        with pytest.raises(ServiceError):
            await accounts.change_profile(people.ben, display_name=name, hue=hue)
    assert len(published) == 1
    stored = await user("ben")
    assert (stored.display_name, stored.hue) == ("Ben K", 359)
    await accounts.change_profile(people.ben, display_name="", hue=0)
    assert (await user("ben")).display_name == "ben"


async def test_changing_the_theme(people) -> None:
    for theme in ("dark", "light", "auto"):
        await accounts.change_theme(people.ben, theme)
        assert (await user("ben")).theme == theme
    for invalid in ("pink", "", None, 7, ["dark"]):
        with pytest.raises(ServiceError):
            await accounts.change_theme(people.ben, invalid)
    assert (await user("ben")).theme == "auto"


async def test_only_administrators_list_all_accounts(people) -> None:
    assert [each.username for each in await administration.list_all(people.asha)] == [
        "asha", "ben", "chen",
    ]  # fmt: skip
    with pytest.raises(Forbidden):
        await administration.list_all(people.ben)


# -- guessing passwords -----------------------------------------------------------------------


async def guess(visitor: Visitor, names: "list[str]") -> list[type]:
    """Try a wrong password for each of these names; return the errors."""
    errors = []
    for name in names:
        try:
            await accounts.login(visitor, name, "wrong wrong wrong")
        except ServiceError as refused:
            errors.append(type(refused))
    return errors


async def test_guessing_is_limited_and_the_owner_can_still_log_in(people) -> None:
    logged_in = await accounts.login(HERE, "asha", PASSWORD)
    errors = await guess(HERE, ["asha"] * 50)
    assert errors == [WrongPassword] * 5 + [RateLimited] * 45
    with pytest.raises(
        RateLimited
    ) as refused:  # also with the right password, from an unknown device
        await enter("asha")
    assert 0 < refused.value.retry_after <= 600
    assert await enter("asha", device=logged_in.device)
    assert await enter("ben")  # others are not affected
    elsewhere = Visitor("198.51.100.7", "Firefox")
    assert await accounts.login(elsewhere, "asha", PASSWORD)


@pytest.mark.parametrize(
    "typed",
    ["asha ", " asha", "asha\u00a0", "Asha\t", "asha\u3000", "\u200basha\ufeff", "ＡＳＨＡ "],
)
async def test_spaces_around_the_username_do_not_matter_at_login(people, typed) -> None:
    entered = await enter(typed)
    assert entered is not None
    assert entered.user_id == people.asha.user_id
    with pytest.raises(WrongPassword):
        await enter("as ha")


async def test_guesses_with_spaces_around_the_username_count_for_the_same_account(people) -> None:
    errors = await guess(HERE, ["asha ", " asha", "asha\u00a0", "Asha\t", "asha\u200b", "asha  "])
    assert errors == [WrongPassword] * 5 + [RateLimited]


async def test_the_password_is_never_trimmed(app_settings) -> None:
    for name, password in (("asha", " correct horse "), ("ben", "correct horse")):
        await registration.register(HERE, RegistrationForm(name, password))
    assert await enter("asha", " correct horse ")
    assert await enter("ben", "correct horse")
    for name, password in (
        ("asha", "correct horse"),
        ("asha", "correct horse "),
        ("ben", " correct horse "),
    ):
        with pytest.raises(WrongPassword):
            await enter(name, password)


async def test_guessing_at_many_names_does_not_lock_out_a_known_device(people) -> None:
    logged_in = await accounts.login(HERE, "asha", PASSWORD)
    errors = await guess(HERE, [f"student{number}" for number in range(110)])
    assert set(errors) == {WrongPassword, RateLimited}
    with pytest.raises(RateLimited):
        await enter("asha")
    assert await enter("asha", device=logged_in.device)


async def test_guessing_from_a_known_device_is_limited(people) -> None:
    logged_in = await accounts.login(HERE, "asha", PASSWORD)
    assert device_cookies.recognise(logged_in.device, "asha")
    errors = []
    for _ in range(10):
        with pytest.raises(ServiceError) as refused:
            await accounts.login(HERE, "asha", "wrong", logged_in.device)
        errors.append(type(refused.value))
    assert errors == [WrongPassword] * 5 + [RateLimited] * 5


async def test_a_device_cookie_is_for_one_account_and_cannot_be_forged(people) -> None:
    logged_in = await accounts.login(HERE, "asha", PASSWORD)
    nonce, _dot, signature = logged_in.device.partition(".")
    assert device_cookies.recognise(logged_in.device, "asha") == nonce
    assert device_cookies.recognise(logged_in.device, "ben") is None
    forged = ("", ".", nonce, f"{nonce}.", f"x{nonce}.{signature}", f"{nonce}.{signature}x")
    for cookie in (*forged, "é.\ud800"):
        assert device_cookies.recognise(cookie, "asha") is None


async def test_nobody_fills_the_security_log_by_logging_in(people) -> None:
    context = app_context.current()
    limits = replace(context.rate_limits, session=RateLimit("3 per minute"))
    app_context.use(replace(context, rate_limits=limits))
    for _each in range(3):
        assert await accounts.login(HERE, "asha", PASSWORD)
    with pytest.raises(RateLimited):
        await accounts.login(HERE, "asha", PASSWORD)
    assert await enter("ben")
    with pytest.raises(WrongPassword):  # which says nothing about the limit
        await enter("asha", "wrong")


async def test_a_password_that_changes_while_it_is_checked_opens_no_session(
    people, monkeypatch
) -> None:
    passwords = app_context.current().passwords
    check = passwords.verify

    async def slow(by: Caller, password: object, stored: str | None) -> tuple[bool, str | None]:
        answer = await check(by, password, stored)
        monkeypatch.undo()
        await accounts.change_password(people.asha, PASSWORD, ANOTHER)
        return answer

    monkeypatch.setattr(passwords, "verify", slow)
    with pytest.raises(WrongPassword):
        await accounts.login(HERE, "asha", PASSWORD)
    assert [each.session_id for each in await sessions.mine(people.asha)] == [
        people.asha.session_id
    ]
    assert await enter("asha", ANOTHER)


async def test_one_of_two_changes_of_a_password_at_once_is_refused(people) -> None:
    news = (ANOTHER, "another good battery")
    answers = await asyncio.gather(
        *(accounts.change_password(people.asha, PASSWORD, new) for new in news),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "ServiceError"]
    assert await enter("asha", news[answers.index(None)])


async def test_a_class_of_forty_registers_and_logs_in_from_one_address(app_settings) -> None:
    names = [f"student{number}" for number in range(41)]
    await person(names.pop())
    for start in range(0, 40, 10):
        some = names[start : start + 10]
        await asyncio.gather(
            *[registration.register(HERE, RegistrationForm(name, PASSWORD)) for name in some]
        )
        assert set(await guess(HERE, some)) == {WrongPassword}  # one mistyped password each
        await asyncio.gather(*[accounts.login(HERE, name, PASSWORD) for name in some])
    assert await user_count() == 41


# -- helpers ----------------------------------------------------------------------------------


@asynccontextmanager
async def opening(settings: Settings) -> AsyncIterator[Settings]:
    """Run the app with these settings within the block."""
    with data_folder.lock(settings.data):
        await lifecycle.startup(settings)
        yield settings
        await lifecycle.shutdown()
