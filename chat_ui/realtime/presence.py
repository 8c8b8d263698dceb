"""Telling pages whether those whom they show are here.

A page says whom it shows, as somebody's page or the members of a room, and is told of them
and of nobody else. It is asked again who may be seen whenever somebody has left a room.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import suppress

from nicegui import core

from chat_ui.realtime import push, tasks
from services.core import events
from services.core.dto import Presence
from services.core.errors import ServiceError
from services.rooms import presence

COALESCE_SECONDS = 1.0
"""Seconds for which changes gather."""
MAX_WATCHED = 400
"""How many people one page may watch."""
NOTE_EVERY = 300.0
"""Seconds between two notes of who is here, should the server fall over."""

_watched: dict[str, frozenset[int]] = {}
"""By page: whom it shows."""
_watching: defaultdict[int, set[str]] = defaultdict(set)
"""The same the other way round."""
_changed: set[int] = set()
_undo: list[Callable[[], None]] = []
_tasks: list[asyncio.Task[None]] = []


def start() -> None:
    """Listen to what the services tell."""
    _undo.extend(
        [
            events.subscribe(events.PresenceChanged, _on_changed),
            events.subscribe(events.MemberLeft, _look_again),
            events.subscribe(events.PreferencesChanged, _look_again),
        ]
    )
    _tasks.append(asyncio.get_running_loop().create_task(_note()))


def stop() -> None:
    """Listen no more, and forget everything."""
    while _undo:
        _undo.pop()()
    while _tasks:
        _tasks.pop().cancel()
    for noted in (_watched, _watching, _changed):
        noted.clear()


async def watch(client_id: str, user_ids: Collection[int]) -> None:
    """Tell a page of these people, and of no others from now on, as far as it may see them."""
    page = push.page_of(client_id)
    if page is None:
        return
    known = await presence.of(page.viewer, list(user_ids)[:MAX_WATCHED]) if user_ids else {}
    forget(client_id)
    if push.page_of(client_id) is None:  # it was closed meanwhile
        return
    if known:
        _watched[client_id] = frozenset(known)
    for user_id in known:
        _watching[user_id].add(client_id)
    unknown = {user_id: Presence("", None) for user_id in user_ids}
    await _send(client_id, unknown | known)


def forget(client_id: str) -> None:
    """Tell a page of nobody any more."""
    for user_id in _watched.pop(client_id, ()):
        _watching[user_id].discard(client_id)
        if not _watching[user_id]:
            del _watching[user_id]


def _on_changed(event: events.PresenceChanged) -> None:
    if event.user_id not in _watching:
        return
    if not _changed:
        tasks.send(_tell(), "presence")
    _changed.add(event.user_id)


async def _tell() -> None:
    """Tell each page, in one frame, whatever has changed for it."""
    await asyncio.sleep(COALESCE_SECONDS)
    changed = set(_changed)
    _changed.clear()
    for client_id in {each for user_id in changed for each in _watching.get(user_id, ())}:
        page = push.page_of(client_id)
        if page is None:
            forget(client_id)
            continue
        # While others were told, it may have come to show nobody of them any more.
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
    await core.sio.emit("chat_presence", {"people": shown}, room=client_id)


def _look_again(event: events.MemberLeft | events.PreferencesChanged) -> None:
    """Ask anew what pages may see that show this person, or are theirs."""
    own = {id_ for id_, page in push.pages().items() if page.viewer.user_id == event.user_id}
    concerned = (own & _watched.keys()) | _watching.get(event.user_id, set())

    async def look() -> None:
        for client_id in concerned:
            with suppress(ServiceError):
                await watch(client_id, _watched.get(client_id, frozenset()))

    if concerned:
        tasks.send(look(), "presence")


async def _note() -> None:
    while True:
        await asyncio.sleep(NOTE_EVERY)
        presence.note_all()
