"""Values that several services return: users and messages, detached from the database.

Values of a single service are defined in that service.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Visitor:
    """Somebody without a session: their network address, and their device (the user agent)."""

    address: str
    device: str


@dataclass(frozen=True)
class Preferences:
    """A user's choices about privacy and notifications."""

    shows_receipts: bool = True
    """Whether others see how far they have read; those who hide it do not see it of others."""
    shows_last_seen: bool = True
    """Whether others see when they were last active."""
    has_sound: bool = True
    quiet_from: int | None = None
    """Start of do-not-disturb, in minutes after midnight in `time_zone`; None if it is off."""
    quiet_until: int | None = None
    """Its end; it may be on the next day."""
    time_zone: str = ""
    """IANA name of their browser's time zone; empty while unknown."""


@dataclass(frozen=True)
class CurrentUser:
    """The user who calls a service, from a live session, determined once per page."""

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
    """Ids of the users they have blocked."""

    @property
    def person(self) -> "UserSummary":
        """This user as others see them."""
        return UserSummary(self.user_id, self.username, self.display_name, self.hue)


@dataclass(frozen=True)
class UserSummary:
    """A user as others see them."""

    user_id: int
    username: str
    display_name: str
    hue: int


@dataclass(frozen=True)
class Quote:
    """The message that another one replies to."""

    seq: int
    author: UserSummary
    text: str
    """The beginning of its text; empty when it is deleted."""
    is_name: bool = False
    """Whether `text` is the name of its file, as the message has no text."""


@dataclass(frozen=True)
class ReactionView:
    """An emoji on a message, and who reacted with it, first come first."""

    emoji: str
    user_ids: tuple[int, ...]


@dataclass(frozen=True)
class OptionView:
    """An option of a poll."""

    number: int
    text: str
    votes: int
    user_ids: tuple[int, ...]
    """Who voted for it; empty in an anonymous poll."""


@dataclass(frozen=True)
class PollView:
    """The poll of a message, with its votes."""

    is_multiple: bool
    is_anonymous: bool
    closes_at: datetime | None
    options: tuple[OptionView, ...]
    voters: int


@dataclass(frozen=True)
class FileView:
    """The file of a message."""

    name: str
    size: int
    """Bytes."""
    kind: str
    media_type: str
    width: int
    """Width in pixels; 0 for what is not a picture. So is the height."""
    height: int
    has_preview: bool
    excerpt: str
    """The beginning of a text file."""
    wave: str
    """The loudness of a recording over time, as digits from 0 to 9."""


@dataclass(frozen=True)
class MessageView:
    """A message as every member of its room sees it."""

    message_id: int
    room_id: int
    seq: int
    client_message_id: str
    author: UserSummary
    kind: str
    text: str
    mentions: tuple[tuple[str, int], ...]
    """The mentions in the text: (username, user id), with id 0 for `here` and `room`."""
    is_forwarded: bool
    change: int
    created_at: datetime
    edited_at: datetime | None
    deleted: str | None
    """Who deleted it, `author` or `moderator`; None if nobody has."""
    is_pinned: bool
    quote: Quote | None = None
    reactions: tuple[ReactionView, ...] = ()
    poll: PollView | None = None
    file: FileView | None = None

    def __hash__(self) -> int:
        # A cheap hash: the cache of rendered messages looks up fifty for each page that opens.
        return hash((self.message_id, self.change))
