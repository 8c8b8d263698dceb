"""The keys in a backup: of two for the same session the better one stays."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy
from msgspec import Struct
from msgspec.structs import asdict
from sqlmodel import Session, func

from models import BackedUpKey, KeyBackup
from models.base import table
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, ServiceError, TooLarge
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.keys import bounded, key_backups, turns

MAX_KEYS = 20_000
"""Keys in all backups of a user."""
MAX_SIZE = 24 * 2**20
"""Characters that they take."""
MAX_KEY = 8 * 1024
"""Characters of one."""
MAX_AT_ONCE = 1_000
"""Keys in one request."""
KEY_SIZE = 200
"""Characters that are counted for each key that is read, besides its content; and the fewest that
are counted for one that is stored."""
HIGHEST = 2**53
"""The largest number in a key."""
_KEYS, _BACKUPS = table(BackedUpKey), table(KeyBackup)


class WrongVersion(Forbidden):
    """Keys are stored in the newest backup only."""

    def __init__(self, current: int) -> None:
        super().__init__(_("This is not your newest backup of keys."))
        self.current = current


class RoomKey(Struct, frozen=True):
    """The key of a session of a room."""

    room: str
    session: str
    first_message_index: int
    forwarded_count: int
    is_verified: bool
    content: Any
    """What is encrypted: an object; JSON when it comes from the database."""

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The key with the higher one is the better one."""
        return self.is_verified, -self.first_message_index, -self.forwarded_count


class Changed(Struct, frozen=True):
    """What a backup is after a change."""

    etag: int
    count: int


@rate_limited("keys")
async def store(viewer: CurrentUser, version: int, keys: Sequence[RoomKey]) -> Changed:
    """Store keys in the viewer's newest backup, except where there is one that is as good.

    Raises `WrongVersion`, `NotFound` without a backup, `ServiceError` for malformed keys and for
    too many, `TooLarge`, also for a full backup, and `RateLimited`.
    """
    bounded.require_few(len(keys), MAX_AT_ONCE)
    given = {(each.room, each.session): _checked(each) for each in keys}
    cost = sum(max(KEY_SIZE, len(each.content)) for each in given.values())
    budget = app_context.current().rate_limits.key_backup
    budget.require(viewer.user_id)
    budget.spend(viewer.user_id, cost)

    def write(session: Session) -> Changed:
        newest = key_backups.required(session, viewer, None)
        if newest.version != version:
            raise WrongVersion(newest.version)
        before = newest.count, newest.size
        _put(session, newest, list(given.values()))
        if newest.count > before[0] or newest.size > before[1]:
            _require_room(session, newest)
        return _changed(session, newest)

    return await database.write(write)


@rate_limited("keys")
async def read(
    viewer: CurrentUser, version: int, room: str | None = None, session: str | None = None
) -> Sequence[RoomKey]:
    """Return the keys of a backup, of a room in it, or of one session.

    Raises `NotFound`, also for a single one that is not there, and `RateLimited` for who has read
    too much.
    """

    def measure(reading: Session) -> int:
        backup = key_backups.required(reading, viewer, version)
        if room is None:
            return backup.size + KEY_SIZE * backup.count
        count, size = _measured(reading, _which(viewer.user_id, version, room, session))
        return size + KEY_SIZE * count

    def query(reading: Session) -> list[RoomKey]:
        key_backups.required(reading, viewer, version)
        rows = reading.connection().execute(
            sqlalchemy.select(
                _KEYS.c.room,
                _KEYS.c.session,
                _KEYS.c.first_message_index,
                _KEYS.c.forwarded_count,
                _KEYS.c.is_verified,
                _KEYS.c.content,
            )
            .where(*_which(viewer.user_id, version, room, session))
            .order_by(_KEYS.c.room, _KEYS.c.session)
        )
        return [RoomKey(*row) for row in rows]

    async with turns.turn(viewer.user_id) as loading:
        loading.spend(viewer.user_id, await database.read(measure))
        found = await database.read(query)
    if session is not None and not found:
        raise NotFound(_("This key is not in your backup."))
    return found


