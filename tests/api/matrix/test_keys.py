"""Keys for encryption: uploaded by one device, read and claimed by others, each once."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from services.accounts.sessions import sessions
from services.db import database
from services.keys import uploads
from services.rooms.members import memberships
from services.sync import polls
from tests.api.matrix.app import App, app_of
from tests.api.matrix.keys import SIGNED, claim, device_of, identity, one_time, signing_key, upload
from tests.api.matrix.test_bad_input import refused
from tests.conftest import PASSWORD, People

pytestmark = pytest.mark.usefixtures("no_limits")


async def query(app: App, *users: App) -> Any:
    """Ask for all keys of people."""
    return await app.do("POST", "/keys/query", {"device_keys": {each.user: [] for each in users}})


async def test_what_a_device_uploads_its_people_read(asha: App, ben: App) -> None:
    device = await upload(ben, "a", "b")
    found = await query(asha, ben)
    expected = await identity(ben)
    told = found["device_keys"][ben.user][device]
    assert told.pop("unsigned") == {"device_display_name": "A phone"}
    assert told == expected
    assert found["failures"] == {}
    body = {"device_keys": {ben.user: ["OTHER"]}}
    assert (await asha.do("POST", "/keys/query", body))["device_keys"] == {ben.user: {}}


async def test_who_shares_no_room_gets_nothing(people: People, asha: App, ben: App) -> None:
    await memberships.leave(people.chen, 1)  # the Lobby
    chen = await app_of(people.chen)
    device = await upload(ben, "a", fallback="spare")
    assert ben.user in (await query(asha, ben))["device_keys"]
    assert (await query(chen, ben))["device_keys"] == {}
    assert await claim(chen, ben, device) == ""
    nobody = {"device_keys": {"@nobody:elsewhere": [], "@nobody:x": [], "odd": [], chen.user: []}}
    assert (await chen.do("POST", "/keys/query", nobody))["device_keys"] == {chen.user: {}}


async def test_each_key_is_handed_out_once_and_then_the_fallback(asha: App, ben: App) -> None:
    device = await upload(ben, "b", "a", fallback="spare")
    told = await ben.sync()
    assert told["device_one_time_keys_count"] == {SIGNED: 2}
    assert told["device_unused_fallback_key_types"] == [SIGNED]
    names = [await claim(asha, ben, device) for _each in range(4)]
    assert names == ["b", "a", "spare", "spare"]
    told = await ben.sync()
    assert told["device_one_time_keys_count"] == {SIGNED: 0}
    assert told["device_unused_fallback_key_types"] == []
    spare = {f"{SIGNED}:spare-2": {"key": "key-spare-2", "fallback": True}}
    answer = await ben.do("POST", "/keys/upload", {"fallback_keys": spare})
    assert answer == {"one_time_key_counts": {}}
    assert (await ben.sync())["device_unused_fallback_key_types"] == [SIGNED]
    assert await claim(asha, ben, device) == "spare-2"


async def test_keys_claimed_at_the_same_time_are_different(asha: App, ben: App) -> None:
    names = [f"k{each}" for each in range(12)]
    device = await upload(ben, *names)
    found = await asyncio.gather(*(claim(asha, ben, device) for _each in range(15)))
    assert sorted(name for name in found if name) == sorted(names)


async def test_a_claimed_key_is_not_taken_again(asha: App, ben: App) -> None:
    device = await upload(ben, "a")
    assert await claim(asha, ben, device) == "a"
    # Its device got no answer to the first request, and repeats it.
    answer = await ben.do("POST", "/keys/upload", {"one_time_keys": one_time("a", "b")})
    assert answer == {"one_time_key_counts": {SIGNED: 1}}
    assert [await claim(asha, ben, device) for _each in range(2)] == ["b", ""]


async def test_a_key_of_the_same_id_must_be_the_same(asha: App, ben: App) -> None:
    await upload(ben, "a", fallback="spare")
    again = one_time("a")
    again[f"{SIGNED}:a"]["signatures"] = {"@x:y": {"ed25519:z": "another"}}
    await ben.do("POST", "/keys/upload", {"one_time_keys": again})
    for kind, name in (("one_time_keys", "a"), ("fallback_keys", "spare")):
        body = {kind: {f"{SIGNED}:{name}": {"key": "other"}, f"{SIGNED}:new": {"key": "new"}}}
        refused(await ben.ask("POST", "/keys/upload", body), 400, "M_BAD_JSON")
    assert (await ben.sync())["device_one_time_keys_count"] == {SIGNED: 1}


async def test_another_identity_drops_the_keys_of_the_one_before(asha: App, ben: App) -> None:
    device = await upload(ben, "a", fallback="spare")
    body = {"device_keys": await identity(ben, "second"), "one_time_keys": one_time("z")}
    assert (await ben.do("POST", "/keys/upload", body))["one_time_key_counts"] == {SIGNED: 1}
    assert [await claim(asha, ben, device) for _each in range(2)] == ["z", ""]
    told = (await query(asha, ben))["device_keys"][ben.user][device]
    assert told["keys"][f"ed25519:{device}"] == "second-e"


async def test_nobody_uploads_for_another_device(asha: App, ben: App) -> None:
    own, other = await identity(asha), await identity(ben)
    for wrong in (other, own | {"user_id": ben.user}, own | {"device_id": other["device_id"]}):
        refused(await asha.ask("POST", "/keys/upload", {"device_keys": wrong}), 403, "M_FORBIDDEN")
    assert (await query(asha, asha, ben))["device_keys"] == {asha.user: {}, ben.user: {}}


async def test_a_device_that_logs_out_is_forgotten(people: People, asha: App, ben: App) -> None:
    device = await upload(ben, "a", fallback="spare")
    await asha.sync()
    await ben.do("POST", "/logout", {})
    assert await claim(asha, ben, device) == ""
    assert (await query(asha, ben))["device_keys"] == {ben.user: {}}
    assert (await asha.sync())["device_lists"]["changed"] == [ben.user]


async def test_a_device_that_logs_in_again_keeps_its_keys(people: People, asha: App) -> None:
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "ben"},
        "password": PASSWORD,
        "device_id": "PHONE",
    }
    for _time in range(2):
        token = (await App(None).do("POST", "/login", body))["access_token"]
        ben = App(people.ben, token)
        if _time == 0:
            await upload(ben, "a")
    assert "PHONE" in (await query(asha, ben))["device_keys"][ben.user]
    assert (await ben.sync())["device_one_time_keys_count"] == {SIGNED: 1}


async def test_who_has_other_devices_is_told_of(people: People, asha: App, ben: App) -> None:
    await asha.sync()
    before = asha.since
    assert (await asha.sync())["device_lists"] == {"changed": [], "left": []}
    waiting = asyncio.create_task(asha.sync(timeout="20000"))
    while not (await asha.http.get("/_matrix/client/versions")).is_success:
        pass
    await upload(ben, "a")
    news = await waiting
    assert news["device_lists"] == {"changed": [ben.user], "left": []}
    await upload(ben, "b")  # the same identity
    assert (await asha.sync())["device_lists"] == {"changed": [], "left": []}
    where = {"from": before, "to": asha.since}
    assert await asha.do("GET", "/keys/changes", **where) == news["device_lists"]
    assert (await asha.do("GET", "/keys/changes", **{"from": asha.since, "to": asha.since})) == {
        "changed": [],
        "left": [],
    }


async def test_who_comes_and_goes_is_told_of(people: People, asha: App) -> None:
    await memberships.leave(people.chen, 1)
    chen = await app_of(people.chen)
    await upload(chen)
    await upload(asha)
    for app in (asha, chen):
        await app.sync()
        assert (await app.sync())["device_lists"] == {"changed": [], "left": []}
    await memberships.join(people.chen, 1)
    assert (await asha.sync())["device_lists"] == {"changed": [chen.user], "left": []}
    assert asha.user in (await chen.sync())["device_lists"]["changed"]
    await memberships.leave(people.chen, 1)
    assert (await asha.sync())["device_lists"] == {"changed": [], "left": [chen.user]}
    assert asha.user in (await chen.sync())["device_lists"]["left"]


# -- signing -----------------------------------------------------------------------------------


async def sign_up(app: App, name: str = "") -> dict[str, Any]:
    """Upload the signing keys of an app's person."""
    keys = {
        f"{usage}_key": signing_key(app, usage, f"{usage}{name}")
        for usage in ("master", "self_signing", "user_signing")
    }
    await app.do("POST", "/keys/device_signing/upload", keys)
    return keys


