"""Rooms as somebody sees them: plain values, detached from the database."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.core.dto import MessageView, UserSummary
from services.core.i18n import _


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
class Excerpt:
    """A message outside its room: with what the room is called for the one who asks."""

    message: MessageView
    title: str
