"""Presence: who is here, in how far, and since when not.

It is known from the pages that are open, and kept in memory: a person is `active` while one
of their pages is looked at, `away` while all are left alone, and else `offline`. Only when
they were last here is stored, when their last page has gone.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models import Block, Membership, User
from models.clock import now
from services.core import events
from services.core.dto import CurrentUser
from services.core.rate_limited import rate_limited
from services.db import database
from services.rooms import access, read_positions


@dataclass(frozen=True)
class Presence:
    """Whether somebody is here, as others see it."""

    state: str
    last_seen_at: datetime | None
    """When they were last here, if they are not and if one may know."""


GRACE = 10.0
"""Seconds that somebody stays after their last page went: it may be loading anew."""


class State(StrEnum):
    """In how far somebody is here."""

    ACTIVE = "active"
    AWAY = "away"
    OFFLINE = "offline"


_pages: dict[int, dict[str, bool]] = {}
"""By user and page: whether it is being looked at."""
_left: dict[int, datetime] = {}
"""By user: when their last page went, also when that is not stored yet."""
_going: dict[str, asyncio.TimerHandle] = {}
"""By page: when it counts as gone."""


def arrive(viewer: CurrentUser, page: str) -> None:
    """Note that a page is connected, or is so again."""
    if going := _going.pop(page, None):
        going.cancel()
    if page not in _pages.get(viewer.user_id, ()):
        _note(viewer.user_id, page, True)


def stir(viewer: CurrentUser, page: str, active: bool) -> None:
    """Note whether a page is being looked at."""
    if page in _pages.get(viewer.user_id, ()):
        _note(viewer.user_id, page, active)


def leave(viewer: CurrentUser, page: str) -> None:
    """Note that a page has lost its connection; it counts as gone after a while."""
    if page in _pages.get(viewer.user_id, ()) and page not in _going:
        loop = asyncio.get_running_loop()
        _going[page] = loop.call_later(GRACE, _go, viewer.user_id, page)


def state(user_id: int) -> State:
    """Return in how far somebody is here."""
    pages = _pages.get(user_id)
    if not pages:
        return State.OFFLINE
    return State.ACTIVE if any(pages.values()) else State.AWAY


def is_here(user_id: int) -> bool:
    """Tell whether somebody has a page open."""
    return user_id in _pages


def left(user_id: int, stored: datetime | None) -> datetime | None:
    """Return when somebody was last here, who is not, from what is `stored` about it."""
    return _left.get(user_id, stored)


def note_all() -> None:
    """Have it stored that those who are here were: a crash must not make it long ago."""
    moment = now()
    for user_id in _pages:
        read_positions.see(user_id, moment)


def close() -> None:
    """Let everybody go: the server stops."""
    note_all()
    for going in _going.values():
        going.cancel()
    _going.clear()
    _pages.clear()
    _left.clear()


@rate_limited("hint")
async def of(viewer: CurrentUser, user_ids: Collection[int]) -> dict[int, Presence]:
    """Return in how far these people are here, of those one shares a room with.

    When somebody was last here is hidden if they hide it, or if the one who asks does; and
    from whom they have blocked everything is.
    """

    asked = {"viewer": viewer.user_id, "people": list(user_ids)}

    def query(session: Session) -> list[Any]:
        return list(session.connection().execute(_KNOWN, asked))

    return {
        user_id: Presence(state(user_id), _last_seen(viewer, user_id, shows, at))
        for user_id, shows, at in await database.read(query)
    }


def _last_seen(viewer: CurrentUser, user_id: int, shows: bool, stored: Any) -> datetime | None:
    if is_here(user_id) or not shows or not viewer.preferences.shows_last_seen:
        return None
    return left(user_id, stored)


def _note(user_id: int, page: str, active: bool) -> None:
    before = state(user_id)
    _pages.setdefault(user_id, {})[page] = active
    if state(user_id) != before:
        events.publish(events.PresenceChanged(user_id))


def _go(user_id: int, page: str) -> None:
    _going.pop(page, None)
    before = state(user_id)
    pages = _pages.get(user_id, {})
    pages.pop(page, None)
    if not pages and _pages.pop(user_id, None) is not None:
        _left[user_id] = now()
        read_positions.see(user_id, _left[user_id])
    if state(user_id) != before:
        events.publish(events.PresenceChanged(user_id))


_MINE = access.room_ids_of(bindparam("viewer"))
_KNOWN: Any = (
    sqlalchemy.select(col(User.id), col(User.shows_last_seen), col(User.last_seen_at))
    .where(
        col(User.id).in_(bindparam("people", expanding=True)),
        select(Membership.room_id)
        .where(col(Membership.user_id) == User.id, col(Membership.room_id).in_(_MINE))
        .exists(),
        ~select(Block.user_id)
        .where(col(Block.user_id) == User.id, col(Block.blocked_id) == bindparam("viewer"))
        .exists(),
    )
)  # fmt: skip
