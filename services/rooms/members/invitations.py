"""Invitations to rooms that a user has got: list, accept, decline and restore them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from models import Block, Membership, Room, RoomEventKind, RoomInvitation, RoomKind, User
from models.clock import now
from services.accounts.people import summary
from services.core import events, hub
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import NotFound
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import room_events
from services.rooms.members import consent, direct_messages, memberships

MAX_LISTED = 50
"""How many invitations are listed, the newest first."""


class InvitationView(Struct, frozen=True):
    """An invitation as the invited person sees it."""

    room_id: int
    kind: str
    name: str
    """The room's name; empty for a conversation of several people."""
    invited_by: UserSummary
    at: datetime
    encryption: str = ""
    """As `Room.encryption`."""


async def mine(viewer: CurrentUser) -> Sequence[InvitationView]:
    """Return the open invitations of a user, newest first; none by people they have blocked."""

    def query(session: Session) -> tuple[InvitationView, ...]:
        rows = session.exec(_LISTED, params=_values(viewer.user_id))
        return tuple(
            InvitationView(
                room.id,
                room.kind,
                room.name,
                summary(inviter),
                invitation.created_at,
                room.encryption,
            )
            for invitation, room, inviter in rows
        )

    return await database.read(query)


def count(session: Session, user_id: int) -> int:
    """Return, within a read, how many invitations `mine` lists."""
    found: int = session.connection().execute(_COUNT, _values(user_id)).scalar_one()
    return found


@rate_limited("member")
async def accept(viewer: CurrentUser, room_id: int) -> None:
    """Become a member of a room that one is invited to. Raises `NotFound` for any other."""
    if (elsewhere := hub.asked()) is not None:
        await elsewhere.answer_invitation(viewer, room_id, accepts=True)
        return

    def join(session: Session) -> None:
        found = session.exec(
            _OPEN.where(Room.id == room_id), params=_values(viewer.user_id)
        ).first()
        if found is None:
            raise NotFound
        invitation, room, _inviter = found
        session.delete(invitation)
        if room.kind == RoomKind.DIRECT:
            direct_messages.add_member(session, room_id, viewer.user_id)
        else:
            memberships.add_member(session, room, viewer.user_id)

    await database.write(join)
    events.publish(events.MemberJoined(room_id, viewer.user_id))


@rate_limited("member")
async def decline(viewer: CurrentUser, room_id: int) -> None:
    """Decline an invitation; nobody is notified. Raises `NotFound` if there is none."""
    if (elsewhere := hub.asked()) is not None:
        await elsewhere.answer_invitation(viewer, room_id, accepts=False)
        return

    def refuse(session: Session) -> None:
        invitation = session.get(RoomInvitation, (room_id, viewer.user_id))
        if invitation is None or invitation.declined_at:
            raise NotFound
        invitation.declined_at = now()
        session.add(invitation)
        _record(session, RoomEventKind.DECLINE, room_id, viewer)

    await database.write(refuse)
    events.publish(events.InvitationsChanged(viewer.user_id))


@rate_limited("member")
async def restore(viewer: CurrentUser, room_id: int) -> None:
    """Restore an invitation that the viewer declined. Raises `NotFound` unless they have."""

    def reopen(session: Session) -> None:
        invitation = session.get(RoomInvitation, (room_id, viewer.user_id))
        if invitation is None or invitation.declined_at is None:
            raise NotFound
        invitation.declined_at = None
        session.add(invitation)
        _record(session, RoomEventKind.INVITE, room_id, viewer)

    await database.write(reopen)
    events.publish(events.InvitationsChanged(viewer.user_id))


def _record(session: Session, kind: RoomEventKind, room_id: int, viewer: CurrentUser) -> None:
    """Have the apps of the invited person told, and nobody else's."""
    room_events.record(session, room_id, kind, viewer.user_id, person_id=viewer.user_id)


def _values(user_id: int) -> dict[str, Any]:
    return {"user": user_id, "oldest": consent.oldest()}


# The inviter must still be a member themselves, with an account that is not disabled. Built once:
# every page counts them whenever it lists its rooms.
_OPEN: Any = (
    select(RoomInvitation, Room, User)
    .join(Room, col(Room.id) == RoomInvitation.room_id)
    .join(User, col(User.id) == RoomInvitation.invited_by)
    .join(
        Membership,
        (col(Membership.room_id) == RoomInvitation.room_id)
        & (col(Membership.user_id) == RoomInvitation.invited_by),
    )
    .where(
        col(RoomInvitation.user_id) == bindparam("user"),
        col(RoomInvitation.declined_at).is_(None),
        col(RoomInvitation.created_at) >= bindparam("oldest"),
        col(RoomInvitation.invited_by).not_in(
            select(Block.blocked_id).where(col(Block.user_id) == bindparam("user"))
        ),
        col(User.disabled_at).is_(None),
        col(Room.deleted_at).is_(None),
    )
)
_LISTED = _OPEN.order_by(col(RoomInvitation.created_at).desc()).limit(MAX_LISTED)
_COUNT = sqlalchemy.select(func.count()).select_from(
    _OPEN.with_only_columns(col(RoomInvitation.room_id)).limit(MAX_LISTED).subquery()
)
