"""Who looks at which room, and showing them what happens there. Nothing else knows either.

A message is drawn once and sent once, to everybody who looks at its room. When many come
at a time, those that have gathered go in one frame. What is sent here is a hint that may
get lost: a page asks the database for what it missed.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from nicegui import core

from chat_ui.components import avatar
from chat_ui.messages import bubble
from chat_ui.realtime import activity, broadcast, connections, tasks
from services.core import events
from services.core.dto import CurrentUser, MessageView, Preferences, UserSummary
from services.core.errors import NotFound
from services.messages import messages
from services.messages.messages import MessageBatch

log = logging.getLogger(__name__)
COALESCE_SECONDS = 0.05
"""Seconds between two frames to a busy room; the first message goes at once."""
YIELD_AFTER_SECONDS = 0.01
"""Seconds for which drawing may keep everything else waiting."""
ACTIVITY_SECONDS = 0.3
"""Seconds in which hints that a room has news gather, for those who look elsewhere."""


AccessRevoked = events.MemberLeft | events.RoomDeleted
"""What puts an end to seeing a room."""


class OpenPage(Protocol):
    """What `live` asks of a page that is open in some browser."""

    viewer: CurrentUser
    room_id: int | None
    coming_to: int | None
    """The room that it is about to show, and hears of already."""

    async def refresh_rooms(self) -> None:
        """Show the rooms as they are now."""

    unlisted: frozenset[int]
    """Which of the person's conversations are not in the list, as nothing was said in them."""

    def blocks_changed(self, blocked: frozenset[int]) -> None:
        """The person has blocked or unblocked somebody."""

    def preferences_changed(self, preferences: Preferences) -> None:
        """The person has chosen anew how they are seen and disturbed."""

    async def room_changed(self, room_id: int) -> None:
        """Something about a room is different now, or about one's role in it."""

    async def removed_from(self, room_id: int, event: AccessRevoked) -> None:
        """Show nothing more of a room."""


_pages: dict[str, OpenPage] = {}
_subscriptions: dict[str, frozenset[int]] = {}
_revoked: defaultdict[str, set[int]] = defaultdict(set)
"""By page: the rooms it must hear nothing of, also if it asked before that was so."""
_gathered: defaultdict[int, list[MessageView]] = defaultdict(list)
_delivering: set[int] = set()
_nudged: defaultdict[int, list[MessageView]] = defaultdict(list)
_changed: dict[int, int] = {}
"""By room: up to which change those who look at it have been told."""
_changing: dict[int, int] = {}
"""By room: up to which change they are to be told."""
_undo: list[Callable[[], None]] = []


def start() -> None:
    """Listen to what the services tell."""
    _undo.extend(
        [
            events.subscribe(events.MessageSent, _on_message),
            events.subscribe(events.MessageChanged, _on_changed),
            events.subscribe(events.RoomRead, _on_read),
            events.subscribe(events.StandingChanged, _on_standing),
            events.subscribe(events.MentionsChanged, _on_mentions_changed),
            events.subscribe(events.MemberJoined, _on_joined),
            events.subscribe(events.MemberLeft, _on_left),
            events.subscribe(events.RoleChanged, _on_role_changed),
            events.subscribe(events.RoomDeleted, _on_room_deleted),
            events.subscribe(events.RoomChanged, _on_room_changed),
            events.subscribe(events.PersonChanged, _on_person_changed),
            events.subscribe(events.PreferencesChanged, _on_preferences),
            events.subscribe(events.BlocksChanged, _on_blocks),
        ]
    )


def stop() -> None:
    """Listen no more, and forget every page."""
    while _undo:
        _undo.pop()()
    _pages.clear()
    _subscriptions.clear()
    _revoked.clear()
    _gathered.clear()
    _delivering.clear()
    _nudged.clear()
    _changed.clear()
    _changing.clear()
    connections.clear()


def add_page(client_id: str, page: OpenPage) -> None:
    """Note that a page is open."""
    _pages[client_id] = page


