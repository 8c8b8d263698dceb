"""What is about the viewer themselves: with whom they have direct messages, whom they block."""

from collections import defaultdict
from typing import Any

from api.matrix import ids
from models import RoomKind
from services.accounts import blocks
from services.core.dto import CurrentUser
from services.rooms import rooms

DIRECT, IGNORED = "m.direct", blocks.TYPE
DERIVED = (DIRECT, IGNORED)
"""What apps may read, but not store: the chat knows it."""


async def account_data(viewer: CurrentUser) -> list[dict[str, Any]]:
    """Return both as events."""
    return [{"type": kind, "content": await content(viewer, kind)} for kind in DERIVED]


async def content(viewer: CurrentUser, kind: str) -> dict[str, Any]:
    """Return what one of them says."""
    if kind == IGNORED:
        blocked = await blocks.mine(viewer)
        return {"ignored_users": {ids.of_person(each): {} for each in blocked}}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for room in await rooms.mine(viewer):
        if room.kind == RoomKind.DIRECT:
            for person in room.people:
                found[ids.of_person(person)].append(ids.of_room(room.room_id))
    return dict(found)
