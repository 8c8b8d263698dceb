"""Pins: messages that a room shows in a list of their own."""

from sqlmodel import Session, col, func, select

from models import Message, RoomEventKind
from models.clock import now
from services.core import events
from services.core.dto import CurrentUser, MessageView
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import messages, queries, revisions
from services.rooms import access, room_events
from services.rooms.permissions import require_pinner

MAX_PINS = 50
"""Maximum number of pinned messages in a room."""


async def pin(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Pin a message.

    Raises `Forbidden` without permission to pin, `ServiceError` over `MAX_PINS`, `NotFound` for
    non-members and for a message that does not exist.
    """
    await _set(viewer, room_id, seq, pinned=True)


async def unpin(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Unpin a message. Raises like `pin`."""
    await _set(viewer, room_id, seq, pinned=False)


@rate_limited("read")
async def of_room(viewer: CurrentUser, room_id: int) -> list[MessageView]:
    """Return the pinned messages of a room, the newest pin first. Raises `NotFound` like `pin`."""

    def query(session: Session) -> list[MessageView]:
        access.position(session, viewer, room_id)
        pinned = session.exec(
            select(Message.id)
            .where(Message.room_id == room_id, col(Message.pinned_at).is_not(None))
            .order_by(col(Message.pinned_at).desc())
            .limit(MAX_PINS)
        )
        ids = [number or 0 for number in pinned]
        found = queries.some(session, ids)
        return [found[number] for number in ids]

    return await database.read(query)


@rate_limited("message")
async def _set(viewer: CurrentUser, room_id: int, seq: int, *, pinned: bool) -> None:
    def change_pin(session: Session) -> int | None:
        room, membership, message = messages.find(session, viewer, room_id, seq)
        require_pinner(room, membership)
        if pinned == (message.pinned_at is not None):
            return None
        if pinned and _count(session, room_id) >= MAX_PINS:
            raise ServiceError(_("Too many messages are pinned here. Unpin one first."))
        message.pinned_at = now() if pinned else None
        room_events.record(session, room_id, RoomEventKind.PINS, viewer.user_id)
        return revisions.bump(session, room, message)

    change = await database.write(change_pin)
    if change is not None:
        events.publish(events.MessageChanged(room_id, change))


def _count(session: Session, room_id: int) -> int:
    return session.exec(
        select(func.count())
        .select_from(Message)
        .where(Message.room_id == room_id, col(Message.pinned_at).is_not(None))
    ).one()
