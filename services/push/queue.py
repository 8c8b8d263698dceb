"""The queue of push messages, in the database: it survives restarts, and no message waits for it.

Nothing is written when a message is sent. From the messages themselves, `look` finds whom the new
ones call, and `note` stores the latest for each device and room; `due` returns what to send, as the
database then is.
"""

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import Integer, and_, bindparam, exists, func, literal, null, or_
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, select, update

from models import (
    Attachment,
    Block,
    LoginSession,
    Membership,
    Message,
    Notify,
    PushCursor,
    PushedRoom,
    PushSubscription,
    Room,
    RoomKind,
    User,
)
from models.clock import UtcDateTime
from services.accounts import preferences, sessions
from services.core.dto import Preferences
from services.core.i18n import _, set_language
from services.core.timezones import time_zone_of
from services.messages import summary
from services.rooms.rooms import SUMMARISED_HTML

MAX_MESSAGES = 100
"""Messages that are looked at in one step."""
MAX_ROWS = 100
"""Rows that are looked at for what is due."""
MAX_AGE = timedelta(hours=24)
"""A message that is older calls nobody: the device or this server was away for too long."""
HELD = timedelta(seconds=20)
"""How long to wait when the person looks at a page: they may be about to leave."""
NEVER_SILENT = "https://web.push.apple.com/"
"""Safari ends a subscription that takes a notification back: its service gets no such push."""
MAX_TEXT = 140
"""Characters of a message in a notification."""
FIRST_RETRY, MAX_FAILURES = timedelta(minutes=1), 12
"""How soon a failed delivery is tried again, then after twice the time; and when it is given up."""


class Called(Struct, frozen=True):
    """A message that calls the user of a device."""

    subscription_id: int
    user_id: int
    room_id: int
    seq: int


class Found(Struct, frozen=True):
    """What `look` found: which messages are new, and whom they call."""

    before: int
    cursor: int
    is_all: bool
    called: list[Called]
    """The newest message of each device and room."""


class Outdated(Struct, frozen=True):
    """What `look_back` found on devices that is no longer so."""

    rooms: list[tuple[int, int]]
    """Devices and rooms that show what was read, deleted, or is no longer theirs."""
    ended: list[int]
    """Subscriptions whose session is over."""


class Push(Struct, frozen=True):
    """Something to send to a device; without a payload, something that is not sent after all."""

    subscription_id: int
    user_id: int
    room_id: int
    wanted_seq: int
    shown_seq: int
    """What the device shows afterwards: see `PushedRoom`."""
    endpoint: str
    p256dh: str
    auth: str
    payload: bytes | None


def anybody(session: Session) -> bool:
    """Return whether there is any device to send to."""
    return session.exec(select(PushSubscription.id).limit(1)).first() is not None


def look(session: Session, moment: datetime) -> Found:
    """Return whom the new messages call, without changing anything."""
    cursor = session.exec(select(PushCursor.message_id)).first() or 0
    newest = session.exec(select(func.max(Message.id))).one() or 0
    # Once the newest messages are gone with their room, SQLite gives their ids again.
    after = cursor if cursor <= newest else newest - 1
    upto = min(newest, after + MAX_MESSAGES)
    newest_called = {
        (row.id, row.room_id): Called(*row[:4])
        for row in session.connection().execute(_candidates(after, upto, moment - MAX_AGE))
        if _calls(*row[1:])
    }
    return Found(cursor, upto, upto == newest, list(newest_called.values()))


def note(session: Session, found: Found, moment: datetime, looking: Collection[int]) -> None:
    """Store what `look` found; `looking` are the users who look at a page."""
    if found.called:
        session.connection().execute(
            _WANT,
            [
                {
                    "device": each.subscription_id,
                    "room": each.room_id,
                    "seq": each.seq,
                    "due_at": moment + HELD if each.user_id in looking else moment,
                }
                for each in found.called
            ],
        )
    session.exec(update(PushCursor).values(message_id=found.cursor))


def look_back(session: Session, moment: datetime) -> Outdated:
    """Return what devices show that is outdated, without changing anything.

    It goes through all that devices show: not for every message.
    """
    return Outdated(
        [(row[0], row[1]) for row in session.connection().execute(_OUTDATED)],
        list(session.exec(_ended(moment))),
    )


