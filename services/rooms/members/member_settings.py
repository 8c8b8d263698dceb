"""What members set in a room for themselves: an unread mark, which messages notify them, and
whether it is among their favourites.

Unread messages are derived from `Membership.last_read_seq`, or from `unread_from` if the user has
marked the room as unread. `services.rooms.reading.read_positions` moves the former.
"""

from msgspec import Struct
from sqlmodel import Session, col

from models import Membership, Notify, Room
from models.clock import now
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.reading import notified, read_positions, uncounted, unread_mentions


class RoomLevel(Struct, frozen=True):
    """Which messages of a room notify a member."""

    room_id: int
    kind: str
    level: str
    """One of `Notify`."""

    @property
    def notifies_of_all(self) -> bool:
        """Whether all messages do, as in direct messages also where mentions are chosen."""
        return notified.notifies_of_all(self.kind, self.level)


@rate_limited("unread")
async def mark_unread(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Mark a room as unread from message `seq` on, on all devices; receipts do not change.

    Reading the room to its end clears the mark. Raises `ServiceError` if there is no such message,
    `NotFound` for non-members.
    """
    # A pending position must not clear the mark when it is written half a second later.
    reached = read_positions.take(viewer, room_id)

    def mark(session: Session) -> events.MembershipChanged:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        if not 0 < seq <= room.last_seq:
            raise ServiceError(_("This message no longer exists. Reload the page."))
        membership.unread_from = seq
        if reached > membership.last_read_seq:
            membership.last_read_seq, membership.last_read_at = min(reached, room.last_seq), now()
        session.add(membership)
        session.flush()
        return _changed(session, membership)

    events.publish(await database.write(mark))


@rate_limited("unread")
async def set_level(viewer: CurrentUser, room_id: int, level: object) -> None:
    """Set which messages of a room notify the viewer.

    Raises `ServiceError` for an unknown level, `NotFound` for non-members.
    """
    if level not in list(Notify):
        raise ServiceError(_("Choose all messages, mentions only or nothing."))

    def choose(session: Session) -> events.MembershipChanged:
        _room, membership = access.require_member(session, viewer.user_id, room_id)
        membership.notify = str(level)
        session.add(membership)
        session.flush()
        return _changed(session, membership)

    events.publish(await database.write(choose))


async def levels(viewer: CurrentUser) -> list[RoomLevel]:
    """Return which messages notify the viewer, room by room, in the order of their ids."""
    columns = col(Room.id), col(Room.kind), col(Membership.notify)
    mine = access.rooms_of(viewer.user_id, *columns).order_by(col(Room.id))
    return await database.read(
        lambda session: [RoomLevel(*row) for row in session.connection().execute(mine)]
    )


@rate_limited("unread")
async def set_favourite(viewer: CurrentUser, room_id: int, *, on: bool) -> None:
    """Put a room among the viewer's favourites, or take it out.

    Raises `NotFound` for non-members.
    """

    def choose(session: Session) -> None:
        _room, membership = access.require_member(session, viewer.user_id, room_id)
        membership.is_favourite = on
        session.add(membership)

    await database.write(choose)
    events.publish(events.FavouriteChanged(room_id, viewer.user_id))


def _changed(session: Session, membership: Membership) -> events.MembershipChanged:
    marked = membership.unread_from
    return events.MembershipChanged(
        membership.room_id,
        membership.user_id,
        read_up_to=marked - 1 if marked else membership.last_read_seq,
        is_marked=bool(marked),
        mentions=unread_mentions.count_in(session, membership.user_id, membership.room_id),
        notify=membership.notify,
        uncounted=uncounted.in_room(session, membership.user_id, membership.room_id),
    )
