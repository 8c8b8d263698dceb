"""What processes tell each other: of each event the ids, and never what people write.

So a forged hint discloses nothing, and changes nothing that is stored: whoever hears one asks the
database. Only who is there, and attempts to log in, are believed as they are told.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct
from sqlmodel import Session

from models import Membership, Room, SecurityNotice, User
from services.accounts import blocks, preferences
from services.accounts.names import namesakes
from services.accounts.security import security_notices
from services.core import events
from services.core.dto import MessageView

AS_THEY_ARE: tuple[type[Struct], ...] = (
    events.AccountDataChanged,
    events.BrandingChanged,
    events.DeviceAdded,
    events.DeviceListChanged,
    events.FavouriteChanged,
    events.InvitationsChanged,
    events.LinkPreviewRemoved,
    events.MemberJoined,
    events.MembershipChanged,
    events.MentionsChanged,
    events.MessageChanged,
    events.MessageDeleted,
    events.RoleChanged,
    events.RoomChanged,
    events.RoomRead,
    events.RoomsPurged,
    events.ScheduledChanged,
    events.SessionsEnded,
    events.SettingsChanged,
    events.ToDeviceSent,
)
"""Events that are told as they are: there are only numbers in them."""
NOT_TOLD: tuple[type[Struct], ...] = (
    events.HintsLost,
    events.HubRefused,  # a node is one process
    events.MessageEdited,  # the process that stored it asks its link's site
    events.OthersUnheard,
    events.PresenceChanged,  # told by `services/cluster/presences.py`
    events.SentElsewhere,
    events.Throttled,
    events.TypingStopped,  # each hears of the typing
)
"""Events that concern the process alone in which they are published."""


class Sent(Struct, frozen=True):
    """A message was stored."""

    room_id: int
    seq: int
    is_scheduled: bool
    author_has_read: bool

    @classmethod
    def of(cls, event: events.MessageSent) -> "Sent":
        """Return what is told of an event."""
        sent: MessageView = event.message
        return cls(sent.room_id, sent.seq, event.is_scheduled, event.author_has_read)


class Left(Struct, frozen=True):
    """A user left a room or was removed."""

    room_id: int
    user_id: int
    is_removed: bool

    @classmethod
    def of(cls, event: events.MemberLeft) -> "Left":
        """Return what is told of an event."""
        return cls(event.room_id, event.user_id, bool(event.removed_from))

    def event(self, session: Session) -> events.MemberLeft | None:
        """Return the event, with the name of the room, unless they have come back since."""
        if session.get(Membership, (self.room_id, self.user_id)) is not None:
            return None
        room = session.get(Room, self.room_id) if self.is_removed else None
        return events.MemberLeft(self.room_id, self.user_id, room.name if room else "")


class Deleted(Struct, frozen=True):
    """A room was deleted."""

    room_id: int

    @classmethod
    def of(cls, event: events.RoomDeleted) -> "Deleted":
        """Return what is told of an event."""
        return cls(event.room_id)

    def event(self, session: Session) -> events.RoomDeleted | None:
        """Return the event, if it is true; the room has no name any more."""
        room = session.get(Room, self.room_id)
        return events.RoomDeleted(self.room_id, "") if room and room.deleted_at else None


class Typing(Struct, frozen=True):
    """A user is typing in a room."""

    room_id: int
    user_id: int

    @classmethod
    def of(cls, event: events.Typing) -> "Typing":
        """Return what is told of an event."""
        return cls(event.room_id, event.user_id)

    def event(self, session: Session) -> events.Typing | None:
        """Return the event, with the user's names."""
        user = session.get(User, self.user_id)
        blocked = blocks.blocked_ids(session, self.user_id)
        if user is None:
            return None
        return events.Typing(self.room_id, self.user_id, user.username, user.display_name, blocked)


class _OfUser(Struct, frozen=True):
    """Something about a user changed, which is read anew."""

    user_id: int

    @classmethod
    def of(cls, event: Any) -> Any:
        """Return what is told of an event."""
        return cls(event.user_id)


class Blocks(_OfUser, frozen=True):
    """Whom a user has blocked."""

    def event(self, session: Session) -> events.BlocksChanged:
        """Return the event."""
        return events.BlocksChanged(self.user_id, blocks.blocked_ids(session, self.user_id))


