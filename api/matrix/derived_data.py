"""What is about the viewer: with whom they have direct messages, whom they block, what notifies."""

from collections import defaultdict
from typing import Any

from api.matrix import ids, push_rules
from models import RoomKind
from services.accounts import blocks
from services.core.dto import CurrentUser
from services.rooms import rooms

DIRECT, IGNORED, RULES = "m.direct", blocks.TYPE, "m.push_rules"
DERIVED = (DIRECT, IGNORED, RULES)
"""What apps may read, but not store: the chat knows it."""


async def account_data(viewer: CurrentUser) -> list[dict[str, Any]]:
    """Return all of it as events."""
    return [{"type": kind, "content": await content(viewer, kind)} for kind in DERIVED]


async def content(viewer: CurrentUser, kind: str) -> dict[str, Any]:
    """Return what one of them says."""
    if kind == RULES:
        return await push_rules.all_of(viewer)
    if kind == IGNORED:
        blocked = await blocks.mine(viewer)
        return {"ignored_users": {ids.of_person(each): {} for each in blocked}}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for room in await rooms.mine(viewer):
        if room.kind == RoomKind.DIRECT:
            for person in room.people:
                found[ids.of_person(person)].append(ids.of_room(room.room_id))
    return dict(found)
