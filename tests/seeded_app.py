"""An app with data of every kind, which is restored after each case.

There is a user of every role, a room of every kind, and in each room a message of everybody who
is or was in it. Whatever nobody outside may learn contains the word `SECRET`.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Table
from sqlmodel import Session, SQLModel

from models import LooseFile, Role
from services import lifecycle
from services.accounts import invites
from services.core import app_context, data_folder
from services.core.dto import CurrentUser
from services.core.rate_limits import RateLimit
from services.db import database
from services.files import uploads
from services.messages import bookmarks, messages, pins, polls, reactions
from services.rooms import (
    direct_messages,
    memberships,
    purge,
    read_positions,
    rooms,
    settings,
)
from tests.conftest import HERE, PASSWORD, cheap, person

SECRET = "quince"
NOBODY = "nobody"
OUTSIDE = ("outsider", "former", "administrator")
INSIDE = ("member", "moderator", "owner")
ROLES = (*OUTSIDE, *INSIDE)
PLACES = ("private", "public", "archived", "announcements", "direct")
NOWHERE = ("missing", "deleted")
"""Rooms with no members: answers must be the same as for a room one is not a member of."""


@dataclass(frozen=True)
class Said:
    """A message: its `seq` in the room and its id."""

    seq: int
    message_id: int


@dataclass
class SeededApp:
    """Its users, its rooms, and who wrote which message in them."""

    people: dict[str, CurrentUser]
    rooms: dict[str, int]
    said: dict[tuple[str, str], Said]
    ids: dict[str, int]
    """Other ids that the cases need."""
    file: Path
    consumed: list[str] = field(default_factory=list)
    """Which rate limits were consumed, in order."""
    writes: list[object] = field(default_factory=list)
    """What was handed to the writer thread."""

    login = (HERE, "other", PASSWORD)
    """What one of the users logs in with."""

    async def settle(self) -> None:
        """Wait until everything that follows from it is stored, too."""
        await read_positions.flush()
        await purge.wait()

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything stored, except what the cleanup in the background works through."""
        with _connected(self.file) as connection:
            return {
                table.name: connection.execute(_everything_in(table)).fetchall()
                for table in SQLModel.metadata.sorted_tables
                if table.name != LooseFile.__tablename__
            }


def _everything_in(table: Table) -> str:
    order = ", ".join(str(at + 1) for at in range(min(2, len(table.columns))))
    return f'SELECT * FROM "{table.name}" ORDER BY {order}'


@contextmanager
def seeded_app(data: Path) -> Iterator[tuple[asyncio.Runner, SeededApp]]:
    """Open an app on `data` and fill it; also yield the event loop that it runs on."""
    with asyncio.Runner() as runner, data_folder.lock(data):
        runner.run(lifecycle.startup(cheap(data)))
        try:
            seeded = SeededApp({}, {}, {}, {}, data / data_folder.DATABASE)
            unlimited = Unlimited(seeded.consumed)
            app_context._current = replace(app_context.current(), rate_limits=unlimited)
            runner.run(_fill(seeded))
            _count_writes(seeded.writes)
            yield runner, seeded
        finally:
            runner.run(lifecycle.shutdown())


@contextmanager
def _connected(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file)
    try:
        yield connection
    finally:
        connection.close()


