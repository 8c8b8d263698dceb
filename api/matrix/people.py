"""Profiles, finding people, typing, and how far one has read."""

from api.matrix import ids
from api.matrix.errors import MatrixError
from api.matrix.requests import Answer, Call
from services.core.i18n import _
from services.rooms import read_positions, typing
from services.sync import lookup


async def profile(call: Call) -> Answer:
    """Return what a person is called."""
    person = await ids.person(call.viewer, call.path("user"))
    return {"displayname": person.display_name}


async def type_in(call: Call) -> Answer:
    """Show others that the viewer types; that they have stopped shows by itself."""
    room_id = ids.room(call.path("room"))
    ids.require_own(call.viewer, call.path("user"))
    if call.body.get("typing") is True:
        await typing.publish(call.viewer, room_id)
    return {}


async def receipt(call: Call) -> Answer:
    """Note how far the viewer has read."""
    await _read(call, call.path("event"))
    return {}


async def markers(call: Call) -> Answer:
    """Note the same, from the other address for it."""
    for name in ("m.read", "m.read.private", "m.fully_read"):
        if event := call.body.get(name):
            if not isinstance(event, str):
                raise MatrixError(400, "M_BAD_JSON", _("This is not the id of an event."))
            await _read(call, event)
            break
    return {}


async def _read(call: Call, event: str) -> None:
    room_id, found = ids.room(call.path("room")), ids.event(event)
    if found.is_message:
        number = found.number
    else:
        number = (await lookup.happening(call.viewer, room_id, found.number)).after_id
    seq = await lookup.seq_upto(call.viewer, room_id, number)
    if seq:
        read_positions.mark_read(call.viewer, room_id, seq)
