"""Accounts: registering, logging in and out, changing one's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import argon2
import pytest
from sqlmodel import func, select

from models import Role, User
from services import lifecycle
from services.accounts import accounts, device_cookies, invites, registration, sessions
from services.accounts import setup_code as code
from services.accounts.accounts import WrongPassword
from services.accounts.name_rules import username_key
from services.accounts.registration import RegistrationForm
from services.core import data_folder, events
from services.core.dto import CurrentUser, Visitor
from services.core.errors import Conflict, Forbidden, RateLimited, ServiceError
from services.core.settings import Settings
from services.db import database
from services.rooms import rooms
from tests.conftest import HERE, PASSWORD, cheap, person

ANOTHER = "violet otter kettle"


async def how_many() -> int:
    return await database.read(lambda session: session.exec(select(func.count(User.id))).one())


async def user(username: str) -> User:
    return await database.read(
        lambda session: session.exec(
            select(User).where(User.username_key == username_key(username))
        ).one()
    )


async def enter(username: str, password: str = PASSWORD, device: str = "") -> CurrentUser | None:
    """Log in and return whose session that opened."""
    entered = await accounts.login(HERE, username, password, device)
    return await sessions.resume(entered.token)


# -- registering ------------------------------------------------------------------------------


async def test_the_first_account_is_the_administrators(opened, told) -> None:
    assert await registration.needs_first_account()
    asha = await person("asha")
    assert not await registration.needs_first_account()
    ben = await person("ben")
    assert (asha.is_admin, ben.is_admin) == (True, False)
    [lobby] = await rooms.mine(asha)
    assert (lobby.name, lobby.role) == ("Lobby", Role.OWNER)
    assert [room.role for room in await rooms.mine(ben)] == [Role.MEMBER]
    assert told == [events.MemberJoined(lobby.room_id, each.user_id) for each in (asha, ben)]


async def test_the_display_name_is_the_username_unless_one_says(opened) -> None:
    assert (await person("asha")).display_name == "asha"
    entered = await registration.register(
        HERE, RegistrationForm("ben", PASSWORD, display_name=" Ben  K ")
    )
    viewer = await sessions.resume(entered.token)
    assert viewer is not None
    assert viewer.display_name == "Ben K"


async def test_a_password_is_kept_as_a_salted_slow_hash(people) -> None:
    hashes = [(await user(name)).password_hash for name in ("asha", "ben")]
    assert all(each.startswith("$argon2id$") for each in hashes)
    assert hashes[0] != hashes[1]


async def test_a_name_that_is_taken_or_looks_like_one_is_refused(people) -> None:
    await person("dina")
    for name in ("asha", "ASHA", " asha ", "аsha", "Ashа", "ａｓｈａ"):
        with pytest.raises(ServiceError) as refused:
            await registration.register(HERE, RegistrationForm(name, PASSWORD))
        assert "asha" not in refused.value.message
    for name in ("asha", "ASHA", " asha "):
        with pytest.raises(Conflict):
            await registration.register(HERE, RegistrationForm(name, PASSWORD))
    assert await how_many() == 4


async def test_weak_passwords_and_odd_names_are_refused(people) -> None:
    refused = [
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
    for application in refused:
        with pytest.raises(ServiceError) as said:
            await registration.register(HERE, application)
        assert type(said.value) is ServiceError
        assert said.value.message.count("\n") == 0
    assert await how_many() == 3
    await registration.register(HERE, RegistrationForm("dina", PASSWORD))


async def test_of_two_first_comers_one_is_the_administrator(opened) -> None:
    names = ("asha", "ben", "chen")
    answers = await asyncio.gather(
        *[registration.register(HERE, RegistrationForm(name, PASSWORD)) for name in names],
        return_exceptions=True,
    )
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(each) for each in lost] == [Conflict, Conflict]
    admins = await database.read(
        lambda session: session.exec(select(User.username).where(User.is_admin)).all()
    )
    assert len(admins) == await how_many() == 1


async def test_of_two_who_want_a_name_one_has_it(people) -> None:
    answers = await asyncio.gather(
        *[
            registration.register(HERE, RegistrationForm(name, PASSWORD))
            for name in ("dina", "DINA")
        ],
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "LoggedIn"]
    assert await how_many() == 4


# -- who may register -------------------------------------------------------------------------


async def test_registration_can_be_closed(tmp_path) -> None:
    async with opening(cheap(tmp_path / "data", registration="closed")):
        assert (await person("asha")).is_admin  # somebody has to be the first
        with pytest.raises(Forbidden) as refused:
            await registration.register(HERE, RegistrationForm("ben", PASSWORD))
        assert refused.value.message == "Registration is closed. Ask the host for an account."
        assert await how_many() == 1


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
        assert await how_many() == 2


async def test_who_comes_first_from_outside_needs_the_set_up_code(tmp_path) -> None:
    settings = cheap(tmp_path / "data", behind_proxy=True, registration="open")
    async with opening(settings):
        right = code.get_or_create(settings)
        for wrong in ("", "wrong", right[:-1], None, 7, [right], "\ud800"):
            with pytest.raises(Forbidden) as refused:
                await registration.register(
                    HERE, RegistrationForm("asha", PASSWORD, setup_code=wrong)
                )
            assert refused.value.message == (
                "The set-up code is not right. It is printed in the terminal."
            )
        assert await how_many() == 0
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
    await accounts.logout(viewer)  # once is enough
    assert await sessions.mine(people.asha)


async def test_a_wrong_password_and_an_unknown_name_sound_alike_and_cost_alike(
    people, monkeypatch
) -> None:
    """Whoever guesses learns neither from the words nor from the work which names there are."""
    assert await enter("asha")
    work: list[str] = []
    real = argon2.low_level.verify_secret

    def watched(hashed, *more):
        work.append(hash_costs(hashed))
        return real(hashed, *more)

    monkeypatch.setattr(argon2.low_level, "verify_secret", watched)
    said = set()
    costs = []
    wrong = ("asha", PASSWORD + "!"), ("nobody", PASSWORD), ("asha", None), ("", ""), (None, 7)
    for name, password in wrong:
        work.clear()
        with pytest.raises(WrongPassword) as refused:
            await accounts.login(HERE, name, password)
        said.add(refused.value.message)
        costs.append(list(work))
    assert len(said) == 1
    assert costs == [["m=8192,t=1,p=1"]] * len(wrong)


def hash_costs(hashed: bytes | str) -> str:
    """Return how much work a hash is."""
    text = hashed.decode() if isinstance(hashed, bytes) else hashed
    return text.split("$")[3]


async def test_an_old_hash_is_renewed_when_its_owner_logs_in(opened) -> None:
    await person("asha")
    old = (await user("asha")).password_hash
    await enter("asha")
    assert (await user("asha")).password_hash == old
    await lifecycle.shutdown()
    await lifecycle.startup(opened.model_copy(update={"argon2_time_cost": 2}))
    with pytest.raises(WrongPassword):
        await enter("asha", "wrong")
    assert (await user("asha")).password_hash == old
    await enter("asha")
    new = (await user("asha")).password_hash
    assert (hash_costs(old), hash_costs(new)) == ("m=8192,t=1,p=1", "m=8192,t=2,p=1")
    assert await enter("asha")


# -- one's own account ------------------------------------------------------------------------


async def test_a_new_password_ends_ones_other_sessions(people) -> None:
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


async def test_a_name_and_a_colour(people, told) -> None:
    shown = await accounts.change_profile(people.ben, display_name=" Ben  K", hue=359)
    assert (shown.display_name, shown.hue) == ("Ben K", 359)
    assert (await user("ben")).display_name == "Ben K"
    [changed] = told
    assert changed.person == shown
    assert people.room in changed.room_ids
    for name, hue in (("x" * 41, 0), ("a\0b", 0), (7, 0), ("Ben", 360), ("Ben", -1), ("Ben", "7")):
        with pytest.raises(ServiceError):
            await accounts.change_profile(people.ben, display_name=name, hue=hue)
    assert len(told) == 1
    stored = await user("ben")
    assert (stored.display_name, stored.hue) == ("Ben K", 359)
    await accounts.change_profile(people.ben, display_name="", hue=0)
    assert (await user("ben")).display_name == "ben"


async def test_light_and_dark(people) -> None:
    for theme in ("dark", "light", "auto"):
        await accounts.change_theme(people.ben, theme)
        assert (await user("ben")).theme == theme
    for odd in ("pink", "", None, 7, ["dark"]):
        with pytest.raises(ServiceError):
            await accounts.change_theme(people.ben, odd)
    assert (await user("ben")).theme == "auto"


async def test_only_administrators_see_everyone(people) -> None:
    assert [each.username for each in await accounts.list_all(people.asha)] == [
        "asha", "ben", "chen",
    ]  # fmt: skip
    with pytest.raises(Forbidden):
        await accounts.list_all(people.ben)


# -- guessing ---------------------------------------------------------------------------------


async def guess(visitor: Visitor, names: "list[str]") -> list[type]:
    """Try a wrong password for each of these names; return what came of it."""
    came = []
    for name in names:
        try:
            await accounts.login(visitor, name, "wrong wrong wrong")
        except ServiceError as refused:
            came.append(type(refused))
    return came


async def test_who_guesses_is_slowed_down_and_the_owner_still_gets_in(people) -> None:
    entered = await accounts.login(HERE, "asha", PASSWORD)
    came = await guess(HERE, ["asha"] * 50)
    assert came == [WrongPassword] * 5 + [RateLimited] * 45
    with pytest.raises(RateLimited) as refused:  # the right password is no help to a stranger
        await enter("asha")
    assert 0 < refused.value.retry_after <= 600
    assert await enter("asha", device=entered.device)
    assert await enter("ben")  # nor does it touch anybody else
    elsewhere = Visitor("198.51.100.7", "Firefox")
    assert await accounts.login(elsewhere, "asha", PASSWORD)


async def test_who_guesses_at_all_names_does_not_keep_a_known_device_out(people) -> None:
    entered = await accounts.login(HERE, "asha", PASSWORD)
    came = await guess(HERE, [f"student{number}" for number in range(110)])
    assert set(came) == {WrongPassword, RateLimited}
    with pytest.raises(RateLimited):
        await enter("asha")
    assert await enter("asha", device=entered.device)


async def test_a_known_device_may_not_guess_without_end(people) -> None:
    entered = await accounts.login(HERE, "asha", PASSWORD)
    assert device_cookies.recognise(entered.device, "asha")
    came = []
    for _ in range(10):
        with pytest.raises(ServiceError) as refused:
            await accounts.login(HERE, "asha", "wrong", entered.device)
        came.append(type(refused.value))
    assert came == [WrongPassword] * 5 + [RateLimited] * 5


async def test_a_device_is_known_for_one_account_and_not_by_a_forged_cookie(people) -> None:
    entered = await accounts.login(HERE, "asha", PASSWORD)
    nonce, _dot, signature = entered.device.partition(".")
    assert device_cookies.recognise(entered.device, "asha") == nonce
    assert device_cookies.recognise(entered.device, "ben") is None
    forged = ("", ".", nonce, f"{nonce}.", f"x{nonce}.{signature}", f"{nonce}.{signature}x")
    for cookie in (*forged, "é.\ud800"):
        assert device_cookies.recognise(cookie, "asha") is None


async def test_a_class_of_forty_registers_and_signs_in_from_one_address(opened) -> None:
    names = [f"student{number}" for number in range(41)]
    await person(names.pop())
    for start in range(0, 40, 10):
        some = names[start : start + 10]
        await asyncio.gather(
            *[registration.register(HERE, RegistrationForm(name, PASSWORD)) for name in some]
        )
        assert set(await guess(HERE, some)) == {WrongPassword}  # one typing mistake each
        await asyncio.gather(*[accounts.login(HERE, name, PASSWORD) for name in some])
    assert await how_many() == 41


# -- helpers ----------------------------------------------------------------------------------


@asynccontextmanager
async def opening(settings: Settings) -> AsyncIterator[Settings]:
    """A house with settings of one's own, open for as long as the block."""
    with data_folder.lock(settings.data):
        await lifecycle.startup(settings)
        yield settings
        await lifecycle.shutdown()
