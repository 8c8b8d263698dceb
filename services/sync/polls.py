"""Waiting for news: a request of an app that stays open until something concerns its person."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeVar

from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import RateLimited, ServiceError
from services.core.limits.rate_limited import rate_limited
from services.keys import key_devices
from services.rooms import presence
from services.sync import (
    connections,
    mention_counts,
    others_reads,
    own_reads,
    recent_changes,
    sync,
    typing_people,
)
from services.sync.news import News
from services.sync.positions import Position

MAX_SECONDS = 30.0
"""How long a request waits at most."""
MAX_OF_PERSON = 8
"""How many requests of a person wait at the same time; the oldest is answered for another."""
MAX_OPEN = 5_000
"""How many requests of all people wait at the same time."""
RETRY_SECONDS = 5
PRESENCE_SECONDS = 1.0
"""For how long changes of presence are collected before they wake anybody."""

_IN_ROOM: tuple[type[Any], ...] = (
    events.MessageChanged,
    events.RoomChanged,
    events.RoleChanged,
    events.MemberJoined,
    events.MemberLeft,
    events.RoomDeleted,
)
_WITH_DEVICES: tuple[type[Any], ...] = (events.MemberJoined, events.MemberLeft)
_OF_PERSON: tuple[type[Any], ...] = (
    events.MemberJoined,
    events.MemberLeft,
    events.InvitationsChanged,
    events.AccountDataChanged,
    events.BlocksChanged,
    events.ToDeviceSent,
)


WhenGone = Callable[[Callable[[], None]], Callable[[], None]]
"""Has something called when nobody waits for an answer any more; returns what takes that back."""


class _Poll:
    """A request that waits."""

    def __init__(self, user_id: int, connection: object) -> None:
        self.user_id = user_id
        self.connection = connection
        self.rooms: frozenset[int] | None = None
        """What it waits for; None for everything, until that is known."""
        self.device_rooms: frozenset[int] = frozenset()
        """The same of rooms whose members' devices it waits for."""
        self.woken = asyncio.Event()
        self.is_over = False
        """Whether it is to be answered as it is."""
        self.is_late = False
        """Whether it has waited as long as it may."""

    def end_late(self) -> None:
        """Have it answered with what it has."""
        self.is_late = True
        self.woken.set()


_open: defaultdict[int, deque[_Poll]] = defaultdict(deque)
"""By person, the oldest first."""
_moved: set[int] = set()
"""Whose presence has changed, while it waits for more of it."""
_telling: set[asyncio.Task[None]] = set()
_is_stopping = False
_listeners = events.Listeners()


def start() -> None:
    """Listen to what happens."""
    global _is_stopping
    _is_stopping = False
    _listeners.remove_all()
    recent_changes.levels.start()
    recent_changes.presences.start()
    _listeners.add(events.MessageSent, _on_message)
    _listeners.add(events.Typing, _on_typing)
    _listeners.add(
        events.TypingStopped, lambda event: _wake_room(event.room_id, but=event.unseen_by)
    )
    for kind in _IN_ROOM:
        _listeners.add(kind, lambda event: _wake_room(event.room_id))
    for kind in _OF_PERSON:
        _listeners.add(kind, lambda event: _wake_person(event.user_id))
    for kind in _WITH_DEVICES:
        _listeners.add(kind, lambda event: _wake_devices([event.room_id]))
    _listeners.add(events.BlocksChanged, lambda event: mention_counts.forget(event.user_id))
    _listeners.add(events.RoomRead, _on_read)
    _listeners.add(events.MembershipChanged, _on_membership)
    _listeners.add(events.DeviceListChanged, _on_devices)
    _listeners.add(events.PresenceChanged, _on_presence)
    _listeners.add(events.PersonChanged, lambda event: _wake_rooms(event.room_ids))
    _listeners.add(events.SessionsEnded, lambda event: _finish_all(event.user_id))


def stop() -> None:
    """Answer all requests that wait, and listen no longer."""
    _listeners.remove_all()
    for task in _telling:
        task.cancel()
    _moved.clear()
    typing_people.clear()
    own_reads.clear()
    others_reads.clear()
    mention_counts.clear()
    connections.clear()
    answer_all()


def answer_all() -> None:
    """Answer all requests that wait."""
    for user_id in list(_open):
        _finish_all(user_id)


def wait_no_longer() -> None:
    """Answer all requests that wait, and at once those that still come: the server stops."""
    global _is_stopping
    _is_stopping = True
    answer_all()


def count() -> int:
    """Return how many requests wait."""
    return sum(map(len, _open.values()))


