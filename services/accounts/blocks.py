"""Blocks: of whom somebody wants nothing. Those who are blocked are not told."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from models import Block, User
from services.accounts.people import find_user
from services.core import events
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database

MAX_BLOCKS = 500
"""How many people somebody can have blocked: each page of theirs knows them all."""


@rate_limited("account")
async def block(viewer: CurrentUser, username: object) -> None:
    """Want nothing more of somebody. Raises `NotFound` for an unknown name."""

    def note(session: Session) -> frozenset[int]:
        other = find_user(session, username)
        if other.id == viewer.user_id:
            raise ServiceError(_("That is you. Log out if you have had enough."))
        blocked = of(session, viewer.user_id)
        if len(blocked) >= MAX_BLOCKS:
            raise ServiceError(_("You have blocked as many people as the chat can keep in mind."))
        if other.id not in blocked:
            session.add(Block(user_id=viewer.user_id, blocked_id=other.id or 0))
        return blocked | {other.id or 0}

    _tell(viewer, await database.write(note))


@rate_limited("account")
async def unblock(viewer: CurrentUser, username: object) -> None:
    """Hear of somebody again. Raises `NotFound` for an unknown name."""

    def forget(session: Session) -> frozenset[int]:
        other = find_user(session, username)
        if found := session.get(Block, (viewer.user_id, other.id)):
            session.delete(found)
        return of(session, viewer.user_id) - {other.id or 0}

    _tell(viewer, await database.write(forget))


async def mine(viewer: CurrentUser) -> list[UserSummary]:
    """Return whom one has blocked, by name."""

    def query(session: Session) -> list[UserSummary]:
        found = session.exec(
            select(User)
            .join(Block, col(Block.blocked_id) == User.id)
            .where(Block.user_id == viewer.user_id)
            .order_by(col(User.display_name), col(User.id))
        )
        return [
            UserSummary(each.id or 0, each.username, each.display_name, each.hue) for each in found
        ]

    return await database.read(query)


def of(session: Session, user_id: int) -> frozenset[int]:
    """Return whom somebody has blocked."""
    return frozenset(session.exec(select(Block.blocked_id).where(Block.user_id == user_id)).all())


def refuse_between(session: Session, user_id: int, others: Collection[int]) -> None:
    """Raise `Forbidden` when somebody has blocked one of `others`, or one of these them.

    Who is blocked reads that the other cannot be written to, and not why.
    """
    found = session.exec(
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
    if found is None:
        return
    if found[0] == user_id:
        raise Forbidden(_("You have blocked {name}. Unblock them first.").format(name=found[1]))
    raise Forbidden(_("{name} cannot be reached by direct messages.").format(name=found[1]))


def refuse_in(session: Session, people_key: str | None, user_id: int) -> None:
    """Raise `Forbidden` for who would write to somebody in private while one of the two has
    blocked the other. In groups they are only folded away, as in rooms.

    `people_key` is that of the room (`models.Room`).
    """
    if people_key is None:
        return
    others = [int(each) for each in people_key.split(",") if int(each) != user_id]
    if len(others) == 1:
        refuse_between(session, user_id, others)


def _tell(viewer: CurrentUser, blocked: frozenset[int]) -> None:
    events.publish(events.BlocksChanged(viewer.user_id, blocked))
