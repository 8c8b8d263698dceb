"""Passkeys, against a device in software that may say anything."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.accounts import accounts
from services.accounts.factors import ceremonies, passkeys, second_factor, second_step
from services.accounts.factors.ceremonies import Ceremony, Site
from services.accounts.factors.passkeys import WrongPasskey
from services.accounts.factors.second_step import SecondStep
from services.accounts.sessions import reauthentication, sessions
from services.accounts.sessions.reauthentication import ReauthenticationNeeded
from services.core.errors import Conflict, NotFound, ServiceError
from tests.authenticator import ATTESTED, PRESENT, VERIFIED, Authenticator
from tests.conftest import HERE, PASSWORD, People, confirmed
from tests.factors import SITE, add_app, add_passkey

EVIL = Site("evil.example", "https://evil.example")
WRONG: dict[str, dict[str, Any]] = {
    "of another site": {"rp_id": "evil.example"},
    "from another origin": {"origin": "https://evil.example"},
    "from another port": {"origin": "http://localhost:8081"},
    "under https": {"origin": "https://localhost"},
    "to another challenge": {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    "of another kind": {"kind": "payment.get"},
    "with nobody there": {"flags": 0},
}
WRONG_USE = WRONG | {
    "by another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "of another user": {"user_handle": b"somebody else"},
    "of no user": {"user_handle": b""},
    "by nobody in particular": {"flags": PRESENT},
    "with an old count": {"count": 0},
}
GARBAGE = [
    "",
    "{}",
    "[]",
    "null",
    "{",
    "x" * 100_000,
    "[" * 19_000,
    json.dumps({"id": ["x"], "rawId": 1, "type": {}, "response": 7}),
    json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}}),
    json.dumps({"id": "a\0", "rawId": "AAAA", "type": "public-key", "response": {}}),
    json.dumps({"id": "\ud800", "rawId": "AAAA", "type": "public-key", "response": {}}),
    None,
    7,
]


async def begin_login() -> Ceremony:
    return await second_step.begin_passkey(HERE, SITE)


async def log_in(ceremony: Ceremony, answer: object, site: Site = SITE) -> sessions.LoggedIn:
    return await second_step.finish_with_passkey(HERE, site, "", ceremony.token, answer)


async def test_a_passkey_logs_in_without_a_name_or_password(people: People) -> None:
    device = await add_passkey(people.ben)
    ceremony = await begin_login()
    assert json.loads(ceremony.options).get("allowCredentials", []) == []
    entered = await log_in(ceremony, device.get(ceremony.options))
    viewer = await sessions.resume(entered.token)
    assert viewer is not None
    assert viewer.username == "ben"
    [passkey] = (await second_factor.overview(people.ben)).passkeys
    assert (passkey.name, passkey.rp_id) == ("Phone", "localhost")
    assert passkey.used_at is not None


async def test_a_passkey_is_the_second_step(people: People) -> None:
    device, others = await add_passkey(people.ben), await add_passkey(people.chen)
    device.verifies = False  # a key that is merely touched is enough after the password
    step = await accounts.login(HERE, "ben", PASSWORD)
    assert isinstance(step, SecondStep)
    for key, is_right in ((others, False), (device, True)):
        ceremony = await second_step.begin_passkey(HERE, SITE, step.token)
        [allowed] = json.loads(ceremony.options)["allowCredentials"]
        assert (allowed["id"] == json.loads(key.get(ceremony.options))["id"]) == is_right
        answer = key.get(ceremony.options)
        finished = second_step.finish_with_passkey(HERE, SITE, step.token, ceremony.token, answer)
        if is_right:
            viewer = await sessions.resume((await finished).token)
            assert viewer is not None
            assert viewer.username == "ben"
        else:
            with pytest.raises(WrongPasskey):
                await finished


@pytest.mark.parametrize("wrong", WRONG_USE)
async def test_a_wrong_answer_opens_nothing(people: People, wrong: str) -> None:
    device = await add_passkey(people.ben)
    before = await sessions.mine(people.ben)
    good = await begin_login()
    await log_in(good, device.get(good.options))
    ceremony = await begin_login()
    with pytest.raises(WrongPasskey):
        await log_in(ceremony, device.get(ceremony.options, **WRONG_USE[wrong]))
    assert len(await sessions.mine(people.ben)) == len(before) + 1


@pytest.mark.parametrize("garbage", GARBAGE, ids=str)
async def test_garbage_opens_nothing(people: People, garbage: object) -> None:
    await add_passkey(people.ben)
    with pytest.raises(WrongPasskey):
        await log_in(await begin_login(), garbage)
    ceremony = await second_factor.begin_passkey(people.chen, SITE)
    with pytest.raises(WrongPasskey):
        await second_factor.add_passkey(people.chen, SITE, ceremony.token, garbage, "x")


async def test_an_answer_cannot_be_sent_twice(people: People) -> None:
    device = await add_passkey(people.ben)
    ceremony = await begin_login()
    answer = device.get(ceremony.options)
    both = await asyncio.gather(
        log_in(ceremony, answer), log_in(ceremony, answer), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in both) == ["LoggedIn", "WrongPasskey"]
    with pytest.raises(WrongPasskey):
        await log_in(ceremony, answer)
    with pytest.raises(WrongPasskey):
        await log_in(await begin_login(), answer)


async def test_an_answer_counts_for_what_it_was_asked_for_only(people: People) -> None:
    device = await add_passkey(people.ben)
    step = await accounts.login(HERE, "ben", PASSWORD)
    assert isinstance(step, SecondStep)
    for_login = await begin_login()
    with pytest.raises(WrongPasskey):
        await second_step.finish_with_passkey(
            HERE, SITE, step.token, for_login.token, device.get(for_login.options)
        )
    for_step = await second_step.begin_passkey(HERE, SITE, step.token)
    with pytest.raises(WrongPasskey):
        await log_in(for_step, device.get(for_step.options))
    to_confirm = await reauthentication.begin_passkey(people.ben, SITE)
    with pytest.raises(WrongPasskey):
        await log_in(to_confirm, device.get(to_confirm.options))
    elsewhere = await begin_login()
    with pytest.raises(WrongPasskey):
        await log_in(elsewhere, device.get(elsewhere.options, origin=EVIL.origin), EVIL)


async def test_a_passkey_of_another_site_is_none_here(people: People) -> None:
    device = await add_passkey(people.ben)
    ceremony = await second_step.begin_passkey(HERE, EVIL)
    answer = device.get(ceremony.options, origin=EVIL.origin, rp_id=EVIL.rp_id)
    with pytest.raises(WrongPasskey):
        await log_in(ceremony, answer, EVIL)
    assert not await reauthentication.has_passkey(people.ben, EVIL)
    assert await reauthentication.has_passkey(people.ben, SITE)


async def test_a_copy_of_a_passkey_is_noticed(people: People) -> None:
    device = await add_passkey(people.ben)
    ceremony = await begin_login()
    await log_in(ceremony, device.get(ceremony.options, count=10))
    ceremony = await begin_login()
    with pytest.raises(WrongPasskey):
        await log_in(ceremony, device.get(ceremony.options, count=10))
    device.count = 0
    silent = Authenticator()
    ceremony = await second_factor.begin_passkey(people.chen, SITE)
    answer = silent.create(ceremony.options)
    await second_factor.add_passkey(people.chen, SITE, ceremony.token, answer, "Counts nothing")
    for _each in range(2):
        ceremony = await begin_login()
        assert await log_in(ceremony, silent.get(ceremony.options, count=0))


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_new_passkey_is_not_added(people: People, wrong: str) -> None:
    how = dict(WRONG[wrong])
    if "flags" in how:
        how["flags"] = VERIFIED
    if "kind" in how:
        how["kind"] = "webauthn.get"
    ceremony = await second_factor.begin_passkey(people.ben, SITE)
    with pytest.raises(WrongPasskey):
        await second_factor.add_passkey(
            people.ben,
            SITE,
            ceremony.token,
            Authenticator().create(ceremony.options, **how),
            "Phone",
        )
    assert not (await second_factor.overview(people.ben)).is_on


async def test_only_the_session_that_began_adds_a_passkey(people: People) -> None:
    ceremony = await second_factor.begin_passkey(people.ben, SITE)
    answer = Authenticator().create(ceremony.options)
    for _each in range(2):  # the second time, ben himself: the challenge is used up
        with pytest.raises(WrongPasskey):
            await second_factor.add_passkey(people.chen, SITE, ceremony.token, answer, "Phone")
    with pytest.raises(WrongPasskey):
        await second_factor.add_passkey(people.ben, SITE, ceremony.token, answer, "Phone")


async def test_a_passkey_is_added_once(people: People) -> None:
    device = await add_passkey(people.ben)
    excluded = await second_factor.begin_passkey(people.ben, SITE)
    [known] = json.loads(excluded.options)["excludeCredentials"]
    assert known["transports"] == ["internal"]
    for viewer in (people.ben, people.chen):
        ceremony = await second_factor.begin_passkey(viewer, SITE)
        with pytest.raises(Conflict):
            await second_factor.add_passkey(
                viewer, SITE, ceremony.token, device.create(ceremony.options), "Again"
            )


async def test_names_of_passkeys_are_checked(people: People) -> None:
    for name in ("", "x" * 61, None, ["x"], "a\u202eb"):
        ceremony = await second_factor.begin_passkey(people.ben, SITE)
        answer = Authenticator().create(ceremony.options)
        with pytest.raises(ServiceError, match="The name of the passkey"):
            await second_factor.add_passkey(people.ben, SITE, ceremony.token, answer, name)


async def test_a_user_has_so_many_passkeys(people: People, monkeypatch: Any) -> None:
    monkeypatch.setattr(passkeys, "MAX_PASSKEYS", 2)
    for name in ("One", "Two"):
        await add_passkey(people.ben, name)
    with pytest.raises(ServiceError, match="Remove one first"):
        await second_factor.begin_passkey(people.ben, SITE)


async def test_a_removed_passkey_opens_nothing(people: People) -> None:
    await add_app(people.ben)
    device = await add_passkey(people.ben)
    [passkey] = (await second_factor.overview(people.ben)).passkeys
    ceremony = await begin_login()
    with pytest.raises(NotFound):
        await second_factor.remove_passkey(people.chen, passkey.passkey_id)
    await second_factor.remove_passkey(people.ben, passkey.passkey_id)
    with pytest.raises(WrongPasskey):
        await log_in(ceremony, device.get(ceremony.options))
    overview = await second_factor.overview(people.ben)
    assert (overview.is_on, overview.passkeys, overview.recovery_codes) == (True, (), 10)


async def test_a_passkey_confirms_who_it_is(people: People) -> None:
    device, others = await add_passkey(people.ben), await add_passkey(people.chen)
    await confirmed(people.ben, timedelta(hours=1))

    async def confirm(key: Authenticator, **wrong: Any) -> None:
        ceremony = await reauthentication.begin_passkey(people.ben, SITE)
        await reauthentication.confirm_with_passkey(
            people.ben, SITE, ceremony.token, key.get(ceremony.options, **wrong)
        )

    for key, wrong in ((others, {}), (device, {"flags": PRESENT}), (device, {"flags": ATTESTED})):
        with pytest.raises(WrongPasskey):
            await confirm(key, **wrong)
        with pytest.raises(ReauthenticationNeeded):
            await reauthentication.require_recent(people.ben)
    await confirm(device)
    await reauthentication.require_recent(people.ben)


async def test_devices_learn_nothing_about_a_user(people: People) -> None:
    handles = set()
    for viewer in (people.asha, people.ben, people.ben):
        ceremony = await second_factor.begin_passkey(viewer, SITE)
        user = json.loads(ceremony.options)["user"]
        handles.add(user["id"])
        assert user["name"] == viewer.username
    assert len(handles) == 2
    assert str(people.ben.user_id) not in handles


def test_every_challenge_is_another() -> None:
    async def make() -> set[str]:
        made = [await ceremonies._begin(SITE, ("login", 0), bytes.hex) for _each in range(50)]
        return {each.options for each in made} | {each.token for each in made}

    assert len(asyncio.run(make())) == 100