def remove_page(client_id: str) -> None:
    """Note that a page is closed."""
    _pages.pop(client_id, None)
    _subscriptions.pop(client_id, None)
    _revoked.pop(client_id, None)


def pages() -> dict[str, OpenPage]:
    """Return the open pages by NiceGUI's number for them."""
    return dict(_pages)


def page_of(client_id: str) -> OpenPage | None:
    """Return an open page by NiceGUI's number for it."""
    return _pages.get(client_id)


def subscriptions(client_id: str) -> frozenset[int]:
    """Return the rooms of which a page hears."""
    return _subscriptions.get(client_id, frozenset())


async def subscribe(client_id: str, room_id: int) -> None:
    """Have a page hear what is said in a room that it shows, or is about to."""
    if client_id not in _pages or room_id in _revoked[client_id]:
        return
    for socket in connections.of_client(client_id):
        await connections.set_subscriptions(socket, socket.subscriptions | {f"look:{room_id}"})


@asynccontextmanager
async def subscribed(client_id: str, room_id: int) -> AsyncIterator[None]:
    """Have a page hear a room from now on, while the block asks the database what is in it.

    First listen, then ask: what comes in between is shown twice over, and put down once. To a
    timeline that is not drawn yet it says that something is missing: that one asks again.
    """
    await subscribe(client_id, room_id)
    try:
        yield
    except NotFound:  # it was shown to a member who is none any more
        await unsubscribe(client_id, room_id)
        raise


async def unsubscribe(client_id: str, room_id: int) -> None:
    """Have a page hear nothing more of a room."""
    for socket in connections.of_client(client_id):
        await connections.set_subscriptions(
            socket, socket.subscriptions - {f"look:{room_id}", f"nudge:{room_id}"}
        )


async def sync_subscriptions(client_id: str, room_ids: Collection[int]) -> None:
    """Have a page hear of the room it looks at, and of news in the others it is in."""
    page = _pages.get(client_id)
    if page is None:  # it was closed meanwhile
        return
    followed = _subscriptions[client_id] = frozenset(room_ids) - _revoked[client_id]
    wanted = {f"nudge:{room}" for room in followed if room != page.room_id}
    wanted |= {f"user:{page.viewer.user_id}"}
    wanted |= {f"look:{room}" for room in {page.room_id, page.coming_to} & followed}
    for socket in connections.of_client(client_id):
        await connections.set_subscriptions(socket, wanted)


async def show(client_id: str, room_id: int, page: MessageBatch, *, how: str, at: int = 0) -> None:
    """Send a page of messages to one browser page: to `start` with, to `add`, or `older` ones;
    those to `open` with are for the timeline that is about to be drawn, from message `at` on.
    """
    await core.sio.emit(
        "chat_messages",
        {
            "room": room_id,
            "html": await _draw(page.messages),
            "how": how,
            "at": at,
            "more": page.more,
            "rest": page.rest,
            "read": page.last_read_seq,
            "change": page.change,
            "changed": await _draw(page.changed),
        },
        room=client_id,
    )


async def list_rooms(client_id: str, html: str) -> None:
    """Show a browser page the rooms that its person is in."""
    await core.sio.emit("chat_rooms", {"html": html}, room=client_id)


async def refuse(client_id: str, client_message_id: object, sentence: str) -> None:
    """Tell a browser page that a message of its own was not stored, and why."""
    await core.sio.emit(
        "chat_refused", {"id": client_message_id, "sentence": sentence}, room=client_id
    )


async def edit(client_id: str, room_id: int, seq: int, text: str) -> None:
    """Hand the text of a message to a browser page, to be edited there."""
    await core.sio.emit("chat_edit", {"room": room_id, "seq": seq, "text": text}, room=client_id)


async def edited(client_id: str, seq: int, *, stored: bool) -> None:
    """Tell a browser page whether the text that it sent for a message is stored."""
    await core.sio.emit("chat_edited", {"seq": seq, "stored": stored}, room=client_id)


