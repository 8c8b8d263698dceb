"""Values that several services return: users and messages, detached from the database.

Values of a single service are defined in that service.
"""

from datetime import datetime

from msgspec import Struct

from models import SessionKind


class Visitor(Struct, frozen=True):
    """Somebody without a session: their network address, and their device (the user agent)."""

    address: str
    device: str


class Preferences(Struct, frozen=True):
    """A user's choices about privacy, notifications and appearance."""

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
    density: str = "comfortable"
    """How messages are shown: one of `preferences.DENSITIES`."""
    text_size: str = "normal"
    """One of `preferences.TEXT_SIZES`."""
    language: str = ""
    """Code of the language they chose; empty for what the browser prefers."""
    animations: str = "always"
    """When pictures that move play: one of `preferences.ANIMATIONS`."""


class CurrentUser(Struct, frozen=True):
    """The user who calls a service, from a live session, determined once per page."""

    user_id: int
    username: str
    display_name: str
    hue: int
    avatar: str
    theme: str
    is_admin: bool
    session_id: int
    expires_at: datetime
    kind: str = SessionKind.BROWSER
    """What uses the session: one of `SessionKind`."""
    device_id: str | None = None
    """Of the app or bot; None for a browser."""
    preferences: Preferences = Preferences()
    blocked: frozenset[int] = frozenset()
    """Ids of the users they have blocked."""

    @property
    def own_name(self) -> str:
        """Their display name without `@username`, as they chose it."""
        return _own_name(self)

    @property
    def person(self) -> "UserSummary":
        """This user as others see them."""
        return UserSummary(self.user_id, self.username, self.display_name, self.hue, self.avatar)


class UserSummary(Struct, frozen=True):
    """A user as others see them."""

    user_id: int
    username: str
    display_name: str
    """With `@username` where others have that name: see `services/accounts/names/namesakes.py`."""
    hue: int
    avatar: str
    """The hash of their picture; empty without one."""

    @property
    def own_name(self) -> str:
        """Their display name without `@username`, as they chose it."""
        return _own_name(self)


def _own_name(person: CurrentUser | UserSummary) -> str:
    # Nobody can choose a name that ends so: it may have no @.
    return person.display_name.removesuffix(f" @{person.username}")


class NoticeView(Struct, frozen=True):
    """Something that happened to the security of a user's account."""

    notice_id: int
    kind: str
    detail: str
    """Such as the device and address of a login, or the name of a passkey."""
    at: datetime


class Quote(Struct, frozen=True):
    """The message that another one replies to."""

    seq: int
    author: UserSummary
    text: str
    """The beginning of what is read of it, without formatting; empty when it is deleted."""
    is_name: bool = False
    """Whether `text` is the name of its file, as the message has no text."""
    change: int = 0
    """In a reply that has just been sent: the change of the quoted message that counts it."""
    is_encrypted: bool = False
    """Whether there is a text that only apps can read."""


class ReactionView(Struct, frozen=True):
    """An emoji on a message, and who reacted with it, first come first."""

    emoji: str
    user_ids: tuple[int, ...]


class OptionView(Struct, frozen=True):
    """An option of a poll."""

    number: int
    text: str
    votes: int
    user_ids: tuple[int, ...]
    """Who voted for it; empty in an anonymous poll."""
    faces: tuple[UserSummary, ...] = ()
    """The first few of them."""


class PollView(Struct, frozen=True):
    """The poll of a message, with its votes."""

    is_multiple: bool
    is_anonymous: bool
    closes_at: datetime | None
    options: tuple[OptionView, ...]
    voters: int


class FileView(Struct, frozen=True):
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
    awaits_preview: bool
    """Whether its preview or its waveform follows."""
    excerpt: str
    """The beginning of a text file."""
    wave: str
    """The loudness of a recording over time, as digits from 0 to 9."""
    seconds: int
    """How long a voice note is; 0 for other files."""
    is_animated: bool
    """Whether it is a picture that moves."""
    media_id: str | None = None
    """What the app that has uploaded it calls it."""


class LinkPictureView(Struct, frozen=True):
    """The picture of a linked page."""

    hash: str
    """SHA-256 of its content, by which it is asked for."""
    width: int
    """In pixels, as the height."""
    height: int
    is_large: bool
    """Whether it is shown as wide as the card; otherwise it is a square at its side."""
    alt: str
    """How the page describes it; may be empty."""


class LinkView(Struct, frozen=True):
    """What the site of a message's first link says of itself."""

    url: str
    """Where the link leads, after redirects."""
    site: str
    """The site's name for itself; may be empty, as may the description."""
    title: str
    description: str
    picture: LinkPictureView | None = None


class MessageView(Struct, frozen=True):
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
    link: LinkView | None = None
    replies: int = 0
    """How many messages reply to it that are not deleted."""
    html: str | None = None
    """The text as HTML, whose mentions are not resolved; None if it is one line of words."""
    is_bot: bool = False
    """Whether a program wrote it."""

    def __hash__(self) -> int:
        # A cheap hash: the cache of rendered messages looks up fifty for each page that opens.
        return hash((self.message_id, self.change))