class Chosen(_OfUser, frozen=True):
    """A user's preferences."""

    def event(self, session: Session) -> events.PreferencesChanged | None:
        """Return the event."""
        user = session.get(User, self.user_id)
        return events.PreferencesChanged(self.user_id, preferences.of(user)) if user else None


class Admin(_OfUser, frozen=True):
    """Whether a user is an administrator."""

    def event(self, session: Session) -> events.AdminChanged | None:
        """Return the event."""
        user = session.get(User, self.user_id)
        return events.AdminChanged(self.user_id, user.is_admin) if user else None


class Person(_OfUser, frozen=True):
    """How a user is shown."""

    @classmethod
    def of(cls, event: events.PersonChanged) -> "Person":
        """Return what is told of an event."""
        return cls(event.person.user_id)

    def event(self, session: Session) -> events.PersonChanged | None:
        """Return the event."""
        user = session.get(User, self.user_id)
        return namesakes.changed(session, user) if user else None


class Notice(Struct, frozen=True):
    """Something about the security of a user's account changed."""

    user_id: int
    notice_id: int

    @classmethod
    def of(cls, event: events.SecurityNoticeAdded) -> "Notice":
        """Return what is told of an event."""
        return cls(event.user_id, event.notice.notice_id)

    def event(self, session: Session) -> events.SecurityNoticeAdded | None:
        """Return the event, unless newer notices have taken its place."""
        notice = session.get(SecurityNotice, self.notice_id)
        if notice is None or notice.user_id != self.user_id:
            return None
        return security_notices.added(notice)


READ_ANEW: Mapping[type[Struct], Any] = {
    events.AdminChanged: Admin,
    events.BlocksChanged: Blocks,
    events.MemberLeft: Left,
    events.PersonChanged: Person,
    events.PreferencesChanged: Chosen,
    events.RoomDeleted: Deleted,
    events.SecurityNoticeAdded: Notice,
    events.Typing: Typing,
}
"""By event: what is told of it, which reads the rest from the database where it is heard."""


class Active(Struct, frozen=True):
    """Who has a page of a process open, by user id: whether one of them is in use."""

    people: dict[int, bool]
    is_all: bool
    """Whether nobody else has; otherwise these are the changes, False for being away."""
    gone: tuple[int, ...] = ()
    """Users who have none open any more."""
    is_last: bool = False
    """Whether the process ends, after all has been told."""


class Lost(Struct, frozen=True):
    """Something that this process did was not told: the others look at the database."""


class Hello(Struct, frozen=True):
    """A process has just started, or hears again: it wants to know who is there."""


class Attempt(Struct, frozen=True):
    """An attempt was counted against a rate limit of this name, by hashed key."""

    limit: str
    key: str


class Success(Struct, frozen=True):
    """The count of such a key begins again, as after a login."""

    limit: str
    key: str


Hint = Any
"""One of these, or an event of `AS_THEY_ARE`."""
_KINDS: Mapping[str, type[Struct]] = {
    kind.__name__: kind
    for kind in (*AS_THEY_ARE, Sent, *READ_ANEW.values(), Active, Lost, Hello, Attempt, Success)
}


class _Envelope(Struct):
    kind: str
    hint: Raw


_TELLING: Mapping[type[Struct], Callable[[Any], Hint]] = {
    events.MessageSent: Sent.of,
    **{kind: hint.of for kind, hint in READ_ANEW.items()},
    **{kind: lambda event: event for kind in AS_THEY_ARE},
}
TOLD = frozenset(_TELLING)
"""The kinds of events that other processes are told of."""


def of(event: Struct) -> Hint:
    """Return what is told of an event of one of the kinds in `TOLD`."""
    return _TELLING[type(event)](event)


def encode(hint: Hint) -> bytes:
    """Return a hint as JSON."""
    envelope = _Envelope(type(hint).__name__, Raw(msgspec.json.encode(hint)))
    return msgspec.json.encode(envelope)


def decode(told: bytes) -> Hint | None:
    """Return a hint, None for one of a kind that is not known here, or that has other fields."""
    try:
        envelope = msgspec.json.decode(told, type=_Envelope)
        kind = _KINDS.get(envelope.kind)
        return msgspec.json.decode(envelope.hint, type=kind) if kind else None
    except msgspec.DecodeError:  # and ValidationError, which is one
        return None
