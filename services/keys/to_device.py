"""What devices send to devices: a queue for each, from which it is deleted once it has arrived."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session, func

from models import KeyDevice, ToDeviceMessage, ToDeviceTransaction, User
from models.base import table
from services.accounts.people import summary_columns
from services.accounts.sessions import sessions
from services.core import app_context, events
from services.core.dto import CurrentUser, UserSummary
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.keys import bounded, key_devices, sharing
from services.keys.sharing import Named

ALL = "*"
"""Stands for all devices of a person."""
MAX_CONTENT = 32 * 1024
"""Characters of what is sent."""
MAX_DEVICES = 500
"""Devices in one request."""
MAX_OF_SENDER = 500
"""Messages of one sender in a device's queue; then their oldest makes room."""
MAX_QUEUE = 5_000
"""Messages in a device's queue; then it takes no more until it has got some."""
MAX_TRANSACTIONS = 500
"""Transactions of a device that are remembered, the newest."""
_QUEUE, _DONE, _USERS = table(ToDeviceMessage), table(ToDeviceTransaction), table(User)


class ToDevice(Struct, frozen=True):
    """Something that was sent to a device."""

    number: int
    sender: UserSummary
    type: str
    content: str
    """JSON."""


@rate_limited("keys")
async def send(
    viewer: CurrentUser,
    kind: str,
    transaction: str,
    wanted: Mapping[Named, Mapping[str, Mapping[str, Any]]],
) -> None:
    """Send something of a type to devices, given by person and device, or to all of a person.

    The same transaction of a device a second time does nothing. Left out are devices that are not
    logged in, and people who share no room with the viewer. Raises `Forbidden` for a browser,
    `SessionEnded`, `TooLarge`, and `RateLimited` for who has sent too much.
    """
    sender_device = key_devices.required(viewer)
    bounded.name(kind)
    bounded.require_few(sum(map(len, wanted.values())), MAX_DEVICES)
    texts = {
        name: {
            device_id: bounded.stored(content, MAX_CONTENT)
            for device_id, content in devices.items()
        }
        for name, devices in wanted.items()
    }
    budget = app_context.current().rate_limits.to_device
    budget.require(viewer.user_id)
    budget.spend(
        viewer.user_id, sum(len(text) for each in texts.values() for text in each.values())
    )
    hashed = hashlib.sha256(f"{kind}\n{transaction}".encode()).hexdigest()

    def write(session: Session) -> set[int]:
        sessions.require_open(session, viewer)
        if not _is_first(session, viewer, sender_device, hashed):
            return set()
        people = sharing.people(session, viewer.user_id, texts)
        live = key_devices.live(session, {each.user_id for each in people.values()})
        reached = set()
        for name, person in people.items():
            for device_id, text in _each(texts[name], live[person.user_id]):
                _queue(session, person.user_id, device_id, viewer.user_id, kind, text)
                reached.add(person.user_id)
        return reached

    for user_id in await database.write(write):
        events.publish(events.ToDeviceSent(user_id))


@rate_limited("sync")
async def since(viewer: CurrentUser, after: int, upto: int, most: int) -> Sequence[ToDevice]:
    """Return the first `most` of what waits for the viewer's device after a number, up to another.

    `upto` is where the position will be that goes out with it: what comes meanwhile is not told now
    and again the next time.
    """
    asked = (
        sqlalchemy.select(
            _QUEUE.c.number, _QUEUE.c.type, _QUEUE.c.content, *summary_columns(_USERS)
        )
        .join(_USERS, _USERS.c.id == _QUEUE.c.sender_id)
        .where(*_waiting(viewer), _QUEUE.c.number > after, _QUEUE.c.number <= upto)
        .order_by(_QUEUE.c.number)
        .limit(most)
    )
    rows = await database.read(lambda session: session.connection().execute(asked).all())
    return [
        ToDevice(number, UserSummary(*sender), kind, content)
        for number, kind, content, *sender in rows
    ]


@rate_limited("sync")
async def acknowledge(viewer: CurrentUser, upto: int) -> None:
    """Delete what the viewer's device has got: everything up to a number."""
    got = _QUEUE.delete().where(*_waiting(viewer), _QUEUE.c.number <= upto)
    await database.write(lambda session: session.connection().execute(got), uses_reserve=True)


def _waiting(viewer: CurrentUser) -> tuple[Any, Any]:
    return _QUEUE.c.user_id == viewer.user_id, _QUEUE.c.device_id == (viewer.device_id or "")


def _each(texts: Mapping[str, str], live: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return which device that is logged in gets what; one that is named gets only that."""
    found = [(each, texts.get(each, texts.get(ALL))) for each in live]
    return [(device_id, text) for device_id, text in found if text is not None]


def _is_first(session: Session, viewer: CurrentUser, device_id: str, hashed: str) -> bool:
    """Return whether a device sends this for the first time, and note that it has."""
    if session.get(ToDeviceTransaction, (viewer.user_id, device_id, hashed)):
        return False
    sender = key_devices.row(session, viewer.user_id, device_id)
    sender.last_sent += 1
    session.add(sender)
    session.add(
        ToDeviceTransaction(
            user_id=viewer.user_id, device_id=device_id, hash=hashed, number=sender.last_sent
        )
    )
    session.connection().execute(
        _DONE.delete().where(
            _DONE.c.user_id == viewer.user_id,
            _DONE.c.device_id == device_id,
            _DONE.c.number <= sender.last_sent - MAX_TRANSACTIONS,
        )
    )
    return True


def _queue(
    session: Session, user_id: int, device_id: str, sender_id: int, kind: str, text: str
) -> None:
    device: KeyDevice = key_devices.row(session, user_id, device_id)
    session.flush()
    queue = (_QUEUE.c.user_id == user_id, _QUEUE.c.device_id == device_id)
    theirs = (*queue, _QUEUE.c.sender_id == sender_id)
    connection = session.connection()
    if _count(session, theirs) >= MAX_OF_SENDER:
        oldest = sqlalchemy.select(func.min(_QUEUE.c.number)).where(*theirs).scalar_subquery()
        connection.execute(_QUEUE.delete().where(*queue, _QUEUE.c.number == oldest))
    elif _count(session, queue) >= MAX_QUEUE:
        return
    device.last_message += 1
    session.add(device)
    connection.execute(
        _QUEUE.insert().values(
            user_id=user_id,
            device_id=device_id,
            number=device.last_message,
            sender_id=sender_id,
            type=kind,
            content=text,
        )
    )


def _count(session: Session, which: tuple[Any, ...]) -> int:
    return session.connection().scalar(sqlalchemy.select(func.count()).where(*which)) or 0
