"""Presence: whether users are active, away or offline, and when they were last seen.

It is derived from open pages and held in memory: a user is `active` while at least one of their
pages is in use, `away` while all are idle, and `offline` without any. Only the time they were last
seen is stored, once their last page has closed. With several processes, each also knows what the
others say of their pages.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam, literal_column
from sqlmodel import Session, col, select

from models import Block, Membership, User
from models.base import table
from models.clock import now
from services.core import events
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.reading import read_positions


class Presence(Struct, frozen=True):
    """The presence of a user as the viewer may see it."""

    state: str
    last_seen_at: datetime | None
    """When they were last online; None while they are, or if that is hidden."""


class Companion(Presence, frozen=True):
    """The same of somebody who is in a room with the viewer."""

    user_id: int
    username: str


MAX_MEMBERS = 100
"""Members of rooms in which apps are told who is there: in larger ones it changes all the time."""
MAX_COMPANIONS = 100
"""People of whom an app is told at once."""
GRACE = 10.0
"""Seconds before a disconnected page counts as closed: it may be reloading."""


APP_GRACE = 120.0
"""The same for an app, since it last said that it is in use."""


class State(StrEnum):
    """Presence state of a user."""

    ACTIVE = "active"
    AWAY = "away"
    OFFLINE = "offline"


_pages: dict[int, dict[str, bool]] = {}
"""By user and page: whether the page is in use."""
_elsewhere: dict[str, dict[int, bool]] = {}
"""By other process and user: whether one of the user's pages there is in use."""
_left: dict[int, datetime] = {}
"""By user: when their last page closed here and they had none elsewhere, stored yet or not."""
_closing: dict[str, asyncio.TimerHandle] = {}
"""By disconnected page: the timer after which it counts as closed."""


def connect(viewer: CurrentUser, page: str) -> None:
    """Record that a page has connected or reconnected."""
    if timer := _closing.pop(page, None):
        timer.cancel()
    if page not in _pages.get(viewer.user_id, ()):
        _set_page(viewer.user_id, page, True)


def set_active(viewer: CurrentUser, page: str, active: bool) -> None:
    """Record whether a page is in use; does nothing for an unknown page."""
    if page in _pages.get(viewer.user_id, ()):
        _set_page(viewer.user_id, page, active)


def disconnect(viewer: CurrentUser, page: str) -> None:
    """Record that a page has lost its connection; it counts as closed after `GRACE` seconds."""
    if page in _pages.get(viewer.user_id, ()) and page not in _closing:
        loop = asyncio.get_running_loop()
        _closing[page] = loop.call_later(GRACE, _close_page, viewer.user_id, page)


def set_by_app(viewer: CurrentUser, state: State) -> None:
    """Record what an app says of its user: it counts as a page until it is silent for a while."""
    page = f"app-{viewer.session_id}"
    if timer := _closing.pop(page, None):
        timer.cancel()
    if state is State.OFFLINE:
        if page in _pages.get(viewer.user_id, ()):
            _close_page(viewer.user_id, page)
        return
    _set_page(viewer.user_id, page, state is State.ACTIVE)
    loop = asyncio.get_running_loop()
    _closing[page] = loop.call_later(APP_GRACE, _close_page, viewer.user_id, page)


def state(user_id: int) -> State:
    """Return the presence state of a user."""
    in_use = [*_pages.get(user_id, {}).values()]
    in_use += [people[user_id] for people in _elsewhere.values() if user_id in people]
    if not in_use:
        return State.OFFLINE
    return State.ACTIVE if any(in_use) else State.AWAY


def is_online(user_id: int) -> bool:
    """Return whether a user has a page open."""
    return user_id in _pages or any(user_id in people for people in _elsewhere.values())


def here() -> dict[int, bool]:
    """Return who has pages of this process open, by user: whether one of them is in use."""
    return {user_id: any(pages.values()) for user_id, pages in _pages.items()}


def in_use_here(user_id: int) -> bool | None:
    """Return whether one of a user's pages of this process is in use; None if there are none."""
    pages = _pages.get(user_id)
    return any(pages.values()) if pages else None


def hear(process: str, people: Mapping[int, bool]) -> None:
    """Take what another process says of its pages, as `here` returns it; nobody when it is gone."""
    known = _elsewhere.get(process, {})
    gone = known.keys() - people.keys()
    changed = {who: used for who, used in people.items() if known.get(who) is not used}
    hear_changes(process, changed, gone)


def hear_changes(process: str, people: Mapping[int, bool], gone: Collection[int]) -> None:
    """Take what has changed of that."""
    before = {user_id: state(user_id) for user_id in {*people, *gone}}
    known = _elsewhere.setdefault(process, {})
    known.update(people)
    for user_id in gone:
        known.pop(user_id, None)
    if not known:
        del _elsewhere[process]
    for user_id, was in before.items():
        if state(user_id) != was:
            events.publish_from_elsewhere(events.PresenceChanged(user_id))


def count_online() -> Counter[State]:
    """Return how many users are active, and how many away."""
    return Counter(map(state, _pages))


