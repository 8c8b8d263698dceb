"""Signatures that come after the key: a user signs their devices, and the keys of others."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlmodel import Session

from models import KeyDevice, KeySignature
from services.accounts.sessions import device_lists, sessions
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.keys import bounded, cross_signing, key_devices, sharing
from services.keys.device_lists import publish_change, require_few_changes
from services.keys.sharing import Named

MAX_AT_ONCE = 500
"""Signed keys in one request."""
MAX_KEY = 8 * 1024
"""Characters of a signed key."""
MAX_SIGNATURE = 500
"""Characters of a signature."""
_UNSIGNED = ("signatures", "unsigned")
"""What of a key is not signed, so that it need not be the same."""


class Signed(Struct, frozen=True):
    """A key as the viewer has signed it."""

    named: Named
    """Whose key it is."""
    key_id: str
    """A device id, or the public part of a master key."""
    key: Mapping[str, Any]
    signatures: Mapping[str, str]
    """Those of the viewer, by the key that made them, such as `ed25519:` and its public part."""


@rate_limited("keys")
async def add(viewer: CurrentUser, signed: Sequence[Signed]) -> Sequence[Signed]:
    """Store signatures, and return which of the keys they do not fit.

    A key must be the one that was uploaded. A user signs their devices with their self-signing
    key, their master key with their devices, and the master key of others with their user-signing
    key. Raises `TooLarge`, `ServiceError` for an id that is none, `SessionEnded`, and `RateLimited`
    for too many changes.
    """
    bounded.require_few(len(signed), MAX_AT_ONCE)
    require_few_changes(viewer)
    for each in signed:
        bounded.name(each.key_id)
    texts = [bounded.stored(_bare(each.key), MAX_KEY) for each in signed]

    def write(session: Session) -> tuple[list[Signed], bool]:
        sessions.require_open(session, viewer)
        people = sharing.people(session, viewer.user_id, {each.named for each in signed})
        failed, is_own = [], False
        for each, text in zip(signed, texts, strict=True):
            person = people.get(each.named)
            if person is None or not _store(session, viewer, person.user_id, each, text):
                failed.append(each)
            else:
                is_own = is_own or person.user_id == viewer.user_id
        if is_own:
            device_lists.record_change(session, viewer.user_id)
        return failed, is_own

    failed, is_own = await database.write(write)
    if is_own:
        await publish_change(viewer)
    return failed


def _store(session: Session, viewer: CurrentUser, user_id: int, given: Signed, text: str) -> bool:
    """Store the signatures of a key; return whether they fit."""
    signers = _signers(session, viewer, user_id, given.key_id, text)
    right = {
        name: value
        for name, value in given.signatures.items()
        if name in signers and isinstance(value, str) and len(value) <= MAX_SIGNATURE
    }
    for name, value in right.items():
        which = (user_id, given.key_id, viewer.user_id, name)
        row = session.get(KeySignature, which) or KeySignature(
            user_id=user_id,
            key_id=given.key_id,
            signer_id=viewer.user_id,
            signer_key=name,
            signature="",
        )
        row.signature = value
        session.add(row)
    return bool(right) and right.keys() == given.signatures.keys()


def _signers(
    session: Session, viewer: CurrentUser, user_id: int, key_id: str, text: str
) -> set[str]:
    """Return with what the viewer may sign a key; nothing if it is not the one that is stored."""
    own = {
        usage: json.loads(content)
        for usage, content in cross_signing.of(session, viewer.user_id).items()
    }
    theirs = cross_signing.of(session, user_id)
    master = json.loads(theirs["master"]) if "master" in theirs else None
    if master is not None and key_id == cross_signing.public_part(master):
        if _text(master) != text:
            return set()
        if user_id != viewer.user_id:
            return _names(own.get("user_signing"))
        devices = key_devices.live(session, {user_id})[user_id]
        return {f"ed25519:{each}" for each in devices}
    device = session.get(KeyDevice, (user_id, key_id)) if user_id == viewer.user_id else None
    if device is None or device.identity is None or _text(json.loads(device.identity)) != text:
        return set()
    # A device also signs itself: that comes along, and is in what it has uploaded.
    return {*_names(own.get("self_signing")), f"ed25519:{key_id}"}


def _names(key: Mapping[str, Any] | None) -> set[str]:
    return set(key["keys"]) if key else set()


def _text(key: Mapping[str, Any]) -> str:
    return bounded.stored(_bare(key), 2 * MAX_KEY)


def _bare(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name not in _UNSIGNED}
