"""What apps store for their user."""

from api.matrix import derived_data, ids
from api.matrix.requests import Answer, Call
from services.core.errors import Forbidden
from services.core.i18n import _
from services.sync import account_data


async def get(call: Call) -> Answer:
    """Return what is stored of a type."""
    ids.require_own(call.viewer, call.path("user"))
    kind, room_id = call.path("type"), _room(call)
    if kind in derived_data.DERIVED and not room_id:
        return await derived_data.content(call.viewer, kind)
    return await account_data.get(call.viewer, kind, room_id=room_id)


async def put(call: Call) -> Answer:
    """Store something of a type."""
    ids.require_own(call.viewer, call.path("user"))
    kind, room_id = call.path("type"), _room(call)
    if kind in derived_data.DERIVED and not room_id:
        raise Forbidden(_("The chat itself knows this. Apps can only read it."))
    await account_data.store(call.viewer, kind, call.body, room_id=room_id)
    return {}


def _room(call: Call) -> int:
    room = call.request.path_params.get("room")
    return ids.room(room) if room else 0
