"""What has happened, told to whoever wants to know, after it is stored.

A verb publishes an event when its write is committed; `chat_ui.realtime.push` listens and shows it.
Events are hints: a page that misses one finds the same in the database when it next asks.
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
    """Something happened to a message that was there: `change` is its number in the room."""

    room_id: int
    change: int


@dataclass(frozen=True)
class MessageDeleted:
    """A message is deleted, and the file that came with it."""

    room_id: int
    seq: int


@dataclass(frozen=True)
class RoomsPurged:
    """What was said in deleted rooms is erased, with the files that came with it."""


@dataclass(frozen=True)
class RoomChanged:
    """A room has another name or topic, or something else about it is different now."""

    room_id: int


@dataclass(frozen=True)
class MemberJoined:
    """A person is in a room now."""

    room_id: int
    user_id: int


@dataclass(frozen=True)
class MemberLeft:
    """A person is in a room no more, and must see nothing further of it."""

    room_id: int
    user_id: int
    removed_from: str = ""
    """The room's name, for who did not go of their own accord."""


@dataclass(frozen=True)
class RoleChanged:
    """A member of a room has another role."""

    room_id: int
    user_id: int


@dataclass(frozen=True)
class RoomDeleted:
    """A room is gone: whoever was in it must see nothing further of it."""

    room_id: int
    name: str


@dataclass(frozen=True)
class RoomRead:
    """People have read on in a room: one as a rule, hundreds at a time in a crowd."""

    room_id: int
    reached: Mapping[int, int]
    """By user: up to which `seq`."""


@dataclass(frozen=True)
class PresenceChanged:
    """A person is here now, is elsewhere for a while, or has gone."""

    user_id: int


@dataclass(frozen=True)
class Typing:
    """A person is writing something in a room, and was a moment ago."""

    room_id: int
    user_id: int
    username: str
    name: str


@dataclass(frozen=True)
class StandingChanged:
    """A person has marked a room as unread, or wants to be called otherwise for what is in it."""

    room_id: int
    user_id: int
    read_up_to: int
    is_marked: bool
    mentions: int
    notify: str


@dataclass(frozen=True)
class MentionsChanged:
    """A message that was there names these people now, or does no more."""

    user_ids: frozenset[int]


@dataclass(frozen=True)
class PersonChanged:
    """A person has another name or colour; those in their rooms see it."""

    person: UserSummary
    room_ids: Sequence[int]


@dataclass(frozen=True)
class BlocksChanged:
    """A person has blocked or unblocked somebody; their own pages follow."""

    user_id: int
    blocked: frozenset[int]


@dataclass(frozen=True)
class PreferencesChanged:
    """A person has chosen anew how they are seen and disturbed; their own pages follow."""

    user_id: int
    preferences: Preferences


_listeners: defaultdict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[Event], listener: Callable[[Event], None]) -> Callable[[], None]:
    """Call `listener` with every event of this kind; return what undoes it."""
    _listeners[kind].append(listener)
    return lambda: _listeners[kind].remove(listener)


def publish(event: object) -> None:
    """Tell every listener, on the event loop, in the order they subscribed."""
    for listener in tuple(_listeners[type(event)]):
        listener(event)
