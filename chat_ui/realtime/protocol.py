"""Every event that our JavaScript and the server send each other, with its fields.

What happens to elements of NiceGUI calls callbacks instead (`chat_ui/handlers.py`), and files are
sent by HTTP (`chat_ui/server/routes/file_routes.py`).
`tests/chat_ui/realtime/test_protocol.py` compares this file with the JavaScript modules.

The events are structs of msgspec: dataclasses that it also validates. Fifty of pydantic's took
several times as long to define as all of msgspec takes to load.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

# -- From the browser to the server ---------------------------------------------------------------

Number = Annotated[int, Meta(ge=0, lt=2**53)]
"""A whole number that JavaScript holds exactly, such as a `seq` or an id."""


class ClientEvent(Struct):
    """What a browser sends, by `sendToServer(EVENT, …)` in a JavaScript module.

    A browser may send anything: `chat_ui/realtime/validation.py` checks the fields. `@on` in
    `chat_ui/handlers.py` says which handler takes an event.
    """

    EVENT: ClassVar[str]


class Envelope(Struct):
    """The name of an event, and its fields in `detail`."""

    event: Annotated[str, Meta(max_length=40)]
    detail: Any = None


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


class LoadOlder(ClientEvent):
    """The person has scrolled up to the oldest message, `before`."""

    EVENT: ClassVar[str] = "load_older"
    room: Number
    before: Number


class Read(ClientEvent):
    """The person has read up to `seq`."""

    EVENT: ClassVar[str] = "read"
    room: Number
    seq: Number


class Activity(ClientEvent):
    """The page has become active or idle."""

    EVENT: ClassVar[str] = "activity"
    active: bool


class WatchPresence(ClientEvent):
    """The page shows these users, and requests their presence."""

    EVENT: ClassVar[str] = "watch_presence"
    people: Annotated[list[Number], Meta(max_length=400)]


class TypingHint(ClientEvent):
    """The person is typing in a room."""

    EVENT: ClassVar[str] = "typing"
    room: Number


class TimeZone(ClientEvent):
    """The time zone that this browser is in."""

    EVENT: ClassVar[str] = "time_zone"
    zone: Annotated[str, Meta(max_length=100)]


class Navigate(ClientEvent):
    """The person follows a link within the chat: a path, and its query after a `?`."""

    EVENT: ClassVar[str] = "navigate"
    path: Annotated[str, Meta(max_length=4000)]


class NextUnread(ClientEvent):
    """The person wants to see the next room with something unread."""

    EVENT: ClassVar[str] = "next_unread"


class Send(ClientEvent):
    """The person sends a message: a text, which the service checks as everywhere, or a sticker.

    Or a `gif`, by the room and `seq` of a message that has it.
    """

    EVENT: ClassVar[str] = "send"
    room: Number
    id: Any = None
    text: Any = None
    sticker: Number | None = None
    gif: tuple[Number, Number] | None = None
    reply: Annotated[int, Meta(ge=1, lt=2**53)] | None = None


class Preview(ClientEvent):
    """The person wants to see how a text would look in a room: request number `asked`."""

    EVENT: ClassVar[str] = "preview"
    room: Number
    asked: Number
    text: Any = None


class SendLater(ClientEvent):
    """The person wants what is in the composer to be sent at a time; without one, asks for it.

    The time is a moment in UTC. It is checked by the service, as the text is; here only its size,
    since it is kept while the time is chosen.
    """

    EVENT: ClassVar[str] = "send_later"
    room: Number
    id: Annotated[str, Meta(max_length=64)]
    text: Annotated[str, Meta(max_length=20_000)]
    reply: Annotated[int, Meta(ge=1, lt=2**53)] | None = None
    at: Annotated[str, Meta(max_length=40)] = ""


class ScheduledTaken(ClientEvent):
    """The browser has put a scheduled message into the composer, or the draft of its room."""

    EVENT: ClassVar[str] = "scheduled_taken"
    id: Annotated[str, Meta(max_length=64)]


class MessageAction(ClientEvent):
    """The person chose something from a message's menu: see `chat_ui/plugins.py`."""

    EVENT: ClassVar[str] = "message_action"
    action: Annotated[str, Meta(max_length=40)]
    room: Number
    seq: Number


