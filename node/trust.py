"""Whose devices get keys: those that their owners have signed, as long as the owners are the same.

Each person signs their devices with a key of their own, which is signed by their identity (the
"master key"). An identity is kept when it is first seen. If the hub tells of another one, nothing
more is encrypted for rooms of that person until it is accepted: the hub may have made it up.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from nio import AsyncClient
from nio.crypto import OlmDevice
from sqlalchemy import delete, select, update
from sqlmodel import Session

from node import requests, signing, tables
from node.login import Login
from node.requests import Refused
from node.signing import SigningKey
from services.core.app_context import ChangedIdentity
from services.core.disk import atomic_file
from services.db import database

log = logging.getLogger(__name__)
SEEDS = "cross-signing.json"
IDENTITY_CHANGED = "NODE_IDENTITY_CHANGED"
"""The code of what waits until an identity is accepted."""
_IDENTITIES = tables.IDENTITIES.c


class Seeds(Struct, frozen=True):
    """The private halves of the person's own three keys."""

    master: bytes
    self_signing: bytes
    user_signing: bytes


class Trust:
    """What is known of devices and their owners."""

    def __init__(self, client: AsyncClient, login: Login, folder: Path) -> None:
        self.client = client
        self.login = login
        self._folder = folder
        self._changed: set[str] = set()
        self.is_signed: bool | None = None
        """Whether the node's device is signed by the person's keys; None while it is not known."""

    async def load(self) -> None:
        """Remember whose identity has changed."""
        self._changed = {each.name for each in await changed()}

    def require(self, users: Iterable[str]) -> None:
        """Raise `Refused`, with `IDENTITY_CHANGED`, if the identity of one of these has changed."""
        found = sorted(self._changed & set(users))
        if found:
            raise Refused(503, {"errcode": IDENTITY_CHANGED, "error": found[0]})

    def is_from_signed_device(self, event: Any) -> bool:
        """Return whether a decrypted event comes from a device that its owner has signed."""
        sender, key = event.sender, getattr(event, "sender_key", None)
        mine = self.client.olm.account.identity_keys["curve25519"]
        if sender == self.login.user_id and key == mine:
            return True
        return any(
            device.curve25519 == key and self.client.olm.is_device_verified(device)
            for device in self.client.device_store.active_user_devices(sender)
        )

    async def learn(self, answer: Mapping[str, Any], users: Collection[str]) -> None:
        """Decide which devices of some users get keys, from the answer to `keys/query`."""
        for user_id in users:
            master = _key_of(answer.get("master_keys"), user_id, "master")
            signer = self._signer(answer, user_id, master)
            if master is None or not await self._pin(user_id, master):
                signer = None
            devices = answer.get("device_keys", {}).get(user_id, {})
            for device in list(self.client.device_store.active_user_devices(user_id)):
                self._judge(device, devices.get(device.id), signer)

    async def accept(self, user_id: str, key: str) -> bool:
        """Take somebody's new identity for theirs: the person has compared this key of it.

        Returns whether it is the one that the hub told of last: it may have told of another since.
        """

        def store(session: Session) -> bool:
            statement = update(tables.IDENTITIES).where(
                _IDENTITIES.hub_id == user_id,
                _IDENTITIES.seen_master == key,
                _IDENTITIES.seen_master != "",
            )
            found = session.connection().execute(statement.values(master=key, seen_master=""))
            return bool(found.rowcount)

        if not await database.write(store):
            return False
        self._changed.discard(user_id)
        self.client.olm.users_for_key_query.add(user_id)
        return True

    async def is_own_known(self) -> bool:
        """Return whether the hub has the keys of the node's device: a logout forgets them.

        Raises `Refused` and `FAILURES`.
        """
        me = self.login.user_id
        answer = await self._ask("/keys/query", {"device_keys": {me: []}})
        return self.login.device_id in answer.get("device_keys", {}).get(me, {})

    async def sign_own(self) -> None:
        """Sign the node's own device; make the person's keys for that if they have none.

        Raises `Refused` and `FAILURES`.
        """
        me = self.login.user_id
        answer = await self._ask("/keys/query", {"device_keys": {me: []}})
        device = answer.get("device_keys", {}).get(me, {}).get(self.login.device_id)
        master = _key_of(answer.get("master_keys"), me, "master")
        seeds = self._seeds()
        if device is None:
            return
        if master is None:
            seeds = await self._make_keys()
        elif seeds is None or SigningKey(seeds.master).public != master:
            signer = self._signer(answer, me, master)
            self.is_signed = signer is not None and signing.is_signed(device, me, signer)
            return
        signed = SigningKey(seeds.self_signing).sign(
            me, {name: part for name, part in device.items() if name != "unsigned"}
        )
        await self._ask("/keys/signatures/upload", {me: {self.login.device_id: signed}})
        self.is_signed = True

    async def _make_keys(self) -> Seeds:
        """Make the person's keys, store them, and then upload their public halves."""
        me, master, own, others = self.login.user_id, SigningKey(), SigningKey(), SigningKey()
        seeds = Seeds(master.seed, own.seed, others.seed)
        atomic_file.write(self._folder / SEEDS, msgspec.json.encode(seeds))
        await database.write(lambda session: _expect(session, me, master.public))
        olm = self.client.olm
        master_key = _public(me, "master", master)
        signature = olm.account.sign(signing.canonical(master_key).decode())
        master_key["signatures"] = {me: {f"ed25519:{self.login.device_id}": signature}}
        body = {
            "master_key": master_key,
            "self_signing_key": master.sign(me, _public(me, "self_signing", own)),
            "user_signing_key": master.sign(me, _public(me, "user_signing", others)),
        }
        await self._ask("/keys/device_signing/upload", body)
        return seeds

    def _seeds(self) -> Seeds | None:
        try:
            return msgspec.json.decode((self._folder / SEEDS).read_bytes(), type=Seeds)
        except FileNotFoundError:
            return None

    def _signer(self, answer: Mapping[str, Any], user_id: str, master: str | None) -> str | None:
        """Return the key with which somebody signs devices, if their identity has signed it."""
        stored = answer.get("self_signing_keys")
        key = _key_of(stored, user_id, "self_signing")
        if master is None or key is None or not isinstance(stored, dict):
            return None
        return key if signing.is_signed(stored[user_id], user_id, master) else None

    async def _pin(self, user_id: str, master: str) -> bool:
        """Return whether an identity is the one that is known; a first one is, from now on."""
        before = await database.read(lambda session: _pinned(session, user_id))
        if before is None:
            await database.write(
                lambda session: session.connection().execute(
                    tables.IDENTITIES.insert(),
                    {"hub_id": user_id, "master": master, "seen_master": ""},
                )
            )
            return True
        if before == master:
            if user_id in self._changed:
                await database.write(lambda session: _see(session, user_id, ""))
                self._changed.discard(user_id)
            return True
        log.warning("The identity of somebody has changed: nothing is encrypted for them")
        await database.write(lambda session: _see(session, user_id, master))
        self._changed.add(user_id)
        return False

    def _judge(self, device: OlmDevice, payload: Any, signer: str | None) -> None:
        """Let a device have keys, or not."""
        is_signed = (
            signer is not None
            and isinstance(payload, dict)
            and payload.get("user_id") == device.user_id
            and payload.get("device_id") == device.id
            and payload.get("keys", {}).get(f"ed25519:{device.id}") == device.ed25519
            and payload.get("keys", {}).get(f"curve25519:{device.id}") == device.curve25519
            and signing.is_signed(payload, device.user_id, signer)
        )
        if is_signed:
            self.client.verify_device(device)
        else:
            self.client.blacklist_device(device)

    async def _ask(self, path: str, body: Any) -> dict[str, Any]:
        token = self.client.access_token
        return await requests.ask(self.login.hub, "POST", path, body, token=token)


