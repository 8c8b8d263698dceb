"""What a room's owner does with it: its name, announcements, the archive, and the end."""

from collections.abc import Callable

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from models import Action, Membership, Room, RoomKind
from models.clock import now
from services.accounts import audit
from services.accounts.name_rules import check_room_name, check_topic
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.rooms import access, purge
from services.rooms.permissions import refuse_direct, require_owner
from services.rooms.rooms import flush_name, name_key


async def change(viewer: CurrentUser, room_id: int, *, name: object, topic: object) -> None:
    """Give a room another name and topic: its owner may.

    Raises `ServiceError` for a name or topic that will not do, `Conflict` when a public room of
    that name, or one that looks like it, exists.
    """
    sound, about = check_room_name(name), check_topic(topic)

    def rename(session: Session, room: Room) -> bool:
        is_other = room.name != sound
        room.name, room.name_key, room.topic = sound, name_key(sound), about
        flush_name(session)
        if is_other:
            audit.record(session, viewer, Action.ROOM_RENAMED, room=room)
        return True

    await _change(viewer, room_id, rename)


async def announce(viewer: CurrentUser, room_id: int, *, on: bool) -> None:
    """Have only moderators write in a room, or everybody again: its owner may."""

    def turn(session: Session, room: Room) -> bool:
        if room.is_announcement == on:
            return False
        room.is_announcement = on
        action = Action.ROOM_ANNOUNCES if on else Action.ROOM_OPENED
        audit.record(session, viewer, action, room=room)
        return True

    await _change(viewer, room_id, turn)


async def archive(viewer: CurrentUser, room_id: int, *, on: bool) -> None:
    """Have a room only be read, or bring it back: its owner may."""

    def put_away(session: Session, room: Room) -> bool:
        if room.is_archived == on:
            return False
        room.archived_at = now() if on else None
        action = Action.ROOM_ARCHIVED if on else Action.ROOM_RESTORED
        audit.record(session, viewer, action, room=room)
        return True

    await _change(viewer, room_id, put_away)


@rate_limited("room")
async def delete(viewer: CurrentUser, room_id: int, name: object) -> None:
    """Delete a room and all that was said in it, for good: its owner may, who types its `name`.

    Nobody is in it from this moment on; its messages are erased bit by bit. Raises
    `ServiceError` for another name, `Forbidden` for the Lobby.
    """
    typed = check_room_name(name)

    def end(session: Session) -> None:
        room = _owned(session, viewer, room_id)
        if room.id == session.exec(select(func.min(Room.id))).one():
            raise Forbidden(_("Everybody starts in this room: it cannot be deleted."))
        if typed != room.name:
            raise ServiceError(_("That is not the room's name. Type it as it stands there."))
        audit.record(session, viewer, Action.ROOM_DELETED, room=room)
        # As a private one without members it is found by nobody, and its name is free again.
        room.kind, room.deleted_at = RoomKind.PRIVATE, now()
        room.name = room.name_key = room.topic = ""
        session.add(room)
        session.connection().execute(
            sqlalchemy.delete(Membership).where(col(Membership.room_id) == room_id)
        )

    await database.write(end)
    events.publish(events.RoomDeleted(room_id, typed))
    purge.start()


@rate_limited("room")
async def _change(
    viewer: CurrentUser, room_id: int, change: Callable[[Session, Room], bool]
) -> None:
    def apply(session: Session) -> bool:
        room = _owned(session, viewer, room_id)
        session.add(room)
        return change(session, room)

    if await database.write(apply):
        events.publish(events.RoomChanged(room_id))


def _owned(session: Session, viewer: CurrentUser, room_id: int) -> Room:
    """Return a room that is the viewer's own to change, or raise."""
    room, membership = access.require_member(session, viewer.user_id, room_id)
    refuse_direct(room)
    require_owner(membership)
    return room
