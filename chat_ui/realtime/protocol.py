"""Every event that our JavaScript and the server send each other, with its fields.

What happens to elements of NiceGUI calls callbacks instead (`chat_ui/handlers.py`), and files are
sent by HTTP (`chat_ui/server/file_routes.py`).
`tests/chat_ui/realtime/test_protocol.py` compares this file with the JavaScript modules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as validated

from services.core.errors import ServiceError
from services.core.i18n import _

# -- From the browser to the server ---------------------------------------------------------------

STRICT = ConfigDict(
    strict=True,
    extra="ignore",
    defer_build=True,  # until a browser sends one
)
Number = Annotated[int, Field(ge=0, lt=2**53)]
"""A whole number that JavaScript holds exactly, such as a `seq` or an id."""


class ClientEvent:
    """What a browser sends, by `sendToServer(EVENT, …)` in a JavaScript module.

    A browser may send anything, so the fields are validated. `@on` in `chat_ui/handlers.py` says
    which handler takes an event.
    """

    EVENT: ClassVar[str]


@validated(config=STRICT)
class Envelope:
    """The name of an event, and its fields in `detail`."""

    event: Annotated[str, Field(max_length=40)]
    detail: Any = None


@validated(config=STRICT)
class CatchUp(ClientEvent):
    """The page shows messages `first` to `last` as they were at `change`, and wants the rest.

    With `at` it shows nothing yet, and wants to begin around that message.
    """

    EVENT: ClassVar[str] = "catch_up"
    room: Number
    last: Number
    first: Number = 0
    change: Number = 0
    at: Number = 0
    at_end: bool = True


@validated(config=STRICT)
class LoadOlder(ClientEvent):
    """The person has scrolled up to the oldest message, `before`."""

    EVENT: ClassVar[str] = "load_older"
    room: Number
    before: Number


@validated(config=STRICT)
class Read(ClientEvent):
    """The person has read up to `seq`."""

    EVENT: ClassVar[str] = "read"
    room: Number
    seq: Number


@validated(config=STRICT)
class Activity(ClientEvent):
    """The page has become active or idle."""

    EVENT: ClassVar[str] = "activity"
    active: bool


@validated(config=STRICT)
class WatchPresence(ClientEvent):
    """The page shows these users, and requests their presence."""

    EVENT: ClassVar[str] = "watch_presence"
    people: Annotated[list[Number], Field(max_length=400)]


@validated(config=STRICT)
class TypingHint(ClientEvent):
    """The person is typing in a room."""

    EVENT: ClassVar[str] = "typing"
    room: Number


@validated(config=STRICT)
class TimeZone(ClientEvent):
    """The time zone that this browser is in."""

    EVENT: ClassVar[str] = "time_zone"
    zone: Annotated[str, Field(max_length=100)]


@validated(config=STRICT)
class Navigate(ClientEvent):
    """The person follows a link within the chat: a path, and its query after a `?`."""

    EVENT: ClassVar[str] = "navigate"
    path: Annotated[str, Field(max_length=4000)]


@validated(config=STRICT)
class NextUnread(ClientEvent):
    """The person wants to see the next room with something unread."""

    EVENT: ClassVar[str] = "next_unread"


@validated(config=STRICT)
class Send(ClientEvent):
    """The person sends a message. Its text is checked by the service, as everywhere."""

    EVENT: ClassVar[str] = "send"
    room: Number
    id: Any = None
    text: Any = None
    reply: Annotated[int, Field(ge=1, lt=2**53)] | None = None


@validated(config=STRICT)
class MessageAction(ClientEvent):
    """The person chose something from a message's menu: see `chat_ui/plugins.py`."""

    EVENT: ClassVar[str] = "message_action"
    action: Annotated[str, Field(max_length=40)]
    room: Number
    seq: Number


@validated(config=STRICT)
class Edit(ClientEvent):
    """The person gives their message another text."""

    EVENT: ClassVar[str] = "edit"
    room: Number
    seq: Number
    text: Any = None


@validated(config=STRICT)
class React(ClientEvent):
    """The person adds a reaction to a message, or removes it."""

    EVENT: ClassVar[str] = "react"
    room: Number
    seq: Number
    on: bool
    emoji: Any = None


@validated(config=STRICT)
class Vote(ClientEvent):
    """The person chooses answers of a poll; with none they withdraw their vote."""

    EVENT: ClassVar[str] = "vote"
    room: Number
    seq: Number
    numbers: Annotated[list[int], Field(max_length=20)]
    anonymous: bool = False


