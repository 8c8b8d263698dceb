"""Every event that browser and server send each other, with its fields.

`tests/chat_ui/realtime/test_protocol.py` compares this file with the JavaScript modules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

# -- From the server to the browser ---------------------------------------------------------------


class ServerEvent:
    """What the server sends: `on(EVENT, …)` in a JavaScript module receives its fields."""

    __slots__: tuple[str, ...] = ()
    EVENT: ClassVar[str]

    def fields(self) -> dict[str, Any]:
        """Return the fields by name, as they go over the wire."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Messages(ServerEvent):
    """Messages of a room for one page.

    `how` is `start` (the first ones), `add`, `older`, `live`, or `open`: for the timeline that is
    about to be drawn, from message `at` on.
    """

    EVENT: ClassVar[str] = "chat_messages"
    room: int
    html: str
    how: str
    at: int
    more: bool
    rest: bool
    read: int | None
    change: int
    changed: str


@dataclass(frozen=True, slots=True)
class LiveMessages(ServerEvent):
    """New messages for every page that shows the room.

    By `crowd`, how many these are, pages choose how soon they report what was read.
    """

    EVENT: ClassVar[str] = "chat_messages"
    room: int
    html: str
    crowd: int
    how: str = "live"


@dataclass(frozen=True, slots=True)
class MessageChanges(ServerEvent):
    """What changed in messages of a room after change `since`, up to `change`.

    A page whose last change is older than `since` has missed something, and asks.
    """

    EVENT: ClassVar[str] = "chat_message_changes"
    room: int
    since: int
    change: int
    html: str


@dataclass(frozen=True, slots=True)
class SendRefused(ServerEvent):
    """A message of this page was not stored, and why."""

    EVENT: ClassVar[str] = "chat_send_refused"
    id: object
    sentence: str


@dataclass(frozen=True, slots=True)
class EditText(ServerEvent):
    """The text of a message, for the composer to edit."""

    EVENT: ClassVar[str] = "chat_edit_text"
    room: int
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class EditResult(ServerEvent):
    """Whether the text that this page sent for a message is stored."""

    EVENT: ClassVar[str] = "chat_edit_result"
    seq: int
    stored: bool


@dataclass(frozen=True, slots=True)
class OwnVotes(ServerEvent):
    """What the person chose in anonymous polls of a room, by the `seq` of the poll."""

    EVENT: ClassVar[str] = "chat_own_votes"
    room: int
    votes: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class RoomList(ServerEvent):
    """The rooms that the person is in."""

    EVENT: ClassVar[str] = "chat_room_list"
    html: str


@dataclass(frozen=True, slots=True)
class RoomActivity(ServerEvent):
    """New messages of a room for pages that show another: enough to count and to notify."""

    EVENT: ClassVar[str] = "chat_room_activity"
    room: int
    last: int
    messages: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ReadElsewhere(ServerEvent):
    """The person has read a room up to `seq` on another page."""

    EVENT: ClassVar[str] = "chat_read_elsewhere"
    room: int
    seq: int


@dataclass(frozen=True, slots=True)
class MembershipChanged(ServerEvent):
    """What the person has read of a room, and what notifies them, is different now."""

    EVENT: ClassVar[str] = "chat_membership_changed"
    room: int
    read: int
    marked: bool
    mentions: int
    notify: str


@dataclass(frozen=True, slots=True)
class Receipts(ServerEvent):
    """How far the messages of a room have come: see `chat_ui/realtime/receipts.py`.

    With nobody `away` all have received everything up to the time `now`, in milliseconds.
    """

    EVENT: ClassVar[str] = "chat_receipts"
    room: int
    read: Sequence[tuple[int, int]]
    away: list[tuple[int, float]]
    now: float


@dataclass(frozen=True, slots=True)
class Presence(ServerEvent):
    """Whether people that this page shows are here, by their id: `state`, and when `seen`."""

    EVENT: ClassVar[str] = "chat_presence"
    people: dict[str, dict[str, str | None]]


@dataclass(frozen=True, slots=True)
class Typing(ServerEvent):
    """Who is typing in a room: `id`, `author` and `name` of each."""

    EVENT: ClassVar[str] = "chat_typing"
    room: int
    people: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PersonChanged(ServerEvent):
    """Somebody has another name or colour now."""

    EVENT: ClassVar[str] = "chat_person_changed"
    author: str
    name: str
    avatar: str


@dataclass(frozen=True, slots=True)
class NameSuggestions(ServerEvent):
    """Who may be meant by the beginning of a name: the answer to question number `asked`."""

    EVENT: ClassVar[str] = "chat_name_suggestions"
    asked: int
    people: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class QuickSearchResults(ServerEvent):
    """What the quick switcher found: the answer to question number `asked`."""

    EVENT: ClassVar[str] = "chat_quick_search_results"
    asked: int
    html: str


@dataclass(frozen=True, slots=True)
class Address(ServerEvent):
    """The address of what the page shows now."""

    EVENT: ClassVar[str] = "chat_address"
    path: str


@dataclass(frozen=True, slots=True)
class SessionEnded(ServerEvent):
    """The session of this page has ended."""

    EVENT: ClassVar[str] = "chat_session_ended"


@dataclass(frozen=True, slots=True)
class Stylesheet(ServerEvent):
    """With `--edit`: the stylesheet is at another address now."""

    EVENT: ClassVar[str] = "chat_stylesheet"
    href: str


@dataclass(frozen=True, slots=True)
class Reload(ServerEvent):
    """With `--edit`: a JavaScript module has changed."""

    EVENT: ClassVar[str] = "chat_reload"