def last_seen_at(user_id: int, stored: datetime | None) -> datetime | None:
    """Return when an offline user was last online; `stored` is the value from the database.

    That is the later one of the two when they have been on the pages of another process since.
    """
    left = _left.get(user_id)
    return max(left, stored) if left and stored else left or stored


def record_all() -> None:
    """Record everyone online as seen now, so that a crash loses little of it."""
    moment = now()
    for user_id in _pages:
        read_positions.record_seen(user_id, moment)


def close() -> None:
    """Record everyone online as seen now, then forget all pages: the server is stopping."""
    record_all()
    for timer in _closing.values():
        timer.cancel()
    _closing.clear()
    _pages.clear()
    _elsewhere.clear()
    _left.clear()


@rate_limited("presence")
async def of(viewer: CurrentUser, user_ids: Collection[int]) -> dict[int, Presence]:
    """Return the presence of those of `user_ids` who share a room with the viewer.

    The time they were last seen is hidden if they or the viewer hide theirs. Users who have
    blocked the viewer are left out.
    """

    values = {"viewer": viewer.user_id, "people": list(user_ids)}

    def query(session: Session) -> list[Any]:
        return list(session.connection().execute(_VISIBLE, values))

    return {
        user_id: Presence(state(user_id), _last_seen(viewer, user_id, shows, at))
        for user_id, shows, at in await database.read(query)
    }


async def of_companions(
    viewer: CurrentUser, user_ids: Collection[int] | None
) -> Sequence[Companion]:
    """Return the presence of those of `user_ids` who share a room of at most `MAX_MEMBERS`.

    As of `of`; None for all, of whom there are `MAX_COMPANIONS` at most.
    """
    if user_ids is not None and not user_ids:
        return ()
    query = _COMPANIONS
    if user_ids is not None:
        query = query.where(col(User.id).in_(list(user_ids)))
    values = {"viewer": viewer.user_id}

    def ask(session: Session) -> list[Any]:
        return list(session.connection().execute(query, values))

    return [
        Companion(state(user_id), _last_seen(viewer, user_id, shows, at), user_id, username)
        for user_id, shows, at, username in await database.read(ask)
    ]


async def rooms_of(user_ids: Collection[int]) -> set[int]:
    """Return the rooms of people in which apps are told who is there."""
    values = {"people": list(user_ids)}

    def query(session: Session) -> set[int]:
        return {room_id for (room_id,) in session.connection().execute(_SMALL_ROOMS, values)}

    return await database.read(query)


def _last_seen(viewer: CurrentUser, user_id: int, shows: bool, stored: Any) -> datetime | None:
    if is_online(user_id) or not shows or not viewer.preferences.shows_last_seen:
        return None
    return last_seen_at(user_id, stored)


def _set_page(user_id: int, page: str, active: bool) -> None:
    before = state(user_id)
    _pages.setdefault(user_id, {})[page] = active
    if state(user_id) != before:
        events.publish(events.PresenceChanged(user_id))


def _close_page(user_id: int, page: str) -> None:
    _closing.pop(page, None)
    before = state(user_id)
    pages = _pages.get(user_id, {})
    pages.pop(page, None)
    if not pages and _pages.pop(user_id, None) is not None:
        moment = now()
        read_positions.record_seen(user_id, moment)
        if not is_online(user_id):
            _left[user_id] = moment
    if state(user_id) != before:
        events.publish(events.PresenceChanged(user_id))


_MINE = access.room_ids_of(bindparam("viewer"))
_HIDDEN = (
    select(Block.user_id)
    .where(col(Block.user_id) == User.id, col(Block.blocked_id) == bindparam("viewer"))
    .exists()
)
_VISIBLE: Any = (
    sqlalchemy.select(col(User.id), col(User.shows_last_seen), col(User.last_seen_at))
    .where(
        col(User.id).in_(bindparam("people", expanding=True)),
        select(Membership.room_id)
        .where(col(Membership.user_id) == User.id, col(Membership.room_id).in_(_MINE))
        .exists(),
        ~_HIDDEN,
    )
)  # fmt: skip
_THEIRS, _OTHERS = table(Membership).alias(), table(Membership).alias()
_IS_SMALL = ~(
    sqlalchemy.select(_OTHERS.c.user_id)
    .where(_OTHERS.c.room_id == _THEIRS.c.room_id)
    .offset(literal_column(str(MAX_MEMBERS)))
    .limit(literal_column("1"))
    .correlate(_THEIRS)
    .exists()
)
_SMALL_ROOMS: Any = (
    sqlalchemy.select(_THEIRS.c.room_id)
    .distinct()
    .where(_THEIRS.c.user_id.in_(bindparam("people", expanding=True)), _IS_SMALL)
)
_COMPANIONS: Any = (
    sqlalchemy.select(
        col(User.id), col(User.shows_last_seen), col(User.last_seen_at), col(User.username)
    )
    .distinct()
    .join(_THEIRS, _THEIRS.c.user_id == col(User.id))
    .where(_THEIRS.c.room_id.in_(_MINE), col(User.id) != bindparam("viewer"), _IS_SMALL, ~_HIDDEN)
    .limit(MAX_COMPANIONS)
)
