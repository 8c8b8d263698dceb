"""The backup of the keys of rooms, which apps encrypt before they upload it."""

from collections.abc import Iterable
from typing import Any

from msgspec import Raw

from api.matrix.errors import Malformed, MatrixError
from api.matrix.requests import Answer, Call, checked_object, object_of
from services.core.errors import NotFound
from services.keys import backup_keys, key_backups
from services.keys.backup_keys import Changed, RoomKey, WrongVersion
from services.keys.key_backups import BackupView


async def create(call: Call) -> Answer:
    """Begin a new version."""
    made = await key_backups.create(
        call.viewer, call.text("algorithm"), object_of(call.body, "auth_data")
    )
    return {"version": str(made)}


async def newest(call: Call) -> Answer:
    """Return the version in use."""
    return _version(await key_backups.get(call.viewer))


async def get(call: Call) -> Answer:
    """Return a version."""
    return _version(await key_backups.get(call.viewer, _number(call.path("version"))))


async def change(call: Call) -> Answer:
    """Say anew how a version is encrypted."""
    version = call.path("version")
    if call.body.get("version", version) != version:
        raise Malformed("version")
    auth_data = object_of(call.body, "auth_data")
    await key_backups.change(call.viewer, _number(version), call.text("algorithm"), auth_data)
    return {}


async def remove(call: Call) -> Answer:
    """Delete a version with its keys."""
    await key_backups.remove(call.viewer, _number(call.path("version")))
    return {}


async def put_keys(call: Call) -> Answer:
    """Store keys: of all rooms, of one, or of one session, as the address says."""
    room, session = _which(call)
    if session is not None:
        keys = [_key(str(room), session, call.body)]
    elif room is not None:
        keys = list(_of_room(room, call.body))
    else:
        keys = [
            each
            for name, given in object_of(call.body, "rooms").items()
            for each in _of_room(name, given)
        ]
    try:
        return _changed(await backup_keys.store(call.viewer, _asked(call), keys))
    except WrongVersion as refused:
        raise MatrixError(
            403,
            "M_WRONG_ROOM_KEYS_VERSION",
            refused.message,
            current_version=str(refused.current),
        ) from refused


async def get_keys(call: Call) -> Answer:
    """Return the keys of all rooms, of one, or of one session."""
    room, session = _which(call)
    found = await backup_keys.read(call.viewer, _asked(call), room, session)
    if session is not None:
        return _shown(found[0])
    rooms: dict[str, dict[str, Any]] = {}
    for each in found:
        rooms.setdefault(each.room, {})[each.session] = _shown(each)
    if room is not None:
        return {"sessions": rooms.get(room, {})}
    return {"rooms": {name: {"sessions": sessions} for name, sessions in rooms.items()}}


async def remove_keys(call: Call) -> Answer:
    """Delete the keys of all rooms, of one, or of one session."""
    return _changed(await backup_keys.remove(call.viewer, _asked(call), *_which(call)))


def _version(backup: BackupView) -> dict[str, Any]:
    return {
        "version": str(backup.version),
        "algorithm": backup.algorithm,
        "auth_data": Raw(backup.auth_data.encode()),
        "etag": str(backup.etag),
        "count": backup.count,
    }


def _changed(changed: Changed) -> dict[str, Any]:
    return {"etag": str(changed.etag), "count": changed.count}


def _shown(key: RoomKey) -> dict[str, Any]:
    return {
        "first_message_index": key.first_message_index,
        "forwarded_count": key.forwarded_count,
        "is_verified": key.is_verified,
        "session_data": Raw(key.content.encode()),
    }


def _of_room(room: str, given: Any) -> Iterable[RoomKey]:
    sessions = object_of(checked_object(given, "rooms"), "sessions")
    return [_key(room, session, key) for session, key in sessions.items()]


def _key(room: str, session: str, given: Any) -> RoomKey:
    given = checked_object(given, "sessions")
    first, forwarded = given.get("first_message_index"), given.get("forwarded_count")
    is_verified, content = given.get("is_verified"), given.get("session_data")
    if not isinstance(first, int) or not isinstance(forwarded, int):
        raise Malformed("first_message_index or forwarded_count")
    if not isinstance(is_verified, bool) or not isinstance(content, dict):
        raise Malformed("is_verified or session_data")
    return RoomKey(room, session, first, forwarded, is_verified, content)


def _which(call: Call) -> tuple[str | None, str | None]:
    """Return the room and the session that the address names."""
    parts = call.request.path_params
    return parts.get("room"), parts.get("session")


def _asked(call: Call) -> int:
    return _number(call.query("version"))


def _number(text: str) -> int:
    """Return the number of a version. Raises `NotFound` for what is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound
    return int(text)