async def test_the_first_signing_keys_take_no_password(asha: App, ben: App) -> None:
    keys = await sign_up(ben)
    await sign_up(ben)  # again the same
    found = await query(asha, ben)
    assert found["master_keys"][ben.user] == keys["master_key"] | {"signatures": {}}
    assert found["self_signing_keys"] == {ben.user: keys["self_signing_key"]}
    assert found["user_signing_keys"] == {}
    assert (await query(ben, ben))["user_signing_keys"] == {ben.user: keys["user_signing_key"]}


async def test_replacing_them_takes_the_password(asha: App, ben: App) -> None:
    await sign_up(ben)
    body: dict[str, Any] = {"master_key": signing_key(ben, "master", "other")}
    answer = await ben.ask("POST", "/keys/device_signing/upload", body)
    assert answer.status_code == 401
    assert answer.json()["flows"] == [{"stages": ["m.login.password"]}]
    auth = {"type": "m.login.password", "session": answer.json()["session"]}
    for wrong in (auth | {"password": "wrong"}, auth | {"password": 7}, {"type": "m.login.dummy"}):
        answer = await ben.ask("POST", "/keys/device_signing/upload", body | {"auth": wrong})
        assert answer.status_code == 401
    await ben.sync()
    await asha.sync()
    body["auth"] = auth | {"password": PASSWORD}
    await ben.do("POST", "/keys/device_signing/upload", body)
    found = (await query(asha, ben))["master_keys"][ben.user]
    assert found["keys"] == {"ed25519:other": "other"}
    assert (await asha.sync())["device_lists"]["changed"] == [ben.user]


