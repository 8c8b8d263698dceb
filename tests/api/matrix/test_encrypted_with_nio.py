"""An encrypted room of apps that others wrote (matrix-nio with vodozemac), on a real server."""

import asyncio
import io
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import PASSWORD, Browser
from tests.server import Server

require_nio("vodozemac")

import nio  # noqa: E402
from nio import crypto  # noqa: E402

NAMES = ("asha", "ben", "chen")
CANARY = "kingfisher-4711"
"""A word that the server must never have."""
ENCRYPTION = [
    {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
]


def ok(answer: Any, kind: Any) -> Any:
    """Return what a client was answered, which must be of a kind."""
    assert isinstance(answer, kind), answer
    return answer


class App:
    """A device of a person, which collects what it could decrypt, and what it could not."""

    def __init__(self, address: str, name: str, folder: Path) -> None:
        folder.mkdir()
        config = nio.AsyncClientConfig(encryption_enabled=True)
        self.client = nio.AsyncClient(address, name, store_path=str(folder), config=config)
        self.events: list[Any] = []
        self.room = ""

    async def start(self) -> None:
        """Log in, and upload keys."""
        ok(await self.client.login(PASSWORD), nio.LoginResponse)
        await self.sync(0)

    async def sync(self, timeout: int = 10_000) -> None:
        """Sync once, and do what is due for the keys of others."""
        news = ok(await self.client.sync(timeout=timeout), nio.SyncResponse)
        for room in news.rooms.join.values():
            self.events += room.timeline.events
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.client.should_upload_keys:
            await self.client.keys_upload()

    async def until(self, event_id: str) -> Any:
        """Sync until an event has come; return it as it could be decrypted."""
        while True:
            for each in self.events:
                if each.event_id == event_id:
                    return each
            await self.sync()

    async def say(self, content: dict[str, Any]) -> str:
        """Send a message; return its event id."""
        sent = await self.client.room_send(
            self.room, "m.room.message", content, ignore_unverified_devices=True
        )
        return str(ok(sent, nio.RoomSendResponse).event_id)

    async def relate(self, content: dict[str, Any]) -> str:
        """Send a message with its relation readable, as other apps do, and nio does not."""
        await self.say({"msgtype": "m.text", "body": "So that the key is shared"})
        kind, sealed = self.client.encrypt(self.room, "m.room.message", content)
        sealed = {**sealed, "m.relates_to": content["m.relates_to"]}
        request = nio.Api.room_send(self.client.access_token, self.room, kind, sealed, uuid4())
        sent = await self.client._send(nio.RoomSendResponse, *request, (self.room,))
        return str(ok(sent, nio.RoomSendResponse).event_id)

    @property
    def unreadable(self) -> list[str]:
        return [each.event_id for each in self.events if isinstance(each, nio.MegolmEvent)]


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


async def talk(address: str, folder: Path) -> None:
    """Let three people talk in an encrypted room, one of whom is removed in the end."""
    asha, ben, chen = people = [App(address, name, folder / name) for name in NAMES]
    try:
        for each in people:
            await each.start()
        made = await asha.client.room_create(name="Secrets", initial_state=ENCRYPTION)
        room = ok(made, nio.RoomCreateResponse).room_id
        for each in people:
            each.room = room
            if each is not asha:
                await asha.client.room_invite(room, each.client.user_id)
                await each.sync(0)
                if room not in each.client.rooms:
                    ok(await each.client.join(room), nio.JoinResponse)
        for each in people:
            await each.sync()
            while len(each.client.rooms[room].users) < 3:
                await each.sync()
            assert each.client.rooms[room].encrypted
        await _say_it_all(asha, ben)
        await _after_a_removal(asha, ben, chen)
        for each in people:
            assert each.unreadable == []
    finally:
        for each in people:
            await each.client.close()


async def _say_it_all(asha: App, ben: App) -> None:
    """Send a text, a reply, an edit, a reaction, a file, and delete something."""
    first = await asha.say(text(f"Where is the {CANARY}?"))
    assert (await ben.until(first)).body == f"Where is the {CANARY}?"
    reply = {"m.in_reply_to": {"event_id": first}}
    answer = await ben.relate(text(f"The {CANARY} is at the river", **{"m.relates_to": reply}))
    assert (await asha.until(answer)).body == f"The {CANARY} is at the river"

    new = text(f"Where was the {CANARY}?")
    relation = {"rel_type": "m.replace", "event_id": first}
    edit = await asha.relate({**text("* Edit"), "m.new_content": new, "m.relates_to": relation})
    got = await ben.until(edit)
    assert got.source["content"]["m.new_content"] == new

    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": answer, "key": "👍"}}
    sent = await asha.client.room_send(asha.room, "m.reaction", reaction)
    assert (await ben.until(sent.event_id)).key == "👍"

    data = f"{CANARY}\n".encode() * 300
    uploaded, keys = await asha.client.upload(
        io.BytesIO(data), content_type="text/plain", filesize=len(data), encrypt=True
    )
    address = ok(uploaded, nio.UploadResponse).content_uri
    file = {"file": {"url": address, **keys}, "body": f"{CANARY}.txt", "msgtype": "m.file"}
    got = await ben.until(await asha.say(file))
    assert isinstance(got, nio.RoomEncryptedFile)
    found = ok(await ben.client.download(got.url), nio.DownloadResponse)
    assert CANARY.encode() not in found.body
    opened = crypto.decrypt_attachment(found.body, got.key["k"], got.hashes["sha256"], got.iv)
    assert opened == data

    redacted = ok(await ben.client.room_redact(ben.room, answer), nio.RoomRedactResponse)
    assert (await asha.until(redacted.event_id)).redacts == answer
    gone = await asha.client.room_get_event(asha.room, answer)
    assert isinstance(gone.event, nio.RedactedEvent)


async def _after_a_removal(asha: App, ben: App, chen: App) -> None:
    """Who was removed gets nothing more, and could not read it with the keys they have."""
    before = await asha.say(text("Before"))
    for each in (ben, chen):
        assert (await each.until(before)).body == "Before"
    ok(await asha.client.room_kick(asha.room, ben.client.user_id), nio.RoomKickResponse)
    while ben.client.user_id in asha.client.rooms[asha.room].users:
        await asha.sync()
    later = await asha.say(text(f"Without ben: {CANARY}"))
    assert (await chen.until(later)).body == f"Without ben: {CANARY}"
    refused = await ben.client.room_get_event(ben.room, later)
    assert isinstance(refused, nio.RoomGetEventError)
    await ben.sync(0)
    sealed = ok(await chen.client.room_get_event(chen.room, later), nio.RoomGetEventResponse).event
    # nio decrypts what it gets; another client of chen's without keys shows what the server has.
    answer = await chen.client.send(
        "GET",
        f"/_matrix/client/v3/rooms/{chen.room}/event/{later}",
        headers={"Authorization": f"Bearer {chen.client.access_token}"},
    )
    raw = nio.Event.parse_event(await answer.json())
    assert isinstance(raw, nio.MegolmEvent), sealed
    raw.room_id = ben.room
    with pytest.raises(nio.EncryptionError):
        ben.client.decrypt_event(raw)


def test_what_they_say_only_they_can_read(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Server(data) as server:
        for name in NAMES:
            assert Browser(server.address).register(name).status_code == 303

        async def main() -> None:
            async with asyncio.timeout(120):
                await talk(server.address, tmp_path)

        asyncio.run(main())
    kept = [each for each in data.rglob("*") if each.is_file()]
    assert len(kept) > 3
    for each in kept:
        assert CANARY.encode() not in each.read_bytes(), each
