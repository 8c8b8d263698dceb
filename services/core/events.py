"""Typed events, published after the change they report is committed.

Services publish them. `chat_ui/server/listeners.py` and some modules of `chat_ui/realtime/`
subscribe, and update the open pages; `services/files/orphans.py` removes files. Events are hints:
a page that misses one gets the same from the database when it next catches up.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from services.core.dto import MessageView, Preferences, UserSummary

Event = TypeVar("Event")


@dataclass(frozen=True)
class MessageSent:
    """A message was stored."""

    message: MessageView


@dataclass(frozen=True)
class MessageChanged:
    """An existing message was changed: `change` is the number of that change in the room."""

    room_id: int
    change: int


@dataclass(frozen=True)
class MessageDeleted:
    """A message was deleted; if it had a file, that may be an orphan now."""

    room_id: int
    seq: int


@dataclass(frozen=True)
class RoomsPurged:
    """The messages of deleted rooms were erased; their files may be orphans now."""


@dataclass(frozen=True)
class RoomChanged:
    """A room's name, topic or settings changed."""

    room_id: int


@dataclass(frozen=True)
class MemberJoined:
    """A user joined a room, or was added."""

    room_id: int
    user_id: int


@dataclass(frozen=True)
class MemberLeft:
    """A user left a room or was removed, and must not see anything more of it."""

    room_id: int
    user_id: int
    removed_from: str = ""
    """The room's name if they were removed; empty if they left by themselves."""


@dataclass(frozen=True)
class RoleChanged:
    """The role of a member changed."""

    room_id: int
    user_id: int


@dataclass(frozen=True)
class RoomDeleted:
    """A room was deleted: its members must not see anything more of it."""

    room_id: int
    name: str


@dataclass(frozen=True)
class RoomRead:
    """Read positions in a room advanced: mostly one, hundreds at a time in a large room."""

    room_id: int
    reached: Mapping[int, int]
    """The `seq` of the last message read, by user id."""


@dataclass(frozen=True)
class PresenceChanged:
    """A user is now online, away, or offline."""

    user_id: int


@dataclass(frozen=True)
class Typing:
    """A user is typing in a room; published again while they go on."""

    room_id: int
    user_id: int
    username: str
    name: str


@dataclass(frozen=True)
class MembershipChanged:
    """A user marked a room as unread, or changed its notification level."""

    room_id: int
    user_id: int
    read_up_to: int
    is_marked: bool
    mentions: int
    notify: str


@dataclass(frozen=True)
class MentionsChanged:
    """An edit or a deletion added or removed mentions of these users."""

    user_ids: frozenset[int]


@dataclass(frozen=True)
class PersonChanged:
    """A user's display name or colour changed; the members of their rooms see it."""

    person: UserSummary
    room_ids: Sequence[int]


@dataclass(frozen=True)
class BlocksChanged:
    """A user blocked or unblocked somebody; only their own pages are updated."""

    user_id: int
    blocked: frozenset[int]


@dataclass(frozen=True)
class PreferencesChanged:
    """A user's preferences changed; only their own pages are updated."""

    user_id: int
    preferences: Preferences


_listeners: defaultdict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[Event], listener: Callable[[Event], None]) -> Callable[[], None]:
    """Call `listener` with every event of this type. Return a function that unsubscribes it."""
    _listeners[kind].append(listener)
    return lambda: _listeners[kind].remove(listener)


def publish(event: object) -> None:
    """Call every listener, on the event loop, in the order they subscribed."""
    for listener in tuple(_listeners[type(event)]):
        listener(event)
