"""Rooms of the hub, as rooms of this chat: names, members, and who may do what there."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col
from sqlmodel import select as select_model

from models import Membership, Notify, Role, Room, RoomInvitation, RoomKind
from models.clock import now
from models.room import people_key
from node import people, tables
from services.accounts.names.name_rules import check_room_name, check_topic, likeness
from services.accounts.names.name_search import indexed
from services.core import events
from services.core.collation import sort_key
from services.core.errors import ServiceError
from services.rooms import encryption, room_names

OWNER, MODERATOR = 100, 50
"""Power levels from which on somebody is one."""


def known(session: Session, hub_id: str) -> int | None:
    """Return the local id of a room; None for a new one."""
    table = tables.ROOMS.c
    found: int | None = session.connection().scalar(
        select(table.room_id).where(table.hub_id == hub_id)
    )
    return found


def hub_id(session: Session, room_id: int) -> str:
    """Return what the hub calls a room; empty for none of it."""
    table = tables.ROOMS.c
    found = session.connection().scalar(select(table.hub_id).where(table.room_id == room_id))
    return str(found or "")


def local(session: Session, hub_id: str) -> tuple[Room, bool]:
    """Return the local room, and whether it is new."""
    room_id = known(session, hub_id)
    if room_id is not None:
        return session.get_one(Room, room_id), False
    room = Room(kind=RoomKind.PRIVATE, name=hub_id, name_key=hub_id, name_likeness=hub_id)
    session.add(room)
    session.flush()
    values = {"hub_id": hub_id, "room_id": room.id, "levels": "{}"}
    session.connection().execute(tables.ROOMS.insert(), values)
    return room, True


def apply(
    session: Session, room: Room, event: dict[str, Any], me: str, changes: list[object]
) -> None:
    """Take over an event of the room's state; add to `changes` what is to be published."""
    content, key = event.get("content") or {}, event.get("state_key")
    match event.get("type"):
        case "m.room.member" if isinstance(key, str):
            _member(session, room, key, content, me, changes)
            return
        case "m.room.name":
            _rename(session, room, content.get("name"))
        case "m.room.topic":
            room.topic, room.search_topic = _topic(content.get("topic"))
        case "m.room.join_rules" if room.kind != RoomKind.DIRECT:
            is_public = content.get("join_rule") == "public"
            room.kind = RoomKind.PUBLIC if is_public else RoomKind.PRIVATE
        case "m.room.power_levels":
            _set_levels(session, room, content, changes)
        case "m.room.encryption" if not room.is_encrypted:
            room.encryption = encryption.check({"algorithm": encryption.ALGORITHM})
        case _:
            return
    session.add(room)
    changes.append(events.RoomChanged(room.id or 0))


def make_direct(session: Session, room: Room, changes: list[object]) -> None:
    """Show a room as direct messages: by the names of its people."""
    if room.kind == RoomKind.DIRECT:
        return
    room.kind, room.name, room.name_key = RoomKind.DIRECT, "", ""
    room.name_likeness, room.search_name = "", ""
    session.add(room)
    for member in _memberships(session, room):
        member.notify = Notify.EVERYTHING
        session.add(member)
    changes.append(events.RoomChanged(room.id or 0))


def key_people(session: Session, room: Room) -> None:
    """Note whose direct messages a room is, unless these people have another one."""
    if room.kind != RoomKind.DIRECT or room.people_key is not None:
        return
    user_ids = [each.user_id for each in _memberships(session, room)]
    key = people_key(user_ids, is_encrypted=room.is_encrypted)
    if session.exec(select_model(Room.id).where(Room.people_key == key)).first() is None:
        room.people_key = key
        session.add(room)


def invite(
    session: Session, hub_id: str, state: Sequence[dict[str, Any]], me: str, changes: list[object]
) -> None:
    """Note that the person is invited to a room, with the little that is known of it."""
    room, _is_new = local(session, hub_id)
    inviter = ""
    for event in state:
        if event.get("type") == "m.room.member" and event.get("state_key") == me:
            inviter = str(event.get("sender"))
        else:
            apply(session, room, event, me, changes)
    user_id, inviter_id = people.known(session, me), people.known(session, inviter)
    if user_id and inviter_id and session.get(RoomInvitation, (room.id, user_id)) is None:
        session.add(RoomInvitation(room_id=room.id or 0, user_id=user_id, invited_by=inviter_id))
        changes.append(events.InvitationsChanged(user_id))