def take_back(session: Session, outdated: Outdated, moment: datetime) -> None:
    """Forget the devices whose session is over, and let the others take back what they show."""
    if outdated.ended:
        session.exec(delete(PushSubscription).where(col(PushSubscription.id).in_(outdated.ended)))
    for subscription_id, room_id in outdated.rooms:
        session.exec(_row(update(PushedRoom), subscription_id, room_id).values(due_at=moment))


def due(
    session: Session, moment: datetime, busy: Collection[int], looking: Callable[[int], bool]
) -> tuple[list[Push], bool]:
    """Return what to send now, the oldest of each user who is not `busy`, and whether more waits.

    `looking` tells whether a user looks at a page.
    """
    rows = session.connection().execute(
        _due()
        .where(
            col(PushedRoom.due_at) <= moment,
            ~_is_over(moment),
            or_(col(PushSubscription.retry_at).is_(None), col(PushSubscription.retry_at) <= moment),
            col(PushSubscription.user_id).not_in(busy),
        )
        .order_by(col(PushedRoom.due_at))
        .limit(MAX_ROWS)
    )
    found: dict[int, Push] = {}
    for row in rows:
        if row.user_id not in found:
            found[row.user_id] = _push(row, moment, is_looking=looking(row.user_id))
    waiting = select(PushedRoom.room_id).where(col(PushedRoom.due_at).is_not(None)).limit(1)
    return list(found.values()), session.exec(waiting).first() is not None


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
        if session.exec(_row(_OUTDATED, push.subscription_id, push.room_id)).first():
            row.due_at = moment


def failed(session: Session, push: Push, moment: datetime, *, is_gone: bool) -> None:
    """Note that a push was refused: for ever if the subscription `is_gone` (RFC 8030 §7.3)."""
    subscription = session.get(PushSubscription, push.subscription_id)
    if subscription is None:
        return
    subscription.failures += 1
    if is_gone or subscription.failures >= MAX_FAILURES:
        session.delete(subscription)
    else:
        subscription.retry_at = moment + FIRST_RETRY * 2 ** (subscription.failures - 1)
        session.add(subscription)


def _row(statement: Any, subscription_id: int, room_id: int) -> Any:
    return statement.where(
        col(PushedRoom.subscription_id) == subscription_id, col(PushedRoom.room_id) == room_id
    )


def _want() -> Any:
    """Return the statement that notes a call, unless the device or the room is gone."""
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


_WANT = _want()


_IS_BLOCKED = exists().where(
    col(Block.user_id) == PushSubscription.user_id, col(Block.blocked_id) == Message.author_id
)


# -- what calls somebody ---------------------------------------------------------------------------


def _candidates(after: int, upto: int, since: datetime) -> Any:
    """Return the statement for the devices of members, with new messages that may call them."""
    return (
        sqlalchemy.select(
            col(PushSubscription.id),
            col(PushSubscription.user_id),
            col(Message.room_id),
            col(Message.seq),
            col(Message.mentions),
            col(Room.kind),
            col(Membership.notify),
        )
        .join(Membership, col(Membership.room_id) == Message.room_id)
        .join(PushSubscription, col(PushSubscription.user_id) == Membership.user_id)
        .join(Room, col(Room.id) == Message.room_id)
        .where(
            col(Message.id) > after,
            col(Message.id) <= upto,
            col(Message.created_at) > since,
            col(Message.created_at) > PushSubscription.created_at,
            col(Message.created_at) >= Membership.joined_at,
            col(Message.deleted_at).is_(None),
            col(Message.author_id) != PushSubscription.user_id,
            col(Membership.last_read_seq) < Message.seq,
            or_(
                col(Membership.notify) == Notify.EVERYTHING,
                and_(
                    col(Membership.notify) != Notify.NOTHING,
                    or_(col(Room.kind) == RoomKind.DIRECT, col(Message.mentions).is_not(null())),
                ),
            ),
            ~_IS_BLOCKED,
        )
        .order_by(col(Message.id))
    )


def _calls(
    user_id: int, _room_id: int, _seq: int, mentions: dict[str, int] | None, kind: str, notify: str
) -> bool:
    """Return whether a message calls a member: as `chat_ui/rooms/notifications.js` decides.

    `@here` calls only those who are here, and they have a page.
    """
    if kind == RoomKind.DIRECT or notify == Notify.EVERYTHING:
        return True
    return user_id in (mentions or {}).values() or "room" in (mentions or {})


