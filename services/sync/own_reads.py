"""Where a person has read on, for their other apps: in memory, as it is only news for a while."""

from collections import OrderedDict
from collections.abc import Iterable

from services.sync import moments

MAX_PEOPLE = 5_000
MAX_ROOMS = 50
"""Rooms of a person."""

_reads: OrderedDict[int, OrderedDict[int, int]] = OrderedDict()
"""By person and room, when they read on, as `moments.tick` gives times; oldest first."""


def note(room_id: int, user_ids: Iterable[int]) -> None:
    """Take that people have read on in a room."""
    for user_id in user_ids:
        rooms = _reads.setdefault(user_id, OrderedDict())
        rooms[room_id] = moments.tick()
        rooms.move_to_end(room_id)
        _reads.move_to_end(user_id)
        while len(rooms) > MAX_ROOMS:
            rooms.popitem(last=False)
    while len(_reads) > MAX_PEOPLE:
        _reads.popitem(last=False)


def since(moment: int, user_id: int) -> set[int]:
    """Return the rooms in which a person has read on since a moment."""
    return {room_id for room_id, at in _reads.get(user_id, {}).items() if at > moment}


def clear() -> None:
    """Forget all."""
    _reads.clear()