def withdraw(session: Session, room: Room, user_id: int, changes: list[object]) -> None:
    """Forget an invitation: it was answered, or taken back."""
    invitation = session.get(RoomInvitation, (room.id, user_id))
    if invitation is not None:
        session.delete(invitation)
        changes.append(events.InvitationsChanged(user_id))


def leave(session: Session, hub_id: str, me: str, changes: list[object]) -> None:
    """Take the person out of a room that they have left or were removed from."""
    room_id, user_id = known(session, hub_id), people.known(session, me)
    if room_id is None or user_id is None:
        return
    withdraw(session, session.get_one(Room, room_id), user_id, changes)
    membership = session.get(Membership, (room_id, user_id))
    if membership is not None:
        session.delete(membership)
        changes.append(events.MemberLeft(room_id, user_id))


def _member(
    session: Session,
    room: Room,
    hub_id: str,
    content: dict[str, Any],
    me: str,
    changes: list[object],
) -> None:
    room_id = room.id or 0
    is_in = content.get("membership") == "join"
    if not is_in and people.known(session, hub_id) is None:
        return
    user_id, renamed = people.local(session, hub_id, content.get("displayname") if is_in else None)
    changes.extend(renamed)
    membership = session.get(Membership, (room_id, user_id))
    if is_in and membership is None:
        level = Notify.EVERYTHING if room.kind == RoomKind.DIRECT else Notify.MENTIONS
        session.add(
            Membership(
                room_id=room_id,
                user_id=user_id,
                role=_role(_levels(session, room), hub_id),
                notify=level,
            )
        )
        session.flush()
        changes.append(events.MemberJoined(room_id, user_id))
    elif not is_in and membership is not None and hub_id != me:
        session.delete(membership)
        session.flush()
        changes.append(events.MemberLeft(room_id, user_id))


def _rename(session: Session, room: Room, name: object) -> None:
    if room.kind == RoomKind.DIRECT:
        return
    try:
        checked = check_room_name(name)
    except ServiceError:
        return
    room.name, room.name_likeness = checked, likeness(checked)
    room.search_name, room.sort_key = indexed(checked), sort_key(checked)
    if checked.casefold() == room_names.LOBBY.casefold():
        room.sort_key = b""  # first, as on the hub


def _topic(topic: object) -> tuple[str, str]:
    try:
        checked = check_topic(topic)
    except ServiceError:
        return "", ""
    return checked, indexed(checked)


def _set_levels(
    session: Session, room: Room, content: dict[str, Any], changes: list[object]
) -> None:
    _set(session, room, levels=json.dumps(content))
    speak = content.get("events_default", 0)
    room.is_announcement = isinstance(speak, int) and MODERATOR <= speak <= OWNER
    archived = isinstance(speak, int) and speak > OWNER
    room.archived_at = (room.archived_at or now()) if archived else None
    for member in _memberships(session, room):
        role = _role(content, people.hub_id(session, member.user_id))
        if member.role != role:
            member.role = role
            session.add(member)
            changes.append(events.RoleChanged(room.id or 0, member.user_id))


def _memberships(session: Session, room: Room) -> list[Membership]:
    session.flush()
    found = select_model(Membership).where(Membership.room_id == room.id)
    return list(session.exec(found.order_by(col(Membership.user_id))))


def _role(levels: dict[str, Any], hub_id: str) -> Role:
    users = levels.get("users")
    level = users.get(hub_id, 0) if isinstance(users, dict) else 0
    if not isinstance(level, int):
        return Role.MEMBER
    return Role.OWNER if level >= OWNER else Role.MODERATOR if level >= MODERATOR else Role.MEMBER


def _levels(session: Session, room: Room) -> dict[str, Any]:
    table = tables.ROOMS.c
    found = session.connection().scalar(select(table.levels).where(table.room_id == room.id))
    levels = json.loads(found or "{}")
    return levels if isinstance(levels, dict) else {}


def _set(session: Session, room: Room, **values: object) -> None:
    statement = update(tables.ROOMS).where(tables.ROOMS.c.room_id == room.id).values(**values)
    session.connection().execute(statement)
