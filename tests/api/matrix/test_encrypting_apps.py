"""Two apps that others wrote, matrix-nio with vodozemac, encrypt for each other by their keys."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import PASSWORD, Browser
from tests.server import Server

require_nio("vodozemac")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("encrypting") / "data") as running:
        for name in ("asha", "ben"):
            assert Browser(running.address).register(name).status_code == 303
        yield running


class Apps:
    """Apps that are closed in the end."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.opened: list[Any] = []

    async def log_in(self, name: str) -> Any:
        """Return an app that has logged in and uploaded its keys."""
        from nio import AsyncClient, AsyncClientConfig

        place = self.folder / f"{name}{len(self.opened)}"
        place.mkdir()
        app = AsyncClient(
            self.server.address,
            name,
            store_path=str(place),
            config=AsyncClientConfig(encryption_enabled=True),
        )
        self.opened.append(app)
        await app.login(PASSWORD)
        assert app.logged_in
        await app.sync(timeout=0)
        assert app.should_upload_keys
        await app.keys_upload()
        await app.sync(timeout=0)
        assert not app.should_upload_keys
        return app


@pytest.fixture
async def apps(server: Server, tmp_path: Path) -> AsyncIterator[Apps]:
    opened = Apps(server, tmp_path)
    yield opened
    for each in opened.opened:
        await each.close()


async def encrypt(sender: Any, receiver: Any) -> None:
    """Send something to another app's device, which only that can read."""
    from nio import ToDeviceMessage

    sender.olm.users_for_key_query.add(receiver.user_id)
    await sender.keys_query()
    device = sender.device_store[receiver.user_id][receiver.device_id]
    if sender.olm.session_store.get(device.curve25519) is None:
        await sender.keys_claim({receiver.user_id: [receiver.device_id]})
    session = sender.olm.session_store.get(device.curve25519)
    assert session is not None, "no key was handed out"
    content = sender.olm._olm_encrypt(session, device, "m.dummy", {})
    message = ToDeviceMessage("m.room.encrypted", receiver.user_id, receiver.device_id, content)
    await sender.to_device(message)


async def read(app: Any) -> list[tuple[str, str]]:
    """Return who has sent what that the app could decrypt."""
    news = await app.sync(timeout=10_000)
    return [(each.sender, type(each).__name__) for each in news.to_device_events]


async def test_they_read_what_they_send_each_other(apps: Apps) -> None:
    asha, ben = await apps.log_in("asha"), await apps.log_in("ben")
    await encrypt(asha, ben)
    assert await read(ben) == [(asha.user_id, "DummyEvent")]
    for _time in range(10):
        await encrypt(ben, asha)
        assert await read(asha) == [(ben.user_id, "DummyEvent")]
        await encrypt(asha, ben)
        assert await read(ben) == [(asha.user_id, "DummyEvent")]


async def test_what_goes_to_many_devices_may_be_long(apps: Apps) -> None:
    asha, ben = await apps.log_in("asha"), await apps.log_in("ben")
    content = {"text": "x" * 20_000}
    devices = {f"MADE-UP-{each}": content for each in range(20)} | {ben.device_id: content}
    answer = await asha.send(
        "PUT",
        "/_matrix/client/v3/sendToDevice/org.example/1",
        json.dumps({"messages": {ben.user_id: devices}}),
        headers={"Authorization": f"Bearer {asha.access_token}"},
    )
    assert answer.status == 200, await answer.text()
    assert len(await read(ben)) == 1


async def test_they_use_keys_up_and_upload_more(apps: Apps) -> None:
    ben = await apps.log_in("ben")
    before = ben.olm.uploaded_key_count
    asha = await apps.log_in("asha")
    await encrypt(asha, ben)
    assert await read(ben) == [(asha.user_id, "DummyEvent")]
    assert ben.olm.uploaded_key_count == before - 1


async def test_a_new_device_is_told_of_and_one_that_has_gone(apps: Apps) -> None:
    asha, ben = await apps.log_in("asha"), await apps.log_in("ben")
    await asha.sync(timeout=0)
    tablet = await apps.log_in("ben")
    news = await asha.sync(timeout=10_000)
    assert ben.user_id in news.device_list.changed
    await encrypt(asha, tablet)
    assert await read(tablet) == [(asha.user_id, "DummyEvent")]
    gone = tablet.device_id
    await tablet.logout()
    asha.olm.users_for_key_query.add(ben.user_id)
    await asha.keys_query()
    assert gone not in {
        each.device_id for each in asha.device_store.active_user_devices(ben.user_id)
    }
