"""The connection to the hub: asks what is new, takes it over, and sends what waits.

matrix-nio encrypts and decrypts, and stores the keys, in the thread that serves the pages: each
takes less than a millisecond, and there is one person.
"""

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from nio import (
    AsyncClientConfig,
    ErrorResponse,
    Event,
    KeysQueryResponse,
    MatrixRoom,
    MegolmEvent,
    MessageDirection,
    RoomKeyEvent,
    RoomMessagesResponse,
    SyncResponse,
)
from nio.crypto import OlmDevice

from node import mirror, requests
from node.client import Client
from node.login import Login
from node.mirror import Heard, RoomNews
from node.requests import FAILURES, Refused
from node.trust import Trust

log = logging.getLogger(__name__)
WAIT = 30_000
"""Milliseconds that the hub waits for something new."""
SLICE = 50
"""Events of a room that are asked for at once."""
HISTORY = 1000
"""Events of a room that are taken over at first, and after an absence: older ones stay there."""
ENCRYPTED_TYPES = {"m.room.message", "m.sticker", "m.reaction"}
"""What is taken over if it was encrypted: a redaction counts only as the hub has allowed it."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30


class Ended(Exception):
    """The hub knows the login no longer."""


class Connection:
    """What one login does at the hub."""

    def __init__(self, login: Login, folder: Path, renewing: asyncio.Lock) -> None:
        """`renewing` is held while the person logs in, which ends the token that is used here."""
        self._renewing = renewing
        config = AsyncClientConfig(
            max_timeouts=0,
            max_limit_exceeded=0,
            store_sync_tokens=False,
            pickle_key=login.store_key,
            store_name="keys.db",
        )
        self.login = login
        self.client = Client(
            login.hub, login.user_id, login.device_id, store_path=str(folder), config=config
        )
        self.client.restore_login(login.user_id, login.device_id, login.access_token)
        self.trust = Trust(self.client, login, folder)
        self.is_caught_up = asyncio.Event()
        """Whether all was taken over once."""
        self.settle: Callable[[str], Awaitable[None]] | None = None
        """Waits until the hub has answered what it was given of a room. Raises `FAILURES`."""
        self._since = ""
        self._directs: set[str] = set()
        self._arrived: set[str] = set()
        """Sessions whose keys have come, and with which nothing was read again yet."""
        self._keys = asyncio.Lock()
        self.is_reached = False
        """Whether the hub has answered the last time."""
        self._is_ready = False
        """Whether matrix-nio knows the rooms as they are now: one may have become encrypted."""

    def renew(self, login: Login) -> None:
        """Go on with another token of the same device."""
        self.login = login
        self.client.access_token = login.access_token
        self.trust.login = login

    async def run(self) -> None:
        """Take over what is new, until it is cancelled. Raises `Ended`."""
        self._since = await mirror.since()
        await self._remember()
        await self.trust.load()
        pause: float = FIRST_PAUSE
        while True:
            token = self.client.access_token
            try:
                await self._once()
                self.is_reached = True
                pause = FIRST_PAUSE
                continue
            except Ended:
                async with self._renewing:  # the token may just have been replaced
                    if token == self.client.access_token:
                        raise
            except Refused as refused:
                pause = max(pause, refused.seconds)
                log.warning("The hub refused: %s", refused)
            except FAILURES as error:
                log.info("The hub does not answer: %r", error)
            except Exception:
                log.exception("Failed to take over what the hub told")
            self.is_reached = self._is_ready = False
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def close(self) -> None:
        """Close the connection and the file with the keys."""
        await self.client.close()
        if self.client.store is not None:
            self.client.store.database.close()

    async def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Ask the hub something as the person. Raises `Refused` and `FAILURES`."""
        token = self.client.access_token
        return await requests.ask(self.login.hub, method, path, body, token=token)

    async def send(self, hub_room: str, kind: str, content: Any, transaction_id: str) -> str:
        """Send an event, encrypted where the room is; return its id.

        Raises `Refused` and `FAILURES`.
        """
        room = self.client.rooms.get(hub_room)
        if not self._is_ready:
            raise ConnectionError("the rooms are not known yet")
        if room is None:  # the person has left it
            raise Refused(404, {"errcode": "M_NOT_FOUND", "error": ""})
        if room.encrypted and kind != "m.reaction":
            kind, content = await self._encrypt(room, kind, content)
        path = f"/rooms/{requests.part(hub_room)}/send/{kind}/{requests.part(transaction_id)}"
        return str((await self.ask("PUT", path, content)).get("event_id", ""))

    async def _encrypt(self, room: MatrixRoom, kind: str, content: Any) -> tuple[str, Any]:
        """Encrypt for the signed devices of all members, who are sent the key first."""
        async with self._keys:
            await self._follow_keys()
            self.trust.require(_joined(room))
            await self._share(room)
            encrypted: tuple[str, Any] = self.client.encrypt(room.room_id, kind, content)
            return encrypted

    async def _share(self, room: MatrixRoom) -> None:
        """Send the key with which a room is encrypted to all devices that are to have it.

        matrix-nio's own function takes it as sent when the hub has not answered.
        """
        olm, name = self.client.olm, room.room_id
        if not olm.should_share_group_session(name):
            if not self._without_key(room):
                return
            olm.outbound_group_sessions[name].shared = False
        elif name in olm.outbound_group_sessions and olm.outbound_group_sessions[name].expired:
            olm.create_outbound_group_session(name)
        claimed = defaultdict[str, list[str]](list)
        for device in self._without_key(room):
            if not olm.session_store.get(device.curve25519):
                claimed[device.user_id].append(device.id)
        if claimed:
            self._require(await self.client.keys_claim(claimed))
        for devices, messages in olm.share_group_session_parallel(name, _joined(room)):
            path = f"/sendToDevice/m.room.encrypted/{secrets.token_hex(16)}"
            await self.ask("PUT", path, messages)
            olm.outbound_group_sessions[name].users_shared_with.update(devices)
        olm.outbound_group_sessions[name].shared = True

    def _without_key(self, room: MatrixRoom) -> list[OlmDevice]:
        """Return the devices that are to have a room's key, and have not been sent it."""
        olm = self.client.olm
        session = olm.outbound_group_sessions.get(room.room_id)
        shared = session.users_shared_with if session else set()
        return [
            device
            for user_id in _joined(room)
            for device in self.client.device_store.active_user_devices(user_id)
            if device.id != self.login.device_id
            and olm.is_device_verified(device)
            and (user_id, device.id) not in shared
        ]

    async def _once(self) -> None:
        """Ask once what is new, and take it over."""
        self.client.next_batch = ""  # an answer that was not taken over is to be read again
        wanted = {"room": {"timeline": {"limit": SLICE}}}
        wait = WAIT if self._since and self._is_ready else 0  # what waits is sent after an answer
        answer = await self.client.sync(wait, wanted, self._since or None)
        if not isinstance(answer, SyncResponse):
            raise self._failure(answer)
        self._is_ready = True
        self._arrived |= {  # at once: the same answer can be decrypted only one time
            each.session_id for each in answer.to_device_events if isinstance(each, RoomKeyEvent)
        }
        async with self._keys:
            await self._follow_keys()
        self._note_directs(answer)
        for room_id, info in answer.rooms.join.items():
            await self._take(room_id, info)
        for room_id, invited in answer.rooms.invite.items():
            state = [_invitation(each) for each in invited.invite_state]
            with mirror.skipping(room_id):
                await mirror.invite(room_id, state, self.login.user_id)
        for room_id in answer.rooms.leave:
            self.client.rooms.pop(room_id, None)
            await mirror.leave(room_id, self.login.user_id)
        await self._try_again()
        if self._since != answer.next_batch:
            await mirror.reached(answer.next_batch)
        self._since = answer.next_batch
        self.is_caught_up.set()

    async def _take(self, room_id: str, info: Any) -> None:
        timeline = [self._heard(each, room_id) for each in info.timeline.events]
        if info.timeline.limited and info.timeline.prev_batch:
            timeline = [*await self._older(room_id, info.timeline.prev_batch), *timeline]
        has_own = any(each.event.get("sender") == self.login.user_id for each in timeline)
        if has_own and self.settle is not None:  # the answer to our request may come after this
            await self.settle(room_id)
        counts = info.unread_notifications
        news = RoomNews(
            hub_id=room_id,
            state=[each.source for each in info.state],
            timeline=timeline,
            is_direct=room_id in self._directs,
            unread=(counts.notification_count or 0) if counts else 0,
        )
        await mirror.take(news, self.login.user_id)
        room = self.client.rooms.get(room_id)
        if room is not None:
            room.members_synced = True  # no answer leaves members out

    async def _older(self, room_id: str, start: str) -> list[Heard]:
        """Return what came before a position, back to what is here, or to the most that is kept."""
        found: list[Heard] = []
        for _page in range(2 * HISTORY // SLICE):  # some may be empty
            if len(found) >= HISTORY:
                break
            answer = await self.client.room_messages(
                room_id, start, limit=SLICE, direction=MessageDirection.back
            )
            if not isinstance(answer, RoomMessagesResponse):
                raise self._failure(answer)
            heard = [self._heard(each, room_id) for each in answer.chunk]
            ids = [str(each.event.get("event_id")) for each in heard]
            here = await mirror.known(ids)
            for each, hub_id in zip(heard, ids, strict=True):
                if hub_id in here:
                    return found[::-1]
                found.append(each)
            if not answer.end or answer.end == start:
                break
            start = answer.end
        return found[::-1]

    def _heard(self, event: Any, room_id: str) -> Heard:
        was_encrypted = bool(getattr(event, "decrypted", False))
        source = dict(event.source)
        if was_encrypted:
            source.pop("state_key", None)
            if source.get("type") not in ENCRYPTED_TYPES:
                source["type"] = ""
        is_trusted = not was_encrypted or self.trust.is_from_signed_device(event)
        return Heard(source, was_encrypted or isinstance(event, MegolmEvent), is_trusted)

    async def _follow_keys(self) -> None:
        """Keep enough one-time keys at the hub, and know the devices of everybody.

        Raises `Refused` and `FAILURES`.
        """
        client = self.client
        if client.olm.account.shared and self.trust.is_signed is None:
            client.olm.account.shared = await self.trust.is_own_known()
        if client.should_upload_keys:
            self._require(await client.keys_upload())
        if self.trust.is_signed is None:
            await self.trust.sign_own()
        if client.should_query_keys:
            users = sorted(client.users_for_key_query)
            answer = await self.ask(
                "POST", "/keys/query", {"device_keys": {user: [] for user in users}}
            )
            for user in users:
                answer.setdefault("device_keys", {}).setdefault(user, {})
            response = KeysQueryResponse.from_dict(answer)
            await client.receive_response(response)
            await self.trust.learn(answer, users)
        if client.should_claim_keys:
            self._require(await client.keys_claim(client.get_users_for_key_claiming()))
        for sent in await client.send_to_device_messages():
            self._require(sent)

    async def _try_again(self) -> None:
        """Read what could not be read before, if its key has come."""
        if not self.is_caught_up.is_set():
            await self.read_again()
        elif self._arrived:
            await self.read_again(self._arrived)
        self._arrived.clear()

    async def read_again(self, sessions: Iterable[str] | None = None) -> None:
        """Try to read what could not be read before, perhaps only of some sessions."""
        named = None if sessions is None else list(sessions)
        for room_id, source in await mirror.undecrypted(named):
            event = Event.parse_event(source)
            if not isinstance(event, MegolmEvent):
                continue
            event.room_id = room_id
            try:
                found = self.client.decrypt_event(event)
            except Exception as error:  # its key is not here yet, or it is none that can be read
                log.debug("An event can still not be read: %r", error)
                continue
            with mirror.skipping(room_id):
                await mirror.decrypted(str(source["event_id"]), self._heard(found, room_id))

    async def _remember(self) -> None:
        """Tell matrix-nio who is in which room, which it keeps in memory alone."""
        for hub_id, (is_encrypted, members) in (await mirror.members()).items():
            is_encrypted = is_encrypted or hub_id in self.client.encrypted_rooms
            room = MatrixRoom(hub_id, self.login.user_id, is_encrypted)
            for user_id, name in members:
                room.add_member(user_id, name, None)
            room.members_synced = True
            self.client.rooms[hub_id] = room
            if is_encrypted:
                self.client.olm.update_tracked_users(room)

    def _note_directs(self, answer: SyncResponse) -> None:
        for event in answer.account_data_events:
            content = getattr(event, "content", None)
            if getattr(event, "type", "") == "m.direct" and isinstance(content, dict):
                lists = (each for each in content.values() if isinstance(each, list))
                self._directs = {str(room) for each in lists for room in each}

    def _failure(self, answer: Any) -> Exception:
        if isinstance(answer, ErrorResponse):
            if answer.status_code == "M_UNKNOWN_TOKEN":
                return Ended()
            return _refused(answer)
        return ConnectionError("the hub's answer is not one of Matrix")

    def _require(self, answer: Any) -> None:
        if isinstance(answer, ErrorResponse):
            raise self._failure(answer)


def _joined(room: MatrixRoom) -> list[str]:
    """Return who is in a room: somebody who is only invited is not shown, and gets no keys."""
    return [user_id for user_id, member in room.users.items() if not member.invited]


def _invitation(event: Any) -> dict[str, Any]:
    """Return an event of an invitation, with the content that matrix-nio has taken out of it."""
    content = getattr(event, "content", None) or {"name": getattr(event, "name", "")}
    return {**event.source, "content": content}


def _refused(answer: ErrorResponse) -> Refused:
    transport = answer.transport_response
    status = transport.status if transport is not None else 500
    details = {"errcode": answer.status_code, "error": answer.message}
    if answer.retry_after_ms:
        details["retry_after_ms"] = answer.retry_after_ms
    return Refused(status, details)
