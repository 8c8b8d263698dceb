"""Messages that are sent later: each is a row of its author's, which nobody else sees.

`services/messages/scheduling/scheduler.py` sends it when its time has come.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from models import Room, ScheduledMessage
from models.clock import now
from services.accounts import blocks
from services.core import events
from services.core.dto import CurrentUser, Quote
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _, language, number
from services.core.limits.rate_limited import rate_limited
from services.core.text import MESSAGE_LIMIT, clean
from services.db import budgeted, database
from services.db.prepared import Prepared
from services.messages import messages, rendered
from services.messages.emoji import emoji
from services.rooms import access, room_queries
from services.rooms.permissions import require_writer, why_read_only

MAX_SCHEDULED = 100
"""How many messages of one user wait at a time."""
SOONEST, LATEST = timedelta(minutes=1), timedelta(days=366)
"""How far ahead a message can be scheduled."""


class ScheduledView(Struct, frozen=True):
    """A message that waits, as its author sees it."""

    client_message_id: str
    room_id: int
    room_title: str
    """Empty when the author is no longer in the room."""
    text: str
    html: str | None
    """As in `MessageView`."""
    send_at: datetime
    created_at: datetime
    reply_to: int | None
    quote: Quote | None
    """The message that it replies to; None if that is gone."""
    refusal: str
    """Why it could not be sent at its time; empty as long as it waits."""
    may_write: bool
    """Whether the author may write in the room now."""


class NotScheduled(NotFound):
    """It does not wait any more, or never did."""

    def __init__(self) -> None:
        super().__init__(_("This message is no longer scheduled. It may just have been sent."))


# -- what its author does --------------------------------------------------------------------------


async def schedule(
    viewer: CurrentUser,
    room_id: int,
    text: object,
    client_message_id: object,
    send_at: object,
    *,
    reply_to: int | None = None,
) -> datetime:
    """Store a message to be sent at a time, and return that.

    `send_at` is a moment with its offset from UTC, as ISO 8601. Scheduling the same
    `client_message_id` again changes nothing. Raises `ServiceError` for an invalid time, for too
    many that wait, and otherwise like `messages.send`: who could not send now cannot schedule.
    """
    checked = emoji.replace_codes(clean(text, MESSAGE_LIMIT, name=_("The message")))
    key, moment = messages.check_id(client_message_id), check_time(send_at)
    return await _schedule(viewer, room_id, checked, key, moment, reply_to)


@rate_limited("message")
async def _schedule(
    viewer: CurrentUser, room_id: int, text: str, key: str, moment: datetime, reply_to: int | None
) -> datetime:
    html = await rendered.render(viewer, text)

    def add(session: Session) -> datetime:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        known = session.get(ScheduledMessage, (viewer.user_id, key))
        if known is not None:
            return known.send_at
        require_writer(room, membership)
        blocks.require_none_in(session, room.people_key, viewer.user_id)
        if reply_to:
            messages.original(session, room_id, reply_to)
        _refuse_too_many(session, viewer)
        session.add(
            ScheduledMessage(
                user_id=viewer.user_id,
                client_message_id=key,
                room_id=room_id,
                text=text,
                html=html,
                html_version=rendered.version(),
                reply_to=reply_to,
                language=language(),
                send_at=moment,
            )
        )
        return moment

    stored = await database.write(add)
    events.publish(events.ScheduledChanged(viewer.user_id, room_id))
    return stored


@rate_limited("read")
async def mine(viewer: CurrentUser) -> list[ScheduledView]:
    """Return the viewer's messages that wait, or could not be sent, by their time.

    Raises `RateLimited` when rendering them again, after an update, took too long too often.
    """

    def query(session: Session) -> list[ScheduledView]:
        rows = session.exec(
            select(ScheduledMessage)
            .where(ScheduledMessage.user_id == viewer.user_id)
            .order_by(col(ScheduledMessage.send_at), col(ScheduledMessage.created_at))
        ).all()
        return _views(session, viewer, rows)

    return await budgeted.read(viewer.user_id, query)


async def count(viewer: CurrentUser) -> int:
    """Return how many messages of the viewer will be sent later."""

    def query(session: Session) -> int:
        return _count(session, viewer) - count_refused(session, viewer.user_id)

    return await database.read(query)


@rate_limited("read")
async def get(viewer: CurrentUser, client_message_id: str) -> ScheduledView:
    """Return one of the viewer's scheduled messages. Raises `NotScheduled`."""
    return await database.read(lambda session: _view(session, viewer, client_message_id))


@rate_limited("message")
async def move(viewer: CurrentUser, client_message_id: str, send_at: object) -> datetime:
    """Give a scheduled message another time, and return that; one that was refused waits again.

    Raises `NotScheduled`, and `ServiceError` for an invalid time.
    """
    moment = check_time(send_at)

    def change(session: Session) -> int:
        row = own(session, viewer, client_message_id)
        row.send_at, row.refusal = moment, ""
        session.add(row)
        return row.room_id

    room_id = await database.write(change)
    events.publish(events.ScheduledChanged(viewer.user_id, room_id))
    return moment


