"""What apps store for their user, and the filters that they register."""

from api.matrix import direct, ids, sync
from api.matrix.requests import Answer, Call
from services.core.errors import Forbidden
from services.core.i18n import _
from services.sync import account_data


async def get(call: Call) -> Answer:
    """Return what is stored of a type."""
    _require_own(call)
    kind, room_id = call.path("type"), _room(call)
    if kind in direct.DERIVED and not room_id:
        return await direct.content(call.viewer, kind)
    return await account_data.get(call.viewer, kind, room_id=room_id)


async def put(call: Call) -> Answer:
    """Store something of a type."""
    _require_own(call)
    kind, room_id = call.path("type"), _room(call)
    if kind in direct.DERIVED and not room_id:
        raise Forbidden(_("The chat itself knows this. Apps can only read it."))
    await account_data.store(call.viewer, kind, call.body, room_id=room_id)
    return {}


async def add_filter(call: Call) -> Answer:
    """Return an id for a filter, which says all of it that counts here."""
    _require_own(call)
    wanted = sync.of_filter(call.body)
    return {"filter_id": f"f{wanted.limit}{'-lazy' if wanted.is_lazy else ''}"}


async def get_filter(call: Call) -> Answer:
    """Return what counts of a filter."""
    _require_own(call)
    wanted = sync.parse_filter(call.path("filter"))
    return {
        "room": {
            "timeline": {"limit": wanted.limit},
            "state": {"lazy_load_members": wanted.is_lazy},
        }
    }


def _require_own(call: Call) -> None:
    if not ids.is_viewer(call.viewer, call.path("user")):
        raise Forbidden(_("This is not your account."))


def _room(call: Call) -> int:
    room = call.request.path_params.get("room")
    return ids.room(room) if room else 0