async def found(client_id: str, asked: int, html: str) -> None:
    """Send what the switcher of a browser page has asked for."""
    await core.sio.emit("chat_found", {"asked": asked, "html": html}, room=client_id)


async def own_votes(user_id: int, room_id: int, votes: dict[int, list[int]]) -> None:
    """Tell a person's pages, and nobody else's, what they chose in anonymous polls of a room."""
    news = {"room": room_id, "votes": {str(seq): numbers for seq, numbers in votes.items()}}
    await core.sio.emit("chat_own_votes", news, room=f"user:{user_id}")


async def offer_names(client_id: str, asked: int, people: Iterable[UserSummary]) -> None:
    """Tell a browser page who may be meant by the beginning of a name that it asked about."""
    offered = [{"username": each.username, "name": each.display_name} for each in people]
    await core.sio.emit("chat_names", {"asked": asked, "people": offered}, room=client_id)


async def address(client_id: str, path: str) -> None:
    """Have the browser show `path` as the address of what it shows now."""
    await core.sio.emit("chat_address", {"path": path}, room=client_id)


def _on_message(event: events.MessageSent) -> None:
    sent = event.message
    _gathered[sent.room_id].append(sent)
    if sent.room_id not in _delivering:
        _delivering.add(sent.room_id)
        _spawn(_deliver(sent.room_id))
    _tell_read(sent.room_id, sent.author.user_id, sent.seq)  # who speaks has read so far
    if sent.seq == 1:
        _spawn(_list_anew(sent.room_id))


async def _list_anew(room_id: int) -> None:
    """Show direct messages to those in them, now that something was said: before the nudge
    comes, and once more for pages that were just then asking which rooms there are.
    """
    for wait in (0, ACTIVITY_SECONDS):
        await asyncio.sleep(wait)
        for page in pages().values():
            if room_id in page.unlisted:
                _spawn(page.refresh_rooms())


async def _deliver(room_id: int) -> None:
    """Send what has gathered for a room, until nothing more has."""
    try:
        while batch := sorted(_gathered.pop(room_id, ()), key=lambda each: each.seq):
            _nudge(room_id, batch)
            try:
                payload = {"room": room_id, "html": await _draw(batch), "how": "live"}
                # By how many look at it, pages choose how soon they say that they have read it.
                payload["crowd"] = broadcast.count(f"look:{room_id}")
                await broadcast.send("chat_messages", payload, f"look:{room_id}")
            except Exception:  # these are lost to the feed; the next ones show pages the gap
                log.exception("%d messages of room %d did not go out live", len(batch), room_id)
            await asyncio.sleep(COALESCE_SECONDS)
    finally:
        _delivering.discard(room_id)


def _on_changed(event: events.MessageChanged) -> None:
    room_id, change = event.room_id, event.change
    _changed.setdefault(room_id, change - 1)
    if room_id not in _changing:
        _spawn(_deliver_changes(room_id))
    _changing[room_id] = max(change, _changing.get(room_id, 0))


async def _deliver_changes(room_id: int) -> None:
    """Read what has changed in a room, draw it, and send it, until nothing more has.

    Whatever changed since the last frame is in the next: a page that has seen the one before
    misses nothing, and one that has not sees so by `since`, and asks.
    """
    try:
        while _changed[room_id] < _changing[room_id]:
            await asyncio.sleep(COALESCE_SECONDS)
            since, upto = _changed[room_id], _changing[room_id]
            if _is_looked_at(room_id):
                found = await messages.changed(room_id, since)
                upto = found[-1].change if found else upto
                news = {"room": room_id, "since": since, "change": upto, "html": await _draw(found)}
                await broadcast.send("chat_changed", news, f"look:{room_id}")
            _changed[room_id] = upto
    finally:
        _changing.pop(room_id, None)
        _changed.pop(room_id, None)


def _is_looked_at(room_id: int) -> bool:
    return any(core.sio.manager.get_participants("/", f"look:{room_id}"))


