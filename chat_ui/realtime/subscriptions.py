"""Which pages are open, and which rooms each of them is subscribed to."""

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from msgspec import Struct

from chat_ui.realtime import connections, push
from services.core import events, joined
from services.core.dto import CurrentUser, MessageView, NoticeView, Preferences, UserSummary
from services.core.errors import NotFound
from services.rooms import rooms

AccessRevoked = events.MemberLeft | events.RoomDeleted
"""Events that end the right to see a room."""


class OpenPage(Protocol):
    """An open page, as the code that pushes events to it sees it."""

    @property
    def viewer(self) -> CurrentUser:
        """The user who has it open."""

    @property
    def language(self) -> str:
        """The language it is drawn in."""

    @property
    def room_id(self) -> int | None:
        """The room that it shows."""

    @property
    def coming_to(self) -> int | None:
        """The room that it is about to show, and is subscribed to already."""

    @property
    def unlisted(self) -> frozenset[int]:
        """The user's conversations that are not listed, because they have no messages."""

    async def refresh_rooms(self) -> None:
        """Show the rooms as they are now."""

    def person_changed(self, person: UserSummary) -> None:
        """The person has another name or colour."""

    def show_notices(self, notices: Sequence[NoticeView]) -> None:
        """Show what happened to the security of the user's account."""

    def hub_refused(self, sentence: str) -> None:
        """The hub of this node has refused what the user did."""

    def blocks_changed(self, blocked: frozenset[int]) -> None:
        """The person has blocked or unblocked somebody."""

    def preferences_changed(self, preferences: Preferences) -> None:
        """The person has changed their preferences."""

    def branding_changed(self) -> None:
        """The name or the icon of the chat is another one."""

    async def admin_changed(self, is_admin: bool) -> None:
        """The person is now an administrator, or is no longer one."""

    async def room_changed(self, room_id: int) -> None:
        """Something about a room is different now, or about the person's role in it."""

    async def scheduled_changed(self, room_ids: Collection[int], *, is_refused: bool) -> None:
        """Something that the person sends later to these rooms was added, changed, sent, or refused."""

    async def refresh_panel(self, changed: Sequence[MessageView] | None = None) -> None:
        """Messages of the room have changed, which a panel beside it may list."""

    def lists(self, room_id: int, changed: Collection[MessageView]) -> bool:
        """Return whether it lists, from any rooms, one of the messages of a room that changed."""

    async def refresh_list(self) -> None:
        """Have such a list show its messages as they are now."""

    async def removed_from(self, room_id: int, event: AccessRevoked) -> None:
        """Show nothing more of a room."""


_pages: dict[str, OpenPage] = {}
_rooms: dict[str, frozenset[int]] = {}
"""By page: the rooms it is subscribed to."""


class _Noted(Struct, frozen=True):
    """Users who were members of a room after a message was stored."""

    seq: int
    """That of the message."""
    user_ids: frozenset[int]
    at: float
    """When, on the monotonic clock, the oldest of the answers about them came."""


_members: dict[int, _Noted] = {}
"""By room, the oldest first: see `note_members`."""
NOTED_SECONDS = 5.0
"""For how long that is used: a message is sent within a moment after it was stored."""
MAX_NOTED = 1_000
"""Rooms of which that is kept."""
_revoked: defaultdict[str, set[int]] = defaultdict(set)
"""By page: the rooms it may not subscribe to, not even by a request made before."""


def add_page(client_id: str, page: OpenPage) -> None:
    """Add a page that has opened."""
    _pages[client_id] = page


def remove_page(client_id: str) -> None:
    """Remove a page that has closed."""
    _pages.pop(client_id, None)
    _rooms.pop(client_id, None)
    _revoked.pop(client_id, None)


def stop() -> None:
    """Forget every page: the server stops."""
    _pages.clear()
    _rooms.clear()
    _revoked.clear()
    _members.clear()
    connections.clear()


def pages() -> dict[str, OpenPage]:
    """Return the open pages by NiceGUI client id."""
    return dict(_pages)


def pages_of(user_id: int) -> dict[str, OpenPage]:
    """Return the open pages of a person."""
    return {id_: page for id_, page in _pages.items() if page.viewer.user_id == user_id}


def page_of(client_id: str) -> OpenPage | None:
    """Return an open page by NiceGUI client id."""
    return _pages.get(client_id)


def rooms_of(client_id: str) -> frozenset[int]:
    """Return the rooms that a page is subscribed to."""
    return _rooms.get(client_id, frozenset())


async def subscribe(client_id: str, room_id: int) -> None:
    """Subscribe a page to the messages of a room that it shows, or is about to show."""
    if client_id not in _pages or room_id in _revoked[client_id]:
        return
    for socket in connections.of_client(client_id):
        subscribed_to = socket.subscriptions | {push.messages_channel(room_id)}
        await connections.set_subscriptions(socket, subscribed_to)


