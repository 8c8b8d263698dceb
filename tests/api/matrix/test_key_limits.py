"""How much of keys and devices one person may use up."""

import asyncio
import threading
from dataclasses import replace

import pytest

from api.matrix import requests
from services.core import app_context
from services.core.limits.rate_limits import Budget, RateLimit
from services.keys import device_lists
from services.sync import epoch
from tests.api.matrix.app import App, app_of
from tests.api.matrix.keys import (
    SIGNED,
    claim,
    device_of,
    identity,
    one_time,
    signing_key,
    upload,
)
from tests.api.matrix.test_bad_input import refused
from tests.conftest import People
from tests.query_counter import statements


def use(**limits: object) -> None:
    """Let these limits hold."""
    context = app_context.current()
    app_context.use(replace(context, rate_limits=replace(context.rate_limits, **limits)))  # type: ignore[arg-type]


async def test_nobody_takes_all_keys_of_a_device(people: People, asha: App, ben: App) -> None:
    use(claim=RateLimit("2 per hour"))
    device = await upload(ben, "a", "b", "c", fallback="spare")
    assert [await claim(asha, ben, device) for _each in range(4)] == ["a", "b", "spare", "spare"]
    assert await claim(ben, ben, device) == "c", "others may still begin"


async def test_made_up_devices_do_not_count(people: People, asha: App, ben: App) -> None:
    use(claim=RateLimit("1 per hour", max_keys=3))
    device = await upload(ben, "a", "b", fallback="spare")
    assert await claim(asha, ben, device) == "a"
    made_up = {ben.user: {f"MADEUP{each}": SIGNED for each in range(5)}}
    assert (await asha.do("POST", "/keys/claim", {"one_time_keys": made_up}))["one_time_keys"] == {}
    assert await claim(asha, ben, device) == "spare"


async def test_who_asks_too_often_waits(people: People, asha: App) -> None:
    use(keys=RateLimit("3 per minute"))
    for _each in range(3):
        await asha.do("POST", "/keys/upload", {})
    refused(await asha.ask("POST", "/keys/query", {"device_keys": {}}), 429, "M_LIMIT_EXCEEDED")


async def test_who_changes_their_devices_too_often_waits(people: People, asha: App) -> None:
    use(device_change=RateLimit("2 per hour"))
    for secret in ("first", "first", "second"):
        body = {"device_keys": await identity(asha, secret)}
        await asha.do("POST", "/keys/upload", body)
    body = {"device_keys": await identity(asha, "third")}
    refused(await asha.ask("POST", "/keys/upload", body), 429, "M_LIMIT_EXCEEDED")
    await asha.do("POST", "/keys/upload", {"one_time_keys": one_time("a")})
    answer = await asha.ask("POST", "/keys/signatures/upload", {})
    refused(answer, 429, "M_LIMIT_EXCEEDED")
    body = {"master_key": signing_key(asha, "master", "m")}
    refused(await asha.ask("POST", "/keys/device_signing/upload", body), 429, "M_LIMIT_EXCEEDED")


async def test_who_sends_or_stores_too_much_waits(people: People, asha: App) -> None:
    use(to_device=Budget(1, per_second=0.01), key_backup=Budget(1, per_second=0.01))
    device = await device_of(asha)
    body = {"messages": {asha.user: {device: {"text": "some"}}}}
    await asha.do("PUT", "/sendToDevice/org.x/1", body)
    refused(await asha.ask("PUT", "/sendToDevice/org.x/2", body), 429, "M_LIMIT_EXCEEDED")
    await asha.do("POST", "/room_keys/version", {"algorithm": "x", "auth_data": {}})
    key = {
        "first_message_index": 0,
        "forwarded_count": 0,
        "is_verified": False,
        "session_data": {"x": "y"},
    }
    where = "/room_keys/keys/!1:x/session"
    await asha.do("PUT", where, key, version="1")
    refused(await asha.ask("PUT", where, key, version="1"), 429, "M_LIMIT_EXCEEDED")


