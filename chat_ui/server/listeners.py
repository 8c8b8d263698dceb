"""Pushes the events of the services to open pages.

A message is rendered once and sent once, to all pages that show its room. When many arrive at a
time, they are sent together in one frame.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from chat_ui.components import avatar, person_name
from chat_ui.messages import bubble
from chat_ui.realtime import activity, connections, protocol, push, subscriptions, tasks
from chat_ui.realtime.subscriptions import AccessRevoked, OpenPage
from chat_ui.rooms import member_count
from services.accounts import security_notices, sessions
from services.core import events
from services.core.dto import MessageView
from services.messages import history
from services.rooms import rooms

log = logging.getLogger(__name__)
COALESCE_SECONDS = 0.05
"""Seconds between two frames to a full, busy room, at the most; the first message goes at once."""
SECONDS_PER_VIEWER = 0.0002
"""Seconds between two frames for each page that shows the room: few pages wait for nothing."""
ACTIVITY_SECONDS = 0.3
"""Seconds during which activity in a room is collected, for pages that show another."""
PANELS_SECONDS = 1
"""Seconds during which changes are collected, for panels that list messages."""
MENTIONS_SECONDS = 0.5
"""Seconds during which changes of what names somebody are collected: one edit may name everybody."""
MEMBERS_SECONDS = 0.5
"""Seconds during which people who join or leave a room are collected."""
SCHEDULED_SECONDS = 0.5
"""Seconds during which changes of what somebody sends later are collected."""

_gathered: defaultdict[int, list[MessageView]] = defaultdict(list)
"""By room: the messages of the next frame."""
_delivering: set[int] = set()
_active: defaultdict[int, list[MessageView]] = defaultdict(list)
"""By room: the messages of the next `RoomActivity`."""
_changed: dict[int, int] = {}
"""By room: the number of the last change sent to its pages."""
_changing: dict[int, int] = {}
"""By room: the number of the last change to send to its pages."""
_counting: set[int] = set()
"""Rooms whose pages are about to be shown how many members there are."""
_named: set[int] = set()
"""Users whose pages are about to be shown what names them."""
_listing: defaultdict[int, list[MessageView]] = defaultdict(list)
"""By room: changed messages that panels beside it may list, and are about to."""
_scheduled: defaultdict[int, list[events.ScheduledChanged]] = defaultdict(list)
"""By user: what changed of what they send later, and their pages are about to be shown."""
_undo: list[Callable[[], None]] = []


def start() -> None:
    """Subscribe to events of the services."""
    _undo.extend(
        [
            events.subscribe(events.MessageSent, _on_message),
            events.subscribe(events.MessageChanged, _on_changed),
            events.subscribe(events.RoomRead, _on_read),
            events.subscribe(events.MembershipChanged, _on_membership_changed),
            events.subscribe(events.MentionsChanged, _on_mentions_changed),
            events.subscribe(events.MemberJoined, _on_joined),
            events.subscribe(events.InvitationsChanged, _on_invitations),
            events.subscribe(events.MemberLeft, _on_left),
            events.subscribe(events.RoleChanged, _on_role_changed),
            events.subscribe(events.FavouriteChanged, _on_role_changed),
            events.subscribe(events.RoomDeleted, _on_room_deleted),
            events.subscribe(events.ScheduledChanged, _on_scheduled),
            events.subscribe(events.RoomChanged, _on_room_changed),
            events.subscribe(events.PersonChanged, _on_person_changed),
            events.subscribe(events.PreferencesChanged, _on_preferences),
            events.subscribe(events.BlocksChanged, _on_blocks),
            events.subscribe(events.AdminChanged, _on_admin_changed),
            events.subscribe(events.SecurityNoticeAdded, _on_security_notice),
        ]
    )


def stop() -> None:
    """Unsubscribe, and forget what was not sent yet."""
    while _undo:
        _undo.pop()()
    _gathered.clear()
    _delivering.clear()
    _active.clear()
    _changed.clear()
    _changing.clear()
    _counting.clear()
    _named.clear()
    _listing.clear()
    _scheduled.clear()


# -- Messages -------------------------------------------------------------------------------------


def _on_message(event: events.MessageSent) -> None:
    sent = event.message
    _gathered[sent.room_id].append(sent)
    if sent.room_id not in _delivering:
        _delivering.add(sent.room_id)
        _spawn(_deliver(sent.room_id))
    if event.author_has_read:
        pages = 0 if event.is_scheduled else 1  # that know it: the one that sent it
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
            _note_activity(room_id, batch)
            try:
                html = await bubble.draw_all(batch)
                live = protocol.LiveMessages(
                    room_id, html, crowd=push.crowd(room_id), summary=activity.summarise(batch[-1])
                )
                await push.to_room(room_id, live)
            except Exception:  # these are not sent; the next ones show pages the gap
                log.exception("Failed to send %d messages of room %d live", len(batch), room_id)
            await asyncio.sleep(_pause(room_id))
    finally:
        _delivering.discard(room_id)


def _pause(room_id: int) -> float:
    """Return the seconds until the next frame: the longer, the more pages have to be sent one."""
    return min(COALESCE_SECONDS, SECONDS_PER_VIEWER * push.viewers(room_id))


def _on_changed(event: events.MessageChanged) -> None:
    room_id, change = event.room_id, event.change
    _changed.setdefault(room_id, change - 1)
    if room_id not in _changing:
        _spawn(_deliver_changes(room_id))
    _changing[room_id] = max(change, _changing.get(room_id, 0))


def _refresh_panels_after(room_id: int, changed: Sequence[MessageView]) -> None:
    """Have panels list these as they are now, together with what changes in the next second."""
    if room_id not in _listing:
        _spawn(_refresh_panels(room_id))
    _listing[room_id].extend(changed)


async def _refresh_panels(room_id: int) -> None:
    """Have the panels beside a room list its messages as they are now, one page after another."""
    await asyncio.sleep(PANELS_SECONDS)
    changed = _listing.pop(room_id, [])
    for page in subscriptions.pages().values():
        if page.room_id == room_id:
            try:
                await page.refresh_panel(changed)
            except Exception:  # the others are shown it all the same
                log.exception("Failed to refresh the panel beside room %d", room_id)


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
                found = await history.changed(room_id, since)
                upto = found[-1].change if found else upto
                _update_waiting(room_id, found)
                _refresh_panels_after(room_id, found)
                await _send_changes(room_id, found, since=since, upto=upto)
            _changed[room_id] = upto
    finally:
        _changing.pop(room_id, None)
        _changed.pop(room_id, None)


def _update_waiting(room_id: int, changed: Sequence[MessageView]) -> None:
    """Have messages that are not sent yet say what they say now: nothing, if they are deleted."""
    newest = {each.seq: each for each in changed}
    for waiting in (_gathered, _active):
        if room_id in waiting:
            waiting[room_id] = [newest.get(each.seq, each) for each in waiting[room_id]]


async def _send_changes(
    room_id: int, changed: Sequence[MessageView], *, since: int, upto: int
) -> None:
    summaries = activity.changes(changed)
    if push.viewers(room_id):
        html = await bubble.draw_all(changed)
        await push.to_room(room_id, protocol.MessageChanges(room_id, since, upto, html, summaries))
    if summaries:
        await push.to_other_rooms(room_id, protocol.RoomSummaries(room_id, summaries))


def _note_activity(room_id: int, batch: Iterable[MessageView]) -> None:
    if room_id not in _active:
        _spawn(_send_activity(room_id))
    _active[room_id].extend(batch)


async def _send_activity(room_id: int) -> None:
    await asyncio.sleep(ACTIVITY_SECONDS)
    await push.to_other_rooms(room_id, activity.describe(room_id, _active.pop(room_id)))


# -- Reading and notifications --------------------------------------------------------------------


def _on_read(event: events.RoomRead) -> None:
    for user_id, seq in event.reached.items():
        _send_read(event.room_id, user_id, seq)


def _send_read(room_id: int, user_id: int, seq: int, *, known_to: int = 1) -> None:
    """Update a person's other pages; the one on which they read needs no event."""
    if push.sockets_of(user_id) > known_to:
        _spawn(push.to_person(user_id, protocol.ReadElsewhere(room_id, seq)))


