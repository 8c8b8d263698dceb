"""A person whose app is matrix-nio: it encrypts, and its device is signed by its owner."""

import asyncio
import base64
import json
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Self

from tests.http_client import PASSWORD
from tests.node.running import until
from tests.server import Server


class Friend:
    """An app in a thread of its own, which goes on syncing."""

    def __init__(self, hub: Server, folder: Path, name: str, *, is_signed: bool = True) -> None:
        self._hub, self._folder, self._name, self._is_signed = hub, folder, name, is_signed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.told: list[dict[str, Any]] = []
        """Events, decrypted if they could be."""
        self.client: Any = None

    def __enter__(self) -> Self:
        self._thread.start()
        self.do(self._start())
        return self

    def __exit__(self, *_error: object) -> None:
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await something in the app's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    @property
    def user_id(self) -> str:
        """As the hub calls the person."""
        return str(self.client.user_id)

    def texts(self) -> list[str]:
        """Return the texts that could be read, in order."""
        return [each["content"]["body"] for each in self.told if each["type"] == "m.room.message"]

    def edits_of(self, event: str) -> list[str]:
        """Return the texts that a message was given afterwards."""
        found = [each["content"] for each in self.told]
        relations = [(each, each.get("m.relates_to", {})) for each in found]
        return [
            each["m.new_content"]["body"]
            for each, relation in relations
            if relation.get("rel_type") == "m.replace" and relation["event_id"] == event
        ]

    def reactions_to(self, event: str) -> list[str]:
        """Return the emoji on a message that were not taken back."""
        gone = {each.get("redacts") for each in self.told if each["type"] == "m.room.redaction"}
        return [
            each["content"]["m.relates_to"]["key"]
            for each in self.told
            if each["type"] == "m.reaction"
            and each["event_id"] not in gone
            and each["content"]["m.relates_to"]["event_id"] == event
        ]

    def unreadable(self) -> int:
        """Return how many messages could not be read."""
        return sum(each["type"] == "m.room.encrypted" for each in self.told)

    def see(self, text: str) -> None:
        """Wait until a text is told."""
        until(lambda: text in self.texts())

    def say(self, room: str, text: str, **more: Any) -> str:
        """Send a text; return its event."""
        content = {"msgtype": "m.text", "body": text, **more}
        answer = self.do(
            self.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
        )
        return str(answer.event_id)

    def talk_with(self, name: str) -> str:
        """Begin encrypted direct messages with somebody of the same hub; return the room's id."""
        other = f"@{name}:{self.user_id.partition(':')[2]}"
        return self.make_room("", other, is_direct=True)

    def make_room(self, name: str, *others: str, is_direct: bool = False) -> str:
        """Make an encrypted room, to which others are invited; return its id."""
        content = {"algorithm": "m.megolm.v1.aes-sha2"}
        state = [{"type": "m.room.encryption", "state_key": "", "content": content}]
        answer = self.do(
            self.client.room_create(
                name=name or None, invite=list(others), initial_state=state, is_direct=is_direct
            )
        )
        room = str(answer.room_id)
        until(lambda: room in self.client.rooms)
        return room

    def sign_anew(self) -> None:
        """Make other keys for signing, as somebody does who has lost theirs."""
        self.do(self._sign())

    async def _start(self) -> None:
        from nio import AsyncClient, AsyncClientConfig, LoginResponse

        self._folder.mkdir()
        self.client = AsyncClient(
            self._hub.address,
            self._name,
            store_path=str(self._folder),
            config=AsyncClientConfig(encryption_enabled=True),
        )
        assert isinstance(await self.client.login(PASSWORD), LoginResponse)
        self.client.add_response_callback(self._take)
        await self.client.sync(timeout=0, full_state=True)
        await self.client.keys_upload()
        if self._is_signed:
            await self._sign()
        self._syncing = asyncio.create_task(self.client.sync_forever(timeout=5000))

    async def _stop(self) -> None:
        self._syncing.cancel()
        await asyncio.gather(self._syncing, return_exceptions=True)
        await self.client.close()

    async def _take(self, answer: Any) -> None:
        from nio import SyncResponse

        if isinstance(answer, SyncResponse):
            for told in answer.rooms.join.values():
                self.told += [each.source for each in told.timeline.events]

    async def _sign(self) -> None:
        """Make the owner's keys, and sign the device with them."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        me, device = self.client.user_id, self.client.device_id
        keys = {
            each: Ed25519PrivateKey.generate()
            for each in ("master", "self_signing", "user_signing")
        }
        public = {name: _text(key.public_key().public_bytes_raw()) for name, key in keys.items()}
        body: dict[str, Any] = {
            f"{name}_key": {"user_id": me, "usage": [name], "keys": {f"ed25519:{key}": key}}
            for name, key in public.items()
        }
        for name in ("self_signing", "user_signing"):
            signed = body[f"{name}_key"]
            signature = _text(keys["master"].sign(_canonical(signed)))
            signed["signatures"] = {me: {f"ed25519:{public['master']}": signature}}
        auth = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self._name},
            "password": PASSWORD,
        }
        await self.ask("POST", "/keys/device_signing/upload", {**body, "auth": auth})
        answer = await self.ask("POST", "/keys/query", {"device_keys": {me: []}})
        found = answer["device_keys"][me][device]
        found.pop("unsigned", None)
        signature = _text(keys["self_signing"].sign(_canonical(found)))
        found["signatures"][me][f"ed25519:{public['self_signing']}"] = signature
        await self.ask("POST", "/keys/signatures/upload", {me: {device: found}})

    async def ask(self, method: str, path: str, body: Any) -> Any:
        """Ask the hub something as the app."""
        import aiohttp

        headers = {"Authorization": f"Bearer {self.client.access_token}"}
        address = f"{self._hub.address}/_matrix/client/v3{path}"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, address, json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()
            return await answer.json()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")


def _canonical(signed: dict[str, Any]) -> bytes:
    kept = {name: part for name, part in signed.items() if name not in {"signatures", "unsigned"}}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
