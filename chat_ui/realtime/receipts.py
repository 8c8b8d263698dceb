"""Pushes receipts to authors: how far their messages have been received and read.

In a large room this must cost less than sending the message itself. So the database is asked only
if one of the two members furthest behind may have moved, and receipts go only to authors whose
messages are affected, on the pages that show the room.
"""

import asyncio
from collections.abc import Collection, Container, Iterable
from weakref import WeakSet, WeakValueDictionary

from msgspec.structs import replace
from nicegui import core

from chat_ui.realtime import connections, protocol, push, subscriptions, tasks
from chat_ui.realtime.subscriptions import OpenPage
from models.clock import now
from services.core import events
from services.rooms import presence
from services.rooms.reading import receipts
from services.rooms.reading.receipts import FurthestBehind

COALESCE_SECONDS = 0.3
"""Seconds during which changes in a room are collected."""

_cache: dict[int, FurthestBehind] = {}
"""By room shown on a page: who is furthest behind."""
_notified: dict[int, FurthestBehind] = {}
"""The same, as last sent to authors; single pages may have received a newer state since."""
_waiting: dict[int, set[int]] = {}
"""By room: authors to send receipts to soon, whether or not anything has changed."""
_stale: set[int] = set()
"""Rooms whose entry in `_cache` may be out of date."""
_moved: set[int] = set()
"""Rooms where that is so only of how far members have read."""
_author_pages: WeakSet[OpenPage] = WeakSet()
"""Pages that have shown messages of their viewer, and so need receipts after they reconnect."""
_locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""By room: held while receipts are sent, so that the newest arrive last."""
_listeners = events.Listeners(everywhere=True)


def start() -> None:
    """Subscribe to events of the services."""
    _listeners.add(events.RoomRead, _on_read)
    _listeners.add(events.MessageSent, _on_message)
    _listeners.add(events.PresenceChanged, _on_presence)
    _listeners.add(events.MemberJoined, _on_member)
    _listeners.add(events.MemberLeft, _on_member)
    _listeners.add(events.PreferencesChanged, _on_preferences)
    _listeners.add(events.BlocksChanged, _on_preferences)
    _listeners.add(events.HintsLost, _on_hints_lost)


def stop() -> None:
    """Unsubscribe, and forget all state."""
    _listeners.remove_all()
    _cache.clear()
    _notified.clear()
    _waiting.clear()
    _stale.clear()
    _moved.clear()
    _author_pages.clear()


async def show(client_id: str, *, has_own: bool) -> None:
    """Send receipts to a page that has caught up, if it shows messages of its viewer."""
    page = subscriptions.page_of(client_id)
    if page is None or not page.room_id or not (has_own or page in _author_pages):
        return
    room_id = page.room_id
    async with _lock(room_id):
        await _send([(client_id, page)], room_id, await _load(room_id))


def _on_read(event: events.RoomRead) -> None:
    if _may_move(event.room_id, event.reached):
        _schedule(event.room_id, note_in=_moved)


def _on_message(event: events.MessageSent) -> None:
    room_id, author = event.message.room_id, event.message.author.user_id
    for _client_id, page in _pages_of(author):
        if page.room_id == room_id:
            _author_pages.add(page)  # now: it may lose its connection before receipts are sent
    # Authors have read their own message, unless it was scheduled.
    _schedule(room_id, author, note_in=_moved if _may_move(room_id, {author}) else None)


def _may_move(room_id: int, readers: Container[int]) -> bool:
    """Return whether receipts may change now that `readers` have read further."""
    known = _cache.get(room_id)
    # While the cache is being loaded, it is unknown who will be in it.
    return known is None or room_id in _locks or any(who in readers for who, _seq in known.read)


def _on_presence(event: events.PresenceChanged) -> None:
    """Users who come online receive what they missed; offline users receive nothing more."""
    is_here = presence.is_online(event.user_id)
    for room_id, known in list(_cache.items()):
        if is_here and event.user_id in dict(known.offline):
            _schedule(room_id)
        elif not is_here and len(known.offline) < 2:
            del _cache[room_id]  # loaded again with the next message


def _on_member(event: events.MemberJoined | events.MemberLeft) -> None:
    _schedule(event.room_id)


def _on_preferences(event: events.PreferencesChanged | events.BlocksChanged) -> None:
    rooms: set[int] = set()
    for client_id in subscriptions.pages_of(event.user_id):
        rooms |= subscriptions.rooms_of(client_id)
    for room_id in rooms:
        _schedule(room_id, event.user_id)


def _on_hints_lost(_event: events.HintsLost) -> None:
    for room_id in list(_cache):
        _schedule(room_id)


def _schedule(room_id: int, *authors: int, note_in: set[int] | None = _stale) -> None:
    """Check the receipts of a room soon, and send changes; send to `authors` in any case.

    `note_in` are the rooms in which the same is out of date, if anything is.
    """
    if not push.viewers(room_id):
        _cache.pop(room_id, None)
        _notified.pop(room_id, None)
        return
    if note_in is not None:
        note_in.add(room_id)
    if room_id not in _waiting:
        _waiting[room_id] = set()
        tasks.spawn(_send_soon(room_id), "receipts")
    _waiting[room_id].update(authors)


async def _send_soon(room_id: int) -> None:
    await asyncio.sleep(COALESCE_SECONDS)
    async with _lock(room_id):
        await _send_to_authors(room_id, _waiting.pop(room_id))


async def _send_to_authors(room_id: int, recipients: set[int]) -> None:
    """Send receipts to these authors, and to those whose messages have changed receipts."""
    before, known = _notified.get(room_id), _cache.get(room_id)
    if before and known and room_id not in _stale and replace(known, read=before.read) == before:
        after, affected = await _load_positions(room_id, known, before)
    else:
        after, affected = await _load(room_id), ()
        if after != before:
            seq = receipts.affected_after(before.read if before else (), after.read)
            affected = await receipts.authors(room_id, seq)
    _notified[room_id] = after
    recipients |= set(affected)
    pages = [found for user_id in recipients for found in _pages_of(user_id)]
    await _send([found for found in pages if found[1].room_id == room_id], room_id, after)


def _lock(room_id: int) -> asyncio.Lock:
    """Return the lock of a room; it is dropped when nobody uses it."""
    return _locks.setdefault(room_id, asyncio.Lock())


async def _load(room_id: int) -> FurthestBehind:
    """Return who is furthest behind in a room, from the database if the cache may be stale."""
    known = _cache.get(room_id)
    if known is None or room_id in _stale or room_id in _moved:
        _stale.discard(room_id)  # first: a change while this is read marks it stale again
        _moved.discard(room_id)
        known = _cache[room_id] = await receipts.furthest_behind(room_id)
    return known


async def _load_positions(
    room_id: int, known: FurthestBehind, before: FurthestBehind
) -> tuple[FurthestBehind, Collection[int]]:
    """Return the same where only how far members have read may have changed.

    With it, the authors whose receipts have changed since `before`.
    """
    if room_id not in _moved and known == before:
        return known, ()
    _moved.discard(room_id)
    read, affected = await receipts.moved(room_id, before.read)
    after = replace(known, read=read)
    if _cache.get(room_id) is known:  # otherwise it is to be loaded again as a whole
        _cache[room_id] = after
    return after, affected


def _pages_of(user_id: int) -> Iterable[tuple[str, OpenPage]]:
    for sid, _eio_sid in list(core.sio.manager.get_participants("/", push.person_channel(user_id))):
        socket = connections.get(sid)
        if socket is not None and (page := subscriptions.page_of(socket.client_id)):
            yield socket.client_id, page


async def _send(pages: Iterable[tuple[str, OpenPage]], room_id: int, known: FurthestBehind) -> None:
    """Send receipts to pages, given with their client ids: one frame for all that get the same."""
    alike: dict[bool, list[str]] = {True: [], False: []}
    for client_id, page in pages:
        _author_pages.add(page)
        viewer = page.viewer
        if viewer.user_id in known.blocks:
            theirs = await receipts.furthest_behind(room_id, viewer.user_id)
            event = _event(room_id, theirs, shows=viewer.preferences.shows_receipts)
            await push.to_page(client_id, event)
        else:
            alike[viewer.preferences.shows_receipts].append(client_id)
    for shows, client_ids in alike.items():
        await push.to_pages(client_ids, _event(room_id, known, shows=shows))


def _event(room_id: int, known: FurthestBehind, *, shows: bool) -> protocol.Receipts:
    """Return the event for users who show theirs, or an empty one for those who do not."""
    return protocol.Receipts(
        room=room_id,
        read=known.read if shows else (),
        offline=[(who, at.timestamp() * 1000 if at else 0) for who, at in known.offline],
        now=now().timestamp() * 1000,
    )
