"""An app that logs out while a request of it is on the way leaves nothing behind."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlmodel import select

from models import (
    CrossSigningKey,
    KeyDevice,
    KeySignature,
    Pusher,
    PushSubscription,
    ToDeviceMessage,
)
from services.accounts.sessions import devices
from services.db import database
from services.keys import key_devices
from tests.api.matrix.app import V3, App, app_of
from tests.api.matrix.keys import identity, one_time, signing_key, upload
from tests.api.matrix.test_bad_input import refused
from tests.api.matrix.test_pushers import PATH, pusher
from tests.conftest import HERE, PASSWORD, People

pytestmark = pytest.mark.usefixtures("no_limits")


async def stored() -> list[object]:
    """Return what is stored of devices."""
    kinds = (KeyDevice, CrossSigningKey, KeySignature, ToDeviceMessage, Pusher, PushSubscription)
    return await database.read(
        lambda session: [each for kind in kinds for each in session.exec(select(kind)).all()]
    )


async def late(app: App, method: str, path: str, body: Any) -> None:
    """Begin a request, have the app log out, and then send the body."""

    async def content() -> AsyncIterator[bytes]:
        await app.do("POST", "/logout")
        yield json.dumps(body).encode()

    answer = await app.http.request(method, f"{V3}{path}", content=content())
    refused(answer, 401, "M_UNKNOWN_TOKEN")


@pytest.mark.parametrize("what", ["upload", "send", "sign", "pusher"])
async def test_what_comes_after_the_logout_is_not_stored(people: People, what: str) -> None:
    app, other = await app_of(people.ben), await app_of(people.ben)
    method, path, body = {
        "upload": (
            "POST",
            "/keys/upload",
            {"device_keys": await identity(app), "one_time_keys": one_time("a")},
        ),
        "send": ("PUT", "/sendToDevice/org.x/1", {"messages": {other.user: {"*": {"x": "y"}}}}),
        "sign": (
            "POST",
            "/keys/device_signing/upload",
            {"master_key": signing_key(app, "master", "m")},
        ),
        "pusher": ("POST", "/pushers/set", pusher(f"https://example.org{PATH}")),
    }[what]
    await late(app, method, path, body)
    assert await stored() == []


async def test_signatures_that_come_after_the_logout_are_not_stored(people: People) -> None:
    app, other = await app_of(people.ben), await app_of(people.ben)
    device = await upload(app)
    master = signing_key(app, "master", "m")
    await other.do("POST", "/keys/device_signing/upload", {"master_key": master})
    signed = master | {"signatures": {app.user: {f"ed25519:{device}": "by my device"}}}
    await late(app, "POST", "/keys/signatures/upload", {app.user: {"m": signed}})
    assert [type(each) for each in await stored()] == [CrossSigningKey]


async def test_a_new_login_takes_over_no_keys_of_a_device_that_had_ended(people: People) -> None:
    def leave(session: Any) -> None:
        row = key_devices.row(session, people.ben.user_id, "PHONE")
        row.identity = "{}"

    await database.write(leave)  # as versions before this one could
    opened = await devices.log_in("ben", PASSWORD, device_id="PHONE", visitor=HERE)
    assert opened.device_id == "PHONE"
    assert await stored() == []