class Edit(ClientEvent):
    """The person gives their message another text."""

    EVENT: ClassVar[str] = "edit"
    room: Number
    seq: Number
    text: Any = None


class React(ClientEvent):
    """The person adds a reaction to a message, or removes it."""

    EVENT: ClassVar[str] = "react"
    room: Number
    seq: Number
    on: bool
    emoji: Any = None


class Vote(ClientEvent):
    """The person chooses answers of a poll; with none they withdraw their vote."""

    EVENT: ClassVar[str] = "vote"
    room: Number
    seq: Number
    numbers: Annotated[list[int], Meta(max_length=20)]
    anonymous: bool = False


class CompleteName(ClientEvent):
    """The person types a name that begins with `start`: request number `asked`."""

    EVENT: ClassVar[str] = "complete_name"
    room: Number
    asked: Number
    start: Annotated[str, Meta(max_length=100)]


class QuickSearch(ClientEvent):
    """The person types in the quick switcher: request number `asked`."""

    EVENT: ClassVar[str] = "quick_search"
    asked: Number
    words: Annotated[str, Meta(max_length=200)]
    picks: Literal["", "people", "targets"] = ""
    """What several are picked of: people to talk with, or conversations to forward to."""


class Forward(ClientEvent):
    """The person forwards a message: to ids of rooms, and usernames after an `@`."""

    EVENT: ClassVar[str] = "forward"
    room: Number
    seq: Number
    id: Annotated[str, Meta(max_length=40)]
    targets: Annotated[list[Annotated[str, Meta(max_length=65)]], Meta(min_length=1, max_length=50)]
    note: Any = ""


class AskProfileCard(ClientEvent):
    """The person wants to see who wrote a message of a room."""

    EVENT: ClassVar[str] = "profile_card"
    room: Number
    username: Annotated[str, Meta(max_length=64)]


class OpenDirect(ClientEvent):
    """The person wants to talk with these people: encrypted, or as the page can show it."""

    EVENT: ClassVar[str] = "open_direct"
    people: Annotated[list[str], Meta(max_length=50)]
    encrypted: bool = False


class PushSubscribe(ClientEvent):
    """This browser is to be notified while no page is open: where, and by which keys.

    With `text`, notifications have the text of the message.
    """

    EVENT: ClassVar[str] = "push_subscribe"
    endpoint: Any = None
    p256dh: Any = None
    auth: Any = None
    text: bool = False


class PushUnsubscribe(ClientEvent):
    """This browser is not to be notified any more."""

    EVENT: ClassVar[str] = "push_unsubscribe"


class PasskeyAnswer(ClientEvent):
    """What a device answered to `PasskeyWanted`, as JSON; empty if the person gave it up."""

    EVENT: ClassVar[str] = "passkey"
    answer: Annotated[str, Meta(max_length=20_000)]


# A button with `data-ask` sends the event of that name, and its other data as fields. What it asks
# for is about the room that is open.


class ChooseTheme(ClientEvent):
    """Show everything in light or dark colours, or as the device does."""

    EVENT: ClassVar[str] = "theme"
    theme: Annotated[str, Meta(max_length=10)]


class AskShortcuts(ClientEvent):
    """Open the dialog with the keyboard shortcuts."""

    EVENT: ClassVar[str] = "shortcuts"


class AskNewRoom(ClientEvent):
    """Open the dialog for a new room."""

    EVENT: ClassVar[str] = "new_room"


class AskNewPoll(ClientEvent):
    """Open the dialog for a new poll."""

    EVENT: ClassVar[str] = "new_poll"


class AskJumpToDate(ClientEvent):
    """Open the dialog in which one chooses a day of the room."""

    EVENT: ClassVar[str] = "jump_to_date"


class AskNotificationSettings(ClientEvent):
    """Open the dialog about what of the room notifies the person."""

    EVENT: ClassVar[str] = "notification_settings"


class AskRoomSettings(ClientEvent):
    """Open the dialog about the room."""

    EVENT: ClassVar[str] = "room_settings"


