"""Telling pages whether the people they show are here.

A page says whom it shows, such as the members of a room, and is told of them and of nobody else.
Who may be seen is asked again whenever somebody has left a room.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import suppress

from chat_ui.realtime import protocol, push, subscriptions, tasks
from services.core import events
from services.core.errors import ServiceError
from services.rooms import presence
from services.rooms.presence import Presence

COALESCE_SECONDS = 1.0
"""Seconds for which changes gather."""
MAX_WATCHED = 400
"""How many people one page may watch."""
STORE_EVERY = 300.0
"""Seconds after which it is stored who is here, in case the server crashes."""

_watched: dict[str, frozenset[int]] = {}
"""By page: the people it shows."""
_watching: defaultdict[int, set[str]] = defaultdict(set)
"""The same the other way round."""
_changed: set[int] = set()
_undo: list[Callable[[], None]] = []
_tasks: list[asyncio.Task[None]] = []


def start() -> None:
    """Listen to the services."""
    _undo.extend(
        [
            events.subscribe(events.PresenceChanged, _on_changed),
            events.subscribe(events.MemberLeft, _refresh),
            events.subscribe(events.PreferencesChanged, _refresh),
        ]
    )
    _tasks.append(asyncio.get_running_loop().create_task(_store()))


def stop() -> None:
    """Stop listening, and forget everything."""
    while _undo:
        _undo.pop()()
    while _tasks:
        _tasks.pop().cancel()
    for kept in (_watched, _watching, _changed):
        kept.clear()


async def watch(client_id: str, user_ids: Collection[int]) -> None:
    """Tell a page about these people from now on, as far as it may see them, and no others."""
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
        _watching[user_id].add(client_id)
    unknown = {user_id: Presence("", None) for user_id in user_ids}
    await _send(client_id, unknown | known)


def forget(client_id: str) -> None:
    """Tell a page about nobody any more."""
    for user_id in _watched.pop(client_id, ()):
        _watching[user_id].discard(client_id)
        if not _watching[user_id]:
            del _watching[user_id]


def _on_changed(event: events.PresenceChanged) -> None:
    if event.user_id not in _watching:
        return
    if not _changed:
        tasks.spawn(_tell(), "presence")
    _changed.add(event.user_id)


async def _tell() -> None:
    """Tell each page, in one frame, whatever has changed for it."""
    await asyncio.sleep(COALESCE_SECONDS)
    changed = set(_changed)
    _changed.clear()
    for client_id in {each for user_id in changed for each in _watching.get(user_id, ())}:
        page = subscriptions.page_of(client_id)
        if page is None:
            forget(client_id)
            continue
        # While others were told, it may have stopped showing any of them.
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
    """Ask again what pages may see that show this person, or are theirs."""
    own = subscriptions.pages_of(event.user_id).keys()
    concerned = (own & _watched.keys()) | _watching.get(event.user_id, set())

    async def refresh() -> None:
        for client_id in concerned:
            with suppress(ServiceError):
                await watch(client_id, _watched.get(client_id, frozenset()))

    if concerned:
        tasks.spawn(refresh(), "presence")


async def _store() -> None:
    while True:
        await asyncio.sleep(STORE_EVERY)
        presence.record_all()