async def test_signatures_stay_when_keys_are_uploaded_again(asha: App, ben: App) -> None:
    device = await upload(ben)
    await sign_up(ben)
    signed = await identity(ben)
    signed["signatures"] = {ben.user: {"ed25519:self_signing": "by myself"}}
    master = signing_key(ben, "master", "master")
    master["signatures"] = {ben.user: {f"ed25519:{device}": "by my device"}}
    body = {ben.user: {device: signed, "master": master}}
    answer = await ben.do("POST", "/keys/signatures/upload", body)
    assert answer == {"failures": {}}
    for _time in range(2):
        found = await query(asha, ben)
        signatures = found["device_keys"][ben.user][device]["signatures"][ben.user]
        own = {f"ed25519:{device}": "first-signed"}
        assert signatures == own | {"ed25519:self_signing": "by myself"}
        signatures = found["master_keys"][ben.user]["signatures"]
        assert signatures == {ben.user: {f"ed25519:{device}": "by my device"}}
        await upload(ben)
    await ben.do("POST", "/keys/upload", {"device_keys": await identity(ben, "second")})
    found = (await query(asha, ben))["device_keys"][ben.user][device]
    assert found["signatures"] == {ben.user: {f"ed25519:{device}": "second-signed"}}


@pytest.mark.parametrize("how", ["logout", "identity"])
async def test_what_a_device_has_signed_goes_with_its_keys(
    people: People, asha: App, ben: App, how: str
) -> None:
    device = await upload(ben)
    await sign_up(ben)
    other = await app_of(people.ben)
    kept = await upload(other)
    master = signing_key(ben, "master", "master")
    for app, each in ((ben, device), (other, kept)):
        signed = master | {"signatures": {ben.user: {f"ed25519:{each}": "by my device"}}}
        body = {ben.user: {"master": signed}}
        assert await app.do("POST", "/keys/signatures/upload", body) == {"failures": {}}
    if how == "logout":
        await ben.do("POST", "/logout", {})
    else:
        await ben.do("POST", "/keys/upload", {"device_keys": await identity(ben, "second")})
    signatures = (await query(asha, other))["master_keys"][ben.user]["signatures"]
    assert signatures == {ben.user: {f"ed25519:{kept}": "by my device"}}


