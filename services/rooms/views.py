"""Views of rooms: plain values, detached from the database."""

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
    """Whether it is the room that the member opened last."""
    is_announcement: bool
    is_archived: bool
    notify: str
    unread_from: int
    """The `seq` from which the member has marked it as unread; 0 without a mark."""
    mentions: int = 0
    """Number of unread messages that mention the member or everybody."""
    people: tuple[UserSummary, ...] = ()
    """In direct messages: the other members."""

    @property
    def unread(self) -> int:
        """Number of messages that are unread or marked as such."""
        return max(0, self.last_seq - self.read_up_to)

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


@dataclass(frozen=True)
class PublicRoom:
    """A public room as users see it who may not be in it."""

    room_id: int
    name: str
    topic: str
    members: int
    joined: bool
    is_archived: bool = False


@dataclass(frozen=True)
class Excerpt:
    """A message shown outside its room, with the room's title as the viewer sees it."""

    message: MessageView
    title: str
