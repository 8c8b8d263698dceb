"""Typed events, published after the change they report is committed.

Services publish them. `chat_ui/server/updates/listeners.py` and some modules beside it and in
`chat_ui/realtime/` subscribe, and update the open pages; others clean up, such as
`services/files/orphans.py`. Events are hints: a page that misses one gets the same from the
database when it next catches up.

With several processes, `services/cluster/` tells each what the others have published: who is to
hear that as well subscribes with `everywhere`.

They are structs of msgspec, which are defined, and made, much faster than dataclasses.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from services.core.dto import (
    CurrentUser,
    MessageView,
    NoticeView,
    Preferences,
    UserSummary,
    Visitor,
)

Event = TypeVar("Event")


class MessageSent(Struct, frozen=True):
    """A message was stored."""

    message: MessageView
    is_scheduled: bool = False
    """Whether the server sent it, at the time that its author had chosen."""
    author_has_read: bool = True
    """Whether its author has read up to it: who sends it at once always has."""
    is_from_elsewhere: bool = False
    """Whether another process has stored it, so that none of the pages here has sent it."""


class SentElsewhere(Struct, frozen=True):
    """Another process has stored a message; `MessageSent` follows where pages show its room."""

    room_id: int
    seq: int


class MessageChanged(Struct, frozen=True):
    """An existing message was changed: `change` is the number of that change in the room."""

    room_id: int
    change: int


class MessageEdited(Struct, frozen=True):
    """The text of a message was changed, and its HTML, which is None for a line of words."""

    message_id: int
    author_id: int
    html: str | None


class LinkPreviewRemoved(Struct, frozen=True):
    """A message shows the preview of its link no longer."""


class MessageDeleted(Struct, frozen=True):
    """A message was deleted; if it had a file, that may be an orphan now."""

    room_id: int
    seq: int


class ScheduledChanged(Struct, frozen=True):
    """What a user has scheduled to be sent to a room changed; only their own pages are updated."""

    user_id: int
    room_id: int
    is_refused: bool = False
    """Whether something could not be sent at its time."""


class RoomsPurged(Struct, frozen=True):
    """The messages of deleted rooms were erased; their files may be orphans now."""


class RoomChanged(Struct, frozen=True):
    """A room's name, topic or settings changed."""

    room_id: int


class MemberJoined(Struct, frozen=True):
    """A user joined a room, or was added."""

    room_id: int
    user_id: int


class InvitationsChanged(Struct, frozen=True):
    """A user was invited to a room, has declined, or has taken that back."""

    user_id: int


class MemberLeft(Struct, frozen=True):
    """A user left a room or was removed, and must not see anything more of it."""

    room_id: int
    user_id: int
    removed_from: str = ""
    """The room's name if they were removed; empty if they left by themselves."""


class RoleChanged(Struct, frozen=True):
    """The role of a member changed."""

    room_id: int
    user_id: int


class FavouriteChanged(Struct, frozen=True):
    """A room is among the favourites of a user now, or no longer."""

    room_id: int
    user_id: int


class RoomDeleted(Struct, frozen=True):
    """A room was deleted: its members must not see anything more of it."""

    room_id: int
    name: str


class RoomRead(Struct, frozen=True):
    """Read positions in a room advanced: mostly one, hundreds at a time in a large room."""

    room_id: int
    reached: Mapping[int, int]
    """The `seq` of the last message read, by user id."""
    is_from_elsewhere: bool = False
    """Whether they read on pages of another process, so that none of the pages here knows it."""
    before: Mapping[int, int] = {}
    """What they had read up to until then, of those who read in this process."""


class PresenceChanged(Struct, frozen=True):
    """A user is now online, away, or offline."""

    user_id: int


class Typing(Struct, frozen=True):
    """A user is typing in a room; published again while they go on."""

    room_id: int
    user_id: int
    username: str
    name: str
    blocked: frozenset[int] = frozenset()
    """Whom they have blocked: these are not told."""


class TypingStopped(Struct, frozen=True):
    """Somebody types no longer in a room: apps are told; pages see it by themselves."""

    room_id: int
    unseen_by: frozenset[int]
    """Who was not told that they typed: themselves, and whom they have blocked."""


