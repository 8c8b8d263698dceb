"""What an app is told at a time, and what it wants to be told."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from services.core import events
from services.core.dto import UserSummary
from services.keys.device_lists import ListNews
from services.keys.key_devices import KeyCounts
from services.keys.to_device import ToDevice
from services.rooms.members.invitations import InvitationView
from services.rooms.presence import Companion
from services.rooms.reading.receipts import Receipt
from services.sync.items import Happening, Slice
from services.sync.positions import Position
from services.sync.room_state import RoomState

MEMBER_SIZE = 200
"""Characters that are counted for each member of a room that is told whole."""
SMALL_SIZE = 80
"""The same for each receipt, and each person whose presence is told."""


class RoomNews(Struct, frozen=True):
    """What is new in a room of the viewer."""

    room_id: int
    timeline: Slice
    is_new: bool
    """Whether the viewer's app does not know the room yet, so that it gets all of its state."""
    state: RoomState | None
    """As it is now, if it is new or something of it has changed."""
    unread: int
    """How many unread messages notify the viewer."""
    mentions: int = 0
    """How many of these name the viewer or everybody."""
    gone: Sequence[UserSummary] = ()
    """Who has left it, as far as the timeline does not tell because it begins later."""


class News(Struct, frozen=True):
    """All that is new for a person."""

    position: Position
    """What to ask with the next time."""
    rooms: Sequence[RoomNews] = ()
    left: Sequence[Happening] = ()
    """How the viewer left rooms, or was removed from them, that they are in no longer."""
    invitations: Sequence[InvitationView] = ()
    account_data: Sequence[tuple[int, str, str]] = ()
    """Room or 0, type, and JSON, of what apps have stored."""
    room_ids: frozenset[int] = frozenset()
    """All rooms of the viewer."""
    typing: Mapping[int, Sequence[events.Typing]] = {}
    """Who types in rooms where that has changed."""
    presence: Sequence[Companion] = ()
    """Who is there, of those for whom that has changed."""
    receipts: Mapping[int, Sequence[Receipt]] = {}
    """How far people have read in rooms where that has changed."""
    has_levels: bool = False
    """Whether what notifies the viewer may have changed."""
    to_device: Sequence[ToDevice] = ()
    """What other devices have sent to this one."""
    device_lists: ListNews = ListNews()
    """Whose devices have changed."""
    keys: KeyCounts = KeyCounts()
    """What is left of the keys of this device."""

    @property
    def size(self) -> int:
        """About how many characters it takes to tell it, but for what other devices have sent."""
        members = sum(len(each.state.members) for each in self.rooms if each.is_new and each.state)
        lists = len(self.device_lists.changed) + len(self.device_lists.left)
        rooms = sum(each.timeline.size for each in self.rooms)
        small = sum(map(len, self.receipts.values())) + len(self.presence)
        return rooms + MEMBER_SIZE * (members + lists) + SMALL_SIZE * small

    @property
    def device_room_ids(self) -> frozenset[int]:
        """The rooms of whose members' devices something new may be of interest."""
        return self.room_ids

    @property
    def is_of_devices(self) -> bool:
        """Whether something is of devices."""
        return bool(self.to_device or self.device_lists.changed or self.device_lists.left)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        of_rooms = self.rooms or self.left or self.invitations or self.typing or self.receipts
        of_person = self.account_data or self.has_levels or self.presence
        return not (of_rooms or self.is_of_devices or of_person)


class Choice(Struct, frozen=True):
    """What an app wants to be told, which does not want all of its person's rooms."""

    limits: Mapping[int, int]
    """Items of each room that it wants; of the others it is told nothing."""
    new: frozenset[int] = frozenset()
    """Rooms that it does not know."""
    starts: Mapping[int, Position] = {}
    """Up to where it knows rooms that it does not know up to its position."""
    deeper: frozenset[int] = frozenset()
    """Rooms whose newest items it is told also where it knows some: it wants more than before."""
    whole: Mapping[int, Position | None] = {}
    """Rooms whose state it is told also where nothing has changed; up to where it knows it."""
    got: int | None = None
    """Up to where its device has got what others have sent it; None if it is told nothing of it."""
    has_lists: bool = False
    """Whether it is told whose devices have changed."""
    receipts_of: frozenset[int] | None = None
    """Rooms of which it has been told no receipts; None if it wants none of any room."""

    @property
    def data_of(self) -> frozenset[int]:
        """Rooms of which all account data is told."""
        return self.new | self.starts.keys()