@asynccontextmanager
async def subscribed(client_id: str, room_id: int) -> AsyncIterator[None]:
    """Subscribe a page to a room, while the block asks the database what is in it.

    First subscribe, then ask: what comes in between arrives twice, and is shown once. A timeline
    that is not drawn yet takes it as a sign that something is missing, and asks again.
    """
    await subscribe(client_id, room_id)
    try:
        yield
    except NotFound:  # the person is no member any more
        await unsubscribe(client_id, room_id)
        raise


async def unsubscribe(client_id: str, room_id: int) -> None:
    """End a page's subscriptions to a room."""
    for socket in connections.of_client(client_id):
        ended = {push.messages_channel(room_id), push.activity_channel(room_id)}
        await connections.set_subscriptions(socket, socket.subscriptions - ended)


async def sync(client_id: str, room_ids: Collection[int]) -> None:
    """Subscribe a page to the messages of the room it shows, and to activity in the others."""
    page = _pages.get(client_id)
    if page is None:  # it was closed in the meantime
        return
    rooms = _rooms[client_id] = frozenset(room_ids) - _revoked[client_id]
    wanted = {push.activity_channel(room) for room in rooms if room != page.room_id}
    wanted |= {push.person_channel(page.viewer.user_id)}
    wanted |= {push.messages_channel(room) for room in rooms & {page.room_id, page.coming_to}}
    for socket in connections.of_client(client_id):
        await connections.set_subscriptions(socket, wanted)


async def drop_strangers(room_id: int, upto: int | None = None) -> None:
    """Take those off a room who are no members any more; call it before something is sent to it.

    That they left is an event, by which their pages were taken off already. Events of another
    process may be lost or late, so with several processes the database is asked. A page that comes
    while it is asked is asked for as well: when this returns, nobody else is left.

    Where no more is sent than messages `upto` a `seq`, each as it was stored, nobody is asked for
    who is known to have been a member after that: see `note_members`.
    """
    if joined.current() is None:
        return
    noted = None if upto is None else _noted(room_id, upto)
    members = set(noted.user_ids) if noted else set()
    since = noted.at if noted else time.monotonic()
    strangers: set[int] = set()
    asked: list[str] = []
    while (followers := push.followers(room_id)) != asked:
        asked = followers
        unknown = _users(followers) - members - strangers
        if not unknown:
            break
        found = await rooms.members_among(room_id, unknown)
        members |= found
        strangers |= unknown - found
        await _drop(unknown - found, room_id)
    if upto is not None:
        _note(room_id, _Noted(upto, frozenset(members), since))


async def _drop(strangers: Collection[int], room_id: int) -> None:
    for client_id in (page for user_id in strangers for page in pages_of(user_id)):
        revoke(client_id, room_id)
    for socket in [each for each in _sockets(room_id) if each.viewer.user_id in strangers]:
        await unsubscribe(socket.client_id, room_id)
    for user_id in strangers:
        events.publish_from_elsewhere(events.MemberLeft(room_id, user_id))


def audience(room_id: int) -> set[int]:
    """Return the users whose pages are sent what happens in a room."""
    return _users(push.followers(room_id))


def note_members(room_id: int, seq: int, user_ids: Collection[int]) -> None:
    """Note users who were members of a room after its message of this `seq` was stored.

    They may be sent that one and those before, as they were stored, for `NOTED_SECONDS`, whatever
    has happened since. It has to be a message that the database has.
    """
    _note(room_id, _Noted(seq, frozenset(user_ids), time.monotonic()))


def _note(room_id: int, noted: _Noted) -> None:
    known = _noted(room_id, noted.seq)
    if known is not None and known.seq > noted.seq:
        return
    _members.pop(room_id, None)
    _members[room_id] = noted
    while _members and (len(_members) > MAX_NOTED or not _is_fresh(next(iter(_members.values())))):
        del _members[next(iter(_members))]


def _noted(room_id: int, seq: int) -> _Noted | None:
    """Return who may be sent a message of a room without being asked for, if that is known."""
    noted = _members.get(room_id)
    return noted if noted is not None and noted.seq >= seq and _is_fresh(noted) else None


def _is_fresh(noted: _Noted) -> bool:
    return time.monotonic() - noted.at < NOTED_SECONDS


def _users(sids: Collection[str]) -> set[int]:
    return {socket.viewer.user_id for sid in sids if (socket := connections.get(sid))}


def _sockets(room_id: int) -> Iterator[connections.Socket]:
    """Return the sockets that are sent what happens in a room."""
    for sid in push.followers(room_id):
        socket = connections.get(sid)
        if socket is not None:
            yield socket


def revoke(client_id: str, room_id: int) -> None:
    """Stop a page from subscribing to a room."""
    _revoked[client_id].add(room_id)


def revoked_of(client_id: str) -> frozenset[int]:
    """Return the rooms that a page may not subscribe to."""
    return frozenset(_revoked.get(client_id, ()))


def restore(client_id: str, room_id: int) -> None:
    """Let a page subscribe to a room again."""
    _revoked[client_id].discard(room_id)
