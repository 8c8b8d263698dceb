"""Telling authors how far their messages have come.

In a crowd this has to cost less than the message itself did. So nothing is read unless one of
those who were furthest behind has moved. And only authors are told whose messages have come
further by it, on the pages that show that room.
"""

import asyncio
from collections.abc import Callable, Container, Iterable
from weakref import WeakSet, WeakValueDictionary

from nicegui import core

from chat_ui.realtime import channels, connections, protocol, push, subscriptions, tasks
from chat_ui.realtime.subscriptions import OpenPage
from models.clock import now
from services.core import events
from services.rooms import presence, receipts
from services.rooms.receipts import FurthestBehind

COALESCE_SECONDS = 0.3
"""Seconds for which changes in a room gather."""

_known: dict[int, FurthestBehind] = {}
"""By room that some page shows: who is furthest behind."""
_announced: dict[int, FurthestBehind] = {}
"""The same, as authors were last told; some page may have been shown a newer state since."""
_waiting: dict[int, set[int]] = {}
"""By room: the authors to tell soon, whatever has changed."""
_stale: set[int] = set()
"""In which of them somebody who was furthest behind has moved."""
_told: WeakSet[OpenPage] = WeakSet()
"""Pages that were told something, and so have to be told more after they reconnect."""
_turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""By room in which somebody is being told: one after the other, so that the newest comes last."""
_undo: list[Callable[[], None]] = []


def start() -> None:
    """Listen to the services."""
    _undo.extend(
        [
            events.subscribe(events.RoomRead, _on_read),
            events.subscribe(events.MessageSent, _on_message),
            events.subscribe(events.PresenceChanged, _on_presence),
            events.subscribe(events.MemberJoined, _on_member),
            events.subscribe(events.MemberLeft, _on_member),
            events.subscribe(events.PreferencesChanged, _on_preferences),
        ]
    )


def stop() -> None:
    """Stop listening, and forget everything."""
    while _undo:
        _undo.pop()()
    _known.clear()
    _announced.clear()
    _waiting.clear()
    _stale.clear()
    _told.clear()


async def show(client_id: str, *, has_own: bool) -> None:
    """Tell a page that has caught up how things stand, if it shows messages of its viewer's."""
    page = subscriptions.page_of(client_id)
    if page is None or not page.room_id or not (has_own or page in _told):
        return
    room_id = page.room_id
    async with _turn(room_id):
        await _send(client_id, page, room_id, await _look(room_id))


def _on_read(event: events.RoomRead) -> None:
    if _may_move(event.room_id, event.reached):
        _touch(event.room_id)


def _on_message(event: events.MessageSent) -> None:
    room_id, author = event.message.room_id, event.message.author.user_id
    _touch(room_id, author, stale=_may_move(room_id, {author}))  # who speaks has read so far


def _may_move(room_id: int, readers: Container[int]) -> bool:
    """Tell whether it may make a difference that these have read on."""
    known = _known.get(room_id)
    # While it is being read, nobody knows whom the answer will name.
    return known is None or room_id in _turns or any(who in readers for who, _seq in known.read)


def _on_presence(event: events.PresenceChanged) -> None:
    """People who come receive what they missed; people who go receive nothing more."""
    is_here = presence.is_online(event.user_id)
    for room_id, known in list(_known.items()):
        if is_here and event.user_id in dict(known.away):
            _touch(room_id)
        elif not is_here and len(known.away) < 2:
            del _known[room_id]  # it is read with the next message


def _on_member(event: events.MemberJoined | events.MemberLeft) -> None:
    _touch(event.room_id)


def _on_preferences(event: events.PreferencesChanged) -> None:
    rooms: set[int] = set()
    for client_id in subscriptions.pages_of(event.user_id):
        rooms |= subscriptions.rooms_of(client_id)
    for room_id in rooms:
        _touch(room_id, event.user_id)


def _touch(room_id: int, *authors: int, stale: bool = True) -> None:
    """Look soon whether messages of a room have come further."""
    if not push.viewers(room_id):
        _known.pop(room_id, None)
        _announced.pop(room_id, None)
        return
    if stale:
        _stale.add(room_id)
    if room_id not in _waiting:
        _waiting[room_id] = set()
        tasks.spawn(_tell(room_id), "receipts")
    _waiting[room_id].update(authors)


async def _tell(room_id: int) -> None:
    await asyncio.sleep(COALESCE_SECONDS)
    async with _turn(room_id):
        await _tell_authors(room_id, _waiting.pop(room_id))


async def _tell_authors(room_id: int, concerned: set[int]) -> None:
    """Tell these authors, and those whose messages have come further."""
    before = _announced.get(room_id)
    _announced[room_id] = after = await _look(room_id)
    if after != before:
        seqs = [each.read[0][1] if each and each.read else 0 for each in (before, after)]
        concerned |= set(await receipts.authors(room_id, min(seqs)))
    for user_id in concerned:
        for client_id, page in _pages_of(user_id):
            if page.room_id == room_id:
                await _send(client_id, page, room_id, after)


def _turn(room_id: int) -> asyncio.Lock:
    """Return the lock of a room; it is forgotten when nobody holds it."""
    return _turns.setdefault(room_id, asyncio.Lock())


async def _look(room_id: int) -> FurthestBehind:
    """Return who is furthest behind in a room, from the database if that may have changed."""
    known = _known.get(room_id)
    if known is None or room_id in _stale:
        _stale.discard(room_id)  # first: what moves while this is read makes it stale again
        known = _known[room_id] = await receipts.furthest_behind(room_id)
    return known


def _pages_of(user_id: int) -> Iterable[tuple[str, OpenPage]]:
    for sid, _eio_sid in list(core.sio.manager.get_participants("/", channels.person(user_id))):
        socket = connections.get(sid)
        if socket is not None and (page := subscriptions.page_of(socket.client_id)):
            yield socket.client_id, page


async def _send(client_id: str, page: OpenPage, room_id: int, known: FurthestBehind) -> None:
    """Tell one page; for people who hide their own receipts, nobody shows theirs."""
    _told.add(page)
    shows = page.viewer.preferences.shows_receipts
    event = protocol.Receipts(
        room=room_id,
        read=known.read if shows else (),
        away=[(who, at.timestamp() * 1000 if at else 0) for who, at in known.away],
        now=now().timestamp() * 1000,
    )
    await push.to_page(client_id, event)
