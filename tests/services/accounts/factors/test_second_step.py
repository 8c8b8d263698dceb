"""Logging in to an account with a second factor."""

import asyncio
import shutil
from datetime import timedelta

import pytest
from sqlmodel import select, update

from models import TrustedDevice
from models.clock import now
from services.accounts import accounts, administration
from services.accounts.factors import recovery_codes, second_factor, second_step, trusted_devices
from services.accounts.factors.second_step import SecondStep, StepExpired, WrongCode
from services.accounts.passwords import password_resets
from services.accounts.passwords.password_login import WrongPassword
from services.accounts.security import security_notices
from services.accounts.sessions import reauthentication, sessions
from services.accounts.sessions.sessions import AccountDisabled, LoggedIn
from services.core.dto import Visitor
from services.core.errors import Forbidden, NotFound, RateLimited, ServiceError, Unavailable
from services.db import database
from tests import postgres
from tests.conftest import HERE, PASSWORD, People, confirmed
from tests.factors import SITE, add_app, add_passkey

NEW = "violet otter kettle"


async def first_step(device: str = "") -> str:
    """Enter ben's password; return the token of the first step."""
    step = await accounts.login(HERE, "ben", PASSWORD, device)
    assert isinstance(step, SecondStep)
    return step.token


async def test_a_password_alone_opens_no_session(people: People) -> None:
    await add_app(people.ben)
    before = await sessions.mine(people.ben)
    token = await first_step()
    assert await sessions.mine(people.ben) == before
    assert await sessions.resume(token) is None
    with pytest.raises(WrongPassword):
        await accounts.login(HERE, "ben", "wrong")
    assert isinstance(await accounts.login(HERE, "chen", PASSWORD), LoggedIn)


async def test_a_code_opens_one_session(people: People) -> None:
    app, _codes = await add_app(people.ben)
    token, code = await first_step(), app.code()
    entered = await second_step.finish(HERE, token, code)
    viewer = await sessions.resume(entered.token)
    assert viewer is not None
    assert viewer.username == "ben"
    with pytest.raises(StepExpired):
        await second_step.finish(HERE, token, app.code())
    with pytest.raises(WrongCode):
        await second_step.finish(HERE, await first_step(), code)


