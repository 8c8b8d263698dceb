"""Sends scheduled messages: in the background when their time has come, or when their author asks.

Each is stored as any other message, in the same write that takes it off the list: so it is sent
once, whatever happens in between. The task sleeps until the next one is due, or is scheduled.
"""

import asyncio
import logging
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from functools import partial

import sqlalchemy
from msgspec import Struct
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select, update

from models import Membership, ScheduledMessage, User
from models.clock import now
from services.accounts import people
from services.core import events
from services.core.dto import CurrentUser, MessageView
from services.core.errors import Forbidden, NotFound, RateLimited, ServiceError, Unavailable
from services.core.i18n import _, set_language
from services.core.limits.rate_limited import consume, rate_limited
from services.core.tasks import RequestedTask
from services.db import database
from services.messages import messages, rendered
from services.messages.scheduling import scheduled
from services.messages.scheduling.scheduled import NotScheduled
from services.rooms import access
from services.rooms.reading import read_positions, uncounted

log = logging.getLogger(__name__)
CHECK_SECONDS = 30.0
"""How often to look at the clock while something waits: it may be set, or the machine may sleep."""
RETRY_SECONDS = 30.0
"""How long to wait when the database refuses, as on a full disk."""
CHANGED_SECONDS = 1.0
"""How long to wait when a message was changed, or sent by its author, just now."""
MAX_AT_ONCE = 100
"""How many messages are read at a time."""

_work = RequestedTask(events.ScheduledChanged)
_held: dict[int, float] = {}
"""By user: until when, by a monotonic clock, nothing of theirs is tried, as they send too fast."""


class Waiting(Struct, frozen=True):
    """A scheduled message, as it has to be still when it is sent."""

    user_id: int
    client_message_id: str
    room_id: int
    text: str
    reply_to: int | None
    language: str
    send_at: datetime
    refusal: str


def start() -> None:
    """Begin to send, first what was due while the server was off; does nothing if it has begun."""
    _work.start(_run, later=True)


async def stop() -> None:
    """Stop; what is not sent yet waits for the next start."""
    await _work.stop()
    _held.clear()


@rate_limited("message")
async def send_now(viewer: CurrentUser, client_message_id: str) -> MessageView:
    """Send a scheduled message of the viewer at once.

    Raises `NotScheduled`, otherwise like `messages.send`: then it stays as it is.
    """
    waiting = await database.read(
        lambda session: _waiting(scheduled.own(session, viewer, client_message_id))
    )
    return await _send(waiting, viewer)


# -- the task --------------------------------------------------------------------------------------


async def _run() -> None:
    while True:
        _work.requested.clear()
        try:
            await _send_due()
            pause, next_at = _until_released(), await database.read(_next_time)
        except Exception as error:
            pause, next_at = RETRY_SECONDS, None
            if isinstance(error, ServiceError):
                log.warning("Failed to send what is due, trying again: %s", error)
            else:
                log.exception("Failed to send what is due, trying again")
        await _sleep(pause, next_at)


async def _send_due() -> None:
    """Send all that is due, except of those who send too fast."""
    while found := await database.read(partial(_due, moment=now())):
        for waiting, author in found:
            if author.user_id not in _held:
                await _attempt(waiting, author)


async def _attempt(waiting: Waiting, author: CurrentUser) -> None:
    """Send a message, note why it cannot be sent, or hold what its author sends for a while.

    Raises `Unavailable` when the database refuses.
    """
    set_language(waiting.language)
    try:
        consume("message", author)
        await _send(waiting, author)
    except NotScheduled:
        _hold(author, CHANGED_SECONDS)
    except Unavailable:
        raise
    except RateLimited as refused:
        _hold(author, refused.retry_after)
    except ServiceError as refused:
        await _refuse(waiting, refused)
    except Exception:
        log.exception("Failed to send a scheduled message, trying again")
        _hold(author, RETRY_SECONDS)


async def _refuse(waiting: Waiting, refused: ServiceError) -> None:
    """Note why a message cannot be sent, for its author."""
    is_outside = isinstance(refused, NotFound)
    reason = _("You are no longer in this room.") if is_outside else refused.message

    def note(session: Session) -> bool:
        noted = update(ScheduledMessage).where(*_same(waiting)).values(refusal=reason)
        return bool(session.exec(noted).rowcount)

    if await database.write(note, uses_reserve=True):
        events.publish(events.ScheduledChanged(waiting.user_id, waiting.room_id, is_refused=True))


def _hold(author: CurrentUser, seconds: float) -> None:
    _held[author.user_id] = time.monotonic() + seconds


def _until_released() -> float | None:
    """Release those who were held long enough; return the seconds until the next, if any."""
    moment = time.monotonic()
    for user_id in [each for each, until in _held.items() if until <= moment]:
        del _held[user_id]
    return min(_held.values()) - moment if _held else None