async def changed() -> list[ChangedIdentity]:
    """Return whose identity has changed and is not accepted."""
    statement = select(_IDENTITIES.hub_id, _IDENTITIES.master, _IDENTITIES.seen_master).where(
        _IDENTITIES.seen_master != ""
    )
    rows = await database.read(lambda session: session.connection().execute(statement).all())
    return [ChangedIdentity(*row) for row in rows]


def _pinned(session: Session, user_id: str) -> str | None:
    found: str | None = session.connection().scalar(
        select(_IDENTITIES.master).where(_IDENTITIES.hub_id == user_id)
    )
    return found


def _expect(session: Session, user_id: str, master: str) -> None:
    """Note that an identity is this one, whatever the hub says of it."""
    session.connection().execute(delete(tables.IDENTITIES).where(_IDENTITIES.hub_id == user_id))
    values = {"hub_id": user_id, "master": master, "seen_master": ""}
    session.connection().execute(tables.IDENTITIES.insert(), values)


def _see(session: Session, user_id: str, master: str) -> None:
    statement = update(tables.IDENTITIES).where(_IDENTITIES.hub_id == user_id)
    session.connection().execute(statement.values(seen_master=master))


def _public(user_id: str, usage: str, key: SigningKey) -> dict[str, Any]:
    return {"user_id": user_id, "usage": [usage], "keys": {f"ed25519:{key.public}": key.public}}


def _key_of(stored: Any, user_id: str, usage: str) -> str | None:
    """Return a public key of a user for this use; None if there is no sound one."""
    found = stored.get(user_id) if isinstance(stored, dict) else None
    if not isinstance(found, dict) or found.get("user_id") != user_id:
        return None
    keys, usages = found.get("keys"), found.get("usage")
    if not isinstance(keys, dict) or len(keys) != 1 or usages != [usage]:
        return None
    [(name, key)] = keys.items()
    return key if isinstance(key, str) and name == f"ed25519:{key}" else None