async def _draw(batch: Iterable[MessageView]) -> str:
    """Draw messages, letting others in between should it take long."""
    drawn = []
    began = time.monotonic()
    for each in batch:
        drawn.append(bubble.draw(each))
        if time.monotonic() - began > YIELD_AFTER_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()
    return "".join(drawn)


def _nudge(room_id: int, batch: Iterable[MessageView]) -> None:
    if room_id not in _nudged:
        _spawn(_send_nudge(room_id))
    _nudged[room_id].extend(batch)


async def _send_nudge(room_id: int) -> None:
    await asyncio.sleep(ACTIVITY_SECONDS)
    news = activity.describe(room_id, _nudged.pop(room_id))
    await broadcast.send("chat_nudge", news, f"nudge:{room_id}")


def _on_read(event: events.RoomRead) -> None:
    for user_id, seq in event.reached.items():
        _tell_read(event.room_id, user_id, seq)


def _tell_read(room_id: int, user_id: int, seq: int) -> None:
    """Tell a person's other pages; the one that reads knows."""
    own = f"user:{user_id}"
    if broadcast.count(own) > 1:
        _spawn(broadcast.send("chat_read", {"room": room_id, "seq": seq}, own))


def _on_standing(event: events.StandingChanged) -> None:
    standing = {
        "room": event.room_id,
        "read": event.read_up_to,
        "marked": event.is_marked,
        "mentions": event.mentions,
        "notify": event.notify,
    }
    _spawn(broadcast.send("chat_standing", standing, f"user:{event.user_id}"))


def _on_mentions_changed(event: events.MentionsChanged) -> None:
    for page in pages().values():
        if page.viewer.user_id in event.user_ids:
            _spawn(page.refresh_rooms())


def _on_joined(event: events.MemberJoined) -> None:
    for client_id, page in pages().items():
        if page.viewer.user_id == event.user_id:
            _revoked[client_id].discard(event.room_id)
            _spawn(page.refresh_rooms())


def _on_left(event: events.MemberLeft) -> None:
    for client_id, page in pages().items():
        if page.viewer.user_id == event.user_id:
            _part(client_id, page, event)


def _on_room_deleted(event: events.RoomDeleted) -> None:
    for client_id, page in pages().items():
        if page.room_id == event.room_id or event.room_id in _subscriptions.get(client_id, ()):
            _part(client_id, page, event)


def _part(client_id: str, page: OpenPage, event: AccessRevoked) -> None:
    _revoked[client_id].add(event.room_id)
    _spawn(_remove(client_id, page, event))


def _on_role_changed(event: events.RoleChanged) -> None:
    for page in pages().values():
        if page.viewer.user_id == event.user_id:
            _spawn(page.room_changed(event.room_id))


async def _remove(client_id: str, page: OpenPage, event: AccessRevoked) -> None:
    """Stop the feed first: what is said next is not for this page any more."""
    await unsubscribe(client_id, event.room_id)
    await page.removed_from(event.room_id, event)


def _on_room_changed(event: events.RoomChanged) -> None:
    for client_id, page in pages().items():
        if event.room_id in _subscriptions.get(client_id, ()):
            _spawn(page.room_changed(event.room_id))


def _on_person_changed(event: events.PersonChanged) -> None:
    person = event.person
    news = {
        "author": person.username,
        "name": person.display_name,
        "avatar": str(avatar.draw(person)),
    }
    looked_at = [f"look:{room_id}" for room_id in event.room_ids]
    if looked_at:
        _spawn(core.sio.emit("chat_person", news, room=looked_at))


def _on_blocks(event: events.BlocksChanged) -> None:
    for page in pages().values():
        if page.viewer.user_id == event.user_id:
            page.blocks_changed(event.blocked)


def _on_preferences(event: events.PreferencesChanged) -> None:
    for page in pages().values():
        if page.viewer.user_id == event.user_id:
            page.preferences_changed(event.preferences)


def _spawn(work: Awaitable[None]) -> None:
    tasks.send(work, "live")
