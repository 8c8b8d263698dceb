"""What services hand out: plain values, cut off from the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.core.i18n import _


@dataclass(frozen=True)
class Visitor:
    """Somebody without a session: where they come from, and on what."""

    address: str
    device: str


@dataclass(frozen=True)
class Preferences:
    """What somebody has chosen about being seen and being disturbed."""

    shows_receipts: bool = True
    """Whether others see how far they have read; who hides that sees nobody's."""
    shows_last_seen: bool = True
    """Whether others see when they were last here."""
    has_sound: bool = True
    quiet_from: int | None = None
    """When their do-not-disturb begins, in minutes after midnight where they are; with None
    there is none."""
    quiet_until: int | None = None
    time_zone: str = ""
    """The IANA name of the zone their browser is in; empty while that is not known."""


@dataclass(frozen=True)
class CurrentUser:
    """Who asks: a person with a live session. Settled once, when the page is built."""

    user_id: int
    username: str
    display_name: str
    hue: int
    theme: str
    is_admin: bool
    session_id: int
    expires_at: datetime
    preferences: Preferences = Preferences()
    blocked: frozenset[int] = frozenset()
    """Of whom they want nothing."""

    @property
    def person(self) -> "UserSummary":
        """Them, as others see them."""
        return UserSummary(self.user_id, self.username, self.display_name, self.hue)


@dataclass(frozen=True)
class UserSummary:
    """Somebody as others see them."""

    user_id: int
    username: str
    display_name: str
    hue: int


@dataclass(frozen=True)
class Member(UserSummary):
    """Somebody in a room."""

    role: str


@dataclass(frozen=True)
class Members:
    """Some of those who are in a room."""

    found: Sequence[Member]
    total: int
    """How many are in it."""
    role: str
    """What role the one who asks has."""


@dataclass(frozen=True)
class RoomName:
    """A room as a link to it."""

    room_id: int
    kind: str
    name: str


@dataclass(frozen=True)
class Profile(UserSummary):
    """Somebody, and what they say of themselves."""

    about: str
    time_zone: str
    rooms: tuple[RoomName, ...]
    """The rooms that both are in: the one who asks, and this person."""
    is_blocked: bool
    """Whether the one who asks has blocked them."""


@dataclass(frozen=True)
class QuickSearchResult:
    """A conversation or a person that somebody looks for by name."""

    title: str
    kind: str
    """That of the room; `person` for somebody with whom there is no conversation yet."""
    room_id: int
    """0 for such a person."""
    people: tuple[UserSummary, ...] = ()
    """Who it is, or who is in these direct messages."""
    topic: str = ""
    is_mine: bool = True
    """Whether one is in it, or has talked with them."""


@dataclass(frozen=True)
class RoomView:
    """A room as one of its members sees it."""

    room_id: int
    kind: str
    name: str
    topic: str
    last_seq: int
    last_read_seq: int
    role: str
    is_last_open: bool | None
    """Whether it is the room this person had open last."""
    is_announcement: bool
    is_archived: bool
    notify: str
    unread_from: int
    """From which message on this person has marked it as unread; 0 when they have not."""
    mentions: int = 0
    """How many of the unread messages name this person, or everybody."""
    people: tuple[UserSummary, ...] = ()
    """In direct messages: everybody in it but the one who asks."""

    @property
    def unread(self) -> int:
        """How many messages this person has not read, or has marked as unread."""
        return max(0, self.last_seq - self.read_up_to)

    @property
    def read_up_to(self) -> int:
        """The message after which the unread ones begin."""
        return self.unread_from - 1 if self.unread_from else self.last_read_seq

    @property
    def title(self) -> str:
        """What the room is called: by its name, or after the people in it."""
        return self.name or title(person.display_name for person in self.people)


def title(names: Iterable[str]) -> str:
    """Return what direct messages are called after the others in them."""
    return ", ".join(names) or _("Notes to myself")


@dataclass(frozen=True)
class PublicRoom:
    """A public room as somebody finds it who may not be in it."""

    room_id: int
    name: str
    topic: str
    members: int
    joined: bool
    is_archived: bool = False


@dataclass(frozen=True)
class Quote:
    """The message that another answers."""

    seq: int
    author: UserSummary
    text: str
    """How it begins; empty when it is deleted."""
    is_name: bool = False
    """Whether that is what its file is called: a file may come without a word."""


@dataclass(frozen=True)
class ReactionView:
    """An emoji at a message, and who put it there, the first of them first."""

    emoji: str
    user_ids: tuple[int, ...]


