"""Who types in which room at the moment, for apps: in memory, and forgotten after some seconds."""

import asyncio
from collections.abc import Iterable

from services.core import events
from services.sync import moments

SECONDS = 6.0
"""How long somebody is shown as typing after the last sign of it."""
MAX_PEOPLE = 10
"""How many of a room are shown."""
MAX_ROOMS = 1_000
MAX_CHANGES = 50
"""How many of a room are remembered to have begun or stopped."""

_rooms: dict[int, dict[int, tuple[events.Typing, asyncio.TimerHandle]]] = {}
_changed: dict[int, dict[int, tuple[int, frozenset[int]]]] = {}
"""By room and person: when that changed last (`moments.tick`), and who does not see it.

The longest ago first.
"""


def hear(event: events.Typing) -> frozenset[int] | None:
    """Take that somebody types; return who does not see it, or None if that changes nothing."""
    people = _rooms.get(event.room_id, {})
    known = people.get(event.user_id)
    is_full = len(people) >= MAX_PEOPLE or (not people and len(_rooms) >= MAX_ROOMS)
    if known is None and is_full:
        return None
    if known:
        known[1].cancel()
    loop = asyncio.get_running_loop()
    timer = loop.call_later(SECONDS, forget, event.room_id, event.user_id)
    _rooms.setdefault(event.room_id, people)[event.user_id] = event, timer
    if known is None:
        return _note(event)
    if known[0].blocked != event.blocked:  # some see it from now on, or no longer
        return _note(event, known[0].blocked & event.blocked)
    return None


def forget(room_id: int, user_id: int) -> None:
    """Take that somebody does not type any more."""
    people = _rooms.get(room_id, {})
    known = people.pop(user_id, None)
    if known is None:
        return
    if not people:
        del _rooms[room_id]
    known[1].cancel()
    events.publish(events.TypingStopped(room_id, _note(known[0])))


def clear() -> None:
    """Forget all."""
    for people in _rooms.values():
        for _event, timer in people.values():
            timer.cancel()
    _rooms.clear()
    _changed.clear()


def since(moment: int, room_ids: Iterable[int], viewer_id: int) -> dict[int, list[events.Typing]]:
    """Return who types in those of the rooms where that has changed since a moment.

    Without the viewer themselves, and those who have blocked them: nor is it told that they began
    or stopped.
    """
    return {
        room_id: [
            event
            for event, _timer in _rooms.get(room_id, {}).values()
            if event.user_id != viewer_id and viewer_id not in event.blocked
        ]
        for room_id in room_ids
        if room_id in _changed
        and any(
            at > moment and viewer_id not in unseen_by
            for at, unseen_by in _changed[room_id].values()
        )
    }


def _note(event: events.Typing, blocked: frozenset[int] | None = None) -> frozenset[int]:
    """Note that somebody has begun or stopped; return who does not see it."""
    unseen_by = (event.blocked if blocked is None else blocked) | {event.user_id}
    changes = _changed.pop(event.room_id, {})
    changes.pop(event.user_id, None)
    changes[event.user_id] = moments.tick(), unseen_by
    _changed[event.room_id] = changes
    while len(changes) > MAX_CHANGES:
        del changes[next(iter(changes))]
    while len(_changed) > MAX_ROOMS:
        del _changed[next(iter(_changed))]
    return unseen_by
