"""Whose reading may be news for the author of a message: in memory, as it is only for a while.

What is to be told of it says the database: `services/rooms/reading/receipts.py`.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable

from services.core import events
from services.core.dto import MessageView
from services.rooms.reading.receipts import MAX_LIVE_MESSAGES
from services.sync import moments

EVERYBODY = 0
"""Stands for all authors, where it is not known whose messages were read."""
MAX_ROOMS = 1_000
"""Rooms of which it is known who wrote the last messages."""
MAX_READERS = 200
"""Of a room, for each author."""
MAX_KEPT = 50_000
"""Readers of all rooms and authors together, at about 0.1 kB each."""

_authors: OrderedDict[int, dict[int, int]] = OrderedDict()
"""By room and `seq`: who wrote the last messages; the room that is longest without one first."""
_reads: OrderedDict[tuple[int, int], dict[int, int]] = OrderedDict()
"""By author and room: who has read on, and when, as `moments.tick` gives times; oldest first."""
_rooms_of: dict[int, set[int]] = {}
"""The rooms in it, by author."""
_number = 0
"""How many readers there are in it."""


def hear(message: MessageView) -> None:
    """Take that a message was sent."""
    known = _authors.setdefault(message.room_id, {})
    known[message.seq] = message.author.user_id
    _authors.move_to_end(message.room_id)
    if len(known) > MAX_LIVE_MESSAGES:
        del known[next(iter(known))]
    if len(_authors) > MAX_ROOMS:
        _authors.popitem(last=False)


def note(event: events.RoomRead) -> Collection[int]:
    """Take that people have read on in a room; return to whom that may be news.

    These are authors, or `EVERYBODY`.
    """
    woken: set[int] = set()
    for reader, upto in event.reached.items():
        authors = _between(event.room_id, event.before.get(reader, 0), upto)
        for author in authors - {reader}:
            _note(author, event.room_id, reader)
        woken |= authors - {reader}
    _forget_some()
    return woken


def since(moment: int, author: int, room_ids: Iterable[int]) -> dict[int, set[int]]:
    """Return, by room, of those given, who may have read messages of a person since a moment."""
    found: dict[int, set[int]] = {}
    for each in (author, EVERYBODY):
        for room_id in _rooms_of.get(each, set()).intersection(room_ids):
            readers = {reader for reader, at in _reads[each, room_id].items() if at > moment} - {
                author
            }
            if readers:
                found[room_id] = found.get(room_id, set()) | readers
    return found


def clear() -> None:
    """Forget all."""
    global _number
    for kept in (_authors, _reads, _rooms_of):
        kept.clear()
    _number = 0


def _between(room_id: int, before: int, upto: int) -> set[int]:
    """Return who wrote the messages after one and up to another, as far as receipts are told."""
    known = _authors.get(room_id, {})
    numbers = range(max(before, upto - MAX_LIVE_MESSAGES) + 1, upto + 1)
    return {known.get(each, EVERYBODY) for each in numbers}


def _note(author: int, room_id: int, reader: int) -> None:
    global _number
    readers = _reads.setdefault((author, room_id), {})
    _rooms_of.setdefault(author, set()).add(room_id)
    _number -= len(readers)
    readers.pop(reader, None)
    readers[reader] = moments.tick()
    if len(readers) > MAX_READERS:
        del readers[next(iter(readers))]
    _number += len(readers)
    _reads.move_to_end((author, room_id))


def _forget_some() -> None:
    """Forget what is the longest ago, where there is too much."""
    global _number
    while _number > MAX_KEPT:
        (author, room_id), readers = _reads.popitem(last=False)
        _number -= len(readers)
        _rooms_of[author].discard(room_id)
        if not _rooms_of[author]:
            del _rooms_of[author]
