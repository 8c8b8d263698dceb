"""Values that several services hand out: who asks, people, and messages.

They are plain and detached from the database. Other values stand beside the service that hands
them out.
"""

from dataclasses import dataclass
from datetime import datetime


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