@dataclass(frozen=True)
class OptionView:
    """An answer of a poll."""

    number: int
    text: str
    votes: int
    user_ids: tuple[int, ...]
    """Who chose it; empty in an anonymous poll."""


@dataclass(frozen=True)
class PollView:
    """How the question of a message is voted on, and how the votes stand."""

    is_multiple: bool
    is_anonymous: bool
    closes_at: datetime | None
    options: tuple[OptionView, ...]
    voters: int


@dataclass(frozen=True)
class FileView:
    """The file that a message brings along."""

    name: str
    size: int
    """Bytes."""
    kind: str
    media_type: str
    width: int
    """Of a picture, in dots; 0 where there is none."""
    height: int
    has_preview: bool
    excerpt: str
    """How a text begins."""
    wave: str
    """How loud a recording is from its beginning to its end: digits from 0 to 9."""


@dataclass(frozen=True)
class MessageView:
    """A message as everybody in its room sees it."""

    message_id: int
    room_id: int
    seq: int
    client_message_id: str
    author: UserSummary
    kind: str
    text: str
    mentions: tuple[tuple[str, int], ...]
    """Who is named in the text: users by their username, 0 for `here` and `room`."""
    is_forwarded: bool
    change: int
    created_at: datetime
    edited_at: datetime | None
    deleted: str | None
    """None, or whose hand it was: `author` or `moderator`."""
    is_pinned: bool
    quote: Quote | None = None
    reactions: tuple[ReactionView, ...] = ()
    poll: PollView | None = None
    file: FileView | None = None

    def __hash__(self) -> int:
        # Enough to find how it is drawn, fifty times for each page that opens.
        return hash((self.message_id, self.change))


@dataclass(frozen=True)
class Excerpt:
    """A message outside its room: with what the room is called for the one who asks."""

    message: MessageView
    title: str


@dataclass(frozen=True)
class Version:
    """What a message said from some moment on."""

    text: str
    written_at: datetime


@dataclass(frozen=True)
class SessionView:
    """A login of one's own, on some device."""

    session_id: int
    device: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class InviteView:
    """An invite as administrators see it."""

    invite_id: int
    code: str
    expires_at: datetime
    max_uses: int
    uses: int
    ended: bool


@dataclass(frozen=True)
class AuditView:
    """What somebody did with the power they have over others, as moderators see it."""

    entry_id: int
    at: datetime
    action: str
    room_name: str
    message_seq: int | None
    reason: str
    actor: UserSummary
    person: UserSummary | None
    """Whom it was done to."""


@dataclass(frozen=True)
class Share:
    """What somebody keeps: each message of theirs that brings a file along counts."""

    person: UserSummary
    size: int
    """Bytes."""
    files: int


@dataclass(frozen=True)
class Limits:
    """What the host has set about files; sizes in bytes."""

    of_file: int
    of_person: int
    of_all: int
    refused: Sequence[str]
    """Kinds and endings of names that are not taken."""
    kept_free: int
    """With less of the disk free, no files are taken."""


@dataclass(frozen=True)
class Usage:
    """How much of files is kept, of whom, and how much may be; sizes in bytes."""

    limits: Limits
    size: int
    """Of all files, each once, however many messages hold it."""
    files: int
    disk_free: int
    disk_size: int
    largest: Sequence[Share]
    """Those who keep most, the first of them first."""
    others: int
    """How many there are besides who keep anything."""
    size_of_others: int
    files_of_others: int


@dataclass(frozen=True)
class Presence:
    """Whether somebody is here, as others see it."""

    state: str
    last_seen_at: datetime | None
    """When they were last here, if they are not and if one may know."""


@dataclass(frozen=True)
class Reader(UserSummary):
    """Somebody who has read a message, or has got it."""

    at: datetime | None
    """Since when, or by when at the latest; None if that is not known."""
    is_exact: bool


@dataclass(frozen=True)
class Readers:
    """How far a message has come, with those of its room who let others see that."""

    read: Sequence[Reader]
    delivered: Sequence[Reader]
    waiting: Sequence[Reader]


@dataclass(frozen=True)
class Behind:
    """Who of a room's members is furthest behind: the last two, as one of them may be who asks."""

    read: tuple[tuple[int, int], ...]
    """Users, and up to which `seq` they have read."""
    away: tuple[tuple[int, datetime | None], ...]
    """Users who are not here, and when they last were: what came later they have not got."""