async def test_what_goes_to_many_devices_is_paid_for_each_of_them(
    people: People, asha: App, ben: App
) -> None:
    for _each in range(4):
        await app_of(people.ben)
    use(to_device=Budget(200, per_second=0.01))
    body = {"messages": {ben.user: {"*": {"text": "x" * 60}}}}
    await asha.do("PUT", "/sendToDevice/org.x/1", body)
    refused(await asha.ask("PUT", "/sendToDevice/org.x/2", body), 429, "M_LIMIT_EXCEEDED")


async def test_who_is_sent_much_can_still_ask_for_it(people: People, asha: App, ben: App) -> None:
    await ben.sync()
    use(loading=Budget(20_000, per_second=0.01))
    body = {"messages": {ben.user: {"*": {"text": "x" * 30_000}}}}
    for each in range(2):
        await asha.do("PUT", f"/sendToDevice/org.x/{each}", body)
        before = ben.since
        assert (await ben.sync())["to_device"]["events"]
    again = {"since": before, "timeout": "0"}
    await ben.do("GET", "/sync", **again)  # the answer was lost; but not many times
    refused(await ben.ask("GET", "/sync", **again), 429, "M_LIMIT_EXCEEDED")


async def test_signatures_count_as_what_is_read(people: People, asha: App, ben: App) -> None:
    master = signing_key(ben, "master", "m")
    await ben.do("POST", "/keys/device_signing/upload", {"master_key": master})
    for _each in range(3):
        app = await app_of(people.ben)
        device = await upload(app)
        signed = master | {"signatures": {ben.user: {f"ed25519:{device}": "x" * 500}}}
        await app.do("POST", "/keys/signatures/upload", {ben.user: {"m": signed}})
    asked = {"device_keys": {ben.user: [device]}}
    use(loading=Budget(1_500, per_second=0.01))
    await asha.do("POST", "/keys/query", asked)
    refused(await asha.ask("POST", "/keys/query", asked), 429, "M_LIMIT_EXCEEDED")


async def test_one_large_read_of_a_person_is_paid_for_before_the_next(
    people: People, asha: App, ben: App
) -> None:
    await upload(asha, "a")
    await asha.do("POST", "/room_keys/version", {"algorithm": "x", "auth_data": {}})
    key = {
        "first_message_index": 0,
        "forwarded_count": 0,
        "is_verified": False,
        "session_data": {"x": "y"},
    }
    await asha.do("PUT", "/room_keys/keys/!1:x/session", key, version="1")
    everybody = {"device_keys": {asha.user: []}}
    for method, path in (
        ("GET", "/room_keys/keys"),
        ("GET", "/room_keys/keys/!1:x"),
        ("GET", "/room_keys/keys/!1:x/session"),
        ("POST", "/keys/query"),
    ):
        use(loading=Budget(10, per_second=0.01))
        asked = (asha.ask(method, path, everybody, version="1") for _each in range(10))
        codes = sorted([answer.status_code for answer in await asyncio.gather(*asked)])
        assert codes == [200] + [429] * 9, path
        assert (await ben.ask("POST", "/keys/query", everybody)).status_code == 200


