"""Pushes messages to open pages: those that are sent, changed, or read.

A message is rendered once and sent once, to all pages that show its room. When many arrive at a
time, they are sent together in one frame. `page_updates.py` pushes what is about rooms and people.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Sequence

from chat_ui.messages import bubble
from chat_ui.realtime import activity, protocol, push, subscriptions, tasks
from chat_ui.realtime.gathering import Gathering
from chat_ui.server.monitoring.histogram import Histogram
from chat_ui.server.updates import list_updates
from models.clock import now
from services.core import events, joined
from services.core.dto import MessageView
from services.core.errors import ServiceError
from services.messages import history

log = logging.getLogger(__name__)
COALESCE_SECONDS = 0.05
"""Seconds between two frames to a full, busy room, at the most; the first message goes at once."""
SECONDS_PER_VIEWER = 0.0002
"""Seconds between two frames for each page that shows the room: few pages wait for nothing."""
ACTIVITY_SECONDS = 0.3
"""Seconds during which activity in a room is collected, for pages that show another."""
RETRY_SECONDS = 0.5
PANELS_SECONDS = 1
"""Seconds during which changes are collected, for panels that list messages."""
delays = Histogram(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds from when a message was being stored until every page that shows its room was sent it.

The commit is part of it. Of messages in one frame, the one that has waited longest is counted."""

_gathered: defaultdict[int, list[MessageView]] = defaultdict(list)
"""By room: the messages of the next frame."""
_delivering: set[int] = set()
_changed: dict[int, int] = {}
"""By room: the number of the last change sent to its pages."""
_changing: dict[int, int] = {}
"""By room: the number of the last change to send to its pages."""
_listeners = events.Listeners(everywhere=True)


def start() -> None:
    """Subscribe to events of the services."""
    _listeners.add(events.MessageSent, _on_message)
    _listeners.add(events.MessageChanged, _on_changed)
    _listeners.add(events.RoomRead, _on_read)


def stop() -> None:
    """Unsubscribe, and forget what was not sent yet."""
    _listeners.remove_all()
    _gathered.clear()
    _delivering.clear()
    _active.clear()
    _changed.clear()
    _changing.clear()
    _panels.clear()
    list_updates.clear()


# -- Messages -------------------------------------------------------------------------------------


def _on_message(event: events.MessageSent) -> None:
    sent = event.message
    _gathered[sent.room_id].append(sent)
    if sent.room_id not in _delivering:
        _delivering.add(sent.room_id)
        _spawn(_deliver(sent.room_id))
    if event.author_has_read:
        # Pages that know it: the one that sent it, if it is here.
        pages = 0 if event.is_scheduled or event.is_from_elsewhere else 1
        _send_read(sent.room_id, sent.author.user_id, sent.seq, known_to=pages)
    if sent.seq == 1:
        _spawn(_list_conversation(sent.room_id))


async def _list_conversation(room_id: int) -> None:
    """List a direct conversation once it has its first message.

    Now, before its activity is sent, and again later for pages that were just loading their rooms.
    """
    for wait in (0, ACTIVITY_SECONDS):
        await asyncio.sleep(wait)
        for page in subscriptions.pages().values():
            if room_id in page.unlisted:
                _spawn(page.refresh_rooms())


async def _deliver(room_id: int) -> None:
    """Send the collected messages of a room until there are no more."""
    try:
        while batch := sorted(_gathered.pop(room_id, ()), key=lambda each: each.seq):
            _active.add(room_id, batch)
            try:
                if push.viewers(room_id):  # who looks at the room later asks the database
                    await _send_live(room_id, batch)
                delays.add((now() - batch[0].created_at).total_seconds())
            except ServiceError as error:  # the database does not say who may see them
                log.warning("New messages of room %d wait: %s", room_id, error.message)
                _gathered[room_id].extend(batch)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:  # these are not sent; the next ones show pages the gap
                log.exception("Failed to send %d messages of room %d live", len(batch), room_id)
            await asyncio.sleep(_pause(room_id))
    finally:
        _delivering.discard(room_id)


async def _send_live(room_id: int, batch: Sequence[MessageView]) -> None:
    html = await bubble.draw_all(batch)
    live = protocol.LiveMessages(
        room_id, html, crowd=push.crowd(room_id), summary=activity.summarise(batch[-1])
    )
    await subscriptions.drop_strangers(room_id, _stored_upto(batch))
    await push.to_room(room_id, live)