async def test_a_code_used_twice_at_once_works_once(people: People) -> None:
    app, _codes = await add_app(people.ben)
    tokens, code = [await first_step() for _each in range(2)], app.code()
    answers = await asyncio.gather(
        *(second_step.finish(HERE, token, code) for token in tokens), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["LoggedIn", "WrongCode"]


async def test_a_recovery_code_used_twice_at_once_works_once(people: People) -> None:
    _app, codes = await add_app(people.ben)
    tokens = [await first_step() for _each in range(2)]
    answers = await asyncio.gather(
        *(second_step.finish(HERE, token, codes[3]) for token in tokens), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["LoggedIn", "WrongCode"]
    assert (await second_factor.overview(people.ben)).recovery_codes == recovery_codes.COUNT - 1


@pytest.mark.parametrize("token", ["", "made up", "x" * 10_000])
async def test_without_a_first_step_there_is_no_second(people: People, token: str) -> None:
    app, _codes = await add_app(people.ben)
    with pytest.raises(StepExpired):
        await second_step.finish(HERE, token, app.code())


@pytest.mark.parametrize("wrong", ["", "123456", "x" * 100_000, None, 7, ["1"], "\ud800", "०" * 6])
async def test_a_wrong_code_opens_nothing(people: People, wrong: object) -> None:
    await add_app(people.ben)
    token = await first_step()
    with pytest.raises(WrongCode):
        await second_step.finish(HERE, token, wrong)
    assert second_step.is_expected(token), "they may try again"


async def test_another_password_ends_what_waits_for_its_second_step(people: People) -> None:
    app, _codes = await add_app(people.ben)
    token = await first_step()
    await accounts.change_password(people.ben, PASSWORD, NEW)
    with pytest.raises(StepExpired):
        await second_step.finish(HERE, token, app.code())


async def test_guesses_are_limited_from_all_addresses_together(people: People) -> None:
    app, _codes = await add_app(people.ben)
    known = (await second_step.finish(HERE, await first_step(), app.code())).device
    for number in range(5):
        visitor = Visitor(f"192.0.2.{number}", "")
        with pytest.raises(WrongCode):
            await second_step.finish(visitor, await first_step(), "000000")
    code = app.code()
    with pytest.raises(RateLimited):
        await second_step.finish(Visitor("192.0.2.9", ""), await first_step(), code)
    # Where ben logged in before, he is not kept out by the guesses of others.
    token = await first_step(known)
    assert await second_step.finish(HERE, token, code, device=known)


async def test_cookies_from_before_the_second_factor_bring_no_more_guesses(
    people: People,
) -> None:
    old = [(await accounts.login(HERE, "ben", PASSWORD)).device for _each in range(6)]
    app, _codes = await add_app(people.ben)
    for device in old[:5]:
        with pytest.raises(WrongCode):
            await second_step.finish(HERE, await first_step(device), "000000", device=device)
    with pytest.raises(RateLimited):
        await second_step.finish(HERE, await first_step(old[5]), app.code(), device=old[5])


async def test_wrong_codes_are_no_sessions_of_the_owner(people: People) -> None:
    app, _codes = await add_app(people.ben)
    known = (await second_step.finish(HERE, await first_step(), app.code())).device
    for _each in range(30):  # by somebody who knows the password
        token = await first_step()
    with pytest.raises(WrongCode):
        await second_step.finish(HERE, token, "000000")
    assert await second_step.finish(HERE, await first_step(known), app.code(), device=known)


async def test_a_recovery_code_works_once_however_it_is_typed(people: People) -> None:
    _app, codes = await add_app(people.ben)
    assert len(set(codes)) == recovery_codes.COUNT
    for typed in (codes[0].lower(), codes[1].replace("-", " "), codes[2].replace("-", "")):
        assert await second_step.finish(HERE, await first_step(), typed)
        with pytest.raises(WrongCode):
            await second_step.finish(HERE, await first_step(), typed)
    number, *_secret = codes[4].split("-")
    with pytest.raises(WrongCode):
        await second_step.finish(HERE, await first_step(), f"{number}-{codes[5][5:]}")


async def test_new_recovery_codes_replace_the_old(people: People) -> None:
    _app, old = await add_app(people.ben)
    new = await second_factor.renew_codes(people.ben)
    assert set(old).isdisjoint(new)
    with pytest.raises(WrongCode):
        await second_step.finish(HERE, await first_step(), old[0])
    assert await second_step.finish(HERE, await first_step(), new[0])
    with pytest.raises(ServiceError, match="Turn on two-step login first"):
        await second_factor.renew_codes(people.chen)


async def test_codes_of_another_open_nothing(people: People) -> None:
    await add_app(people.ben)
    app, codes = await add_app(people.chen)
    for code in (codes[0], app.code()):
        with pytest.raises(WrongCode):
            await second_step.finish(HERE, await first_step(), code)


async def test_a_trusted_device_is_not_asked_for_thirty_days(people: People) -> None:
    app, _codes = await add_app(people.ben)
    entered = await second_step.finish(HERE, await first_step(), app.code(), trust=True)
    again = await accounts.login(HERE, "ben", PASSWORD, entered.device)
    assert isinstance(again, LoggedIn)
    assert isinstance(await accounts.login(HERE, "ben", PASSWORD, entered.device), SecondStep), (
        "a login renews the cookie, so a copy of the old one is worth nothing"
    )
    assert isinstance(await accounts.login(HERE, "ben", PASSWORD), SecondStep)
    with pytest.raises(WrongPassword):
        await accounts.login(HERE, "ben", "wrong", again.device)
    await database.write(
        lambda session: session.exec(update(TrustedDevice).values(expires_at=now()))
    )
    assert isinstance(await accounts.login(HERE, "ben", PASSWORD, again.device), SecondStep)


@pytest.mark.parametrize("how", ["forget", "password", "removed", "by link"])
async def test_what_ends_the_trust(people: People, how: str) -> None:
    app, _codes = await add_app(people.ben)
    await add_passkey(people.ben)
    entered = await second_step.finish(HERE, await first_step(), app.code(), trust=True)
    password = PASSWORD
    if how == "forget":
        await trusted_devices.forget(people.ben)
    elif how == "password":
        await accounts.change_password(people.ben, PASSWORD, password := NEW)
    elif how == "removed":
        await second_factor.remove_app(people.ben)
    else:
        link = await password_resets.create(people.asha, people.ben.user_id)
        await password_resets.use(HERE, link, password := NEW)
    assert isinstance(await accounts.login(HERE, "ben", password, entered.device), SecondStep)


async def test_few_devices_are_trusted(people: People) -> None:
    for number in range(trusted_devices.MAX_DEVICES + 5):
        await database.write(
            lambda session, number=number: trusted_devices.trust(
                session, people.ben.user_id, f"device {number}"
            )
        )
    rows = await database.read(lambda session: session.exec(select(TrustedDevice)).all())
    assert len(rows) == trusted_devices.MAX_DEVICES
    renewed = [
        await database.write(
            lambda session, number=number: trusted_devices.renew(
                session, people.ben.user_id, f"device {number}", f"new {number}"
            )
        )
        for number in (0, 24)
    ]
    assert renewed == [False, True]


async def test_a_reset_link_does_not_replace_the_second_factor(people: People) -> None:
    app, _codes = await add_app(people.ben)
    link = await password_resets.create(people.asha, people.ben.user_id)
    step = await password_resets.use(HERE, link, NEW)
    assert isinstance(step, SecondStep)
    assert await sessions.mine(people.ben) == []
    assert await second_step.finish(HERE, step.token, app.code())


async def test_a_second_factor_takes_a_recent_password(people: People) -> None:
    _app, codes = await add_app(people.ben)
    await add_passkey(people.ben)
    before = await second_factor.overview(people.ben)
    await confirmed(people.ben, timedelta(hours=1))
    for wanted in (
        second_factor.begin_app(people.ben),
        add_app(people.ben),
        add_passkey(people.ben),
        second_factor.remove_app(people.ben),
        second_factor.remove_passkey(people.ben, before.passkeys[0].passkey_id),
        second_factor.renew_codes(people.ben),
        sessions.end_others(people.ben),
    ):
        with pytest.raises(Forbidden, match="Enter your password to continue"):
            await wanted
    assert await second_factor.overview(people.ben) == before
    assert await second_step.finish(HERE, await first_step(), codes[0])


async def test_without_any_factor_the_password_is_enough_again(people: People) -> None:
    await add_app(people.ben)
    await second_factor.remove_app(people.ben)
    assert isinstance(await accounts.login(HERE, "ben", PASSWORD), LoggedIn)
    assert (await second_factor.overview(people.ben)).recovery_codes == 0
    with pytest.raises(NotFound):
        await second_factor.remove_app(people.ben)


async def test_an_administrator_turns_it_off(people: People) -> None:
    await add_app(people.ben)
    await add_passkey(people.ben)
    with pytest.raises(Forbidden):
        await second_factor.remove_of(people.chen, people.ben.user_id)
    await confirmed(people.asha, timedelta(hours=1))
    with pytest.raises(Forbidden, match="Enter your password to continue"):
        await second_factor.remove_of(people.asha, people.ben.user_id)
    await confirmed(people.asha, timedelta(0))
    await second_factor.remove_of(people.asha, people.ben.user_id)
    assert not (await second_factor.overview(people.ben)).is_on
    assert isinstance(await accounts.login(HERE, "ben", PASSWORD), LoggedIn)
    for user_id in (people.ben.user_id, 999):
        with pytest.raises(NotFound):
            await second_factor.remove_of(people.asha, user_id)


async def test_the_terminal_turns_it_off(people: People) -> None:
    await add_app(people.ben)
    await second_factor.remove_in_terminal("BEN")
    assert isinstance(await accounts.login(HERE, "ben", PASSWORD), LoggedIn)
    for name in ("ben", "nobody"):
        with pytest.raises(NotFound):
            await second_factor.remove_in_terminal(name)


async def test_an_app_needs_a_right_code_first(people: People) -> None:
    secret = await second_factor.begin_app(people.ben)
    for code in ("000000", "", None, 7):
        with pytest.raises(ServiceError, match="Wrong code"):
            await second_factor.add_app(people.ben, secret, code)
    for wrong in ("", None, "short", "x" * 100_000):
        with pytest.raises(ServiceError, match="Wrong code"):
            await second_factor.add_app(people.ben, wrong, "000000")
    assert isinstance(await accounts.login(HERE, "ben", PASSWORD), LoggedIn)


@postgres.sqlite_only
async def test_a_nearly_full_disk_keeps_nobody_out(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _codes = await add_app(people.ben)
    device = await add_passkey(people.ben)
    usage = shutil.disk_usage(".")._replace(free=1, total=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    monkeypatch.setattr(database.current()._backend._disk, "_checked_at", -1e9)
    entered = await second_step.finish(HERE, await first_step(), app.code())
    viewer = await sessions.resume(entered.token)
    ceremony = await reauthentication.begin_passkey(viewer, SITE)
    answer = device.get(ceremony.options)
    await reauthentication.confirm_with_passkey(viewer, SITE, ceremony.token, answer)
    await security_notices.mark_shown(viewer, [1])
    await sessions.end_others(viewer)
    await second_factor.remove_app(viewer)
    with pytest.raises(Unavailable, match="nearly full"):
        await second_factor.renew_codes(viewer)


async def test_a_disabled_account_has_no_second_step(people: People) -> None:
    app, _codes = await add_app(people.ben)
    device = await add_passkey(people.ben)
    token = await first_step()
    await administration.disable(people.asha, people.ben.user_id)
    with pytest.raises(AccountDisabled):
        await second_step.finish(HERE, token, app.code())
    ceremony = await second_step.begin_passkey(HERE, SITE)
    answer = device.get(ceremony.options)
    with pytest.raises(AccountDisabled):
        await second_step.finish_with_passkey(HERE, SITE, "", ceremony.token, answer)
    with pytest.raises(AccountDisabled):
        await accounts.login(HERE, "ben", PASSWORD)
    assert await sessions.mine(people.ben) == []