@rate_limited("keys")
async def remove(
    viewer: CurrentUser, version: int, room: str | None = None, session: str | None = None
) -> Changed:
    """Delete the keys of a backup, of a room in it, or of one session. Raises `NotFound`."""

    def write(writing: Session) -> Changed:
        found = key_backups.required(writing, viewer, version)
        which = _which(viewer.user_id, version, room, session)
        count, size = _measured(writing, which)
        if count:
            writing.connection().execute(_KEYS.delete().where(*which))
            found.etag, found.count, found.size = (
                found.etag + 1,
                found.count - count,
                found.size - size,
            )
        return _changed(writing, found)

    return await database.write(write, uses_reserve=True)


def _checked(key: RoomKey) -> RoomKey:
    """Return a key as it is stored. Raises `ServiceError`."""
    numbers = (key.first_message_index, key.forwarded_count)
    if (
        not all(type(each) is int and 0 <= each <= HIGHEST for each in numbers)
        or not isinstance(key.is_verified, bool)
        or not isinstance(key.content, dict)
    ):
        raise ServiceError(_("A key in this request is not as Matrix has it."))
    return RoomKey(
        bounded.name(key.room),
        bounded.name(key.session),
        key.first_message_index,
        key.forwarded_count,
        key.is_verified,
        bounded.stored(key.content, MAX_KEY),
    )


def _require_room(session: Session, backup: KeyBackup) -> None:
    """Raise `TooLarge` if a user's backups, this one as it is now, take more than they may."""
    found = session.connection().execute(
        sqlalchemy.select(
            func.coalesce(func.sum(_BACKUPS.c.count), 0),
            func.coalesce(func.sum(_BACKUPS.c.size), 0),
        ).where(_BACKUPS.c.user_id == backup.user_id, _BACKUPS.c.version != backup.version)
    )
    [(keys, characters)] = found
    if keys + backup.count > MAX_KEYS or characters + backup.size > MAX_SIZE:
        raise TooLarge(_("Your backups of keys are full. Delete an older one."))


def _put(session: Session, backup: KeyBackup, keys: Sequence[RoomKey]) -> None:
    """Store those of the keys that are new, or better than what is there.

    With few statements for all, since a request has up to 1,000 and all other writes wait.
    """
    if not keys:
        return
    of_session = _KEYS.c.room, _KEYS.c.session
    own = (_KEYS.c.user_id == backup.user_id, _KEYS.c.version == backup.version)
    ranked = (_KEYS.c.is_verified, _KEYS.c.first_message_index, _KEYS.c.forwarded_count)
    asked = sqlalchemy.select(*of_session, func.length(_KEYS.c.content), *ranked).where(
        *own, sqlalchemy.tuple_(*of_session).in_([(each.room, each.session) for each in keys])
    )
    connection = session.connection()
    known: dict[tuple[str, str], tuple[int, tuple[bool, int, int]]] = {
        (room, name): (length, (bool(is_verified), -index, -forwarded))
        for room, name, length, is_verified, index, forwarded in connection.execute(asked)
    }
    better = []
    for each in keys:
        length, rank = known.get((each.room, each.session), (0, None))
        if rank is not None and each.rank <= rank:
            continue
        better.append(each)
        backup.count += rank is None
        backup.size += len(each.content) - length
    if not better:
        return
    backup.etag += len(better)
    replaced = [
        {"old_room": each.room, "old_session": each.session}
        for each in better
        if (each.room, each.session) in known
    ]
    if replaced:
        same = (
            _KEYS.c.room == sqlalchemy.bindparam("old_room"),
            _KEYS.c.session == sqlalchemy.bindparam("old_session"),
        )
        connection.execute(_KEYS.delete().where(*own, *same), replaced)
    of_backup = {"user_id": backup.user_id, "version": backup.version}
    connection.execute(_KEYS.insert(), [of_backup | asdict(each) for each in better])


def _changed(session: Session, backup: KeyBackup) -> Changed:
    session.add(backup)
    return Changed(backup.etag, backup.count)


def _measured(session: Session, which: list[Any]) -> tuple[int, int]:
    """Return how many keys there are, and how many characters they take."""
    size = func.sum(func.length(_KEYS.c.content))
    asked = sqlalchemy.select(func.count(), size).where(*which)
    count, characters = session.connection().execute(asked).one()
    return count, int(characters or 0)


def _which(user_id: int, version: int, room: str | None, session: str | None) -> list[Any]:
    which = [_KEYS.c.user_id == user_id, _KEYS.c.version == version]
    if room is not None:
        which.append(_KEYS.c.room == bounded.name(room))
    if session is not None:
        which.append(_KEYS.c.session == bounded.name(session))
    return which