def _stored_upto(batch: Sequence[MessageView]) -> int | None:
    """Return the `seq` up to which these messages are as they were stored; None if not all are."""
    return None if any(each.change for each in batch) else max(each.seq for each in batch)


def _pause(room_id: int) -> float:
    """Return the seconds until the next frame: the longer, the more pages have to be sent one.

    Those of other processes count as well, and are taken to be as many as here: each process would
    otherwise send more frames to fewer pages, and all of them together take more processor time.
    """
    others = joined.current()
    viewers = push.viewers(room_id) * (others.processes if others else 1)
    return min(COALESCE_SECONDS, SECONDS_PER_VIEWER * viewers)


def _on_changed(event: events.MessageChanged) -> None:
    room_id, change = event.room_id, event.change
    _changed.setdefault(room_id, change - 1)
    if room_id not in _changing:
        _spawn(_deliver_changes(room_id))
    _changing[room_id] = max(change, _changing.get(room_id, 0))


async def _refresh_panels(room_id: int, changed: Sequence[MessageView]) -> None:
    """Have panels beside a room, and lists of any rooms, show its messages as they are now."""
    for page in list(subscriptions.pages().values()):
        try:
            if page.room_id == room_id:
                await page.refresh_panel(changed)
            if page.lists(room_id, changed):
                list_updates.add(page.viewer.user_id, page)
        except Exception:  # the others are shown it all the same
            log.exception("Failed to show a page what changed in room %d", room_id)


async def _deliver_changes(room_id: int) -> None:
    """Load changed messages of a room, render and send them, until there are no more.

    Each frame holds all changes since the one before. A page that has missed one notices by
    `since`, and requests it.
    """
    try:
        while _changed[room_id] < _changing[room_id]:
            await asyncio.sleep(_pause(room_id))
            since, upto = _changed[room_id], _changing[room_id]
            if push.viewers(room_id) or push.others(room_id):
                try:
                    found = await history.changed(room_id, since)
                    upto = found[-1].change if found else upto
                    _update_waiting(room_id, found)
                    _panels.add(room_id, found)
                    await _send_changes(room_id, found, since=since, upto=upto)
                except ServiceError as error:  # the database does not answer
                    log.warning("Changes in room %d wait: %s", room_id, error.message)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
            _changed[room_id] = upto
    finally:
        _changing.pop(room_id, None)
        _changed.pop(room_id, None)


def _update_waiting(room_id: int, changed: Sequence[MessageView]) -> None:
    """Have messages that are not sent yet say what they say now: nothing, if they are deleted."""
    newest = {each.seq: each for each in changed}
    for waiting in (_gathered, _active.waiting):
        if room_id in waiting:
            waiting[room_id] = [newest.get(each.seq, each) for each in waiting[room_id]]


async def _send_changes(
    room_id: int, changed: Sequence[MessageView], *, since: int, upto: int
) -> None:
    summaries = activity.changes(changed)
    if push.viewers(room_id):
        html = await bubble.draw_all(changed)
        await subscriptions.drop_strangers(room_id)
        await push.to_room(room_id, protocol.MessageChanges(room_id, since, upto, html, summaries))
    if summaries and push.others(room_id):
        await subscriptions.drop_strangers(room_id)
        await push.to_other_rooms(room_id, protocol.RoomSummaries(room_id, summaries))


async def _send_activity(room_id: int, batch: Sequence[MessageView]) -> None:
    if not push.others(room_id):
        return
    await subscriptions.drop_strangers(room_id, _stored_upto(batch))
    new = {each.seq: each for each in batch}  # once each, though they may have been sent again
    await push.to_other_rooms(room_id, activity.describe(room_id, list(new.values())))


_active = Gathering(ACTIVITY_SECONDS, _send_activity)
"""By room: the messages of the next `RoomActivity`."""
_panels = Gathering(PANELS_SECONDS, _refresh_panels)
"""By room: changed messages that panels beside it may list."""


# -- Reading --------------------------------------------------------------------------------------


def _on_read(event: events.RoomRead) -> None:
    # The page on which they read needs no event.
    known_to = 0 if event.is_from_elsewhere else 1
    for user_id, seq in event.reached.items():
        _send_read(event.room_id, user_id, seq, known_to=known_to)


def _send_read(room_id: int, user_id: int, seq: int, *, known_to: int) -> None:
    """Update a person's pages, if they have any but those that know it."""
    if push.sockets_of(user_id) > known_to:
        _spawn(push.to_person(user_id, protocol.ReadElsewhere(room_id, seq)))


def _spawn(work: Awaitable[None]) -> None:
    tasks.spawn(work, "push")