@rate_limited("message")
async def remove(viewer: CurrentUser, client_message_id: str) -> ScheduledView:
    """Delete a scheduled message, and return it. Raises `NotScheduled`."""

    def delete(session: Session) -> ScheduledView:
        removed = _view(session, viewer, client_message_id)
        session.delete(own(session, viewer, client_message_id))
        return removed

    removed = await database.write(delete, uses_reserve=True)
    events.publish(events.ScheduledChanged(viewer.user_id, removed.room_id))
    return removed


@rate_limited("message")
async def restore(viewer: CurrentUser, removed: ScheduledView) -> None:
    """Put back what `remove` returned; if its time has passed, it is sent at once.

    Raises `NotFound` if the room is gone, `ServiceError` for too many that wait.
    """

    def add(session: Session) -> None:
        room = session.get(Room, removed.room_id)
        if room is None or room.deleted_at:
            raise NotFound
        if session.get(ScheduledMessage, (viewer.user_id, removed.client_message_id)):
            return
        _refuse_too_many(session, viewer)
        session.add(
            ScheduledMessage(
                user_id=viewer.user_id,
                client_message_id=removed.client_message_id,
                room_id=removed.room_id,
                text=removed.text,
                html=removed.html,
                html_version=rendered.version(),
                reply_to=removed.reply_to,
                language=language(),
                send_at=removed.send_at,
                created_at=removed.created_at,
                refusal=removed.refusal,
            )
        )

    await database.write(add)
    events.publish(events.ScheduledChanged(viewer.user_id, removed.room_id))


def count_refused(session: Session, user_id: int) -> int:
    """Return, within a read, how many messages of a user could not be sent at their time."""
    [(found,)] = _COUNT_REFUSED.execute(session.connection(), {"user": user_id})
    return int(found)


def check_time(value: object) -> datetime:
    """Return the moment that a browser sent, in UTC. Raises `ServiceError` if none can be then."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ServiceError(_("Choose a day and a time."))
    current = now()
    if moment < current + SOONEST:
        raise ServiceError(_("This time has passed, or is too close. Choose a later one."))
    if moment > current + LATEST:
        raise ServiceError(_("This is more than a year ahead. Choose an earlier time."))
    return moment.astimezone(UTC)


def own(session: Session, viewer: CurrentUser, key: str) -> ScheduledMessage:
    """Return a scheduled message of the viewer. Raises `NotScheduled`."""
    row = session.get(ScheduledMessage, (viewer.user_id, messages.check_id(key)))
    if row is None:
        raise NotScheduled
    return row


def _count(session: Session, viewer: CurrentUser) -> int:
    return session.exec(
        select(func.count())
        .select_from(ScheduledMessage)
        .where(ScheduledMessage.user_id == viewer.user_id)
    ).one()


def _refuse_too_many(session: Session, viewer: CurrentUser) -> None:
    if _count(session, viewer) >= MAX_SCHEDULED:
        raise ServiceError(
            _("You have {most} scheduled messages. Send or delete some first.").format(
                most=number(MAX_SCHEDULED)
            )
        )


def _view(session: Session, viewer: CurrentUser, key: str) -> ScheduledView:
    [found] = _views(session, viewer, [own(session, viewer, key)])
    return found


def _views(
    session: Session, viewer: CurrentUser, rows: Sequence[ScheduledMessage]
) -> list[ScheduledView]:
    titles = room_queries.titles(session, viewer, {row.room_id for row in rows})
    writable = {room_id for room_id in titles if _may_write(session, viewer, room_id)}
    return [
        ScheduledView(
            client_message_id=row.client_message_id,
            room_id=row.room_id,
            room_title=titles.get(row.room_id, ""),
            text=row.text,
            html=rendered.of_version(row.text, row.html, row.html_version),
            send_at=row.send_at,
            created_at=row.created_at,
            reply_to=row.reply_to,
            quote=_quote(session, row) if row.room_id in titles else None,
            refusal=row.refusal,
            may_write=row.room_id in writable,
        )
        for row in rows
    ]


def _may_write(session: Session, viewer: CurrentUser, room_id: int) -> bool:
    return not why_read_only(*access.require_member(session, viewer.user_id, room_id))


def _quote(session: Session, row: ScheduledMessage) -> Quote | None:
    if row.reply_to is None:
        return None
    try:
        return messages.original(session, row.room_id, row.reply_to)[1]
    except ServiceError:
        return None


# Prepared, as every page asks.
_COUNT_REFUSED = Prepared(
    sqlalchemy.select(func.count())
    .select_from(ScheduledMessage)
    .where(
        col(ScheduledMessage.user_id) == bindparam("user"),
        sqlalchemy.text("refusal != ''"),  # as the index says it, which no parameter does
    )
)
