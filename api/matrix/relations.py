"""What was done to a message: reactions and edits, in parts."""

from typing import Any

from api.matrix import encoding, ids
from api.matrix.requests import Answer, Call
from models import RoomEventKind
from services.sync import lookup, positions, relations

USUAL = 20
"""Events of a part, unless an app asks for another number."""
_ENCRYPTED = "m.room.encrypted"
"""The type of edits of encrypted messages."""
_KINDS = {
    RoomEventKind.REACTION: ("m.annotation", "m.reaction"),
    RoomEventKind.EDIT: ("m.replace", "m.room.message"),
}


async def of_event(call: Call) -> Answer:
    """Return what relates to an event, the newest first unless `dir` is `f`."""
    room_id, event = ids.room(call.path("room")), ids.event(call.path("event"))
    start, end = call.query("from"), call.query("to")
    first = positions.parse(start) if start else None
    last = positions.parse(end) if end else None
    if not event.is_message:  # nothing relates to what is no message
        await lookup.happening(call.viewer, room_id, event.number)
        return {"chunk": []}
    found = await relations.of_message(
        call.viewer,
        room_id,
        event.number,
        _wanted(call.request.path_params),
        first=first,
        last=last,
        most=call.number("limit", USUAL),
        is_forward=call.query("dir") == "f",
    )
    made: dict[str, Any] = {"chunk": encoding.events(found.items)}
    if start:
        made["prev_batch"] = start
    if found.next is not None:
        made["next_batch"] = found.next.token
    return made


def _wanted(path: dict[str, str]) -> list[RoomEventKind]:
    """Return the kinds that the address asks for; all if it names none."""
    relation, kind = path.get("relation"), path.get("type")
    return [
        each
        for each, (its_relation, its_type) in _KINDS.items()
        if relation in (None, its_relation)
        and (kind in (None, its_type) or (each == RoomEventKind.EDIT and kind == _ENCRYPTED))
    ]
