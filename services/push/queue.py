"""The queue of push messages, in the database: it survives restarts, and no message waits for it.

`recipients.py` and `outdated.py` fill it; `due` returns what to send, as the database then is.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy
from sqlalchemy import and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import (
    Attachment,
    LoginSession,
    Membership,
    Message,
    PushedRoom,
    Pusher,
    PushSubscription,
    Room,
    User,
)
from services.accounts import preferences
from services.push import notification, outdated
from services.push.notification import Push
from services.push.recipients import IS_BLOCKED
from services.rooms.reading import notified
from services.rooms.room_queries import SUMMARISED_HTML

MAX_ROWS = 100
"""Rows that are looked at for what is due."""
FIRST_RETRY, MAX_FAILURES = timedelta(minutes=1), 12
"""How soon a failed delivery is tried again, then after twice the time; and when it is given up."""


def has_devices(session: Session) -> bool:
    """Return whether there is any device to send to."""
    return session.exec(select(PushSubscription.id).limit(1)).first() is not None


def count_waiting(session: Session) -> int:
    """Return how many notifications are to be sent, now or later: one for a device and room."""
    waiting = select(func.count()).where(col(PushedRoom.due_at).is_not(None))
    return session.exec(waiting).one()


def due(
    session: Session, moment: datetime, busy: Collection[int], looking: Callable[[int], bool]
) -> tuple[list[Push], bool]:
    """Return what to send now, the oldest of each user who is not `busy`, and whether more waits.

    `looking` tells whether a user looks at a page.
    """
    waiting = select(PushedRoom.room_id).where(col(PushedRoom.due_at).is_not(None)).limit(1)
    if session.exec(waiting).first() is None:
        return [], False
    rows = session.connection().execute(
        _due()
        .where(
            col(PushedRoom.due_at) <= moment,
            ~outdated.is_over(moment),
            or_(col(PushSubscription.retry_at).is_(None), col(PushSubscription.retry_at) <= moment),
            col(PushSubscription.user_id).not_in(busy),
        )
        .order_by(col(PushedRoom.due_at))
        .limit(MAX_ROWS)
    )
    found: dict[int, Push] = {}
    for row in rows:
        if row.user_id not in found:
            found[row.user_id] = notification.make(
                row,
                moment,
                is_looking=looking(row.user_id),
                count_unread=partial(notified.count, session),
            )
    return list(found.values()), True


def sent(session: Session, push: Push, moment: datetime) -> None:
    """Note that a push was accepted, or was not to be sent at all."""
    row = session.get(PushedRoom, (push.subscription_id, push.room_id))
    if row is None:
        return
    row.shown_seq = push.shown_seq
    if push.payload is not None:
        subscription = session.get_one(PushSubscription, push.subscription_id)
        subscription.failures, subscription.retry_at = 0, None
        session.add(subscription)
    if row.wanted_seq == push.wanted_seq:  # else one more came in the meantime: it stays due
        row.due_at, row.wanted_seq = None, row.shown_seq
    if not (row.due_at or row.shown_seq):
        session.delete(row)
        return
    session.add(row)
    if push.payload is not None:  # it may have been read or deleted on its way
        session.flush()
        if outdated.is_outdated(session, push.subscription_id, push.room_id):
            row.due_at = moment


def failed(session: Session, push: Push, moment: datetime, *, is_gone: bool) -> None:
    """Note that a push was refused: forever if the subscription `is_gone` (RFC 8030 §7.3)."""
    subscription = session.get(PushSubscription, push.subscription_id)
    if subscription is None:
        return
    subscription.failures += 1
    if is_gone or subscription.failures >= MAX_FAILURES:
        session.delete(subscription)
    else:
        subscription.retry_at = moment + FIRST_RETRY * 2 ** (subscription.failures - 1)
        session.add(subscription)


def _due() -> Any:
    author = aliased(User, name="author")
    return (
        sqlalchemy.select(
            col(PushedRoom.subscription_id),
            col(PushedRoom.room_id),
            col(PushedRoom.wanted_seq),
            col(PushedRoom.shown_seq),
            col(PushedRoom.due_at),
            col(PushSubscription.user_id),
            col(PushSubscription.endpoint),
            col(PushSubscription.p256dh),
            col(PushSubscription.auth),
            col(PushSubscription.shows_text),
            col(PushSubscription.language),
            col(PushSubscription.retry_at),
            col(Membership.last_read_seq),
            col(Room.kind),
            col(Room.name),
            col(Message.kind).label("message_kind"),
            col(Message.text),
            func.substr(col(Message.html), 1, SUMMARISED_HTML).label("html"),
            col(Message.mentions),
            col(Message.id).label("message_id"),
            col(Message.created_at),
            col(Message.deleted_at),
            col(Attachment.name).label("file_name"),
            col(Attachment.kind).label("file_kind"),
            col(author.display_name).label("author_name"),
            IS_BLOCKED.label("is_blocked"),
            col(Pusher.app_id),
            col(Pusher.pushkey),
            col(Pusher.data).label("pusher_data"),
            col(Pusher.changed_at).label("pushkey_set_at"),
            *(column.label(f"preference_{at}") for at, column in enumerate(preferences.COLUMNS)),
        )
        .select_from(PushedRoom)
        .join(PushSubscription, col(PushSubscription.id) == PushedRoom.subscription_id)
        .outerjoin(Pusher, col(Pusher.subscription_id) == PushSubscription.id)
        .join(LoginSession, col(LoginSession.id) == PushSubscription.session_id)
        .join(User, col(User.id) == PushSubscription.user_id)
        .join(Room, col(Room.id) == PushedRoom.room_id)
        .outerjoin(
            Membership,
            and_(
                col(Membership.room_id) == PushedRoom.room_id,
                col(Membership.user_id) == PushSubscription.user_id,
            ),
        )
        .outerjoin(
            Message,
            and_(
                col(Message.room_id) == PushedRoom.room_id,
                col(Message.seq) == PushedRoom.wanted_seq,
            ),
        )
        .outerjoin(Attachment, col(Attachment.message_id) == Message.id)
        .outerjoin(author, col(author.id) == Message.author_id)
        .where(col(PushedRoom.due_at).is_not(None))
    )