_MINE = and_(
    col(Membership.room_id) == PushedRoom.room_id,
    col(Membership.user_id) == PushSubscription.user_id,
    col(Membership.last_read_seq) < PushedRoom.shown_seq,
)
_OUTDATED: Any = (
    sqlalchemy.select(col(PushedRoom.subscription_id), col(PushedRoom.room_id))
    .join(PushSubscription, col(PushSubscription.id) == PushedRoom.subscription_id)
    .where(
        col(PushedRoom.due_at).is_(None),
        or_(
            ~exists().where(_MINE),
            exists().where(
                col(Message.room_id) == PushedRoom.room_id,
                col(Message.seq) == PushedRoom.shown_seq,
                col(Message.deleted_at).is_not(None),
            ),
        ),
    )
)


def _ended(moment: datetime) -> Any:
    return (
        select(PushSubscription.id)
        .join(LoginSession, col(LoginSession.id) == PushSubscription.session_id)
        .join(User, col(User.id) == PushSubscription.user_id)
        .where(_is_over(moment))
    )


def _is_over(moment: datetime) -> Any:
    return or_(
        col(LoginSession.revoked_at).is_not(None),
        col(LoginSession.expires_at) <= moment,
        col(LoginSession.last_seen_at) <= moment - sessions.IDLE_TIMEOUT,
        col(User.disabled_at).is_not(None),
    )


# -- what a device is told -------------------------------------------------------------------------


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
            col(Message.text),
            func.substr(col(Message.html), 1, SUMMARISED_HTML).label("html"),
            col(Message.mentions),
            col(Message.created_at),
            col(Message.deleted_at),
            col(Attachment.name).label("file_name"),
            col(author.display_name).label("author_name"),
            _IS_BLOCKED.label("is_blocked"),
            *(column.label(f"preference_{at}") for at, column in enumerate(preferences.COLUMNS)),
        )
        .select_from(PushedRoom)
        .join(PushSubscription, col(PushSubscription.id) == PushedRoom.subscription_id)
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


def _push(row: Any, moment: datetime, *, is_looking: bool) -> Push:
    """Return what to send for a row, by what the database says now."""
    chosen = Preferences(
        *(getattr(row, f"preference_{at}") for at in range(len(preferences.COLUMNS)))
    )
    is_there = row.last_read_seq is not None and row.created_at and row.deleted_at is None
    is_wanted = (
        is_there
        and max(row.last_read_seq, row.shown_seq) < row.wanted_seq
        and row.created_at > moment - MAX_AGE
        and not row.is_blocked
        and not is_looking
        and not is_quiet(chosen, moment)
    )
    is_outdated = row.shown_seq and (
        row.last_read_seq is None
        or row.last_read_seq >= row.shown_seq
        or (row.deleted_at is not None and row.wanted_seq == row.shown_seq)
    )
    shown_seq, payload = row.shown_seq, None
    if is_wanted:
        shown_seq, payload = row.wanted_seq, _message(row)
    elif is_outdated:
        shown_seq = 0
        if not row.endpoint.startswith(NEVER_SILENT):
            payload = _payload(kind="read", room=row.room_id)
    return Push(
        subscription_id=row.subscription_id,
        user_id=row.user_id,
        room_id=row.room_id,
        wanted_seq=row.wanted_seq,
        shown_seq=shown_seq,
        endpoint=row.endpoint,
        p256dh=row.p256dh,
        auth=row.auth,
        payload=payload,
    )


def _message(row: Any) -> bytes:
    set_language(row.language)  # of this read: each runs in a context of its own
    place = "" if row.kind == RoomKind.DIRECT else f" · {row.name}"
    is_named = row.user_id in (row.mentions or {}).values()
    body = _("Mentions you") if is_named else _("New message")
    if row.shows_text:
        body = summary.plain(row.text, row.html, MAX_TEXT) or row.file_name or body
    title = f"{row.author_name}{place}"
    return _payload(kind="message", room=row.room_id, seq=row.wanted_seq, title=title, body=body)


def _payload(**fields: str | int) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def is_quiet(chosen: Preferences, moment: datetime) -> bool:
    """Return whether it is in the user's hours of do-not-disturb, by their clock."""
    start, end = chosen.quiet_from, chosen.quiet_until
    if start is None or end is None:
        return False
    local = moment.astimezone(time_zone_of(chosen))
    minutes = local.hour * 60 + local.minute
    return start <= minutes < end if start < end else minutes >= start or minutes < end