class Favourite(ClientEvent):
    """Put a room among the person's favourites, or take it out: `on` or `off`."""

    EVENT: ClassVar[str] = "favourite"
    room: Annotated[str, Meta(max_length=16)]
    set: Annotated[str, Meta(max_length=3)]


class AskLeave(ClientEvent):
    """Open the dialog that asks whether to leave the room."""

    EVENT: ClassVar[str] = "leave_room"


# -- From the server to the browser ---------------------------------------------------------------


class ServerEvent(Struct):
    """What the server sends: `on(EVENT, …)` in a JavaScript module receives its fields."""

    EVENT: ClassVar[str]

    def fields(self) -> dict[str, Any]:
        """Return the fields by name, as they go over the wire."""
        return msgspec.structs.asdict(self)


class FormAnswered(ServerEvent):
    """What a form has sent is done, or refused: it may be sent again."""

    EVENT: ClassVar[str] = "chat_form_answered"
    form: int
    """The id of its element."""


class Messages(ServerEvent):
    """Messages of a room for one page.

    `how` is `start` (the first ones), `add`, `older`, `live`, or `open`: for the timeline that is
    about to be drawn, from message `at` on. `now` is the time here, in milliseconds.
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
    now: int


class LiveMessages(ServerEvent):
    """New messages for every page that shows the room, and the last one in a line for the list.

    By `crowd`, how many these are, pages choose how soon they report what was read.
    """

    EVENT: ClassVar[str] = "chat_messages"
    room: int
    html: str
    crowd: int
    summary: dict[str, Any]
    how: str = "live"


class MessageChanges(ServerEvent):
    """What changed in messages of a room after change `since`, up to `change`.

    A page whose last change is older than `since` has missed something, and asks.
    """

    EVENT: ClassVar[str] = "chat_message_changes"
    room: int
    since: int
    change: int
    html: str
    summaries: list[dict[str, Any]]


class SendRefused(ServerEvent):
    """A message of this page was not stored, and why."""

    EVENT: ClassVar[str] = "chat_send_refused"
    id: object
    sentence: str


class PreviewResult(ServerEvent):
    """How the text of request number `asked` would look, or why it could not be sent."""

    EVENT: ClassVar[str] = "chat_preview"
    asked: int
    html: str = ""
    sentence: str = ""


class ScheduleResult(ServerEvent):
    """Whether what this page asked to be sent later is stored."""

    EVENT: ClassVar[str] = "chat_schedule_result"
    id: str
    stored: bool


class ScheduledText(ServerEvent):
    """A scheduled message for the composer of its room, or for the draft of the `writer` there.

    `reply` has the `seq`, the author's `name` and the `text` of the message that it replies to.
    """

    EVENT: ClassVar[str] = "chat_scheduled_text"
    id: str
    room: int
    writer: str
    text: str
    reply: dict[str, Any] | None


class EditText(ServerEvent):
    """The text of a message, for the composer to edit."""

    EVENT: ClassVar[str] = "chat_edit_text"
    room: int
    seq: int
    text: str


class EditResult(ServerEvent):
    """Whether the text that this page sent for a message is stored.

    `gone` is for a message that the person cannot edit any more, such as a deleted one.
    """

    EVENT: ClassVar[str] = "chat_edit_result"
    room: int
    seq: int
    stored: bool
    gone: bool = False


class OwnVotes(ServerEvent):
    """What the person chose in anonymous polls of a room, by the `seq` of the poll."""

    EVENT: ClassVar[str] = "chat_own_votes"
    room: int
    votes: dict[str, list[int]]


class RoomList(ServerEvent):
    """The rooms that the person is in."""

    EVENT: ClassVar[str] = "chat_room_list"
    html: str


class RoomMembers(ServerEvent):
    """How many members a room has now, and the faces of some as HTML."""

    EVENT: ClassVar[str] = "chat_room_members"
    room: int
    count: int
    faces: str


class RoomActivity(ServerEvent):
    """New messages of a room for pages that show another: enough to count and to notify.

    Of those that are not among the `messages`, `others` has the `seq` and the author's id, which is
    0 if it is deleted.
    """

    EVENT: ClassVar[str] = "chat_room_activity"
    room: int
    last: int
    messages: list[dict[str, Any]]
    others: list[tuple[int, int]]
    summary: dict[str, Any]


class RoomSummaries(ServerEvent):
    """What changed messages of a room say now, for pages that show another."""

    EVENT: ClassVar[str] = "chat_room_summaries"
    room: int
    summaries: list[dict[str, Any]]


class ReadElsewhere(ServerEvent):
    """The person has read a room up to `seq` on another page."""

    EVENT: ClassVar[str] = "chat_read_elsewhere"
    room: int
    seq: int


class MembershipChanged(ServerEvent):
    """What the person has read of a room, and what notifies them, is different now.

    After `read` the messages `uncounted` count for nothing.
    """

    EVENT: ClassVar[str] = "chat_membership_changed"
    room: int
    read: int
    marked: bool
    mentions: int
    notify: str
    uncounted: Sequence[int]


class Receipts(ServerEvent):
    """Receipts of the messages of a room: see `chat_ui/realtime/receipts.py`.

    With nobody `offline` all have received everything up to the time `now`, in milliseconds.
    """

    EVENT: ClassVar[str] = "chat_receipts"
    room: int
    read: Sequence[tuple[int, int]]
    offline: list[tuple[int, float]]
    now: float


class Presence(ServerEvent):
    """Whether people that this page shows are here, by their id: `state`, and when `seen`."""

    EVENT: ClassVar[str] = "chat_presence"
    people: dict[str, dict[str, str | None]]


class Typing(ServerEvent):
    """Who is typing in a room: `id`, `author` and `name` of each."""

    EVENT: ClassVar[str] = "chat_typing"
    room: int
    people: list[dict[str, Any]]


class PersonChanged(ServerEvent):
    """Somebody has another name or colour now; name and avatar are HTML."""

    EVENT: ClassVar[str] = "chat_person_changed"
    author: str
    name: str
    avatar: str


class ProfileCard(ServerEvent):
    """Who wrote a message, as HTML: the answer to `AskProfileCard`."""

    EVENT: ClassVar[str] = "chat_profile_card"
    html: str


class NameSuggestions(ServerEvent):
    """Suggestions for a mention: the answer to request number `asked`.

    Each has `username`, `name`, and `words`, by which it is found: see `name_search.indexed`.
    """

    EVENT: ClassVar[str] = "chat_name_suggestions"
    asked: int
    people: list[dict[str, str]]


class QuickSearchResults(ServerEvent):
    """Results of the quick switcher: the answer to request number `asked`."""

    EVENT: ClassVar[str] = "chat_quick_search_results"
    asked: int
    html: str


class Forwarded(ServerEvent):
    """Where the message of `Forward` number `id` was forwarded to, and why not to others."""

    EVENT: ClassVar[str] = "chat_forwarded"
    id: str
    done: list[str]
    refusals: list[str]


class Address(ServerEvent):
    """The address of what the page shows now."""

    EVENT: ClassVar[str] = "chat_address"
    path: str


class Clipboard(ServerEvent):
    """A text for the clipboard."""

    EVENT: ClassVar[str] = "chat_clipboard"
    text: str


class PasskeyWanted(ServerEvent):
    """The browser is to `create` or `get` a passkey, with these options as JSON."""

    EVENT: ClassVar[str] = "chat_passkey_wanted"
    kind: str
    options: str


class SessionEnded(ServerEvent):
    """The session of this page has ended."""

    EVENT: ClassVar[str] = "chat_session_ended"


class ServerStopping(ServerEvent):
    """This process stops, and others go on: the page is to load itself from one of them."""

    EVENT: ClassVar[str] = "chat_server_stopping"


class Stylesheet(ServerEvent):
    """The stylesheet is at another address now: there is another accent, or `--edit` follows a change."""

    EVENT: ClassVar[str] = "chat_stylesheet"
    href: str


class Reload(ServerEvent):
    """With `--edit`: a JavaScript module has changed."""

    EVENT: ClassVar[str] = "chat_reload"
