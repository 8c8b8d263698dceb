"""How many unread messages name a person, as their app was told last: in memory.

A message that names nobody changes nothing of it, so that not each of them has to be asked for.
For use from one event loop: what is read on a thread is noted when it is there.
"""

from collections import OrderedDict
from collections.abc import Iterable

from msgspec import Struct

from models import RoomEventKind
from services.sync.items import Happening, Item, Post
from services.sync.positions import Position

MAX_PEOPLE = 5_000
MAX_ROOMS = 200
"""Rooms of a person."""
MAX_COUNTS = 100_000
"""Rooms of all people, at about 0.3 kB each."""
_MAY_CHANGE = (RoomEventKind.EDIT, RoomEventKind.DELETION, RoomEventKind.JOIN)


class _Count(Struct, frozen=True):
    at: tuple[int, int]
    """The ids of the newest message and the newest other event by then."""
    read_up_to: int
    number: int


Counts = OrderedDict[int, _Count]
"""What is known of a person, by room, the longest unused first."""

_known: OrderedDict[int, Counts] = OrderedDict()
"""By person, the longest unused first."""
_number = 0
"""How many counts of all people there are."""


def begin(user_id: int) -> Counts:
    """Return what `note` takes: asked for before the numbers are read.

    What was read before `forget` is then not noted after it.
    """
    counts = _known.setdefault(user_id, OrderedDict())
    _known.move_to_end(user_id)
    if len(_known) > MAX_PEOPLE:
        forget(next(iter(_known)))
    return counts


def note(
    user_id: int, begun: Counts, room_id: int, position: Position, read_up_to: int, number: int
) -> None:
    """Note how many messages of a room name a person, of those after `read_up_to`."""
    global _number
    if _known.get(user_id) is not begun:
        return  # forgotten since
    _number += room_id not in begun
    begun[room_id] = _Count((position.message_id, position.event_id), read_up_to, number)
    begun.move_to_end(room_id)
    if len(begun) > MAX_ROOMS:
        begun.popitem(last=False)
        _number -= 1
    while _number > MAX_COUNTS:
        forget(next(iter(_known)))


def known(
    user_id: int, room_id: int, position: Position, read_up_to: int, items: Iterable[Item]
) -> int | None:
    """Return the same if it was noted at a position, and `items`, what came since, change nothing.

    Messages that name the person are not among them: who calls has looked.
    """
    rooms = _known.get(user_id)
    found = rooms.get(room_id) if rooms else None
    is_same = (
        found is not None
        and found.at == (position.message_id, position.event_id)
        and found.read_up_to == read_up_to
        and not any(isinstance(each, Happening) and each.kind in _MAY_CHANGE for each in items)
    )
    return found.number if found and is_same else None


def names(items: Iterable[Item], user_id: int) -> bool:
    """Return whether a message names a person, or everybody."""
    posts = (each for each in items if isinstance(each, Post))
    return any(number in (0, user_id) for each in posts for _name, number in each.message.mentions)


def forget(user_id: int) -> None:
    """Forget what is known of a person."""
    global _number
    _number -= len(_known.pop(user_id, ()))


def clear() -> None:
    """Forget all."""
    global _number
    _known.clear()
    _number = 0