class _News(Protocol):
    """What a request waits for."""

    @property
    def position(self) -> Position:
        """What to ask with the next time."""

    @property
    def room_ids(self) -> frozenset[int]:
        """The rooms in which something new may be of interest."""

    @property
    def device_room_ids(self) -> frozenset[int]:
        """The rooms of whose members' devices something new may be of interest."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""


AnyNews = TypeVar("AnyNews", bound=_News)


@rate_limited("sync")
async def wait(
    viewer: CurrentUser,
    position: Position,
    most: int,
    seconds: float,
    when_gone: WhenGone | None = None,
) -> News:
    """Return what is new since a position, as soon as there is anything, or nothing after a while.

    It returns nothing at once when the viewer's session may have ended: who calls looks whether it
    has.
    Raises `RateLimited` when too many requests wait.
    """

    async def ask(after: Position) -> News:
        return await sync.since(viewer, after, most)

    news = await until_any(viewer, position, seconds, ask, when_gone=when_gone)
    # Told of no keys, an app would make new ones.
    return news or News(position, keys=await key_devices.counts(viewer))


async def until_any(
    viewer: CurrentUser,
    position: Position,
    seconds: float,
    ask: Callable[[Position], Awaitable[AnyNews]],
    connection: object = None,
    when_gone: WhenGone | None = None,
) -> AnyNews | None:
    """Return what `ask` says is new since a position, as soon as there is anything.

    After so many seconds it may be nothing. None if the request is to be answered at once: as the
    viewer's session may have ended, or too many of their requests wait, or another one of the same
    `connection` does, or, as `when_gone` tells, nobody waits for the answer. Raises `RateLimited`
    when too many requests of all people wait.
    """
    if count() >= MAX_OPEN:
        raise RateLimited(RETRY_SECONDS)
    poll = _begin(viewer, connection)
    stay = when_gone(partial(_finish, poll)) if when_gone else None
    # One timer for all that it waits for: a timeout around each wait would cost more than the wait.
    bounded = 0.0 if _is_stopping else max(0.0, min(seconds, MAX_SECONDS))
    late = asyncio.get_running_loop().call_later(bounded, poll.end_late)
    try:
        while True:
            if not poll.is_late:
                poll.woken.clear()
            news = await ask(position)
            poll.rooms, poll.device_rooms = news.room_ids, news.device_room_ids
            if poll.is_over:
                return None
            if not news.is_empty:
                return news
            position = news.position
            await poll.woken.wait()
            if poll.is_late:
                return news
    finally:
        late.cancel()
        if stay:
            stay()
        _end(poll)


def _begin(viewer: CurrentUser, connection: object) -> _Poll:
    polls = _open[viewer.user_id]
    for each in [each for each in polls if connection and each.connection is connection]:
        _finish(each)  # its app has given it up
        polls.remove(each)
    if len(polls) >= MAX_OF_PERSON:
        _finish(polls[0])
        polls.popleft()
    poll = _Poll(viewer.user_id, connection)
    polls.append(poll)
    return poll


def _end(poll: _Poll) -> None:
    polls = _open[poll.user_id]
    if poll in polls:
        polls.remove(poll)
    if not polls:
        del _open[poll.user_id]


def _on_message(event: events.MessageSent) -> None:
    message = event.message
    others_reads.hear(message)
    typing_people.forget(message.room_id, message.author.user_id)
    _wake_room(message.room_id)


def _on_typing(event: events.Typing) -> None:
    unseen_by = typing_people.hear(event)
    if unseen_by is not None:
        _wake_room(event.room_id, but=unseen_by)


def _on_read(event: events.RoomRead) -> None:
    own_reads.note(event.room_id, event.reached)
    authors = others_reads.note(event)
    for user_id in {*event.reached, *authors}:
        _wake_person(user_id)
    if others_reads.EVERYBODY in authors:
        _wake_room(event.room_id)


def _on_membership(event: events.MembershipChanged) -> None:
    own_reads.note(event.room_id, [event.user_id])  # it has another number of unread messages
    recent_changes.levels.note(event.user_id)
    _wake_person(event.user_id)


def _on_presence(event: events.PresenceChanged) -> None:
    recent_changes.presences.note(event.user_id)
    if not _moved:
        task = asyncio.get_running_loop().create_task(_tell_presence())
        _telling.add(task)
        task.add_done_callback(_telling.discard)
    _moved.add(event.user_id)


async def _tell_presence() -> None:
    await asyncio.sleep(PRESENCE_SECONDS)
    moved = set(_moved)
    _moved.clear()
    # Those of a connection are told of no presence.
    waiting = [each for polls in _open.values() for each in polls if each.connection is None]
    if not waiting:
        return
    with suppress(ServiceError):
        rooms = await presence.rooms_of(moved)
        for poll in waiting:
            if poll.rooms is None or not poll.rooms.isdisjoint(rooms):
                poll.woken.set()


def _on_devices(event: events.DeviceListChanged) -> None:
    _wake_person(event.user_id)
    _wake_devices(event.room_ids)


def _finish_all(user_id: int) -> None:
    for poll in _open.get(user_id, ()):
        _finish(poll)


def _finish(poll: _Poll) -> None:
    poll.is_over = True
    poll.woken.set()


def _wake_room(room_id: int, *, but: frozenset[int] = frozenset()) -> None:
    for user_id, polls in _open.items():
        if user_id in but:
            continue
        for poll in polls:
            if poll.rooms is None or room_id in poll.rooms:
                poll.woken.set()


def _wake_rooms(room_ids: Collection[int]) -> None:
    for polls in _open.values():
        for poll in polls:
            if poll.rooms is None or not poll.rooms.isdisjoint(room_ids):
                poll.woken.set()


def _wake_devices(room_ids: Collection[int]) -> None:
    for polls in _open.values():
        for poll in polls:
            if poll.rooms is None or not poll.device_rooms.isdisjoint(room_ids):
                poll.woken.set()


def _wake_person(user_id: int) -> None:
    for poll in _open.get(user_id, ()):
        poll.woken.set()
