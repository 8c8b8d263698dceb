"""What a request of the sliding sync asks for: checked, and bounded."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.matrix import ids
from api.matrix.errors import Malformed, MatrixError
from api.matrix.requests import Call
from services.core.errors import NotFound
from services.core.i18n import _
from services.sync import positions, windows
from services.sync.positions import InvalidPosition, Position
from services.sync.sync import MAX_TIMELINE
from services.sync.windows import Asked, Listed, Wanted

MAX_LISTS = 20
MAX_RANGES = 100
"""Of a list."""
MAX_ROOMS = 200
"""Rooms that are named one by one."""
MAX_PARTS = 200
"""Parts of the state of a room, of all lists that it is in together."""
MAX_NAME = 64
"""Characters of the name of a connection or list."""
EXTENSIONS = (
    windows.TO_DEVICE,
    windows.ENCRYPTION,
    windows.ACCOUNT_DATA,
    windows.RECEIPTS,
    windows.TYPING,
)
"""Those that are answered."""


def asked(call: Call) -> Asked:
    """Return what a request asks for. Raises `MatrixError`."""
    lists = _object(call.body, "lists")
    rooms = _object(call.body, "room_subscriptions")
    if len(lists) > MAX_LISTS or len(rooms) > MAX_ROOMS:
        raise _too_many()
    if any(len(name) > MAX_NAME for name in lists):
        raise Malformed("lists")
    found = {name: _listed(_object(lists, name)) for name in lists}
    named = {name: _wanted(_object(rooms, name)) for name in rooms}
    parts = [each.wanted.parts for each in found.values()] + [each.parts for each in named.values()]
    if len(frozenset().union(*parts)) > MAX_PARTS:
        raise _too_many()
    extensions = {name for name in EXTENSIONS if enabled(call, name)}
    if any(each.is_invited is not False for each in found.values()):
        extensions.add(windows.INVITATIONS)
    return Asked(found, _ours(named), frozenset(extensions), _got(call))


def connection(call: Call) -> str:
    """Return the name of the connection; "" without one. Raises `MatrixError`."""
    name = call.body.get("conn_id") or ""
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise Malformed("conn_id")
    return name


def enabled(call: Call, extension: str) -> bool:
    """Return whether an extension is asked for. Raises `MatrixError`."""
    return _object(_object(call.body, "extensions"), extension).get("enabled") is True


def _got(call: Call) -> Position:
    """Return up to where an app has got what was sent to its device. Raises `MatrixError`.

    One that is none counts as the beginning: an app keeps it, and could never ask again.
    """
    since = _object(_object(call.body, "extensions"), windows.TO_DEVICE).get("since") or ""
    if not isinstance(since, str):
        raise Malformed("since")
    try:
        return positions.parse(since)
    except InvalidPosition:
        return Position()


def _listed(given: Mapping[str, Any]) -> Listed:
    filters = _object(given, "filters")
    is_direct, is_invited, is_encrypted = (
        filters.get(name) for name in ("is_dm", "is_invite", "is_encrypted")
    )
    for each in (is_direct, is_invited, is_encrypted):
        if each is not None and not isinstance(each, bool):
            raise Malformed("filters")
    types, without = filters.get("room_types"), filters.get("not_room_types")
    for each in (types, without):
        if each is not None and not isinstance(each, list):
            raise Malformed("filters")
    name_like = filters.get("room_name_like") or ""
    if not isinstance(name_like, str):
        raise Malformed("filters")
    return Listed(
        _wanted(given),
        None if given.get("slow_get_all_rooms") is True else _ranges(given.get("ranges")),
        is_direct,
        is_invited,
        is_encrypted,
        # Rooms here have no type.
        None in (without or ()) or None not in (types or [None]),
        name_like,
    )


def _ranges(given: object) -> Sequence[tuple[int, int]] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        raise Malformed("ranges")
    if len(given) > MAX_RANGES:
        raise _too_many()
    found = []
    for each in given:
        if not isinstance(each, list) or len(each) != 2 or not all(map(_is_count, each)):
            raise Malformed("ranges")
        found.append((each[0], each[1]))
    return found


def _wanted(given: Mapping[str, Any]) -> Wanted:
    limit, parts = given.get("timeline_limit", 0), given.get("required_state", [])
    if not _is_count(limit):
        raise Malformed("timeline_limit")
    if not isinstance(parts, list):
        raise Malformed("required_state")
    if len(parts) > MAX_PARTS:
        raise _too_many()
    for each in parts:
        is_pair = isinstance(each, list) and len(each) == 2
        if not is_pair or not all(isinstance(text, str) for text in each):
            raise Malformed("required_state")
    return Wanted(min(limit, MAX_TIMELINE), frozenset((kind, key) for kind, key in parts))


def _ours(named: Mapping[str, Wanted]) -> dict[int, Wanted]:
    """Return what is wanted of rooms by their number, without what is no room of this chat."""
    found = {}
    for name, wanted in named.items():
        try:
            found[ids.room(name)] = wanted
        except NotFound:
            continue
    return found


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _object(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = holder.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Malformed(name)
    return found


def _too_many() -> MatrixError:
    return MatrixError(
        400, "M_BAD_JSON", _("This asks for too much at once. Ask for fewer lists or rooms.")
    )
