"""Pushes to open pages what happens to rooms, memberships and people.

Messages are pushed by `listeners.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable

from chat_ui.components import avatar, person_name
from chat_ui.realtime import connections, protocol, push, subscriptions, tasks
from chat_ui.realtime.gathering import Gathering
from chat_ui.realtime.subscriptions import AccessRevoked, OpenPage
from chat_ui.rooms.members import member_count
from services.accounts.security import security_notices
from services.accounts.sessions import sessions
from services.core import events
from services.core.errors import NotFound, ServiceError
from services.rooms import rooms

log = logging.getLogger(__name__)

MENTIONS_SECONDS = 0.5
"""Seconds during which changes of what names somebody are collected: one edit may name everybody."""
MEMBERS_SECONDS = 0.5
"""Seconds during which people who join or leave a room are collected."""
SCHEDULED_SECONDS = 0.5
"""Seconds during which changes of what somebody sends later are collected."""

_listeners = events.Listeners(everywhere=True)
_is_stale = False
"""Whether all pages wait to be shown everything as it is now."""
_refreshing = asyncio.Lock()


def start() -> None:
    """Subscribe to events of the services."""
    global _is_stale, _refreshing
    _is_stale, _refreshing = False, asyncio.Lock()  # which is bound to the first loop that waits
    _listeners.add(events.MembershipChanged, _on_membership_changed)
    _listeners.add(events.MentionsChanged, _on_mentions_changed)
    _listeners.add(events.MemberJoined, _on_joined)
    _listeners.add(events.InvitationsChanged, _on_invitations)
    _listeners.add(events.MemberLeft, _on_left)
    _listeners.add(events.RoleChanged, _on_role_changed)
    _listeners.add(events.FavouriteChanged, _on_role_changed)
    _listeners.add(events.RoomDeleted, _on_room_deleted)
    _listeners.add(events.ScheduledChanged, _on_scheduled)
    _listeners.add(events.RoomChanged, _on_room_changed)
    _listeners.add(events.PersonChanged, _on_person_changed)
    _listeners.add(events.PreferencesChanged, _on_preferences)
    _listeners.add(events.BlocksChanged, _on_blocks)
    _listeners.add(events.AdminChanged, _on_admin_changed)
    _listeners.add(events.SecurityNoticeAdded, _on_security_notice)
    _listeners.add(events.HintsLost, _on_hints_lost)
    _listeners.add(events.HubRefused, _on_hub_refused)


def stop() -> None:
    """Unsubscribe, and forget what was not sent yet."""
    _listeners.remove_all()
    _counted.clear()
    _named.clear()
    _scheduled.clear()


# -- Memberships ----------------------------------------------------------------------------------


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
    for user_id in here & event.user_ids:
        _named.add(user_id)


async def _show_mentions(user_id: int, _nothing: list[None]) -> None:
    """Show a person's pages what names them, once for all that changes at a time."""
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
    if push.viewers(room_id):
        _counted.add(room_id)


async def _show_members(room_id: int, _nothing: list[None]) -> None:
    found = await rooms.crowd(room_id)
    faces = str(member_count.faces(found.some))
    await subscriptions.drop_strangers(room_id)
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
    _scheduled.add(event.user_id, [event])


async def _show_scheduled(user_id: int, changes: list[events.ScheduledChanged]) -> None:
    """Show a person's pages what they send later, once for all that changes at a time."""
    room_ids = frozenset(each.room_id for each in changes)
    is_refused = any(each.is_refused for each in changes)
    for page in subscriptions.pages_of(user_id).values():
        _spawn(page.scheduled_changed(room_ids, is_refused=is_refused))


def _on_room_changed(event: events.RoomChanged) -> None:
    for client_id, page in subscriptions.pages().items():
        if event.room_id in subscriptions.rooms_of(client_id):
            _spawn(page.room_changed(event.room_id))


_counted: Gathering[None] = Gathering(MEMBERS_SECONDS, _show_members)
"""Rooms whose pages are about to be shown how many members there are."""
_named: Gathering[None] = Gathering(MENTIONS_SECONDS, _show_mentions)
"""Users whose pages are about to be shown what names them."""
_scheduled = Gathering(SCHEDULED_SECONDS, _show_scheduled)
"""By user: what changed of what they send later."""


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


def _on_hub_refused(event: events.HubRefused) -> None:
    _spawn(_tell_refusal(event))


async def _tell_refusal(event: events.HubRefused) -> None:
    """Show on a person's pages what the hub of this node has refused."""
    for client_id, page in subscriptions.pages_of(event.user_id).items():
        if event.client_message_id:
            refused = protocol.SendRefused(event.client_message_id, event.sentence)
            await push.to_page(client_id, refused)
        else:
            page.hub_refused(event.sentence)


def _on_security_notice(event: events.SecurityNoticeAdded) -> None:
    _spawn(_show_notice(event))


async def _show_notice(event: events.SecurityNoticeAdded) -> None:
    """Show a notice on the person's pages, except those of the session that did it.

    Left out are also pages that are not connected, which get it when they are, and pages whose
    session was ended by what happened.
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


# -- Other processes ------------------------------------------------------------------------------


def _on_hints_lost(_event: events.HintsLost) -> None:
    global _is_stale
    if not _is_stale:
        _is_stale = True
        _spawn(_refresh_all())


async def _refresh_all() -> None:
    """Show each page everything as it is now, one page after another; never twice at a time."""
    global _is_stale
    async with _refreshing:
        _is_stale = False
        await _refresh_each()


async def _refresh_each() -> None:
    for client_id, page in subscriptions.pages().items():
        try:
            await _refresh(client_id, page)
        except NotFound:  # the session has ended, or the page is closed by now
            continue
        except ServiceError as error:
            log.warning("Failed to show a page what it has missed: %s", error.message)
        except Exception:
            log.exception("Failed to show a page what it has missed")


async def _refresh(client_id: str, page: OpenPage) -> None:
    before, now = page.viewer, await sessions.current(page.viewer)
    if now.person != before.person:
        page.person_changed(now.person)
    if now.preferences != before.preferences:
        page.preferences_changed(now.preferences)
    if now.blocked != before.blocked:
        page.blocks_changed(now.blocked)
    if now.is_admin != before.is_admin:
        await page.admin_changed(now.is_admin)
    for room_id in subscriptions.revoked_of(client_id):
        if await rooms.members_among(room_id, {now.user_id}):
            subscriptions.restore(client_id, room_id)
    listed = subscriptions.rooms_of(client_id)
    if page.room_id is None:
        await page.refresh_rooms()
    else:
        await page.room_changed(page.room_id)
    for room_id in listed - subscriptions.rooms_of(client_id):
        if not await rooms.members_among(room_id, {now.user_id}):
            events.publish_from_elsewhere(events.MemberLeft(room_id, now.user_id))


def _spawn(work: Awaitable[None]) -> None:
    tasks.spawn(work, "push")