@validated(config=STRICT)
class CompleteName(ClientEvent):
    """The person types a name that begins with `start`: request number `asked`."""

    EVENT: ClassVar[str] = "complete_name"
    room: Number
    asked: Number
    start: Annotated[str, Field(max_length=100)]


@validated(config=STRICT)
class QuickSearch(ClientEvent):
    """The person types in the quick switcher: request number `asked`."""

    EVENT: ClassVar[str] = "quick_search"
    asked: Number
    words: Annotated[str, Field(max_length=200)]
    people: bool = False


@validated(config=STRICT)
class OpenDirect(ClientEvent):
    """The person wants to talk with these people."""

    EVENT: ClassVar[str] = "open_direct"
    people: Annotated[list[str], Field(max_length=50)]


# A button with `data-ask` sends the event of that name, without fields. What it asks for is about
# the room that is open.


@validated(config=STRICT)
class AskUserMenu(ClientEvent):
    """Open the person's own menu, or close it."""

    EVENT: ClassVar[str] = "user_menu"


@validated(config=STRICT)
class AskShortcuts(ClientEvent):
    """Open the dialog with the keyboard shortcuts."""

    EVENT: ClassVar[str] = "shortcuts"


@validated(config=STRICT)
class AskNewRoom(ClientEvent):
    """Open the dialog for a new room."""

    EVENT: ClassVar[str] = "new_room"


@validated(config=STRICT)
class AskNewPoll(ClientEvent):
    """Open the dialog for a new poll."""

    EVENT: ClassVar[str] = "new_poll"


@validated(config=STRICT)
class AskMembers(ClientEvent):
    """Open the dialog with the members of the room."""

    EVENT: ClassVar[str] = "members"


@validated(config=STRICT)
class AskPins(ClientEvent):
    """Open the dialog with the pinned messages of the room."""

    EVENT: ClassVar[str] = "pins"


@validated(config=STRICT)
class AskJumpToDate(ClientEvent):
    """Open the dialog in which one chooses a day of the room."""

    EVENT: ClassVar[str] = "jump_to_date"


@validated(config=STRICT)
class AskNotificationSettings(ClientEvent):
    """Open the dialog about what of the room notifies the person."""

    EVENT: ClassVar[str] = "notification_settings"


@validated(config=STRICT)
class AskRoomSettings(ClientEvent):
    """Open the dialog about the room."""

    EVENT: ClassVar[str] = "room_settings"


Data = TypeVar("Data")


def read(kind: type[Data], fields: object) -> Data:
    """Return what a browser sent as an event of that kind, or raise `malformed()`."""
    try:
        return kind(**fields)  # type: ignore[arg-type]
    except (ValidationError, TypeError) as error:
        raise malformed() from error


def form(fields: object) -> Mapping[str, Any]:
    """Return the fields of a form, or the `data-` attributes of a button, by name."""
    if not isinstance(fields, dict):
        raise malformed()
    return fields


def to_int(value: object) -> int:
    """Return the whole number that a field holds as text, or 0, which no id and no `seq` is."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 16 else 0


def malformed() -> ServiceError:
    """Return the error for what no page of ours sends."""
    return ServiceError(_("The page sent something odd. Reload it and try again."))


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
    """Receipts of the messages of a room: see `chat_ui/realtime/receipts.py`.

    With nobody `offline` all have received everything up to the time `now`, in milliseconds.
    """

    EVENT: ClassVar[str] = "chat_receipts"
    room: int
    read: Sequence[tuple[int, int]]
    offline: list[tuple[int, float]]
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
    """Suggestions for a mention: the answer to request number `asked`."""

    EVENT: ClassVar[str] = "chat_name_suggestions"
    asked: int
    people: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class QuickSearchResults(ServerEvent):
    """Results of the quick switcher: the answer to request number `asked`."""

    EVENT: ClassVar[str] = "chat_quick_search_results"
    asked: int
    html: str


@dataclass(frozen=True, slots=True)
class Address(ServerEvent):
    """The address of what the page shows now."""

    EVENT: ClassVar[str] = "chat_address"
    path: str


@dataclass(frozen=True, slots=True)
class Clipboard(ServerEvent):
    """A text for the clipboard."""

    EVENT: ClassVar[str] = "chat_clipboard"
    text: str


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
