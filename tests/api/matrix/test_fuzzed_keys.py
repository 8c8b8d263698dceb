"""Requests about keys with one thing in them replaced by anything else: no error of the server."""

import json
import random
from collections.abc import Iterator
from typing import Any

from tests.api.matrix.app import App
from tests.api.matrix.keys import SIGNED, device_of, identity, one_time, signing_key, upload
from tests.api.matrix.test_bad_input import VALUES
from tests.api.matrix.test_room_keys import ALGORITHM, KEYS, OF_ROOM, create, key
from tests.conftest import People

TRIES = 1_200


def replaced(value: Any, by: Any) -> Iterator[Any]:
    """Yield what a value is with each of its parts, names and contents, replaced."""
    yield by
    if isinstance(value, dict):
        for name, inner in value.items():
            others = {each: other for each, other in value.items() if each != name}
            yield others
            yield others | {str(by): inner}
            for changed in replaced(inner, by):
                yield others | {name: changed}
    if isinstance(value, list):
        for at, inner in enumerate(value):
            for changed in replaced(inner, by):
                yield [*value[:at], changed, *value[at + 1 :]]


async def test_nothing_breaks_it(people: People, asha: App, ben: App, no_limits: None) -> None:
    device = await upload(ben, "a", "b", fallback="spare")
    own = await device_of(asha)
    version = await create(asha)
    master = signing_key(asha, "master", "m", signatures={asha.user: {f"ed25519:{own}": "s"}})
    await asha.do("POST", "/keys/device_signing/upload", {"master_key": master})
    uploaded = {
        "device_keys": await identity(asha),
        "one_time_keys": one_time("x"),
        "fallback_keys": one_time("y"),
    }
    requests: list[tuple[str, str, Any]] = [
        ("POST", "/keys/upload", uploaded),
        ("POST", "/keys/query", {"device_keys": {ben.user: [device], asha.user: []}}),
        ("POST", "/keys/claim", {"one_time_keys": {ben.user: {device: SIGNED}}}),
        ("POST", "/keys/device_signing/upload", {"master_key": master, "auth": {"type": "x"}}),
        ("POST", "/keys/signatures/upload", {asha.user: {"m": master, own: await identity(asha)}}),
        ("PUT", "/sendToDevice/org.x/1", {"messages": {ben.user: {device: {"x": 1}}}}),
        ("POST", "/room_keys/version", {"algorithm": ALGORITHM, "auth_data": {"x": 1}}),
        ("PUT", KEYS, {"rooms": {"!1:x": {"sessions": {"s": key()}}}}),
        ("PUT", OF_ROOM, {"sessions": {"s": key()}}),
        ("PUT", f"{OF_ROOM}/s", key()),
    ]
    tries = [
        (method, path, body)
        for method, path, right in requests
        for by in VALUES
        for body in replaced(right, by)
    ]
    dice = random.Random(18)
    for method, path, body in dice.sample(tries, min(TRIES, len(tries))):
        answer = await asha.ask(method, path, json.dumps(body).encode(), version=version)
        assert answer.status_code < 500, (method, path, body, answer.text)
        if answer.status_code not in (200, 401):
            assert answer.json()["errcode"].startswith("M_")
            assert answer.json()["error"].endswith(".")
        # Whatever was stored, it can be told.
        if dice.random() < 0.05:
            for told in (await ben.sync(), await asha.sync()):
                assert "next_batch" in told
            await ben.do("POST", "/keys/query", {"device_keys": {asha.user: [], ben.user: []}})
            await asha.do("GET", KEYS, version=version)
