"""Keys for encryption: they are passed on as they come, and mean nothing to the chat."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.responses import Response

from api.matrix import ids, json_answer
from api.matrix.errors import Malformed, MatrixError
from api.matrix.login import PASSWORD
from api.matrix.requests import Answer, Call, checked_object, object_of, text_of
from services.core.i18n import _
from services.keys import claims, cross_signing, device_lists, queries, signatures, uploads
from services.keys.cross_signing import NoMasterKey, PasswordNeeded
from services.keys.device_lists import ListNews, Moment
from services.keys.key_devices import KeyCounts
from services.keys.queries import DeviceKeys, PersonKeys, Signature
from services.keys.sharing import Named
from services.keys.signatures import Signed
from services.sync import positions

_SIGNING = {usage: f"{usage}_key" for usage in cross_signing.USAGES}
USUAL = "signed_curve25519"
"""The algorithm of one-time keys that all apps use."""


async def upload(call: Call) -> Answer:
    """Store keys of the device that asks."""
    identity = _optional(call.body, "device_keys")
    if identity is not None:
        ids.require_own(call.viewer, text_of(identity, "user_id"))
        text_of(identity, "device_id")
        _objects(identity, "keys")
    one_time = _optional(call.body, "one_time_keys") or {}
    fallbacks = _optional(call.body, "fallback_keys") or {}
    counts = await uploads.upload(call.viewer, identity, one_time, fallbacks)
    return {"one_time_key_counts": counts.one_time}


async def query(call: Call) -> Answer:
    """Return the keys of people and their devices."""
    wanted: dict[Named, list[str]] = {}
    for user, devices in object_of(call.body, "device_keys").items():
        if not isinstance(devices, list) or not all(isinstance(each, str) for each in devices):
            raise Malformed("device_keys")
        if named := ids.named(user):
            wanted[named] = devices
    found = await queries.query(call.viewer, wanted)
    answer: dict[str, Any] = {
        "failures": {},
        "device_keys": {
            ids.of_person(each.person): {
                device.device_id: _device(device) for device in each.devices
            }
            for each in found
        },
    }
    for usage in cross_signing.USAGES:
        keys = {
            ids.of_person(each.person): _signing(each, usage)
            for each in found
            if usage in each.signing
        }
        answer[f"{usage}_keys"] = keys
    return answer


async def claim(call: Call) -> Answer:
    """Hand out a key for each of some devices."""
    wanted = by_person(call.body, "one_time_keys", lambda value: isinstance(value, str))
    answer: dict[str, Any] = {}
    for each in await claims.claim(call.viewer, wanted):
        devices = answer.setdefault(ids.of_person(each.person), {})
        devices[each.device_id] = {f"{each.algorithm}:{each.key_id}": json.loads(each.content)}
    return {"failures": {}, "one_time_keys": answer}


async def changes(call: Call) -> Answer:
    """Return whose devices have changed between two positions."""
    after, upto = positions.known(call.query("from")), positions.parse(call.query("to"))
    news = await device_lists.between(
        call.viewer,
        Moment(after.event_id, after.device_lists),
        Moment(upto.event_id, upto.device_lists),
    )
    return lists(news)


async def upload_signing(call: Call) -> Answer:
    """Store the keys with which a person signs; replacing them takes the password."""
    keys = {
        usage: key
        for usage, name in _SIGNING.items()
        if (key := _optional(call.body, name)) is not None
    }
    for key in keys.values():
        ids.require_own(call.viewer, text_of(key, "user_id"))
    auth = _optional(call.body, "auth") or {}
    given = auth.get("password") if auth.get("type") == PASSWORD else None
    try:
        await cross_signing.upload(call.viewer, keys, given)
    except PasswordNeeded as refused:
        return _ask_for_password(auth.get("session"), refused)
    except NoMasterKey as refused:
        raise MatrixError(400, "M_MISSING_PARAM", refused.message) from refused
    return {}


async def upload_signatures(call: Call) -> Answer:
    """Store signatures of keys."""
    given: dict[tuple[str, str], Signed] = {}
    failures: dict[str, dict[str, Any]] = {}
    own = ids.of_person(call.viewer)
    for user, keys in call.body.items():
        for key_id, key in checked_object(keys, user).items():
            signed = _objects(checked_object(key, user), "signatures").get(own, {})
            if not isinstance(signed, dict):
                raise Malformed("signatures")
            if named := ids.named(user):
                given[user, key_id] = Signed(named, key_id, key, signed)
            else:
                failures.setdefault(user, {})[key_id] = _no_signature()
    failed = await signatures.add(call.viewer, list(given.values()))
    for (user, key_id), each in given.items():
        if each in failed:
            failures.setdefault(user, {})[key_id] = _no_signature()
    return {"failures": failures}


def lists(news: ListNews) -> dict[str, list[str]]:
    """Return what an app is told of whose devices have changed."""
    return {
        "changed": list(map(ids.of_person, news.changed)),
        "left": list(map(ids.of_person, news.left)),
    }


def counts(left: KeyCounts) -> dict[str, Any]:
    """Return what is left of a device's keys.

    None is said as 0: what is not said, some apps take for no news, and make no new keys.
    """
    return {
        "device_one_time_keys_count": {USUAL: 0, **left.one_time},
        "device_unused_fallback_key_types": left.unused_fallbacks,
    }


def by_person(
    body: Mapping[str, Any], name: str, is_right: Callable[[Any], bool]
) -> dict[Named, dict[str, Any]]:
    """Return an object of objects by a person's id, without those who are not of this chat.

    Raises `Malformed` if it is none, or has something in it that is not right.
    """
    found: dict[Named, dict[str, Any]] = {}
    for user, devices in object_of(body, name).items():
        if not isinstance(devices, dict) or not all(map(is_right, devices.values())):
            raise Malformed(name)
        if named := ids.named(user):
            found[named] = devices
    return found


def _no_signature() -> dict[str, str]:
    sentence = _("This signature does not fit a key that was uploaded.")
    return {"errcode": "M_INVALID_SIGNATURE", "error": sentence}


def _device(device: DeviceKeys) -> dict[str, Any]:
    keys = _with(json.loads(device.keys), device.signatures)
    return keys | {"unsigned": {"device_display_name": device.called} if device.called else {}}


def _signing(person: PersonKeys, usage: str) -> dict[str, Any]:
    key: dict[str, Any] = json.loads(person.signing[usage])
    return _with(key, person.master_signatures) if usage == "master" else key


def _with(key: dict[str, Any], added: Iterable[Signature]) -> dict[str, Any]:
    """Return a key with signatures that came later."""
    signed = key.get("signatures")
    found: dict[str, dict[str, Any]] = {}
    if isinstance(signed, dict):
        found = {user: dict(each) for user, each in signed.items() if isinstance(each, dict)}
    for each in added:
        found.setdefault(ids.of_person(each.signer), {})[each.signer_key] = each.text
    return key | {"signatures": found}


def _ask_for_password(session: Any, refused: PasswordNeeded) -> Response:
    """Return the answer with which apps ask for the password, and then ask again."""
    body: dict[str, Any] = {
        "flows": [{"stages": [PASSWORD]}],
        "params": {},
        "session": session if isinstance(session, str) else secrets.token_urlsafe(12),
    }
    if refused.is_wrong:
        body |= {"errcode": "M_FORBIDDEN", "error": refused.message}
    return json_answer.made(body, 401)


def _objects(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    return checked_object(body.get(name, {}), name)


def _optional(body: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = body.get(name)
    return None if value is None else checked_object(value, name)
