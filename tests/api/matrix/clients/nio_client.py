"""matrix-nio as a program: it does what each line of JSON says, and answers with one.

Arguments: the address of a homeserver, a username, a password, a folder for its keys, and, for
another device of the person, what `secret` said of the first one. Nothing of the chat is used.
"""

import asyncio
import io
import json
import sys
from itertools import count
from pathlib import Path
from typing import Any

import nio
from cross_signing import CrossSigning
from nio.crypto import decrypt_attachment

NEWEST = {"room": {"timeline": {"limit": 50}}}
_numbers = count(1)


class Encrypting(nio.AsyncClient):
    """Shows to what an encrypted message relates, as others do, and servers need."""

    def encrypt(
        self, room_id: str, message_type: str, content: dict[Any, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Encrypt all but the relation."""
        kind, made = super().encrypt(room_id, message_type, content)
        relation = content.get("m.relates_to")
        return kind, {**made, "m.relates_to": relation} if relation else dict(made)

    async def ask(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Request something that nio has no function for."""
        address = f"/_matrix/client/v3{path}"
        headers = {"Authorization": f"Bearer {self.access_token}"}
        answer = await self.send(method, address, json.dumps(body), headers=headers)
        found: dict[str, Any] = await answer.json()
        return found


class Nio:
    """A client that is logged in, and puts together what it is told."""

    def __init__(self, client: Encrypting, signing: CrossSigning) -> None:
        self.client, self.signing = client, signing
        self.shown: dict[str, dict[str, dict[str, Any]]] = {}
        self.unable: dict[str, dict[str, nio.MegolmEvent]] = {}
        self.sessions: dict[str, dict[str, set[str]]] = {}
        self.left: set[str] = set()

    def take(self, answer: nio.SyncResponse) -> None:
        """Take over what is new."""
        for room, waiting in self.unable.items():
            for number, event in list(waiting.items()):
                self._try_again(room, number, event)
        for room, told in answer.rooms.join.items():
            self.left.discard(room)
            for event in told.timeline.events:
                if isinstance(event, nio.MegolmEvent):
                    self.unable.setdefault(room, {})[event.event_id] = event
                else:
                    self._take(room, event)
        self.left |= answer.rooms.leave.keys()

    def _try_again(self, room: str, number: str, event: nio.MegolmEvent) -> None:
        try:
            found = self.client.decrypt_event(event)
        except nio.EncryptionError:
            return
        del self.unable[room][number]
        self._take(room, found)

    def _take(self, room: str, event: Any) -> None:
        shown, source = self.shown.setdefault(room, {}), event.source
        number, content, sender = event.event_id, source["content"], event.sender
        relation = content.get("m.relates_to", {})
        original = shown.get(relation.get("event_id", ""))
        if event.decrypted:
            sessions = self.sessions.setdefault(room, {}).setdefault(sender, set())
            sessions.add(event.session_id)
        if source["type"] == "m.reaction" and original:
            original["reactions"].setdefault(relation["key"], []).append(sender)
        elif source["type"] == "m.room.redaction":
            gone = source.get("redacts") or content["redacts"]
            self.unable.get(room, {}).pop(gone, None)
            if gone in shown:
                shown[gone]["text"] = None
        elif relation.get("rel_type") == "m.replace" and original:
            if original["sender"] == sender:
                original["text"] = content["m.new_content"]["body"]
        elif source["type"] == "m.room.message" and not relation.get("rel_type"):
            shown[number] = {
                "id": number,
                "sender": sender,
                "text": content.get("body"),
                "reactions": {},
                "reply_to": relation.get("m.in_reply_to", {}).get("event_id"),
                "encrypted": event.decrypted,
                "content": content,
            }

    async def do(self, said: dict[str, Any]) -> Any:
        """Do one thing."""
        room, event, what = said.get("room", ""), said.get("event", ""), said["do"]
        client = self.client
        if what == "secret":
            return self.signing.seeds
        if what == "rooms":
            invited = dict.fromkeys(client.invited_rooms, "invited")
            joined = dict.fromkeys(client.rooms, "joined")
            return invited | joined | dict.fromkeys(self.left, "left")
        if what == "create":
            return await self._create(said)
        if what == "join":
            await self._done(client.join(room))
        elif what == "messages":
            return [*self.shown.get(room, {}).values()]
        elif what == "tally":
            return self._tally(room)
        elif what == "decrypts":
            return self._decrypts(room, said["events"])
        elif what == "meet":
            client.olm.users_for_key_query |= set(said["users"])
            await self._done(client.keys_query())
        elif what == "encrypted":
            return client.rooms[room].encrypted
        elif what == "typing":
            return client.rooms[room].typing_users
        elif what == "unread":
            return client.rooms[room].unread_notifications
        elif what == "members":
            return sorted(client.rooms[room].users)
        elif what == "receipts":
            found = client.rooms[room].read_receipts
            return {user: each.event_id for user, each in found.items()}
        elif what == "read":
            last = [*self.shown[room]][-1]
            await self._done(client.room_read_markers(room, last, last))
        elif what == "type":
            await self._done(client.room_typing(room, timeout=5000))
        elif what == "redact":
            await self._done(client.room_redact(room, event))
        elif what == "remove":
            await self._done(client.room_kick(room, said["user"]))
        elif what == "file":
            return await self._download(self.shown[room][event]["content"])
        elif what == "send_file":
            await self._send_file(room, said["name"], said["text"].encode())
        elif what == "burst":
            for text in said["texts"]:
                await self._send(room, {"msgtype": "m.text", "body": text})
        else:
            await self._say(said)
        return None

    async def _say(self, said: dict[str, Any]) -> None:
        event, what = said.get("event", ""), said["do"]
        content: dict[str, Any] = {"msgtype": "m.text", "body": said.get("text", "")}
        if what == "reply":
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": event}}
        elif what == "edit":
            content["m.new_content"] = dict(content)
            content["m.relates_to"] = {"rel_type": "m.replace", "event_id": event}
        elif what == "react":
            relation = {"rel_type": "m.annotation", "event_id": event, "key": said["key"]}
            content = {"m.relates_to": relation}
        kind = "m.reaction" if what == "react" else "m.room.message"
        await self._send(said["room"], content, kind)

    async def _create(self, said: dict[str, Any]) -> str:
        algorithm = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 100}
        state = [{"type": "m.room.encryption", "state_key": "", "content": algorithm}]
        work = self.client.room_create(
            name=said["name"],
            invite=said["invite"],
            initial_state=state if said["encrypted"] else (),
        )
        answer = await self._done(work)
        while answer.room_id not in self.client.rooms:
            await self.client.synced.wait()
        return str(answer.room_id)

    async def _send_file(self, room: str, name: str, data: bytes) -> None:
        encrypt = self.client.rooms[room].encrypted
        answer, keys = await self.client.upload(
            io.BytesIO(data), "text/plain", name, encrypt=encrypt, filesize=len(data)
        )
        assert isinstance(answer, nio.UploadResponse), answer
        content: dict[str, Any] = {"msgtype": "m.file", "body": name, "info": {"size": len(data)}}
        if keys:
            content["file"] = {**keys, "url": answer.content_uri}
        else:
            content["url"] = answer.content_uri
        await self._send(room, content)

    async def _download(self, content: dict[str, Any]) -> str:
        file = content.get("file")
        answer = await self._done(self.client.download(file["url"] if file else content["url"]))
        data = bytes(answer.body)
        if file:
            key, digest = file["key"]["k"], file["hashes"]["sha256"]
            data = decrypt_attachment(data, key, digest, file["iv"])
        return data.decode()

    def _tally(self, room: str) -> dict[str, Any]:
        """Return who has written what that it could read, by how many keys, and what not."""
        read: dict[str, list[str]] = {}
        for each in self.shown.get(room, {}).values():
            read.setdefault(each["sender"], []).append(each["text"])
        used = {user: len(found) for user, found in self.sessions.get(room, {}).items()}
        unable = {number: each.session_id for number, each in self.unable.get(room, {}).items()}
        return {"read": read, "sessions": used, "unable": unable}

    def _decrypts(self, room: str, events: list[dict[str, Any]]) -> list[bool]:
        """Return of each encrypted event whether its keys decrypt it."""
        made = []
        for each in events:
            event = nio.Event.parse_encrypted_event(each)
            try:
                self.client.olm.decrypt_megolm_event(event, room)
                made.append(True)
            except nio.EncryptionError:
                made.append(False)
        return made

    async def _send(self, room: str, content: dict[str, Any], kind: str = "m.room.message") -> None:
        number = f"{self.client.device_id}-{next(_numbers)}"
        send = self.client.room_send
        await self._done(send(room, kind, content, number, ignore_unverified_devices=True))

    async def _done(self, work: Any) -> Any:
        answer = await work
        if isinstance(answer, nio.ErrorResponse):
            raise RuntimeError(str(answer))
        return answer


async def main() -> None:
    """Log in, and do what is said."""
    address, name, password, folder, *secret = sys.argv[1:]
    Path(folder).mkdir()
    config = nio.AsyncClientConfig(encryption_enabled=True)
    client = Encrypting(address, name, store_path=folder, config=config)
    answer = await client.login(password)
    assert isinstance(answer, nio.LoginResponse), answer
    shown = Nio(client, CrossSigning(client.user_id, *secret))
    client.add_response_callback(shown.take, nio.SyncResponse)
    await client.sync(full_state=True, sync_filter=NEWEST)
    await client.keys_upload()
    if not secret:
        await shown.signing.upload(client.ask, password)
    await shown.signing.sign(client.ask, client.device_id)
    syncing = asyncio.create_task(client.sync_forever(timeout=10_000, sync_filter=NEWEST))
    print(json.dumps({"user": client.user_id}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            done: dict[str, Any] = {"done": await shown.do(json.loads(line))}
        except Exception as error:
            done = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(done), flush=True)
    syncing.cancel()
    await client.close()


asyncio.run(main())