async def test_changes_since_long_ago_count_as_a_page(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(ben, "a")
    await asha.sync()
    use(page=RateLimit("2 per minute"))
    near, far = ({"from": each, "to": asha.since} for each in (asha.since, "s0_0_0_0_0_0_0"))
    for _each in range(3):
        assert (await asha.do("GET", "/keys/changes", **far))["changed"] == [ben.user]
    monkeypatch.setattr(device_lists, "MAX_EVENTS", 0)
    for _each in range(2):
        await asha.do("GET", "/keys/changes", **far)
    refused(await asha.ask("GET", "/keys/changes", **far), 429, "M_LIMIT_EXCEEDED")
    assert (await asha.do("GET", "/keys/changes", **near))["changed"] == []


async def test_changes_that_are_told_use_up_what_one_may_load(
    people: People, asha: App, ben: App
) -> None:
    await upload(ben, "a")
    await asha.sync()
    use(loading=Budget(1, per_second=0.01))
    far = {"from": "s0_0_0_0_0_0_0", "to": asha.since}
    assert (await asha.do("GET", "/keys/changes", **far))["changed"] == [ben.user]
    refused(await asha.ask("GET", "/keys/changes", **far), 429, "M_LIMIT_EXCEEDED")


async def test_everybody_has_changed_since_another_epoch(
    people: People, asha: App, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(ben, "a")
    await asha.sync()
    monkeypatch.setattr(epoch, "_epoch", 7)
    after = await app_of(people.asha)
    await after.sync()
    told = await after.do("GET", "/keys/changes", **{"from": asha.since, "to": after.since})
    assert told["changed"] == [ben.user]


async def test_a_long_request_is_counted_before_it_is_read(people: People, asha: App) -> None:
    use(keys=RateLimit("3 per minute"))
    for body in (b"{}", b"{", b"{}"):
        await asha.ask("POST", "/keys/upload", body)  # each counts once
    for method, where in (
        ("POST", "/keys/upload"),
        ("POST", "/keys/signatures/upload"),
        ("PUT", "/sendToDevice/org.x/1"),
        ("PUT", "/room_keys/keys"),
    ):
        answer = await asha.ask(method, where, b"{" * 500_000)  # read, it would be no JSON
        refused(answer, 429, "M_LIMIT_EXCEEDED")


async def test_a_long_request_is_read_beside_the_loop(
    people: People, asha: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []
    parsed = requests._parsed

    def noting(data: bytearray) -> object:
        threads.append(threading.current_thread() is threading.main_thread())
        return parsed(data)

    monkeypatch.setattr(requests, "_parsed", noting)
    for length in (10, 100_000):
        await asha.do("POST", "/keys/upload", {"x": "y" * length})
    assert threads == [True, False]


async def test_who_sends_wrong_signatures_too_often_waits(
    people: People, asha: App, ben: App
) -> None:
    use(device_change=RateLimit("3 per hour"))
    master = signing_key(ben, "master", "m")
    await ben.do("POST", "/keys/device_signing/upload", {"master_key": master})
    wrong = {ben.user: {"m": master | {"signatures": {ben.user: {"ed25519:made-up": "x"}}}}}
    for _each in range(2):
        answer = await ben.do("POST", "/keys/signatures/upload", wrong)
        assert answer["failures"].keys() == wrong.keys()
    refused(await ben.ask("POST", "/keys/signatures/upload", wrong), 429, "M_LIMIT_EXCEEDED")


async def test_many_signatures_take_no_more_statements(people: People, asha: App, ben: App) -> None:
    master = signing_key(ben, "master", "m")
    await ben.do("POST", "/keys/device_signing/upload", {"master_key": master})
    signed = master | {"signatures": {ben.user: {"ed25519:made-up": "x"}}}
    counts = []
    for many in (2, 200):
        each = {str(number): signed for number in range(many)}
        with statements() as asked:
            await ben.do("POST", "/keys/signatures/upload", {ben.user: each})
        counts.append(len(asked))
    assert counts[1] <= counts[0]


async def test_many_keys_in_a_backup_take_no_more_statements(people: People, asha: App) -> None:
    await asha.do("POST", "/room_keys/version", {"algorithm": "x", "auth_data": {}})
    counts = []
    for many in (2, 200):
        body = {"rooms": {"!1:x": {"sessions": {f"{many}-{each}": _key() for each in range(many)}}}}
        with statements() as asked:
            await asha.do("PUT", "/room_keys/keys", body, version="1")
        counts.append(len(asked))
    assert counts[1] <= counts[0]


async def test_a_short_key_in_a_backup_costs_as_much_as_its_row(people: People, asha: App) -> None:
    use(key_backup=Budget(300, per_second=0.01))
    await asha.do("POST", "/room_keys/version", {"algorithm": "x", "auth_data": {}})
    for each in range(2):
        await asha.do("PUT", f"/room_keys/keys/!1:x/{each}", _key(), version="1")
    answer = await asha.ask("PUT", "/room_keys/keys/!1:x/2", _key(), version="1")
    refused(answer, 429, "M_LIMIT_EXCEEDED")


def _key() -> dict[str, object]:
    return {
        "first_message_index": 0,
        "forwarded_count": 0,
        "is_verified": False,
        "session_data": {"x": "y"},
    }
