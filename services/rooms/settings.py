"""Room settings for owners: name and topic, announcements, archiving, deletion."""

from collections.abc import Callable

import sqlalchemy
from sqlmodel import Session, col

from models import Action, Membership, Room, RoomEventKind, RoomKind, ScheduledMessage
from models.clock import now
from services.accounts import bots
from services.accounts.names.name_rules import check_room_name, check_topic
from services.accounts.security import audit
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, ServiceError, about
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access, room_events
from services.rooms.permissions import refuse_direct, require_owner
from services.rooms.room_names import LOBBY_ID, set_name, set_topic


async def change(viewer: CurrentUser, room_id: int, *, name: object, topic: object) -> None:
    """Change the name and topic of a room.

    Raises `ServiceError` for an invalid name or topic, `Conflict` if a public room has the same
    name or a similar-looking one, and as all functions here `NotFound` for non-members, `Forbidden`
    for anyone but the owner.
    """
    new_name, new_topic = check_room_name(name), check_topic(topic)

    def rename(session: Session, room: Room) -> bool:
        is_renamed, has_new_topic = room.name != new_name, room.topic != new_topic
        set_topic(room, new_topic)
        if is_renamed:
            set_name(session, room, new_name)
            audit.record(session, viewer, Action.ROOM_RENAMED, room=room)
            _record(session, viewer, room_id, RoomEventKind.NAME, name=new_name)
        if has_new_topic:
            _record(session, viewer, room_id, RoomEventKind.TOPIC, topic=new_topic)
        return True

    await _change(viewer, room_id, rename)


async def announce(viewer: CurrentUser, room_id: int, *, on: bool) -> None:
    """Set whether only moderators may write in a room."""

    def set_announcement(session: Session, room: Room) -> bool:
        if room.is_announcement == on:
            return False
        room.is_announcement = on
        action = Action.ROOM_ANNOUNCES if on else Action.ROOM_OPENED
        _record(session, viewer, room_id, RoomEventKind.PERMISSIONS)
        audit.record(session, viewer, action, room=room)
        return True

    await _change(viewer, room_id, set_announcement)


async def archive(viewer: CurrentUser, room_id: int, *, on: bool) -> None:
    """Archive a room, which makes it read-only, or restore it."""

    def set_archived(session: Session, room: Room) -> bool:
        if room.is_archived == on:
            return False
        room.archived_at = now() if on else None
        action = Action.ROOM_ARCHIVED if on else Action.ROOM_RESTORED
        _record(session, viewer, room_id, RoomEventKind.PERMISSIONS)
        audit.record(session, viewer, action, room=room)
        return True

    await _change(viewer, room_id, set_archived)


@rate_limited("room")
async def delete(viewer: CurrentUser, room_id: int, typed_name: object) -> None:
    """Delete a room and its messages for good; its `typed_name` confirms it.

    It loses its members at once, and what was scheduled to be sent to it; its messages are erased
    in the background. Raises `ServiceError` if that is not its name, `Forbidden` for the Lobby.
    """
    with about("typed_name"):
        typed = check_room_name(typed_name)

    def mark_deleted(session: Session) -> list[int]:
        room = _owned(session, viewer, room_id)
        if room.id == session.scalar(sqlalchemy.select(LOBBY_ID)):
            raise Forbidden(_("Everyone starts in this room, so it can't be deleted."))
        if typed != room.name:
            raise ServiceError(
                _("This is not the room's name. Type it exactly as shown."), about="typed_name"
            )
        audit.record(session, viewer, Action.ROOM_DELETED, room=room)
        # Private and without members, nobody finds it; without a name, its name is free again.
        room.kind, room.deleted_at = RoomKind.PRIVATE, now()
        room.name = room.name_key = room.name_likeness = room.search_name = ""
        room.topic = room.search_topic = ""
        session.add(room)
        room_events.record_removal_of_all(session, room_id, viewer.user_id)
        session.connection().execute(
            sqlalchemy.delete(Membership).where(col(Membership.room_id) == room_id)
        )
        bots.end_in(session, room_id)
        scheduled = sqlalchemy.delete(ScheduledMessage).where(
            col(ScheduledMessage.room_id) == room_id
        )
        authors = scheduled.returning(col(ScheduledMessage.user_id))
        return [author for (author,) in session.connection().execute(authors)]

    authors = await database.write(mark_deleted, uses_reserve=True)
    events.publish(events.RoomDeleted(room_id, typed))
    for author in set(authors):
        events.publish(events.ScheduledChanged(author, room_id))


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


def _record(
    session: Session, viewer: CurrentUser, room_id: int, kind: RoomEventKind, **content: str
) -> None:
    room_events.record(session, room_id, kind, viewer.user_id, content=content or None)


def _owned(session: Session, viewer: CurrentUser, room_id: int) -> Room:
    """Return a room that the viewer owns, or raise."""
    room, membership = access.require_member(session, viewer.user_id, room_id)
    refuse_direct(room)
    require_owner(membership)
    return room
