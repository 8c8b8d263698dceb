"""The public keys of people and their devices, for those who share a room with them."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session

from models import CrossSigningKey, KeyDevice, KeySignature, User
from models.base import table
from services.accounts.people import summary_columns
from services.core.dto import CurrentUser, UserSummary
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.keys import bounded, key_devices, sharing, turns
from services.keys.cross_signing import public_part
from services.keys.sharing import Named

MAX_PEOPLE = 500
"""People in one request."""
_DEVICES, _SIGNING = table(KeyDevice), table(CrossSigningKey)
_SIGNATURES, _USERS = table(KeySignature), table(User)


class Signature(Struct, frozen=True):
    """A signature that came after the key."""

    signer: UserSummary
    signer_key: str
    text: str


class DeviceKeys(Struct, frozen=True):
    """A device and its identity."""

    device_id: str
    called: str
    """As its owner calls it."""
    keys: str
    """JSON."""
    signatures: Sequence[Signature]


class PersonKeys(Struct, frozen=True):
    """Somebody's devices and signing keys."""

    person: UserSummary
    devices: Sequence[DeviceKeys]
    signing: Mapping[str, str]
    """By usage, JSON. Of others without what they sign people with: it says whom they know."""
    master_signatures: Sequence[Signature]


@rate_limited("keys")
async def query(
    viewer: CurrentUser, wanted: Mapping[Named, Collection[str]]
) -> Sequence[PersonKeys]:
    """Return the keys of people: of all their devices, or of those that are named.

    Left out are those who share no room with the viewer, as if they were not there. Raises
    `TooLarge`, and `RateLimited` for who has read too much.
    """
    bounded.require_few(len(wanted), MAX_PEOPLE)

    def read(session: Session) -> list[PersonKeys]:
        people = sharing.people(session, viewer.user_id, wanted)
        only = {each.user_id: wanted[name] for name, each in people.items()}
        persons = {each.user_id: each for each in people.values()}
        return _read(session, viewer.user_id, persons, only) if persons else []

    async with turns.turn(viewer.user_id) as loading:
        found = await database.read(read)
        loading.spend(viewer.user_id, sum(map(_size, found)))
    return found


def _read(
    session: Session,
    viewer_id: int,
    people: Mapping[int, UserSummary],
    only: Mapping[int, Collection[str]],
) -> list[PersonKeys]:
    connection = session.connection()
    live = key_devices.live(session, people.keys())
    signatures = _signatures(session, viewer_id, people.keys())
    devices: dict[int, list[DeviceKeys]] = {each: [] for each in people}
    for user_id, device_id, keys in connection.execute(
        sqlalchemy.select(_DEVICES.c.user_id, _DEVICES.c.device_id, _DEVICES.c.identity).where(
            _DEVICES.c.user_id.in_(people.keys()), _DEVICES.c.identity.is_not(None)
        )
    ):
        is_wanted = not only[user_id] or device_id in only[user_id]
        if is_wanted and device_id in live[user_id]:
            signed = signatures.get((user_id, device_id), ())
            called = live[user_id][device_id]
            devices[user_id].append(DeviceKeys(device_id, called, keys, signed))
    signing: dict[int, dict[str, str]] = {each: {} for each in people}
    for user_id, usage, content in connection.execute(
        sqlalchemy.select(_SIGNING).where(_SIGNING.c.user_id.in_(people.keys()))
    ):
        if usage != "user_signing" or user_id == viewer_id:
            signing[user_id][usage] = content
    return [
        PersonKeys(
            person,
            devices[user_id],
            signing[user_id],
            signatures.get((user_id, _master(signing[user_id])), ()),
        )
        for user_id, person in people.items()
    ]


def _signatures(
    session: Session, viewer_id: int, user_ids: Collection[int]
) -> dict[tuple[int, str], list[Signature]]:
    """Return the signatures of people's keys: their own, and those of the viewer."""
    asked: Any = (
        sqlalchemy.select(
            _SIGNATURES.c.user_id,
            _SIGNATURES.c.key_id,
            _SIGNATURES.c.signer_key,
            _SIGNATURES.c.signature,
            *summary_columns(_USERS),
        )
        .join(_USERS, _USERS.c.id == _SIGNATURES.c.signer_id)
        .where(
            _SIGNATURES.c.user_id.in_(user_ids),
            (_SIGNATURES.c.signer_id == _SIGNATURES.c.user_id)
            | (_SIGNATURES.c.signer_id == viewer_id),
        )
        .order_by(_SIGNATURES.c.key_id, _SIGNATURES.c.signer_id, _SIGNATURES.c.signer_key)
    )
    found: dict[tuple[int, str], list[Signature]] = {}
    for user_id, key_id, signer_key, text, *signer in session.connection().execute(asked):
        made = Signature(UserSummary(*signer), signer_key, text)
        found.setdefault((user_id, key_id), []).append(made)
    return found


def _master(signing: Mapping[str, str]) -> str:
    """Return by what signatures name somebody's master key; empty if they have none."""
    return public_part(json.loads(signing["master"])) if "master" in signing else ""


def _size(person: PersonKeys) -> int:
    keys = [each.keys for each in person.devices]
    keys += person.signing.values()
    signed = [
        *person.master_signatures,
        *(made for each in person.devices for made in each.signatures),
    ]
    return sum(map(len, keys)) + sum(len(each.signer_key) + len(each.text) for each in signed)
