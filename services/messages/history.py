"""Reading the messages of a room, in batches."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection
from sqlmodel import Session

from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound
from services.db import database
from services.db.direct_session import DirectSession
from services.messages import queries
from services.messages.queries import HIGHEST, PAGE_SIZE
from services.rooms import access

CATCH_UP = 500
"""Pages that missed more messages than this start again from the newest batch."""
MAX_CHANGED = 100
"""Maximum number of changed messages in a batch."""


class MessageBatch(Struct, frozen=True):
    """Messages in order of `seq`, and the state of the room."""

    messages: Sequence[MessageView]
    more: bool
    """Whether there are older messages."""
    last_read_seq: int = 0
    follows: bool = False
    """Whether these follow the messages shown before; else they replace them."""
    rest: bool = False
    """Whether there are newer messages, or more changed ones, to request next."""
    change: int = 0
    """The number of the last change that the batch includes."""
    changed: Sequence[MessageView] = ()
    """Changed messages among those shown before, in order of `change`."""

    @property
    def last_seq(self) -> int:
        """The `seq` of the last message, 0 without one."""
        return self.messages[-1].seq if self.messages else 0


class ShownRange(Struct, frozen=True):
    """What a page shows: messages `first` to `last` as of `change`."""

    first: int = 0
    last: int = 0
    change: int = 0
    at_end: bool = True
    """Whether it shows the newest messages, not a part of the history."""


async def older(viewer: CurrentUser, room_id: int, before_seq: int) -> MessageBatch:
    """Return the last `PAGE_SIZE` messages before `before_seq`.

    Raises `NotFound` for non-members.
    """

    def query(session: Session) -> MessageBatch:
        position = access.position(session, viewer, room_id)
        return _before(session, room_id, min(before_seq, HIGHEST), position)

    return await database.read(query)


async def since(viewer: CurrentUser, room_id: int, shown: ShownRange) -> MessageBatch:
    """Return the messages after the shown range, and what changed within it.

    A page that shows nothing (`last` 0) or has missed more than `CATCH_UP` gets the newest batch
    instead. Raises `NotFound` for non-members.
    """

    def query(session: Session) -> MessageBatch:
        position = access.position(session, viewer, room_id)
        newest = position.last_seq
        missed = newest - shown.last
        if not 0 < shown.last <= newest or (shown.at_end and missed > CATCH_UP):
            return _before(session, room_id, newest + 1, position)
        found = queries.after(session, room_id, shown.last)
        changed, change = _changed(session, room_id, shown, position)
        return MessageBatch(
            found,
            more=True,
            last_read_seq=position.read_up_to,
            follows=True,
            rest=change < position.last_change or (bool(found) and found[-1].seq < newest),
            change=change,
            changed=changed,
        )

    return await database.read(query)


async def around(viewer: CurrentUser, room_id: int, seq: int) -> MessageBatch:
    """Return the messages around `seq`.

    Raises `NotFound` for non-members and for a message that does not exist.
    """
    return await database.read(lambda session: _around(session, viewer, room_id, seq))


async def changed(room_id: int, since: int) -> list[MessageView]:
    """Return changed messages of a room without a permission check, to push to its subscribers.

    They are in order of `change`; there may be more than these.
    """
    return await database.read(
        lambda session: queries.changed(session, room_id, since, MAX_CHANGED)
    )


def numbered(connection: Connection, rooms: Mapping[int, Collection[int]]) -> list[MessageView]:
    """Return, within `database.look`, messages by room and `seq`, without a permission check."""
    with connection.begin(), DirectSession(connection) as session:
        return [
            message
            for room_id, seqs in rooms.items()
            for message in queries.numbered(session, room_id, seqs)
        ]


def begin(
    session: Session,
    viewer: CurrentUser,
    room_id: int,
    at: int = 0,
    newest: MessageBatch | None = None,
) -> MessageBatch:
    """Return, within a read, the first batch of a timeline: around `at`, or the newest.

    With more unread messages than a batch holds, it is around the first of them. `newest` may be
    what this returned for another viewer, as long as nothing was stored: messages are the same for
    all members, and are not read again.
    """
    if at:
        return _around(session, viewer, room_id, at)
    position = access.position(session, viewer, room_id)
    if position.last_seq - position.read_up_to > PAGE_SIZE:
        return _around(session, viewer, room_id, position.read_up_to + 1)
    if newest and (newest.last_seq, newest.change) == (position.last_seq, position.last_change):
        return replace(newest, last_read_seq=position.read_up_to)
    return _before(session, room_id, position.last_seq + 1, position)


def _around(session: Session, viewer: CurrentUser, room_id: int, seq: int) -> MessageBatch:
    position = access.position(session, viewer, room_id)
    if not 0 < seq <= position.last_seq:
        raise NotFound
    earlier = queries.before(session, room_id, seq, PAGE_SIZE // 2)
    later = queries.after(session, room_id, seq - 1, PAGE_SIZE // 2)
    return MessageBatch(
        earlier + later,
        more=bool(earlier) and earlier[0].seq > 1,
        last_read_seq=position.read_up_to,
        rest=bool(later) and later[-1].seq < position.last_seq,
        change=position.last_change,
    )


def _before(
    session: Session, room_id: int, seq: int, position: access.RoomPosition
) -> MessageBatch:
    found = queries.before(session, room_id, seq)
    return MessageBatch(
        found,
        more=bool(found) and found[0].seq > 1,
        last_read_seq=position.read_up_to,
        change=position.last_change,
    )


def _changed(
    session: Session, room_id: int, shown: ShownRange, position: access.RoomPosition
) -> tuple[Sequence[MessageView], int]:
    """Return changed messages of the shown range, and up to which change these are all."""
    if shown.change >= position.last_change:
        return (), position.last_change
    shows = min(shown.first, HIGHEST), min(shown.last, HIGHEST)
    found = queries.changed_among(session, room_id, shown.change, *shows, MAX_CHANGED)
    has_more = found and queries.changed_among(session, room_id, found[-1].change, *shows, 1)
    return found, found[-1].change if has_more else position.last_change
