"""Blocked users. Those who are blocked are not notified."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from models import Block, User
from models.room import people_of
from services.accounts import app_data
from services.accounts.people import find_user, summary
from services.core import events
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database

TYPE = "m.ignored_user_list"
"""What apps know the list by. Of this account data only the position is stored."""
MAX_BLOCKS = 500
"""How many people one user can block: each of their pages holds them all."""


@rate_limited("account")
async def block(viewer: CurrentUser, username: object) -> None:
    """Block a user. Raises `NotFound` for an unknown name, `ServiceError` for too many blocks."""

    def add(session: Session) -> frozenset[int]:
        other = find_user(session, username)
        if other.id == viewer.user_id:
            raise ServiceError(_("You can't block yourself."))
        blocked = blocked_ids(session, viewer.user_id)
        if len(blocked) >= MAX_BLOCKS:
            raise ServiceError(_("You have blocked too many people. Unblock someone first."))
        if other.id not in blocked:
            session.add(Block(user_id=viewer.user_id, blocked_id=other.id or 0))
            app_data.put(session, viewer.user_id, TYPE, "{}")
        return blocked | {other.id or 0}

    _publish(viewer, await database.write(add, uses_reserve=True))


@rate_limited("account")
async def unblock(viewer: CurrentUser, username: object) -> None:
    """Unblock a user. Raises `NotFound` for an unknown name."""

    def remove(session: Session) -> frozenset[int]:
        other = find_user(session, username)
        if row := session.get(Block, (viewer.user_id, other.id)):
            session.delete(row)
            app_data.put(session, viewer.user_id, TYPE, "{}")
        return blocked_ids(session, viewer.user_id) - {other.id or 0}

    _publish(viewer, await database.write(remove, uses_reserve=True))


async def mine(viewer: CurrentUser) -> list[UserSummary]:
    """Return the users that `viewer` has blocked, by display name."""

    def query(session: Session) -> list[UserSummary]:
        users = session.exec(
            select(User)
            .join(Block, col(Block.blocked_id) == User.id)
            .where(Block.user_id == viewer.user_id)
            .order_by(col(User.sort_key), col(User.id))
        )
        return [summary(user) for user in users]

    return await database.read(query)


def blocked_ids(session: Session, user_id: int) -> frozenset[int]:
    """Return the ids of the users that `user_id` has blocked."""
    return frozenset(session.exec(select(Block.blocked_id).where(Block.user_id == user_id)).all())


def require_none_between(session: Session, user_id: int, others: Collection[int]) -> None:
    """Raise `Forbidden` if the user has blocked one of `others`, or one of them the user.

    The message does not tell the user that they are blocked.
    """
    row = session.exec(
        select(Block.user_id, User.display_name)
        .join(User, (col(User.id) == Block.user_id) | (col(User.id) == Block.blocked_id))
        .where(
            ((col(Block.user_id) == user_id) & col(Block.blocked_id).in_(others))
            | ((col(Block.blocked_id) == user_id) & col(Block.user_id).in_(others)),
            User.id != user_id,
        )
        .order_by(col(Block.user_id) != user_id)
        .limit(1)
    ).first()
    if row is None:
        return
    if row[0] == user_id:
        raise Forbidden(_("You have blocked {name}. Unblock them first.").format(name=row[1]))
    raise Forbidden(_("You can't send direct messages to {name}.").format(name=row[1]))


def require_none_in(session: Session, people_key: str | None, user_id: int) -> None:
    """Raise `Forbidden` if, in a room for two, one of them has blocked the other.

    In groups and rooms, messages of blocked users are only collapsed. `people_key` is that of
    the room (`models.Room`).
    """
    if people_key is None:
        return
    others = [each for each in people_of(people_key) if each != user_id]
    if len(others) == 1:
        require_none_between(session, user_id, others)


def _publish(viewer: CurrentUser, blocked: frozenset[int]) -> None:
    events.publish(events.BlocksChanged(viewer.user_id, blocked))
