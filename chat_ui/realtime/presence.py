"""Pushes the presence of users to the pages that show them.

A page reports which users it shows, such as the members of a room, and receives their presence and
nobody else's. Whether it may see them is checked again whenever somebody has left a room.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress

from chat_ui.realtime import protocol, push, subscriptions, tasks
from services.core import events
from services.core.errors import ServiceError
from services.rooms import presence
from services.rooms.presence import Presence

COALESCE_SECONDS = 1.0
"""Seconds during which changes are collected."""
MAX_WATCHED = 400
"""Maximum number of users that one page may watch."""
STORE_EVERY = 300.0
"""Seconds between two writes of who is online, in case the server crashes."""

_watched: dict[str, frozenset[int]] = {}
"""By page: the users it shows."""
_watchers: defaultdict[int, set[str]] = defaultdict(set)
"""By user: the pages that show them."""
_changed: set[int] = set()
_listeners = events.Listeners(everywhere=True)
_tasks: list[asyncio.Task[None]] = []


def start() -> None:
    """Subscribe to events of the services."""
    _listeners.add(events.PresenceChanged, _on_changed)
    _listeners.add(events.MemberLeft, _refresh)
    _listeners.add(events.PreferencesChanged, _refresh)
    _tasks.append(asyncio.get_running_loop().create_task(_store()))


def stop() -> None:
    """Unsubscribe, and forget all state."""
    _listeners.remove_all()
    while _tasks:
        _tasks.pop().cancel()
    for kept in (_watched, _watchers, _changed):
        kept.clear()


async def watch(client_id: str, user_ids: Collection[int]) -> None:
    """Send a page the presence of these users, of those it may see, and every later change."""
    page = subscriptions.page_of(client_id)
    if page is None:
        return
    known = await presence.of(page.viewer, list(user_ids)[:MAX_WATCHED]) if user_ids else {}
    forget(client_id)
    if subscriptions.page_of(client_id) is None:  # it was closed in the meantime
        return
    if known:
        _watched[client_id] = frozenset(known)
    for user_id in known:
        _watchers[user_id].add(client_id)
    unknown = {user_id: Presence("", None) for user_id in user_ids}
    await _send(client_id, unknown | known)


def forget(client_id: str) -> None:
    """Send a page no more presence."""
    for user_id in _watched.pop(client_id, ()):
        _watchers[user_id].discard(client_id)
        if not _watchers[user_id]:
            del _watchers[user_id]


def _on_changed(event: events.PresenceChanged) -> None:
    if event.user_id not in _watchers:
        return
    if not _changed:
        tasks.spawn(_send_soon(), "presence")
    _changed.add(event.user_id)


async def _send_soon() -> None:
    """Send each page all its changes in one frame."""
    await asyncio.sleep(COALESCE_SECONDS)
    changed = set(_changed)
    _changed.clear()
    for client_id in {each for user_id in changed for each in _watchers.get(user_id, ())}:
        page = subscriptions.page_of(client_id)
        if page is None:
            forget(client_id)
            continue
        # While the others were sent theirs, it may have stopped showing these users.
        if shown := _watched.get(client_id, frozenset()) & changed:
            with suppress(ServiceError):
                await _send(client_id, await presence.of(page.viewer, shown))


async def _send(client_id: str, people: dict[int, Presence]) -> None:
    shown = {
        str(user_id): {
            "state": each.state,
            "seen": each.last_seen_at.isoformat() if each.last_seen_at else None,
        }
        for user_id, each in people.items()
    }
    await push.to_page(client_id, protocol.Presence(shown))


def _refresh(event: events.MemberLeft | events.PreferencesChanged) -> None:
    """Check again what the pages of this user may see, and those that show this user."""
    own = subscriptions.pages_of(event.user_id).keys()
    affected = (own & _watched.keys()) | _watchers.get(event.user_id, set())

    async def refresh() -> None:
        for client_id in affected:
            with suppress(ServiceError):
                await watch(client_id, _watched.get(client_id, frozenset()))

    if affected:
        tasks.spawn(refresh(), "presence")


async def _store() -> None:
    while True:
        await asyncio.sleep(STORE_EVERY)
        presence.record_all()