def _on_membership_changed(event: events.MembershipChanged) -> None:
    changed = protocol.MembershipChanged(
        room=event.room_id,
        read=event.read_up_to,
        marked=event.is_marked,
        mentions=event.mentions,
        notify=event.notify,
        uncounted=event.uncounted,
    )
    _spawn(push.to_person(event.user_id, changed))


def _on_mentions_changed(event: events.MentionsChanged) -> None:
    here = {page.viewer.user_id for page in subscriptions.pages().values()}
    for user_id in (here & event.user_ids) - _named:
        _named.add(user_id)
        _spawn(_show_mentions(user_id))


async def _show_mentions(user_id: int) -> None:
    """Show a person's pages what names them, once for all that changes at a time."""
    await asyncio.sleep(MENTIONS_SECONDS)
    _named.discard(user_id)
    for page in subscriptions.pages_of(user_id).values():
        _spawn(page.refresh_rooms())


# -- Rooms and their members ----------------------------------------------------------------------


def _on_joined(event: events.MemberJoined) -> None:
    _count_members(event.room_id)
    for client_id, page in subscriptions.pages_of(event.user_id).items():
        subscriptions.restore(client_id, event.room_id)
        _spawn(page.refresh_rooms())


def _on_invitations(event: events.InvitationsChanged) -> None:
    for page in subscriptions.pages_of(event.user_id).values():
        _spawn(page.refresh_rooms())


