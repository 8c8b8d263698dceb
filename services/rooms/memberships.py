"""Memberships: who comes into a room, who leaves it, and what role they have in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from models import Action, Membership, Role, Room, RoomKind, User
from services.accounts import audit
from services.accounts.name_rules import check_search_text, username_key
from services.core import events
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound, ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.permissions import (
    may_remove,
    refuse_direct,
    require_moderator,
    require_owner,
)


@dataclass(frozen=True)
class Member(UserSummary):
    """Somebody in a room."""

    role: str


@dataclass(frozen=True)
class Members:
    """Some of those who are in a room."""

    found: Sequence[Member]
    total: int
    """How many are in it."""
    role: str
    """What role the one who asks has."""


MAX_FOUND = 100
"""How many members one look shows at the most: who seeks one among more says their name."""
PAIR = 2
"""How many are in direct messages that nobody can leave."""

_RANK: Any = case({Role.OWNER: 0, Role.MODERATOR: 1}, value=col(Membership.role), else_=2)


@rate_limited("member")
async def join(viewer: CurrentUser, room_id: int) -> None:
    """Come into a public room. Raises `NotFound` for any other."""

    def enter(session: Session) -> bool:
        room = session.get(Room, room_id)
        if room is None or room.kind != RoomKind.PUBLIC:
            raise NotFound
        return insert(session, room, viewer.user_id)

    if await database.write(enter):
        events.publish(events.MemberJoined(room_id, viewer.user_id))


@rate_limited("member")
async def add(viewer: CurrentUser, room_id: int, username: object) -> None:
    """Bring somebody into a room one is in. Raises `NotFound` for an unknown name,
    `Forbidden` in direct messages.
    """
    key = username_key(username.strip().removeprefix("@")) if isinstance(username, str) else ""

    def bring(session: Session) -> int | None:
        room, _membership = access.require_member(session, viewer.user_id, room_id)
        refuse_direct(room)
        user = session.exec(select(User).where(User.username_key == key)).first()
        if user is None:
            raise NotFound(_("There is no account of that name."))
        return user.id if insert(session, room, user.id or 0) else None

    user_id = await database.write(bring)
    if user_id is None:
        raise ServiceError(_("They are in this room already."))
    events.publish(events.MemberJoined(room_id, user_id))


@rate_limited("member")
async def leave(viewer: CurrentUser, room_id: int) -> None:
    """Leave a room. Its last owner hands it to a moderator, or to whoever has been in it
    longest. Raises `Forbidden` in direct messages between two.
    """

    def go(session: Session) -> int | None:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        if room.kind == RoomKind.DIRECT:
            _leave_direct(session, room)
        session.delete(membership)
        session.flush()
        return _inherit(session, viewer, room) if membership.role == Role.OWNER else None

    heir = await database.write(go)
    events.publish(events.MemberLeft(room_id, viewer.user_id))
    if heir is not None:
        events.publish(events.RoleChanged(room_id, heir))


@rate_limited("member")
async def remove(viewer: CurrentUser, room_id: int, user_id: int, reason: object = "") -> None:
    """Remove somebody from a room: its moderators may remove members, its owner anybody.

    Raises `NotFound` for who is not in it, `ServiceError` for a reason that will not do.
    """

    def take_out(session: Session) -> str:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        refuse_direct(room)
        require_moderator(membership)
        other = _other(session, viewer, room_id, user_id)
        if not may_remove(membership, other):
            raise Forbidden(_("Only the room's owner can remove a moderator."))
        session.delete(other)
        audit.record(
            session, viewer, Action.MEMBER_REMOVED, room=room, person_id=user_id, reason=reason
        )
        return room.name

    name = await database.write(take_out)
    events.publish(events.MemberLeft(room_id, user_id, removed_from=name))


@rate_limited("member")
async def change_role(viewer: CurrentUser, room_id: int, user_id: int, role: object) -> None:
    """Make a member a moderator, or a moderator a member again: the owner may.

    Raises `NotFound` for who is not in the room, `ServiceError` for any other role.
    """
    if not isinstance(role, str) or role not in {Role.MODERATOR, Role.MEMBER}:
        raise ServiceError(_("Somebody is a moderator or a member. Choose one of the two."))

    def change(session: Session) -> bool:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        refuse_direct(room)
        require_owner(membership)
        other = _other(session, viewer, room_id, user_id)
        if other.role == Role.OWNER:
            raise Forbidden(_("This person owns the room: they can hand it over themselves."))
        if other.role == role:
            return False
        other.role = Role(role)
        session.add(other)
        made = Action.MODERATOR_MADE if role == Role.MODERATOR else Action.MODERATOR_UNMADE
        audit.record(session, viewer, made, room=room, person_id=user_id)
        return True

    if await database.write(change):
        events.publish(events.RoleChanged(room_id, user_id))


@rate_limited("member")
async def hand_over(viewer: CurrentUser, room_id: int, user_id: int) -> None:
    """Make another member the owner, and be a moderator from then on.

    Raises `NotFound` for who is not in the room.
    """

    def give(session: Session) -> None:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        refuse_direct(room)
        require_owner(membership)
        other = _other(session, viewer, room_id, user_id)
        membership.role, other.role = Role.MODERATOR, Role.OWNER
        session.add_all([membership, other])
        audit.record(session, viewer, Action.ROOM_HANDED_OVER, room=room, person_id=user_id)

    await database.write(give)
    for changed in (viewer.user_id, user_id):
        events.publish(events.RoleChanged(room_id, changed))


@rate_limited("look")
async def members(viewer: CurrentUser, room_id: int, words: object = "") -> Members:
    """Return who is in a room and has `words` in their name: the owner first, then
    moderators, then all others by name. Raises `NotFound` when one is not in it.
    """
    sought = check_search_text(words)

    def query(session: Session) -> Members:
        _room, membership = access.require_member(session, viewer.user_id, room_id)
        named = col(User.display_name).icontains(sought, autoescape=True) | col(
            User.username_key
        ).contains(username_key(sought), autoescape=True)
        here = select(User, Membership.role).join(
            Membership, (col(Membership.user_id) == User.id) & (col(Membership.room_id) == room_id)
        )
        found = session.exec(
            (here.where(named) if sought else here)
            .order_by(_RANK, col(User.display_name), col(User.id))
            .limit(MAX_FOUND)
        ).all()
        return Members(
            [
                Member(user.id or 0, user.username, user.display_name, user.hue, role)
                for user, role in found
            ],
            count(session, room_id),
            membership.role,
        )

    return await database.read(query)


@rate_limited("look")
async def member(viewer: CurrentUser, room_id: int, user_id: int) -> Member:
    """Return somebody in a room. Raises `NotFound` when one is not in it, or they are not."""

    def query(session: Session) -> Member:
        access.require_member(session, viewer.user_id, room_id)
        found = session.exec(
            select(User, Membership.role)
            .join(Membership, col(Membership.user_id) == User.id)
            .where(Membership.room_id == room_id, User.id == user_id)
        ).first()
        if found is None:
            raise NotFound(_gone())
        user, role = found
        return Member(user.id or 0, user.username, user.display_name, user.hue, role)

    return await database.read(query)


def count(session: Session, room_id: int) -> int:
    """Return how many are in a room."""
    return session.exec(
        select(func.count()).select_from(Membership).where(Membership.room_id == room_id)
    ).one()


def insert(session: Session, room: Room, user_id: int) -> bool:
    """Add a membership; a newcomer has nothing unread. False when it was there already.

    Who comes into an empty room owns it: else nobody could ever change it again.
    """
    if session.get(Membership, (room.id, user_id)) is not None:
        return False
    here = select(Membership.user_id).where(Membership.room_id == room.id)
    role = Role.OWNER if session.exec(here).first() is None else Role.MEMBER
    session.add(
        Membership(room_id=room.id or 0, user_id=user_id, role=role, last_read_seq=room.last_seq)
    )
    return True


def _other(session: Session, viewer: CurrentUser, room_id: int, user_id: int) -> Membership:
    """Return the membership of somebody else. Raises `ServiceError` for oneself."""
    if user_id == viewer.user_id:
        raise ServiceError(_("That is you. Leave the room, or hand it over."))
    other = session.get(Membership, (room_id, user_id))
    if other is None:
        raise NotFound(_gone())
    return other


def _leave_direct(session: Session, room: Room) -> None:
    """What is left of a group is no more the conversation of all who were in it."""
    if room.people_key is not None and count(session, room.id or 0) <= PAIR:
        raise Forbidden(_("What is between two stays with both. Mute it, or block the other."))
    room.people_key = None
    session.add(room)


def _inherit(session: Session, viewer: CurrentUser, room: Room) -> int | None:
    """Give a room whose owner has left to its heir, if it has no other owner; return the heir."""
    heir = session.exec(
        select(Membership)
        .where(Membership.room_id == room.id)
        .order_by(_RANK, col(Membership.joined_at))
        .limit(1)
    ).first()
    if heir is None or heir.role == Role.OWNER:
        return None
    heir.role = Role.OWNER
    session.add(heir)
    audit.record(session, viewer, Action.ROOM_HANDED_OVER, room=room, person_id=heir.user_id)
    return heir.user_id


def _gone() -> str:
    return _("They are not in this room any more.")
