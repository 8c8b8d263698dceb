"""Telling who looks at a room who is typing in it."""

import asyncio
from collections.abc import Callable

from chat_ui.realtime import broadcast, tasks
from services.core import events

COALESCE_SECONDS = 0.2
"""Seconds for which the first hint waits for others."""
PACE = 1.5
"""Seconds between two frames to one room, however many type in it."""

_typing: dict[int, dict[int, events.Typing]] = {}
"""By room and user, of whom nobody was told yet."""
_telling: set[int] = set()
_undo: list[Callable[[], None]] = []


def start() -> None:
    """Listen to what the services tell."""
    _undo.append(events.subscribe(events.Typing, _on_typing))
    _undo.append(events.subscribe(events.MessageSent, _on_message))


def stop() -> None:
    """Listen no more."""
    while _undo:
        _undo.pop()()
    _typing.clear()
    _telling.clear()


def _on_typing(event: events.Typing) -> None:
    if broadcast.count(f"look:{event.room_id}") < 2:  # the one that types looks at it
        return
    _typing.setdefault(event.room_id, {})[event.user_id] = event
    if event.room_id not in _telling:
        _telling.add(event.room_id)
        tasks.send(_tell(event.room_id), "typing")


def _on_message(event: events.MessageSent) -> None:
    """Whoever has sent it types no more, even if nobody was told yet that they did."""
    _typing.get(event.message.room_id, {}).pop(event.message.author.user_id, None)


async def _tell(room_id: int) -> None:
    """Send what has gathered for a room, until nothing more has."""
    try:
        await asyncio.sleep(COALESCE_SECONDS)
        while people := _typing.pop(room_id, None):  # it may be empty: then nobody is told
            shown = [
                {"id": each.user_id, "author": each.username, "name": each.name}
                for each in people.values()
            ]
            news = {"room": room_id, "people": shown}
            await broadcast.send("chat_typing", news, f"look:{room_id}")
            await asyncio.sleep(PACE)
    finally:
        _telling.discard(room_id)