async def test_only_the_signer_sees_whom_they_have_signed(
    people: People, asha: App, ben: App
) -> None:
    for app in (asha, ben):
        await sign_up(app)
    master = signing_key(ben, "master", "master")
    master["signatures"] = {asha.user: {"ed25519:user_signing": "I know him"}}
    body = {ben.user: {"master": master}}
    assert (await asha.do("POST", "/keys/signatures/upload", body)) == {"failures": {}}
    seen = {
        app: (await query(app, ben))["master_keys"][ben.user]["signatures"] for app in (asha, ben)
    }
    assert seen == {asha: master["signatures"], ben: {}}


async def test_signatures_that_fit_no_key_are_named(people: People, asha: App, ben: App) -> None:
    device = await upload(ben)
    await sign_up(asha)
    await sign_up(ben)
    right = signing_key(ben, "master", "master")
    by_asha = {asha.user: {"ed25519:user_signing": "x"}}
    cases = {
        "changed": right | {"usage": ["master", "more"], "signatures": by_asha},
        "unknown": right | {"signatures": by_asha},
        "master": right | {"signatures": {asha.user: {"ed25519:made-up": "x"}}},
        device: await identity(ben) | {"signatures": by_asha},
    }
    body = {ben.user: cases, "@nobody:elsewhere": {"x": right | {"signatures": by_asha}}}
    failures = (await asha.do("POST", "/keys/signatures/upload", body))["failures"]
    assert failures.keys() == body.keys()
    assert failures[ben.user].keys() == cases.keys()
    for each in failures[ben.user].values():
        assert each["errcode"] == "M_INVALID_SIGNATURE"
    assert (await query(asha, ben))["master_keys"][ben.user]["signatures"] == {}


# -- limits and bad input ----------------------------------------------------------------------


async def test_a_device_has_only_so_many_keys(asha: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_LEFT", 3)
    await upload(asha, "a", "b", "c")
    await upload(asha, "a", "b", "c")
    body = {"one_time_keys": one_time("d")}
    refused(await asha.ask("POST", "/keys/upload", body), 400, "M_BAD_JSON")
    many = one_time(*(f"m{each}" for each in range(501)))
    refused(await asha.ask("POST", "/keys/upload", {"one_time_keys": many}), 413, "M_TOO_LARGE")
    long = {f"{SIGNED}:x": {"key": "x" * 3_000}}
    refused(await asha.ask("POST", "/keys/upload", {"one_time_keys": long}), 413, "M_TOO_LARGE")
    large = await identity(asha) | {"more": "x" * 10_000}
    refused(await asha.ask("POST", "/keys/upload", {"device_keys": large}), 413, "M_TOO_LARGE")
    spare = {f"{each}:x": {"key": "x"} for each in range(11)}
    refused(await asha.ask("POST", "/keys/upload", {"fallback_keys": spare}), 400, "M_BAD_JSON")


async def test_claimed_keys_are_remembered_for_a_while(
    asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_CLAIMED", 2)
    device = await upload(ben, "a", "b", "c", "d")
    for _each in range(3):
        await claim(asha, ben, device)
    await upload(ben, "e")
    answer = await ben.do("POST", "/keys/upload", {"one_time_keys": one_time("b", "c", "f")})
    assert answer == {"one_time_key_counts": {SIGNED: 3}}


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("upload", {"device_keys": []}),
        ("upload", {"device_keys": {"user_id": 7}}),
        ("upload", {"one_time_keys": []}),
        ("upload", {"one_time_keys": {"no colon": {"key": "x"}}}),
        ("upload", {"one_time_keys": {"x:\x00": {"key": "x"}}}),
        ("upload", {"one_time_keys": {f"x:{'y' * 300}": {"key": "x"}}}),
        ("upload", {"one_time_keys": {"x:y": 7}}),
        ("upload", {"fallback_keys": {"x:y": None}}),
        ("query", {}),
        ("query", {"device_keys": []}),
        ("query", {"device_keys": {"@x:y": {}}}),
        ("query", {"device_keys": {"@x:y": [7]}}),
        ("claim", {}),
        ("claim", {"one_time_keys": {"@x:y": []}}),
        ("claim", {"one_time_keys": {"@x:y": {"DEVICE": 7}}}),
        ("device_signing/upload", {"master_key": 7}),
        ("device_signing/upload", {"master_key": {}}),
        ("signatures/upload", {"@x:y": 7}),
        ("signatures/upload", {"@x:y": {"DEVICE": 7}}),
        ("signatures/upload", {"@x:y": {"DEVICE": {"signatures": 7}}}),
        ("signatures/upload", []),
    ],
)
async def test_malformed_keys(people: People, asha: App, where: str, body: Any) -> None:
    refused(await asha.ask("POST", f"/keys/{where}", body), 400, "M_BAD_JSON")


