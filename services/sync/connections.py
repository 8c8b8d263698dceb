"""What apps with a sliding sync know: in memory, for each of their connections, and bounded.

An app whose connection is not here any more begins anew, as after a restart.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.i18n import _
from services.sync.positions import Position

MAX_OF_PERSON = 16
"""Connections of a person; the longest unused is forgotten for another."""
MAX_KEPT = 500_000
"""Rooms of all connections together, at about 0.1 kB each."""
MAX_PARTS = 1_000
"""Parts of the state of rooms that a connection has asked for."""
MAX_ANSWERS = 3
"""Answers of a connection whose `pos` an app may bring: not all of them reach it."""
CONNECTION_SIZE = 20
"""How many rooms a connection counts for besides those that it knows."""


class UnknownPosition(ServiceError):
    """No connection of the viewer's session has given this `pos`, or it is forgotten."""

    def __init__(self) -> None:
        super().__init__(_("This position is not known any more. Sync again without one."))


class Known(Struct, frozen=True, gc=False):
    """What an app knows of a room."""

    limit: int
    """How many of its items it wanted."""
    parts: int
    """Which parts of its state, as `Connection.mask` numbers them."""
    upto: Position | None = None
    """Up to where it knows it; None where that is the position of the connection."""
    state_upto: Position | None = None
    """The same of parts of its state that it wanted before, if there are any."""


class State(Struct, frozen=True):
    """What an app knows once it has got an answer."""

    position: Position | None = None
    """None before the first answer."""
    rooms: Mapping[int, Known] = {}
    invited: frozenset[int] = frozenset()
    extensions: frozenset[str] = frozenset()
    """What it is told besides rooms."""


class Connection:
    """One of perhaps several in which an app syncs: what it knows by each of the last answers."""

    def __init__(self) -> None:
        self.counted = 0
        """How many rooms it counts for."""
        self._name = secrets.token_urlsafe(9)
        self._number = 0
        self._states: OrderedDict[str, State] = OrderedDict()
        self._parts: dict[tuple[str, str], int] = {}

    def mask(self, parts: Iterable[tuple[str, str]]) -> int:
        """Return a number that has a bit for each of these parts of a room's state.

        Raises `UnknownPosition` after too many different ones: its app begins anew.
        """
        made = 0
        for each in parts:
            made |= 1 << self._parts.setdefault(each, len(self._parts))
        if len(self._parts) > MAX_PARTS:
            raise UnknownPosition
        return made

    def at(self, pos: str) -> State:
        """Return what its app knows that has got this answer, and forget what was before.

        Raises `UnknownPosition`.
        """
        if pos not in self._states:
            raise UnknownPosition
        while next(iter(self._states)) != pos:
            self._states.popitem(last=False)
        return self._states[pos]

    def keep(self, state: State) -> str:
        """Keep what its app knows by an answer; return its `pos`."""
        self._number += 1
        pos = f"{self._name}.{self._number}"
        self._states[pos] = state
        if len(self._states) > MAX_ANSWERS:  # not the first: that is what the app has got
            del self._states[list(self._states)[1]]
        self.counted = CONNECTION_SIZE + sum(len(each.rooms) for each in self._states.values())
        return pos


_people: OrderedDict[int, OrderedDict[tuple[int, str], Connection]] = OrderedDict()
"""By person, then by session and name of the connection; the longest unused first."""
_size = 0
"""The sizes of all of them, as counted when they were last answered."""


def find(viewer: CurrentUser, name: str, pos: str) -> Connection:
    """Return the connection of the viewer's session that goes on at a `pos`; a new one without it.

    Raises `UnknownPosition` if there is none.
    """
    user_id, key = viewer.user_id, (viewer.session_id, name)
    if not pos:
        return Connection()
    found = _people.get(user_id, OrderedDict()).get(key)
    if found is None:
        raise UnknownPosition
    return found


def keep(viewer: CurrentUser, name: str, connection: Connection, state: State) -> str:
    """Keep what an app knows once it has got an answer; return the `pos` of that answer."""
    global _size
    key = (viewer.session_id, name)
    _forget(viewer.user_id, key)
    pos = connection.keep(state)
    _people.setdefault(viewer.user_id, OrderedDict())[key] = connection
    _people.move_to_end(viewer.user_id)
    _size += connection.counted
    if len(_people[viewer.user_id]) > MAX_OF_PERSON:
        _forget(viewer.user_id, next(iter(_people[viewer.user_id])))
    while _size > MAX_KEPT:
        oldest = next(iter(_people))
        _forget(oldest, next(iter(_people[oldest])))
    return pos


def clear() -> None:
    """Forget all."""
    global _size
    _people.clear()
    _size = 0


def _forget(user_id: int, key: tuple[int, str]) -> None:
    global _size
    connections = _people.get(user_id, OrderedDict())
    found = connections.pop(key, None)
    _size -= found.counted if found else 0
    if not connections:
        _people.pop(user_id, None)
