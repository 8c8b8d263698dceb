"""Views of rooms: plain values, detached from the database."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from services.core.dto import MessageView, UserSummary
from services.core.i18n import _


class Crowd(Struct, frozen=True):
    """How many members a room has, and some of them."""

    count: int
    some: tuple[UserSummary, ...]


class LastMessage(Struct, frozen=True):
    """The newest message of a room, for the list of rooms: the beginning of its text."""

    seq: int
    author: UserSummary
    kind: str
    text: str
    html: str | None
    created_at: datetime
    is_deleted: bool
    file_kind: str | None
    file_name: str | None


class RoomView(Struct, frozen=True):
    """A room as one of its members sees it."""

    room_id: int
    kind: str
    name: str
    topic: str
    last_seq: int
    last_read_seq: int
    role: str
    is_last_open: bool | None
    """Whether it is the room that the member opened last."""
    is_announcement: bool
    is_archived: bool
    notify: str
    unread_from: int
    """The `seq` from which the member has marked it as unread; 0 without a mark."""
    is_lobby: bool = False
    """Whether everybody starts in it, so that it cannot be deleted."""
    is_favourite: bool = False
    """Whether the member keeps it among their favourites."""
    people_key: str | None = None
    """The set of people of direct messages, by which they are found: see `Room.people_key`."""
    sort_key: bytes = b""
    """Its place among rooms by title; the Lobby and notes to oneself come first."""
    is_encrypted: bool = False
    """Whether what is said in it is encrypted, which only apps can read."""
    mentions: int = 0
    """Number of unread messages that mention the member or everybody."""
    uncounted: tuple[int, ...] = ()
    """The `seq` of unread messages that count for nothing: see `reading/uncounted.py`."""
    people: tuple[UserSummary, ...] = ()
    """In direct messages: the other members."""
    last: LastMessage | None = None
    """Its newest message, if it is listed."""
    crowd: Crowd | None = None
    """Its members, if it is read by itself and not in a list."""
    scheduled: int = 0
    """How many messages of the viewer wait to be sent to it, if it is read by itself."""

    @property
    def unread(self) -> int:
        """Number of messages that are unread or marked as such."""
        uncounted = sum(seq > self.read_up_to for seq in self.uncounted)
        return max(0, self.last_seq - self.read_up_to - uncounted)

    @property
    def read_up_to(self) -> int:
        """The `seq` of the last message before the unread ones."""
        return self.unread_from - 1 if self.unread_from else self.last_read_seq

    @property
    def title(self) -> str:
        """Its name, or in direct messages the names of the others."""
        return self.name or title(person.display_name for person in self.people)


def title(names: Iterable[str]) -> str:
    """Return the title of direct messages with people of these names."""
    return ", ".join(names) or _("Notes to myself")


class PublicRoom(Struct, frozen=True):
    """A public room as users see it who may not be in it."""

    room_id: int
    name: str
    topic: str
    members: int
    joined: bool
    is_archived: bool = False
    is_encrypted: bool = False


class Excerpt(Struct, frozen=True):
    """A message shown outside its room, with the room's title as the viewer sees it."""

    message: MessageView
    title: str
