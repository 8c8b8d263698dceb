"""Signatures that come after the key: a user signs their devices, and the keys of others."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session

from models import CrossSigningKey, KeyDevice, KeySignature
from models.base import table
from services.accounts.sessions import key_changes, sessions
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.keys import bounded, key_devices, sharing
from services.keys.cross_signing import public_part
from services.keys.device_lists import publish_change, require_few_changes
from services.keys.sharing import Named

MAX_AT_ONCE = 500
"""Signed keys in one request."""
MAX_KEY = 8 * 1024
"""Characters of a signed key."""
MAX_SIGNATURE = 500
"""Characters of a signature."""
_DEVICES, _SIGNING, _SIGNATURES = table(KeyDevice), table(CrossSigningKey), table(KeySignature)
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


class _Known(Struct, frozen=True):
    """What says which signatures fit."""

    people: Mapping[Named, int]
    signing: Mapping[int, Mapping[str, str]]
    """Keys of these people and the viewer, by usage: JSON."""
    live: frozenset[str]
    """The viewer's devices that are logged in."""
    identities: Mapping[str, str]
    """Of the viewer's devices: JSON."""


class _Fitting(Struct, frozen=True):
    """Which signatures are to be stored."""

    signatures: Mapping[tuple[int, str, str], str]
    """By whose key it is, its id, and the signing key."""
    failed: Sequence[Signed]
    is_own: bool
    """Whether there are some of a key of the viewer."""


@rate_limited("keys")
async def add(viewer: CurrentUser, signed: Sequence[Signed]) -> Sequence[Signed]:
    """Store signatures, and return which of the keys they do not fit.

    A key must be the one that was uploaded. A user signs their devices with their self-signing
    key, their master key with their devices, and the master key of others with their user-signing
    key. Raises `TooLarge`, `ServiceError` for an id that is none, `SessionEnded`, and `RateLimited`
    for too many requests with signatures, and too many changes.
    """
    bounded.require_few(len(signed), MAX_AT_ONCE)
    require_few_changes(viewer)
    for each in signed:
        bounded.name(each.key_id)
    if not signed:
        return []
    texts = [bounded.stored(_bare(each.key), MAX_KEY) for each in signed]
    names = {each.named for each in signed}

    # All is compared before the write, for which others wait; there it is mostly still the same.
    def compare(session: Session) -> tuple[_Known, _Fitting]:
        known = _known(session, viewer, names)
        return known, _fitting(viewer, known, signed, texts)

    before, fitting = await database.read(compare)

    def write(session: Session) -> _Fitting:
        sessions.require_open(session, viewer)
        known = _known(session, viewer, names)
        found = fitting if known == before else _fitting(viewer, known, signed, texts)
        _store(session, viewer, found.signatures)
        if found.is_own:
            key_changes.record_change(session, viewer.user_id)
        return found

    found = await database.write(write)
    if found.is_own:
        await publish_change(viewer)
    else:  # it took as long
        app_context.current().rate_limits.device_change.hit(viewer.user_id)
    return found.failed


def _known(session: Session, viewer: CurrentUser, names: Collection[Named]) -> _Known:
    people = sharing.people(session, viewer.user_id, names)
    numbers = {name: person.user_id for name, person in people.items()}
    signing: dict[int, dict[str, str]] = {each: {} for each in (viewer.user_id, *numbers.values())}
    connection = session.connection()
    keys = sqlalchemy.select(_SIGNING.c.user_id, _SIGNING.c.usage, _SIGNING.c.content)
    for user_id, usage, content in connection.execute(keys.where(_SIGNING.c.user_id.in_(signing))):
        signing[user_id][usage] = content
    identities = connection.execute(
        sqlalchemy.select(_DEVICES.c.device_id, _DEVICES.c.identity).where(
            _DEVICES.c.user_id == viewer.user_id, _DEVICES.c.identity.is_not(None)
        )
    )
    live = key_devices.live(session, {viewer.user_id})[viewer.user_id]
    return _Known(numbers, signing, frozenset(live), dict(map(tuple, identities)))


def _fitting(
    viewer: CurrentUser, known: _Known, signed: Sequence[Signed], texts: Sequence[str]
) -> _Fitting:
    """Return which of these signatures are by the right keys, of keys with the right texts."""
    failed, is_own = [], False
    fitting: dict[tuple[int, str, str], str] = {}
    masters = {
        user_id: json.loads(keys["master"])
        for user_id, keys in known.signing.items()
        if "master" in keys
    }
    for each, text in zip(signed, texts, strict=True):
        user_id = known.people.get(each.named)
        if user_id is None:
            failed.append(each)
            continue
        signers = _signers(viewer, known, masters, user_id, each, text)
        right = {
            (user_id, each.key_id, name): value
            for name, value in each.signatures.items()
            if name in signers and isinstance(value, str) and len(value) <= MAX_SIGNATURE
        }
        fitting |= right
        if not right or len(right) < len(each.signatures):
            failed.append(each)
        is_own = is_own or (bool(right) and user_id == viewer.user_id)
    return _Fitting(fitting, failed, is_own)


def _signers(
    viewer: CurrentUser,
    known: _Known,
    masters: Mapping[int, Mapping[str, Any]],
    user_id: int,
    given: Signed,
    text: str,
) -> set[str]:
    """Return with what the viewer may sign a key; nothing if it is not the one that is stored."""
    own = known.signing[viewer.user_id]
    master = masters.get(user_id)
    if master is not None and given.key_id == public_part(master):
        if _text(master) != text:
            return set()
        if user_id != viewer.user_id:
            return _names(own.get("user_signing"))
        return {f"ed25519:{each}" for each in known.live}
    identity = known.identities.get(given.key_id) if user_id == viewer.user_id else None
    if identity is None or _text(json.loads(identity)) != text:
        return set()
    # A device also signs itself: that comes along, and is in what it has uploaded.
    return {*_names(own.get("self_signing")), f"ed25519:{given.key_id}"}


def _store(
    session: Session, viewer: CurrentUser, signatures: Mapping[tuple[int, str, str], str]
) -> None:
    if not signatures:
        return
    rows = [
        {
            "user_id": user_id,
            "key_id": key_id,
            "signer_id": viewer.user_id,
            "signer_key": name,
            "signature": value,
        }
        for (user_id, key_id, name), value in signatures.items()
    ]
    which = ("user_id", "key_id", "signer_id", "signer_key")
    same = [_SIGNATURES.c[each] == sqlalchemy.bindparam(f"old_{each}") for each in which]
    old = [{f"old_{each}": row[each] for each in which} for row in rows]
    session.connection().execute(_SIGNATURES.delete().where(*same), old)
    session.connection().execute(_SIGNATURES.insert(), rows)


def _names(key: str | None) -> set[str]:
    return set(json.loads(key)["keys"]) if key else set()


def _text(key: Mapping[str, Any]) -> str:
    return bounded.stored(_bare(key), 2 * MAX_KEY)


def _bare(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name not in _UNSIGNED}
