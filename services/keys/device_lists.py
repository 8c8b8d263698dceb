"""Whose devices or keys have changed, of the people who share a room with somebody."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session, col

from models import DeviceListChange, KeyDevice, Membership, RoomEvent, RoomEventKind, User
from models.base import table
from services.accounts.people import SUMMARY_COLUMNS
from services.core import app_context, events
from services.core.dto import CurrentUser, UserSummary
from services.core.limits.rate_limited import consume, rate_limited, require
from services.db import database, portable
from services.keys import sharing
from services.rooms import access

MAX_EVENTS = 300
"""Events of rooms that are looked at; more of them count as a page."""
PERSON_SIZE = 200
"""Characters that are counted for each person who is told of."""
_CHANGES, _DEVICES = table(DeviceListChange), table(KeyDevice)
_EVENTS, _MEMBERS = table(RoomEvent), table(Membership)
_CAME_IDS, _WENT_IDS = portable.numbers("came"), portable.numbers("went")
_WENT = (RoomEventKind.LEAVE, RoomEventKind.REMOVAL)


class Moment(Struct, frozen=True):
    """Up to where it is known what happened."""

    event_id: int = 0
    """Of what happened in rooms."""
    position: int = 0
    """Of changes of devices."""


class ListNews(Struct, frozen=True):
    """Whose list of devices an app has to read again, or can forget."""

    changed: Sequence[UserSummary] = ()
    """Who shares a room with the viewer and has changed something, or has come into one."""
    left: Sequence[UserSummary] = ()
    """Who shared one, and shares none now."""


@rate_limited("sync")
async def changed(viewer: CurrentUser, after: Moment, upto: Moment) -> ListNews:
    """Return whose devices have changed after one moment and up to another.

    Of those who came into a room, or left one, only who has a device with keys; nobody, as long as
    there is no such device in the chat. What happened in rooms is looked at only where the event
    ids differ.
    """
    return await _changed(viewer, after, upto)


@rate_limited("sync")
async def between(viewer: CurrentUser, after: Moment, upto: Moment) -> ListNews:
    """Return the same for who asks for nothing else.

    A moment long before the other counts as a page. Raises `RateLimited`, also for who has read too
    much.
    """
    loading = app_context.current().rate_limits.loading
    loading.require(viewer.user_id)
    if upto.event_id - after.event_id > MAX_EVENTS:
        consume("page", viewer)
    news = await _changed(viewer, after, upto)
    loading.spend(viewer.user_id, PERSON_SIZE * (len(news.changed) + len(news.left)))
    return news


def require_few_changes(viewer: CurrentUser) -> None:
    """Raise `RateLimited` if the viewer's devices change too often: before what may change them."""
    require("device_change", viewer)


async def publish_change(viewer: CurrentUser) -> None:
    """Tell those who share a room with the viewer, after the write, that their devices changed."""
    app_context.current().rate_limits.device_change.hit(viewer.user_id)
    rooms = await database.read(
        lambda session: session.connection().scalars(access.room_ids_of(viewer.user_id)).all()
    )
    events.publish(events.DeviceListChanged(viewer.user_id, tuple(rooms)))


async def _changed(viewer: CurrentUser, after: Moment, upto: Moment) -> ListNews:
    if not upto.position:
        return ListNews()
    return await database.read(lambda session: _news(session, viewer.user_id, after, upto))


def _news(session: Session, viewer_id: int, after: Moment, upto: Moment) -> ListNews:
    is_known = sharing.knows(viewer_id)
    moved = sqlalchemy.select(_CHANGES.c.user_id).where(
        _CHANGES.c.position > after.position, _CHANGES.c.position <= upto.position
    )
    if after.event_id >= upto.event_id:
        return ListNews(_people(session, col(User.id).in_(moved) & is_known))
    came = _met(session, viewer_id, after, upto, (RoomEventKind.JOIN,))
    went = _met(session, viewer_id, after, upto, _WENT)
    is_changed = col(User.id).in_(moved) | col(User.id).in_(sqlalchemy.select(_CAME_IDS))
    has_left = col(User.id).in_(sqlalchemy.select(_WENT_IDS)) & ~is_known
    return ListNews(
        _people(session, is_changed & is_known, came=came),
        _people(session, has_left, went=went) if went else (),
    )


def _met(
    session: Session, viewer_id: int, after: Moment, upto: Moment, kinds: Collection[str]
) -> set[int]:
    """Return the people with keys of whom something was told in rooms that the viewer is in.

    Or, of rooms in which this happened to the viewer, all who are there.
    """
    connection = session.connection()
    has_keys = sqlalchemy.select(_DEVICES.c.user_id).where(_DEVICES.c.identity.is_not(None))
    then: Any = (
        _EVENTS.c.id > after.event_id,
        _EVENTS.c.id <= upto.event_id,
        _EVENTS.c.kind.in_(kinds),
    )
    theirs = sqlalchemy.select(_EVENTS.c.person_id).where(
        *then,
        _EVENTS.c.room_id.in_(access.room_ids_of(viewer_id)),
        _EVENTS.c.person_id.in_(has_keys),
    )
    own = sqlalchemy.select(_EVENTS.c.room_id).where(*then, _EVENTS.c.person_id == viewer_id)
    rooms = set(connection.scalars(own.distinct()))
    found = set(connection.scalars(theirs.distinct()))
    if rooms:
        there = sqlalchemy.select(_MEMBERS.c.user_id).where(
            _MEMBERS.c.room_id.in_(rooms), _MEMBERS.c.user_id.in_(has_keys)
        )
        found |= set(connection.scalars(there))
    return found


def _people(session: Session, condition: Any, **ids: Collection[int]) -> list[UserSummary]:
    asked = sqlalchemy.select(*SUMMARY_COLUMNS).where(condition)
    rows = session.connection().execute(asked, ids)
    return [UserSummary(*row) for row in rows]