class Snapshot:
    """A copy of the whole database, to be restored."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        with _connected(file) as connection:
            connection.backup(self._kept)

    def restore(self) -> None:
        """Restore it, in one write that other connections see at once."""
        with _connected(self._file) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            self._kept.backup(connection)
        for waiting in (read_positions._reached, read_positions._moving, read_positions._opened):
            waiting.clear()


def _count_writes(writes: list[object]) -> None:
    opened = database.current()
    write = opened.write

    def counted(fn: Callable[[Session], Any]) -> Awaitable[Any]:
        writes.append(fn)
        return write(fn)

    opened.write = counted  # type: ignore[method-assign]


class _UnlimitedRate(RateLimit):
    """A rate limit that only notes that it was asked, so that no case depends on others."""

    def __init__(self, name: str, consumed: list[str]) -> None:
        super().__init__()
        self._name = name
        self._consumed = consumed

    def check(self, *key: str | int) -> None:
        pass

    def hit(self, *key: str | int) -> None:
        self._consumed.append(self._name)

    def forget(self, *key: str | int) -> None:
        pass


class Unlimited:
    """Stands for every rate limit, whatever its name."""

    def __init__(self, consumed: list[str]) -> None:
        self._consumed = consumed

    def __getattr__(self, name: str) -> _UnlimitedRate:
        # Kept, since each has a thread of its own.
        limit = _UnlimitedRate(name, self._consumed)
        setattr(self, name, limit)
        return limit


async def _fill(seeded: SeededApp) -> None:
    # The first to register is the administrator, who is in none of the rooms.
    for role in (
        "administrator",
        "outsider",
        "former",
        "member",
        "moderator",
        "owner",
        "other",
        "newcomer",
    ):
        seeded.people[role] = await person(role)
    for place in PLACES:
        seeded.rooms[place] = await _room(seeded, place)
        await _talk(seeded, place)
    await _leave(seeded)
    seeded.rooms["deleted"] = await rooms.create(
        seeded.people["owner"], name=f"Old {SECRET}", topic="", private=True
    )
    await settings.delete(seeded.people["owner"], seeded.rooms["deleted"], f"Old {SECRET}")
    seeded.rooms["missing"] = 999_999
    invite = await invites.create(seeded.people["administrator"], days=1, uses=1)
    seeded.ids["invite"] = invite.invite_id
    await purge.wait()


async def _room(seeded: SeededApp, place: str) -> int:
    """Make a room with everybody in it, including those who leave later."""
    owner = seeded.people["owner"]
    others = ("moderator", "member", "other", "former")
    if place == "direct":
        return await direct_messages.open(owner, others)
    name = "Market" if place == "public" else f"{SECRET} {place}"
    topic = "" if place == "public" else SECRET
    room = await rooms.create(owner, name=name, topic=topic, private=place != "public")
    for name in others:
        await memberships.add(owner, room, name)
    await memberships.change_role(owner, room, seeded.people["moderator"].user_id, Role.MODERATOR)
    return room


async def _talk(seeded: SeededApp, place: str) -> None:
    """Have everybody write a message that mentions others, and save what others wrote."""
    room, other = seeded.rooms[place], seeded.people["other"]
    for role in ("owner", "moderator", "member", "former", "other"):
        text = f"{SECRET} of {role}, for @former, @member and @owner: https://example.org/{SECRET}"
        sent, _new = await messages.send(seeded.people[role], room, text, f"said-{place}-{role}")
        seeded.said[place, role] = Said(sent.seq, sent.message_id)
    for role in ("owner", "member", "former"):
        await bookmarks.save(seeded.people[role], room, seeded.said[place, "other"].seq)
        await reactions.add(seeded.people[role], room, seeded.said[place, "other"].seq, "👍")
    answer = await messages.send(
        other, room, SECRET, f"answer-{place}", reply_to=seeded.said[place, "former"].seq
    )
    seeded.said[place, "answer"] = Said(answer[0].seq, answer[0].message_id)
    asked, _new = await polls.send(other, room, SECRET, ["Yes", "No"], f"poll-{place}")
    seeded.said[place, "poll"] = Said(asked.seq, asked.message_id)
    for role in ("owner", "member", "former"):
        await polls.vote(seeded.people[role], room, asked.seq, [1])
    pinner = seeded.people["owner"]
    await pins.pin(pinner, room, answer[0].seq)
    seeded.said[place, "file"] = await _send_file(other, room, f"file-of-{place}")


async def _send_file(viewer: CurrentUser, room: int, number: str) -> Said:
    secret = SECRET.encode()
    async with uploads.receive(viewer, room, len(secret)) as upload:
        await upload.write(secret)
        sent, _new = await upload.send(uploads.UploadFields(f"{SECRET}.txt", SECRET, number))
    return Said(sent.seq, sent.message_id)


async def _leave(seeded: SeededApp) -> None:
    """Have the former member leave, and the rooms become what they are called."""
    owner, former = seeded.people["owner"], seeded.people["former"]
    for place in ("private", "public", "archived"):
        await memberships.remove(owner, seeded.rooms[place], former.user_id, SECRET)
    for place in ("announcements", "direct"):
        await memberships.leave(former, seeded.rooms[place])
    await settings.archive(owner, seeded.rooms["archived"], on=True)
    await settings.announce(owner, seeded.rooms["announcements"], on=True)
