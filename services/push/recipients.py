"""Which devices new messages notify, while their user has no page open.

Nothing is written when a message is sent. From the messages themselves, `find` finds the devices
that the new ones notify, and `store` puts the latest for each device and room into the queue.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import Integer, and_, bindparam, exists, func, literal, null, or_
from sqlmodel import Session, col, select, update

from models import (
    Block,
    Membership,
    Message,
    MessageKind,
    Notify,
    PushCursor,
    PushedRoom,
    Pusher,
    PushSubscription,
    Room,
)
from models.clock import UtcDateTime
from services.db import portable
from services.rooms.reading import notified

MAX_MESSAGES = 100
"""Messages that are looked at in one step."""
MAX_AGE = timedelta(hours=24)
"""A message that is older notifies nobody: the device or this server was away for too long."""
HELD = timedelta(seconds=20)
"""How long to wait when the person looks at a page: they may be about to leave."""
IS_BLOCKED = exists().where(
    col(Block.user_id) == PushSubscription.user_id, col(Block.blocked_id) == Message.author_id
)
"""The condition that the user of a device has blocked the author of a message."""


class Recipient(Struct, frozen=True):
    """A device, and the message that it is notified of."""

    subscription_id: int
    user_id: int
    room_id: int
    seq: int


class Recipients(Struct, frozen=True):
    """Which messages are new, and which devices they notify."""

    before: int
    cursor: int
    is_all: bool
    devices: list[Recipient]
    """With the newest message for each device and room."""


def find(session: Session, moment: datetime) -> Recipients:
    """Return which devices the new messages notify, without changing anything."""
    cursor = session.exec(select(PushCursor.message_id)).first() or 0
    newest = session.exec(select(func.max(Message.id))).one() or 0
    # Once the newest messages are gone with their room, SQLite gives their ids again.
    after = cursor if cursor <= newest else newest - 1
    upto = min(newest, after + MAX_MESSAGES)
    devices = {
        (row.id, row.room_id): Recipient(*row[:4])
        for row in session.connection().execute(_candidates(after, upto, moment - MAX_AGE))
        if _notifies(*row[1:])
    }
    return Recipients(cursor, upto, upto == newest, list(devices.values()))


def store(session: Session, found: Recipients, moment: datetime, looking: Collection[int]) -> None:
    """Store what `find` found; `looking` are the users who look at a page.

    Nothing happens if somebody else has moved the cursor since: a process that was frozen before
    this would notify of everything twice that the next one has noted.
    """
    moved = update(PushCursor).where(col(PushCursor.message_id) == found.before)
    if not session.exec(moved.values(message_id=found.cursor)).rowcount:
        return
    if found.devices:
        session.connection().execute(
            _want(portable.insert(session.connection())),
            [
                {
                    "device": each.subscription_id,
                    "room": each.room_id,
                    "seq": each.seq,
                    "due_at": moment + HELD if each.user_id in looking else moment,
                }
                for each in found.devices
            ],
        )


@cache
def _want(insert: Callable[..., Any]) -> Any:
    """Return the statement that adds to the queue, unless the device or the room is gone."""
    values = (
        sqlalchemy.select(
            col(PushSubscription.id),
            col(Room.id),
            bindparam("seq", type_=Integer),
            literal(0),
            bindparam("due_at", type_=UtcDateTime),
        )
        .join(Room, col(Room.id) == bindparam("room"))
        .where(col(PushSubscription.id) == bindparam("device"))
    )
    new = insert(PushedRoom).from_select(
        ["subscription_id", "room_id", "wanted_seq", "shown_seq", "due_at"], values
    )
    return new.on_conflict_do_update(
        index_elements=["subscription_id", "room_id"],
        set_={"wanted_seq": new.excluded.wanted_seq, "due_at": new.excluded.due_at},
    )


def _candidates(after: int, upto: int, since: datetime) -> Any:
    """Return the statement for the devices of members, with new messages that may notify them."""
    return (
        sqlalchemy.select(
            col(PushSubscription.id),
            col(PushSubscription.user_id),
            col(Message.room_id),
            col(Message.seq),
            col(Message.mentions),
            col(Message.kind),
            col(Pusher.subscription_id).is_not(None),
            col(Room.kind),
            col(Membership.notify),
        )
        .join(Membership, col(Membership.room_id) == Message.room_id)
        .join(PushSubscription, col(PushSubscription.user_id) == Membership.user_id)
        .join(Room, col(Room.id) == Message.room_id)
        .outerjoin(Pusher, col(Pusher.subscription_id) == PushSubscription.id)
        .where(
            col(Message.id) > after,
            col(Message.id) <= upto,
            col(Message.created_at) > since,
            col(Message.created_at) > PushSubscription.created_at,
            col(Message.created_at) >= Membership.joined_at,
            col(Message.deleted_at).is_(None),
            col(Message.kind) != MessageKind.ENCRYPTED_EDIT,
            col(Message.author_id) != PushSubscription.user_id,
            col(Membership.last_read_seq) < Message.seq,
            or_(
                notified.OF_ALL,
                and_(
                    col(Membership.notify) != Notify.NOTHING,
                    or_(
                        col(Message.mentions).is_not(null()),
                        col(Message.kind) == MessageKind.ENCRYPTED,
                    ),
                ),
            ),
            ~IS_BLOCKED,
        )
        .order_by(col(Message.id))
    )


def _notifies(
    user_id: int,
    _room_id: int,
    _seq: int,
    mentions: dict[str, int] | None,
    message_kind: str,
    is_app: bool,
    kind: str,
    notify: str,
) -> bool:
    """Return whether a message notifies a member: as `notifications.js` decides in an open page.

    `@here` notifies only those who are here, and they have a page. Whom an encrypted message names
    only apps can read: they decide.
    """
    if is_app and message_kind == MessageKind.ENCRYPTED and notify != Notify.NOTHING:
        return True
    if notified.notifies_of_all(kind, notify):
        return True
    return user_id in (mentions or {}).values() or "room" in (mentions or {})
