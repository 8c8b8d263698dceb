"""Up to which message and change of a room the pages of this process have been told."""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

MOST = 50
"""Messages that are told afterwards; of earlier ones the pages notice the gap, and ask."""


class _Cursor(Struct):
    began: int
    """The `seq` at which it began. A page has read earlier messages when it opened, or missed one
    that another process stored at that moment: a hint of such a one is told, too, once."""
    upto: int
    """All messages after `began` and up to this `seq` are told."""
    change: int
    told: set[int]
    """What is told of those that are not between."""


class Cursors:
    """The rooms that pages of this process follow, each with what is told of it."""

    def __init__(self) -> None:
        self._cursors: dict[int, _Cursor] = {}

    def note_sent(self, room_id: int, seq: int) -> None:
        """Note that the pages are told of a message."""
        cursor = self._of(room_id, seq - 1)
        if not cursor.began < seq <= cursor.upto:
            cursor.told.add(seq)
        while cursor.upto + 1 in cursor.told:
            cursor.upto += 1
            cursor.told.remove(cursor.upto)

    def note_change(self, room_id: int, change: int) -> None:
        """Note that the pages are told of a change."""
        cursor = self._cursors.get(room_id)
        if cursor is not None:  # otherwise the next look at the room begins with the newest
            cursor.change = max(cursor.change, change)

    def is_told(self, room_id: int, seq: int) -> bool:
        """Return whether the pages are told of a message."""
        cursor = self._cursors.get(room_id)
        if cursor is None:
            return False
        is_old = seq <= cursor.began - MOST
        return is_old or cursor.began < seq <= cursor.upto or seq in cursor.told

    def begin(self, room_id: int, last: int, change: int) -> None:
        """Note up to what the pages of a room know it, unless it is followed already."""
        if room_id not in self._cursors:
            self._cursors[room_id] = _Cursor(max(0, last), max(0, last), change, set())

    def missing(self, room_id: int, last: int) -> list[int]:
        """Return which messages up to `last` the pages are not told of, at most `MOST`."""
        cursor = self._of(room_id, last)
        if last - cursor.upto > MOST:
            cursor.upto = last - MOST
            cursor.told = {seq for seq in cursor.told if seq > cursor.upto}
        return [seq for seq in range(cursor.upto + 1, last + 1) if seq not in cursor.told]

    def is_behind(self, room_id: int, change: int) -> bool:
        """Return whether the pages are not told of a change."""
        return change > self._of(room_id, 0).change

    def keep(self, room_ids: Collection[int]) -> None:
        """Forget the other rooms: no page follows them any more."""
        for room_id in self._cursors.keys() - set(room_ids):
            del self._cursors[room_id]

    def _of(self, room_id: int, upto: int) -> _Cursor:
        """Return the cursor of a room, for which nothing up to `upto` is missing if it is new."""
        self.begin(room_id, upto, 0)
        return self._cursors[room_id]


def grouped(told: Iterable[tuple[int, int]]) -> Mapping[int, set[int]]:
    """Return pairs of room and `seq` by room."""
    rooms: dict[int, set[int]] = {}
    for room_id, seq in told:
        rooms.setdefault(room_id, set()).add(seq)
    return rooms