def _count_members(room_id: int) -> None:
    """Show the pages of a room its members, once for all who come or go at a time."""
    if push.viewers(room_id) and room_id not in _counting:
        _counting.add(room_id)
        _spawn(_show_members(room_id))


async def _show_members(room_id: int) -> None:
    await asyncio.sleep(MEMBERS_SECONDS)
    _counting.discard(room_id)
    found = await rooms.crowd(room_id)
    faces = str(member_count.faces(found.some))
    await push.to_room(room_id, protocol.RoomMembers(room_id, found.count, faces))


def _on_left(event: events.MemberLeft) -> None:
    _count_members(event.room_id)
    for client_id, page in subscriptions.pages_of(event.user_id).items():
        _revoke(client_id, page, event)


def _on_room_deleted(event: events.RoomDeleted) -> None:
    for client_id, page in subscriptions.pages().items():
        if page.room_id == event.room_id or event.room_id in subscriptions.rooms_of(client_id):
            _revoke(client_id, page, event)


def _revoke(client_id: str, page: OpenPage, event: AccessRevoked) -> None:
    subscriptions.revoke(client_id, event.room_id)
    _spawn(_remove(client_id, page, event))


async def _remove(client_id: str, page: OpenPage, event: AccessRevoked) -> None:
    """Unsubscribe first: the page may not receive later messages."""
    await subscriptions.unsubscribe(client_id, event.room_id)
    await page.removed_from(event.room_id, event)


def _on_role_changed(event: events.RoleChanged | events.FavouriteChanged) -> None:
    for page in subscriptions.pages_of(event.user_id).values():
        _spawn(page.room_changed(event.room_id))


def _on_scheduled(event: events.ScheduledChanged) -> None:
    if event.user_id not in _scheduled:
        _spawn(_show_scheduled(event.user_id))
    _scheduled[event.user_id].append(event)


async def _show_scheduled(user_id: int) -> None:
    """Show a person's pages what they send later, once for all that changes at a time."""
    await asyncio.sleep(SCHEDULED_SECONDS)
    changes = _scheduled.pop(user_id, [])
    room_ids = frozenset(each.room_id for each in changes)
    is_refused = any(each.is_refused for each in changes)
    for page in subscriptions.pages_of(user_id).values():
        _spawn(page.scheduled_changed(room_ids, is_refused=is_refused))


def _on_room_changed(event: events.RoomChanged) -> None:
    for client_id, page in subscriptions.pages().items():
        if event.room_id in subscriptions.rooms_of(client_id):
            _spawn(page.room_changed(event.room_id))


# -- People ---------------------------------------------------------------------------------------


def _on_person_changed(event: events.PersonChanged) -> None:
    person = event.person
    changed = protocol.PersonChanged(
        author=person.username, name=str(person_name.draw(person)), avatar=str(avatar.draw(person))
    )
    for page in subscriptions.pages_of(person.user_id).values():
        page.person_changed(person)
    _spawn(push.to_rooms(event.room_ids, changed))


def _on_blocks(event: events.BlocksChanged) -> None:
    for page in subscriptions.pages_of(event.user_id).values():
        page.blocks_changed(event.blocked)
        _spawn(page.refresh_rooms())  # what they wrote counts, or does not count any more


def _on_admin_changed(event: events.AdminChanged) -> None:
    for page in subscriptions.pages_of(event.user_id).values():
        _spawn(page.admin_changed(event.is_admin))


def _on_preferences(event: events.PreferencesChanged) -> None:
    for page in subscriptions.pages_of(event.user_id).values():
        page.preferences_changed(event.preferences)


def _on_security_notice(event: events.SecurityNoticeAdded) -> None:
    _spawn(_show_notice(event))


async def _show_notice(event: events.SecurityNoticeAdded) -> None:
    """Show a notice on the person's pages, except those of the session that did it.

    Others would show it in vain: pages that are not connected, and get it when they are, and those
    whose session has been ended by what happened.
    """
    pages = [
        page
        for client_id, page in subscriptions.pages_of(event.user_id).items()
        if page.viewer.session_id != event.session_id and connections.of_client(client_id)
    ]
    ended = await sessions.which_ended({page.viewer.session_id for page in pages})
    lasting = [page for page in pages if page.viewer.session_id not in ended]
    for page in lasting:
        page.show_notices([event.notice])
    for viewer in {page.viewer.session_id: page.viewer for page in lasting}.values():
        await security_notices.mark_shown(viewer, [event.notice.notice_id])


def _spawn(work: Awaitable[None]) -> None:
    tasks.spawn(work, "push")
