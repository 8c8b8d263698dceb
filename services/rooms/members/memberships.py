"""Memberships: joining and leaving rooms, and roles in them."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import case, func
from sqlmodel import Session, col, select

from models import Action, Membership, Notify, Role, Room, RoomEventKind, RoomKind, User
from services.accounts import bots
from services.accounts.names.name_rules import check_search_text, typed_key
from services.accounts.names.name_search import contains, words_of
from services.accounts.security import audit
from services.core import events
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound, ServiceError, about
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access, room_events
from services.rooms.members import consent
from services.rooms.permissions import (
    may_leave,
    may_remove,
    refuse_direct,
    require_moderator,
    require_owner,
)


class Member(UserSummary, frozen=True):
    """A member of a room."""

    role: str
    is_bot: bool = False


class Members(Struct, frozen=True):
    """The members of a room that match a search."""

    found: Sequence[Member]
    total: int
    """Number of all people in the room."""
    role: str
    """Role of the viewer."""


MAX_FOUND = 100
"""Maximum number of members returned; a search by name finds the others."""

_RANK: Any = case({Role.OWNER: 0, Role.MODERATOR: 1}, value=col(Membership.role), else_=2)
"""The order of members by role."""


@rate_limited("member")
async def join(viewer: CurrentUser, room_id: int) -> None:
    """Join a public room. Raises `NotFound` for any other."""

    def add_viewer(session: Session) -> bool:
        room = access.require_public(session, room_id)
        consent.forget(session, room_id, viewer.user_id)
        return add_member(session, room, viewer.user_id)

    if await database.write(add_viewer):
        events.publish(events.MemberJoined(room_id, viewer.user_id))


@rate_limited("member")
async def add(viewer: CurrentUser, room_id: int, username: object) -> bool:
    """Add a user to a room, or invite them if they have to agree: see `consent`.

    Return whether they are a member now. Who has blocked the viewer is invited, but does not get
    the invitation. Raises `NotFound` for non-members and for an unknown name, `Forbidden` in
    direct messages, `ServiceError` if the user is a member already, or for too many invitations.
    """
    key = typed_key(username)

    def add_user(session: Session) -> tuple[int, bool]:
        room, _membership = access.require_member(session, viewer.user_id, room_id)
        refuse_direct(room)
        user = session.exec(select(User).where(User.username_key == key, bots.IS_PERSON)).first()
        if user is None:
            raise NotFound(
                _("There is no account with this username. Check the spelling."), about="username"
            )
        user_id = user.id or 0
        if session.get(Membership, (room_id, user_id)):
            raise ServiceError(_("They are already in this room."), about="username")
        if consent.is_needed(session, viewer.user_id, user_id):
            with about("username"):
                consent.invite(session, room_id, viewer.user_id, user_id)
            return user_id, False
        consent.forget(session, room_id, user_id)
        return user_id, add_member(session, room, user_id, by=viewer.user_id)

    user_id, is_member = await database.write(add_user)
    changed = events.MemberJoined(room_id, user_id) if is_member else None
    events.publish(changed or events.InvitationsChanged(user_id))
    return is_member


@rate_limited("member")
async def leave(viewer: CurrentUser, room_id: int) -> None:
    """Leave a room.

    When its last owner leaves, a moderator becomes the owner, or else the member who joined
    first. Raises `Forbidden` in direct messages between two.
    """

    def delete_own(session: Session) -> int | None:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        if room.kind == RoomKind.DIRECT:
            _leave_direct(session, room)
        session.delete(membership)
        _record(session, RoomEventKind.LEAVE, room_id, viewer.user_id, viewer.user_id)
        return _promote_heir(session, viewer, room) if membership.role == Role.OWNER else None

    heir = await database.write(delete_own, uses_reserve=True)
    events.publish(events.MemberLeft(room_id, viewer.user_id))
    if heir is not None:
        events.publish(events.RoleChanged(room_id, heir))


@rate_limited("member")
async def remove(viewer: CurrentUser, room_id: int, user_id: int, reason: object = "") -> None:
    """Remove a member: moderators may remove plain members, the owner anyone.

    Raises `Forbidden` without that right, `NotFound` if either is not in the room, `ServiceError`
    for an invalid reason.
    """

    def delete_other(session: Session) -> str:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        refuse_direct(room)
        require_moderator(membership)
        other = _other(session, viewer, room_id, user_id)
        if not may_remove(membership, other):
            raise Forbidden(_("Only the room's owner can remove a moderator."))
        session.delete(other)
        _record(session, RoomEventKind.REMOVAL, room_id, viewer.user_id, user_id)
        consent.forget(session, room_id, user_id)
        audit.record(
            session, viewer, Action.MEMBER_REMOVED, room=room, person_id=user_id, reason=reason
        )
        return room.name

    name = await database.write(delete_other, uses_reserve=True)
    events.publish(events.MemberLeft(room_id, user_id, removed_from=name))


@rate_limited("member")
async def change_role(viewer: CurrentUser, room_id: int, user_id: int, role: object) -> None:
    """Set the role of a member to moderator or member.

    Raises `Forbidden` for anyone but the owner, `NotFound` if either is not in the room,
    `ServiceError` for any other role.
    """
    if not isinstance(role, str) or role not in {Role.MODERATOR, Role.MEMBER}:
        raise ServiceError(_("Choose moderator or member."))

    def change(session: Session) -> bool:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        refuse_direct(room)
        require_owner(membership)
        other = _other(session, viewer, room_id, user_id)
        if other.role == Role.OWNER:
            raise Forbidden(_("This person owns the room. Only they can transfer it."))
        if other.role == role:
            return False
        other.role = Role(role)
        session.add(other)
        _record(session, RoomEventKind.PERMISSIONS, room_id, viewer.user_id)
        action = Action.MODERATOR_MADE if role == Role.MODERATOR else Action.MODERATOR_UNMADE
        audit.record(session, viewer, action, room=room, person_id=user_id)
        return True

    if await database.write(change):
        events.publish(events.RoleChanged(room_id, user_id))


@rate_limited("member")
async def hand_over(viewer: CurrentUser, room_id: int, user_id: int) -> None:
    """Make another member the owner; the viewer becomes a moderator.

    Raises `Forbidden` for anyone but the owner, `NotFound` if either is not in the room.
    """

    def swap_roles(session: Session) -> None:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        refuse_direct(room)
        require_owner(membership)
        other = _other(session, viewer, room_id, user_id)
        membership.role, other.role = Role.MODERATOR, Role.OWNER
        session.add_all([membership, other])
        _record(session, RoomEventKind.PERMISSIONS, room_id, viewer.user_id)
        audit.record(session, viewer, Action.ROOM_HANDED_OVER, room=room, person_id=user_id)

    await database.write(swap_roles)
    for changed in (viewer.user_id, user_id):
        events.publish(events.RoleChanged(room_id, changed))


@rate_limited("read")
async def members(viewer: CurrentUser, room_id: int, words: object = "") -> Members:
    """Return members of a room with `words` in their name: owner, moderators, others, then bots.

    Raises `NotFound` for non-members.
    """
    sought = check_search_text(words)

    def query(session: Session) -> Members:
        _room, membership = access.require_member(session, viewer.user_id, room_id)
        in_room = select(User, Membership.role).join(
            Membership, (col(Membership.user_id) == User.id) & (col(Membership.room_id) == room_id)
        )
        found = session.exec(
            in_room.where(contains([col(User.search_name)], words_of(sought)))
            .order_by(col(User.is_bot), _RANK, col(User.sort_key), col(User.id))
            .limit(MAX_FOUND)
        ).all()
        return Members(
            [_member(user, role) for user, role in found],
            count(session, room_id),
            membership.role,
        )

    return await database.read(query)


@rate_limited("read")
async def member(viewer: CurrentUser, room_id: int, user_id: int) -> Member:
    """Return a member of a room. Raises `NotFound` if the viewer or the user is not in it."""

    def query(session: Session) -> Member:
        access.require_member(session, viewer.user_id, room_id)
        found = session.exec(
            select(User, Membership.role)
            .join(Membership, col(Membership.user_id) == User.id)
            .where(Membership.room_id == room_id, User.id == user_id)
        ).first()
        if found is None:
            raise NotFound(_not_here())
        return _member(*found)

    return await database.read(query)


def _member(user: User, role: str) -> Member:
    return Member(
        user.id or 0, user.username, user.display_name, user.hue, user.avatar, role, user.is_bot
    )


def count(session: Session, room_id: int) -> int:
    """Return the number of people in a room."""
    found: int = session.exec(_people_in(room_id).with_only_columns(func.count())).one()
    return found


def add_member(session: Session, room: Room, user_id: int, *, by: int = 0) -> bool:
    """Add a membership with nothing unread; return False if it exists already.

    `by` is who added them, if they did not join by themselves.

    The first member of an empty room becomes its owner, so that every room can be administered.
    """
    if session.get(Membership, (room.id, user_id)) is not None:
        return False
    is_empty = session.exec(_people_in(room.id).limit(1)).first() is None
    role = Role.OWNER if is_empty else Role.MEMBER
    insert(session, room.id or 0, user_id, by=by, role=role, last_read_seq=room.last_seq)
    return True


def insert(
    session: Session,
    room_id: int,
    user_id: int,
    *,
    by: int = 0,
    role: Role = Role.MEMBER,
    notify: Notify = Notify.MENTIONS,
    last_read_seq: int = 0,
) -> None:
    """Add a membership within a write, and record it: every membership begins here.

    `by` is who added them, if they did not join by themselves.
    """
    session.add(
        Membership(
            room_id=room_id,
            user_id=user_id,
            role=role,
            notify=notify,
            last_read_seq=last_read_seq,
        )
    )
    _record(session, RoomEventKind.JOIN, room_id, by or user_id, user_id)


def _people_in(room_id: int | None) -> Any:
    """Return a select of the memberships of a room, without those of bots."""
    return (
        select(Membership)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.room_id == room_id, bots.IS_PERSON)
    )


def _other(session: Session, viewer: CurrentUser, room_id: int, user_id: int) -> Membership:
    """Return another user's membership. Raises `ServiceError` for the viewer's own and a bot's."""
    if user_id == viewer.user_id:
        raise ServiceError(_("This is you. Leave the room, or transfer ownership."))
    other = session.get(Membership, (room_id, user_id))
    if other is None:
        raise NotFound(_not_here())
    if session.get_one(User, user_id).is_bot:
        raise ServiceError(_("This is a webhook. Remove it in the settings of the room."))
    return other


def _leave_direct(session: Session, room: Room) -> None:
    """Unlink a group from its set of people, so that opening that set creates a new one."""
    if not may_leave(room):
        raise Forbidden(
            _(
                "You can't leave a conversation between two people. Mute it, or block the other "
                "person."
            )
        )
    room.people_key = None
    session.add(room)


def _promote_heir(session: Session, viewer: CurrentUser, room: Room) -> int | None:
    """Promote a new owner if a room has none; return their id."""
    people = _people_in(room.id).order_by(_RANK, col(Membership.joined_at))
    heir: Membership | None = session.exec(people.limit(1)).first()
    if heir is None or heir.role == Role.OWNER:
        return None
    heir.role = Role.OWNER
    session.add(heir)
    _record(session, RoomEventKind.PERMISSIONS, heir.room_id, viewer.user_id)
    audit.record(session, viewer, Action.ROOM_HANDED_OVER, room=room, person_id=heir.user_id)
    return heir.user_id


def _record(
    session: Session, kind: RoomEventKind, room_id: int, user_id: int, person_id: int | None = None
) -> None:
    room_events.record(session, room_id, kind, user_id, person_id=person_id)


def _not_here() -> str:
    return _("They are no longer in this room.")
