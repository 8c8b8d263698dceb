"""Pushes who is typing in a room to the pages that show it."""

import asyncio
from collections.abc import Collection, Iterable

from chat_ui.realtime import protocol, push, subscriptions, tasks
from services.core import events, joined

COALESCE_SECONDS = 0.2
"""Seconds during which the first hints are collected."""
PAUSE_SECONDS = 1.5
"""Seconds between two frames to one room, however many people type in it."""

_typing: dict[int, dict[int, events.Typing]] = {}
"""By room and user: typing hints not sent yet."""
_sending: set[int] = set()
_listeners = events.Listeners(everywhere=True)


def start() -> None:
    """Subscribe to events of the services."""
    _listeners.add(events.Typing, _on_typing)
    _listeners.add(events.MessageSent, _on_message)


def stop() -> None:
    """Unsubscribe, and forget all state."""
    _listeners.remove_all()
    _typing.clear()
    _sending.clear()


def _on_typing(event: events.Typing) -> None:
    # The page on which it is typed is one of them, if it is of this process.
    if push.viewers(event.room_id) < (2 if joined.current() is None else 1):
        return
    _typing.setdefault(event.room_id, {})[event.user_id] = event
    if event.room_id not in _sending:
        _sending.add(event.room_id)
        tasks.spawn(_send(event.room_id), "typing")


def _on_message(event: events.MessageSent) -> None:
    """Drop the author's hint if it was not sent yet: they have finished typing."""
    _typing.get(event.message.room_id, {}).pop(event.message.author.user_id, None)


async def _send(room_id: int) -> None:
    """Send the collected hints of a room until there are no more."""
    try:
        await asyncio.sleep(COALESCE_SECONDS)
        while people := _typing.pop(room_id, None):  # may be empty: then nothing is sent
            await _tell(room_id, people.values())
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        _sending.discard(room_id)


async def _tell(room_id: int, people: Collection[events.Typing]) -> None:
    """Tell a room who is typing; nobody is told of people they have blocked, or who blocked them.

    To those it looks as if the other did not type. Where nobody has, one frame serves all.
    """
    await subscriptions.drop_strangers(room_id)
    pages = [
        (client_id, page)
        for client_id, page in subscriptions.pages().items()
        if page.room_id == room_id
    ]
    ids = {each.user_id for each in people}
    blocked = frozenset[int]().union(*(each.blocked for each in people))
    if not any(
        page.viewer.user_id in blocked or not page.viewer.blocked.isdisjoint(ids)
        for _client_id, page in pages
    ):
        await push.to_room(room_id, _frame(room_id, people))
        return
    for client_id, page in pages:
        viewer = page.viewer
        told = [
            each
            for each in people
            if viewer.user_id not in each.blocked and each.user_id not in viewer.blocked
        ]
        if told:
            await push.to_page(client_id, _frame(room_id, told))


def _frame(room_id: int, people: Iterable[events.Typing]) -> protocol.Typing:
    return protocol.Typing(
        room_id,
        [{"id": each.user_id, "author": each.username, "name": each.name} for each in people],
    )