async def test_malformed_signing_keys(asha: App) -> None:
    device = await device_of(asha)
    for wrong in (
        {"usage": []},
        {"usage": "master"},
        {"keys": {}},
        {"keys": {"ed25519:a": "a", "ed25519:b": "b"}},
        {"keys": {"ed25519:a": "b"}},
        {"keys": {"ed25519:a": 7}},
    ):
        body = {"master_key": signing_key(asha, "master", "m") | wrong}
        answer = await asha.ask("POST", "/keys/device_signing/upload", body)
        refused(answer, 400, "M_BAD_JSON")
    body = {"master_key": signing_key(asha, "master", "m", user_id="@x:y")}
    refused(await asha.ask("POST", "/keys/device_signing/upload", body), 403, "M_FORBIDDEN")
    body = {"master_key": signing_key(asha, "master", device)}
    refused(await asha.ask("POST", "/keys/device_signing/upload", body), 403, "M_FORBIDDEN")
    body = {"self_signing_key": signing_key(asha, "self_signing", "s")}
    refused(await asha.ask("POST", "/keys/device_signing/upload", body), 400, "M_MISSING_PARAM")
    body = {"master_key": signing_key(asha, "master", "m", more="x" * 9_000)}
    refused(await asha.ask("POST", "/keys/device_signing/upload", body), 413, "M_TOO_LARGE")


async def test_changes_between_positions_that_are_none(asha: App) -> None:
    await asha.sync()
    for given in ({}, {"from": "x", "to": asha.since}, {"from": asha.since}):
        refused(await asha.ask("GET", "/keys/changes", **given), 400, "M_INVALID_PARAM")


async def test_ending_all_sessions_forgets_all_devices(people: People, asha: App, ben: App) -> None:
    device = await upload(ben, "a")
    await database.write(lambda session: sessions.end_all(session, people.ben.user_id))
    assert (await query(asha, ben))["device_keys"] == {ben.user: {}}
    assert await claim(asha, ben, device) == ""


async def test_an_odd_address(asha: App) -> None:
    where = f"/keys/{quote('../keys/upload', safe='')}"
    refused(await asha.ask("POST", where, {}), 404, "M_UNRECOGNIZED")


async def test_an_app_that_is_answered_early_is_told_of_its_keys(asha: App) -> None:
    await upload(asha, "a", fallback="spare")
    await asha.sync()
    first = asyncio.create_task(asha.ask("GET", "/sync", since=asha.since, timeout="30000"))
    while polls.count() < 1:
        await asyncio.sleep(0)
    others = [
        asyncio.create_task(asha.ask("GET", "/sync", since=asha.since, timeout="30000"))
        for _each in range(polls.MAX_OF_PERSON)
    ]
    told = (await asyncio.wait_for(first, 5)).json()
    assert told["device_one_time_keys_count"] == {SIGNED: 1}
    assert told["device_unused_fallback_key_types"] == [SIGNED]
    polls.answer_all()
    await asyncio.gather(*others)
