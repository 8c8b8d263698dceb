"""How many messages a room had lately: a day, and by person."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select
from sqlmodel import Session, col

from models import Message, MessageKind, User
from models.clock import now
from services.accounts.people import SUMMARY_COLUMNS
from services.core.dto import CurrentUser, UserSummary
from services.core.limits.rate_limited import rate_limited
from services.core.timezones import time_zone_of
from services.db import database, portable
from services.rooms import access

DAYS = 30
MAX_MESSAGES = 20_000
"""How many of the newest messages are counted."""
MAX_PEOPLE = 20
QUARTER = 15 * 60
"""Seconds. In every time zone days begin with a quarter of an hour."""


class RoomStatistics(Struct, frozen=True):
    """What was written in a room within the last days, oldest first, and who wrote most.

    Days are those of the viewer's time zone.
    """

    days: tuple[tuple[date, int], ...]
    people: tuple[tuple[UserSummary, int], ...]


@rate_limited("read")
async def of_room(viewer: CurrentUser, room_id: int) -> RoomStatistics:
    """Return the statistics of a room. Raises `NotFound` for somebody who is not in it."""
    zone = time_zone_of(viewer.preferences)
    first = now().astimezone(zone).date() - timedelta(days=DAYS - 1)

    def query(session: Session) -> RoomStatistics:
        room, _membership = access.require_member(session, viewer.user_id, room_id)
        quarter = portable.unix_seconds(col(Message.created_at)) // QUARTER
        counted: Any = session.connection().execute(
            select(
                quarter,
                *SUMMARY_COLUMNS,
                func.count(),
            )
            .join(User, col(User.id) == Message.author_id)
            .where(
                col(Message.room_id) == room_id,
                col(Message.seq) > room.last_seq - MAX_MESSAGES,
                col(Message.created_at) >= datetime.combine(first, time(), zone),
                col(Message.deleted_at).is_(None),
                col(Message.kind) != MessageKind.ENCRYPTED_EDIT,
            )
            .group_by(quarter, col(User.id))
        )
        by_day, by_person = Counter[date](), Counter[UserSummary]()
        for number, *person, count in counted:
            by_day[datetime.fromtimestamp(number * QUARTER, zone).date()] += count
            by_person[UserSummary(*person)] += count
        days = [first + timedelta(days=each) for each in range(DAYS)]
        return RoomStatistics(
            tuple((each, by_day[each]) for each in days),
            tuple(by_person.most_common(MAX_PEOPLE)),
        )

    return await database.read(query)
