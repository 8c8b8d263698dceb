"""Who types in which room at the moment, for apps: in memory, and forgotten after some seconds."""

import asyncio
import time
from collections.abc import Iterable

from services.core import events

SECONDS = 6.0
"""How long somebody is shown as typing after the last sign of it."""
MAX_PEOPLE = 10
"""How many of a room are shown."""
MAX_ROOMS = 1_000

_rooms: dict[int, dict[int, tuple[events.Typing, asyncio.TimerHandle]]] = {}
_changed: dict[int, int] = {}
"""By room: when that changed last, as `tick` gives times; the longest ago first."""
_last_tick = 0


def tick() -> int:
    """Return a number that is higher each time, also after a restart."""
    global _last_tick
    _last_tick = max(_last_tick + 1, int(time.time() * 1000))
    return _last_tick


def hear(event: events.Typing) -> None:
    """Take that somebody types."""
    people = _rooms.setdefault(event.room_id, {})
    known = people.pop(event.user_id, None)
    if known:
        known[1].cancel()
    elif len(people) >= MAX_PEOPLE or len(_rooms) > MAX_ROOMS:
        return
    loop = asyncio.get_running_loop()
    timer = loop.call_later(SECONDS, forget, event.room_id, event.user_id)
    people[event.user_id] = event, timer
    if not known:
        _note(event.room_id)


def forget(room_id: int, user_id: int) -> bool:
    """Take that somebody does not type any more; return whether they did."""
    people = _rooms.get(room_id, {})
    known = people.pop(user_id, None)
    if not people:
        _rooms.pop(room_id, None)
    if known is None:
        return False
    known[1].cancel()
    _note(room_id)
    events.publish(events.TypingStopped(room_id))
    return True


def clear() -> None:
    """Forget all."""
    for people in _rooms.values():
        for _event, timer in people.values():
            timer.cancel()
    _rooms.clear()
    _changed.clear()


def since(moment: int, room_ids: Iterable[int], viewer_id: int) -> dict[int, list[events.Typing]]:
    """Return who types in those of the rooms where that has changed since a moment.

    Without the viewer themselves, and those who have blocked them.
    """
    return {
        room_id: [
            event
            for event, _timer in _rooms.get(room_id, {}).values()
            if event.user_id != viewer_id and viewer_id not in event.blocked
        ]
        for room_id in room_ids
        if _changed.get(room_id, 0) > moment
    }


def _note(room_id: int) -> None:
    _changed.pop(room_id, None)
    _changed[room_id] = tick()
    while len(_changed) > MAX_ROOMS:
        del _changed[next(iter(_changed))]