class MembershipChanged(Struct, frozen=True):
    """A user marked a room as unread, or changed its notification level."""

    room_id: int
    user_id: int
    read_up_to: int
    is_marked: bool
    mentions: int
    notify: str
    uncounted: tuple[int, ...] = ()
    """The `seq` of messages after `read_up_to` that count for nothing."""


class MentionsChanged(Struct, frozen=True):
    """An edit or a deletion added or removed mentions of these users."""

    user_ids: frozenset[int]


class PersonChanged(Struct, frozen=True):
    """A user's display name or colour changed; the members of their rooms see it."""

    person: UserSummary
    room_ids: Sequence[int]


class BlocksChanged(Struct, frozen=True):
    """A user blocked or unblocked somebody; only their own pages are updated."""

    user_id: int
    blocked: frozenset[int]


class PreferencesChanged(Struct, frozen=True):
    """A user's preferences changed; only their own pages are updated."""

    user_id: int
    preferences: Preferences


class AdminChanged(Struct, frozen=True):
    """A user is now an administrator, or is no longer one; only their own pages are updated."""

    user_id: int
    is_admin: bool


class BrandingChanged(Struct, frozen=True):
    """The name, the accent or the icon of the chat changed."""


class HintsLost(Struct, frozen=True):
    """What other processes did for a while is in the database, and no event has told of it."""


class OthersUnheard(Struct, frozen=True):
    """Other processes cannot be heard at the moment: published every few seconds."""


class SettingsChanged(Struct, frozen=True):
    """Administrators have set something for the whole chat, besides its name and its looks."""


class Throttled(Struct, frozen=True):
    """A request was refused by the rate limit of this name in `RateLimits`."""

    limit: str
    by: CurrentUser | Visitor


class DeviceAdded(Struct, frozen=True):
    """A device wants notifications."""


class SessionsEnded(Struct, frozen=True):
    """Sessions of a user were ended; their open pages are disconnected."""

    user_id: int


class AccountDataChanged(Struct, frozen=True):
    """An app has stored something for its user."""

    user_id: int


class ToDeviceSent(Struct, frozen=True):
    """Something was sent to devices of a user."""

    user_id: int


class DeviceListChanged(Struct, frozen=True):
    """A user has another device that encrypts, or another key."""

    user_id: int
    room_ids: tuple[int, ...]
    """Their rooms, whose members are told."""


class HubRefused(Struct, frozen=True):
    """On a node: the hub has refused for good what its person did."""

    user_id: int
    client_message_id: str
    """Of the message that was refused; empty for something else."""
    sentence: str
    """The hub's; may be empty."""


class SecurityNoticeAdded(Struct, frozen=True):
    """Something about the security of a user's account changed; their pages tell them."""

    user_id: int
    notice: NoticeView
    session_id: int | None
    """The session that did it, whose pages need not be told."""


_listeners: defaultdict[type, list[Callable[[Any], None]]] = defaultdict(list)
_everywhere: defaultdict[type, list[Callable[[Any], None]]] = defaultdict(list)
"""Those of them that also listen to what other processes have published."""


def subscribe(
    kind: type[Event], listener: Callable[[Event], None], *, everywhere: bool = False
) -> Callable[[], None]:
    """Call `listener` with every event of this type. Return a function that unsubscribes it.

    With `everywhere` also with those of other processes, if there are any.
    """
    lists = [_listeners, _everywhere] if everywhere else [_listeners]
    for each in lists:
        each[kind].append(listener)

    def unsubscribe() -> None:
        for each in lists:
            each[kind].remove(listener)

    return unsubscribe


class Listeners:
    """What a module listens to from its start to its stop."""

    def __init__(self, *, everywhere: bool = False) -> None:
        """See `subscribe`."""
        self._everywhere = everywhere
        self._undo: list[Callable[[], None]] = []

    def add(self, kind: type[Event], listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event of this type."""
        self._undo.append(subscribe(kind, listener, everywhere=self._everywhere))

    def remove_all(self) -> None:
        """Call none of them any more."""
        while self._undo:
            self._undo.pop()()


def publish(event: object) -> None:
    """Call every listener, on the event loop, in the order they subscribed."""
    for listener in tuple(_listeners[type(event)]):
        listener(event)


def publish_from_elsewhere(event: object) -> None:
    """Call those who listen everywhere: another process has published it."""
    for listener in tuple(_everywhere[type(event)]):
        listener(event)
