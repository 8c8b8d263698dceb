"""What devices send to devices: a queue for each, from which it is deleted once it has arrived."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

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
MAX_SIZE_OF_SENDER = 2 * 2**20
"""Characters of one sender in a device's queue; then their oldest makes room, too."""
MAX_SIZE = 32 * 2**20
"""Characters of one sender in all queues; then none grows, and each message replaces older ones."""
MAX_QUEUE = 5_000
"""Messages in a device's queue; then it takes no more until it has got some."""
LARGE = 4 * 1024
"""Characters of a message that no queue takes which is longer than `MAX_OF_SENDER`."""
MAX_TRANSACTIONS = 500
"""Transactions of a device that are remembered, the newest."""
MAX_TOLD = 10_000
"""Devices of which it is remembered what they were told."""
_QUEUE, _DONE, _USERS = table(ToDeviceMessage), table(ToDeviceTransaction), table(User)

_Device = tuple[int, str]
_told: OrderedDict[_Device, int] = OrderedDict()
"""The number of the newest message that a device was told, the last asked for at the end."""
_turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""Those who send at the moment: what a person has in queues is measured, and then added to."""


class _Queues(Struct):
    """What waits for devices before something is sent to them, and then what is added."""

    lengths: dict[_Device, int]
    own: dict[_Device, tuple[int, int]]
    """Messages of the sender, and their characters."""
    size: int
    """Characters of the sender in all queues."""
    cost: int
    """Characters that are to be queued."""


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
    hashed = hashlib.sha256(f"{kind}\n{transaction}".encode()).hexdigest()

    def measure(session: Session) -> _Queues:
        return _measured(session, viewer.user_id, _reached(session, viewer, texts))

    def write(session: Session, queues: _Queues) -> set[int]:
        sessions.require_open(session, viewer)
        if not _is_first(session, viewer, sender_device, hashed):
            return set()
        reached = _reached(session, viewer, texts)
        for device, text in reached:
            _queue(session, queues, device, viewer.user_id, kind, text)
        return {user_id for (user_id, _device_id), _text in reached}

    budget = app_context.current().rate_limits.to_device
    async with _turns.setdefault(viewer.user_id, asyncio.Lock()):
        budget.require(viewer.user_id)
        queues = await database.read(measure)  # before the write, for which all others wait
        budget.spend(viewer.user_id, queues.cost)
        reached = await database.write(lambda session: write(session, queues))
    for user_id in reached:
        events.publish(events.ToDeviceSent(user_id))


@rate_limited("sync")
async def since(viewer: CurrentUser, after: int, upto: int, most: int) -> Sequence[ToDevice]:
    """Return the first `most` of what waits for the viewer's device after a number, up to another.

    `upto` is where the position will be that goes out with it: what comes meanwhile is not told now
    and again the next time. What is told once more, since no answer came, is paid for by whoever
    asks; the first time it is not, since they have not asked for it.
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
    found = [
        ToDevice(number, UserSummary(*sender), kind, content)
        for number, kind, content, *sender in rows
    ]
    device = viewer.user_id, viewer.device_id or ""
    known = _told.pop(device, 0)
    again = sum(len(each.content) for each in found if each.number <= known)
    app_context.current().rate_limits.loading.spend(viewer.user_id, again)
    _told[device] = max(known, *(each.number for each in found), 0)
    while len(_told) > MAX_TOLD:
        _told.popitem(last=False)
    return found


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


def _reached(
    session: Session, viewer: CurrentUser, texts: Mapping[Named, Mapping[str, str]]
) -> list[tuple[_Device, str]]:
    """Return which devices get what."""
    people = sharing.people(session, viewer.user_id, texts)
    live = key_devices.live(session, {each.user_id for each in people.values()})
    return [
        ((person.user_id, device_id), text)
        for name, person in people.items()
        for device_id, text in _each(texts[name], live[person.user_id])
    ]


def _measured(session: Session, sender_id: int, reached: Sequence[tuple[_Device, str]]) -> _Queues:
    of_device = _QUEUE.c.user_id, _QUEUE.c.device_id
    devices = {device for device, _text in reached}
    counts = sqlalchemy.select(*of_device, func.count()).where(
        _QUEUE.c.user_id.in_({user_id for user_id, _device_id in devices}),
        _QUEUE.c.device_id.in_({device_id for _user_id, device_id in devices}),
    )
    size = func.sum(func.length(_QUEUE.c.content))
    own = sqlalchemy.select(*of_device, func.count(), size).where(_QUEUE.c.sender_id == sender_id)
    connection = session.connection()
    lengths = connection.execute(counts.group_by(*of_device)).all()
    theirs = {
        (user_id, device_id): (count, int(characters))
        for user_id, device_id, count, characters in connection.execute(own.group_by(*of_device))
    }
    return _Queues(
        {(user_id, device_id): length for user_id, device_id, length in lengths},
        theirs,
        sum(characters for _count, characters in theirs.values()),
        sum(len(text) for _device, text in reached),
    )


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
    session: Session, queues: _Queues, device: _Device, sender_id: int, kind: str, text: str
) -> None:
    user_id, device_id = device
    row: KeyDevice = key_devices.row(session, user_id, device_id)
    session.flush()
    length, (count, size) = queues.lengths.get(device, 0), queues.own.get(device, (0, 0))
    may_grow = queues.size + len(text) <= MAX_SIZE
    most = MAX_SIZE_OF_SENDER if may_grow else min(size, MAX_SIZE_OF_SENDER)
    queues.size -= size
    if count >= MAX_OF_SENDER or size + len(text) > most:
        kept = _make_room(session, device, sender_id, most - len(text))
        length, (count, size) = length - count + kept[0], kept
    elif length >= MAX_QUEUE or (length >= MAX_OF_SENDER and len(text) > LARGE):
        queues.size += size
        return
    row.last_message += 1
    session.add(row)
    session.connection().execute(
        _QUEUE.insert().values(
            user_id=user_id,
            device_id=device_id,
            number=row.last_message,
            sender_id=sender_id,
            type=kind,
            content=text,
        )
    )
    queues.lengths[device], queues.own[device] = length + 1, (count + 1, size + len(text))
    queues.size += size + len(text)


def _make_room(session: Session, device: _Device, sender_id: int, most: int) -> tuple[int, int]:
    """Delete the oldest of a sender in a queue, so that one more fits; return what is left.

    That is how many messages, and their characters: `most` at most.
    """
    theirs = (
        _QUEUE.c.user_id == device[0],
        _QUEUE.c.device_id == device[1],
        _QUEUE.c.sender_id == sender_id,
    )
    newest = (
        sqlalchemy.select(_QUEUE.c.number, func.length(_QUEUE.c.content))
        .where(*theirs)
        .order_by(_QUEUE.c.number.desc())
    )
    connection = session.connection()
    count = size = 0
    for number, length in connection.execute(newest).all():
        if count == MAX_OF_SENDER - 1 or size + length > most:
            connection.execute(_QUEUE.delete().where(*theirs, _QUEUE.c.number <= number))
            break
        count, size = count + 1, size + length
    return count, size