async def _sleep(pause: float | None, next_at: datetime | None) -> None:
    """Sleep until something is scheduled, for `pause` seconds, or until `next_at` by the clock.

    That is looked at every `CHECK_SECONDS`: a single long sleep would miss that it was set.
    """
    end = None if pause is None else time.monotonic() + pause
    while not _work.requested.is_set():
        waits = [] if end is None else [end - time.monotonic()]
        if next_at is not None:
            waits.append((next_at - now()).total_seconds())
        if any(seconds <= 0 for seconds in waits):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min([*waits, CHECK_SECONDS]) if waits else None):
                await _work.requested.wait()


# -- in the database -------------------------------------------------------------------------------


async def _send(waiting: Waiting, author: CurrentUser) -> MessageView:
    """Send a message in the write that takes it off the list.

    Raises like `messages.send`, `NotScheduled` if it is not as it was when `waiting` was read, and
    `Forbidden` if the account is disabled: then it stays as it is.
    """
    html = await rendered.render(author, waiting.text)
    reached = read_positions.reached(author, waiting.room_id)

    def store(session: Session) -> tuple[tuple[MessageView, bool], bool]:
        _take(session, waiting)
        _require_enabled(session, author)
        room, before = access.require_member(session, author.user_id, waiting.room_id)
        read_up_to = before.unread_from - 1 if before.unread_from else before.last_read_seq
        read_up_to = max(read_up_to, reached)
        uncounted_there = uncounted.in_room(session, author.user_id, waiting.room_id)
        unread = room.last_seq - read_up_to - sum(seq > read_up_to for seq in uncounted_there)
        has_read = unread <= 0
        stored = messages.insert(
            session,
            author,
            waiting.room_id,
            waiting.text,
            waiting.client_message_id,
            html=html,
            reply_to=waiting.reply_to,
        )
        if not has_read:  # `insert` takes it that authors have the room before their eyes
            _put_back(session, before)
        return stored, has_read

    stored, has_read = await database.write(store)
    messages.publish_sent(stored, is_scheduled=True, author_has_read=has_read)
    events.publish(events.ScheduledChanged(waiting.user_id, waiting.room_id))
    return stored[0]


def _take(session: Session, waiting: Waiting) -> None:
    """Take a message off the list. Raises `NotScheduled` if it was changed, or is gone."""
    if not session.exec(delete(ScheduledMessage).where(*_same(waiting))).rowcount:
        raise NotScheduled


def _put_back(session: Session, before: Membership) -> None:
    """Have a member have read no further than `before`."""
    session.exec(
        update(Membership)
        .where(col(Membership.room_id) == before.room_id, col(Membership.user_id) == before.user_id)
        .values(
            last_read_seq=before.last_read_seq,
            last_read_at=before.last_read_at,
            unread_from=before.unread_from,
        )
    )


def _same(waiting: Waiting) -> tuple[ColumnElement[bool], ...]:
    return (
        col(ScheduledMessage.user_id) == waiting.user_id,
        col(ScheduledMessage.client_message_id) == waiting.client_message_id,
        col(ScheduledMessage.send_at) == waiting.send_at,
        col(ScheduledMessage.refusal) == waiting.refusal,
    )


def _require_enabled(session: Session, author: CurrentUser) -> None:
    user = session.get(User, author.user_id)
    if user is None or user.disabled_at:
        raise Forbidden(_("Your account was disabled at that time."))


def _due(session: Session, moment: datetime) -> list[tuple[Waiting, CurrentUser]]:
    """Return messages whose time has come, with their authors, in order of time."""
    rows = session.exec(
        select(ScheduledMessage, User)
        .join(User, col(User.id) == ScheduledMessage.user_id)
        .where(*_waits(_held), col(ScheduledMessage.send_at) <= moment)
        .order_by(col(ScheduledMessage.send_at), col(ScheduledMessage.created_at))
        .limit(MAX_AT_ONCE)
    )
    return [(_waiting(row), people.author(user)) for row, user in rows]


def _next_time(session: Session) -> datetime | None:
    """Return when the next message is due; None if none waits."""
    return session.exec(
        select(ScheduledMessage.send_at)
        .where(*_waits(_held))
        .order_by(col(ScheduledMessage.send_at))
        .limit(1)
    ).first()


def _waits(held: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for what waits, except of those who are held."""
    in_index: ColumnElement[bool] = sqlalchemy.literal_column("scheduled_messages.refusal = ''")
    return in_index, col(ScheduledMessage.user_id).not_in(list(held))


def _waiting(row: ScheduledMessage) -> Waiting:
    return Waiting(
        row.user_id,
        row.client_message_id,
        row.room_id,
        row.text,
        row.reply_to,
        row.language,
        row.send_at,
        row.refusal,
    )
