"""A house in which everything has happened, and that is as it was again after each case.

There is somebody of every role, a room of every kind, and in each room a message of everybody
who is or was in it. Whatever a person outside must not come to know holds the word `SECRET`.
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
"""Rooms that nobody is in: they must sound just as a room that one is not in."""


@dataclass(frozen=True)
class Said:
    """A message, by its number in its room and by its own."""

    seq: int
    message_id: int


@dataclass
class Prepared:
    """Who is there, which rooms there are, and what was said in them by whom."""

    people: dict[str, CurrentUser]
    rooms: dict[str, int]
    said: dict[tuple[str, str], Said]
    ids: dict[str, int]
    """Whatever else the cases need to name by its number."""
    file: Path
    spent: list[str] = field(default_factory=list)
    """Which throttles were spent, in order."""
    writes: list[object] = field(default_factory=list)
    """What was handed to the thread that writes."""

    entry = (HERE, "other", PASSWORD)
    """How somebody of these logs in."""

    async def settle(self) -> None:
        """Wait until all that follows from what was done is stored, too."""
        await read_positions.flush()
        await purge.wait()

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything that is stored, but for what tidying up works through when it likes."""
        with _connected(self.file) as line:
            return {
                table.name: line.execute(_everything_in(table)).fetchall()
                for table in SQLModel.metadata.sorted_tables
                if table.name != LooseFile.__tablename__
            }


def _everything_in(table: Table) -> str:
    order = ", ".join(str(at + 1) for at in range(min(2, len(table.columns))))
    return f'SELECT * FROM "{table.name}" ORDER BY {order}'


@contextmanager
def prepared(data: Path) -> Iterator[tuple[asyncio.Runner, Prepared]]:
    """Open a house on `data` and fill it; also give the loop that it lives on."""
    with asyncio.Runner() as runner, data_folder.lock(data):
        runner.run(lifecycle.startup(cheap(data)))
        try:
            made = Prepared({}, {}, {}, {}, data / data_folder.DATABASE)
            app_context._current = replace(
                app_context.current(), rate_limits=Unthrottled(made.spent)
            )
            runner.run(_fill(made))
            _count_writes(made.writes)
            yield runner, made
        finally:
            runner.run(lifecycle.shutdown())


@contextmanager
def _connected(file: Path) -> Iterator[sqlite3.Connection]:
    line = sqlite3.connect(file)
    try:
        yield line
    finally:
        line.close()


class Snapshot:
    """The whole database as it was, to be put back."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        with _connected(file) as line:
            line.backup(self._kept)

    def restore(self) -> None:
        """Put it back, in one write that other connections see at once."""
        with _connected(self._file) as line:
            line.execute("PRAGMA synchronous=OFF")
            self._kept.backup(line)
        for waiting in (read_positions._reached, read_positions._moving, read_positions._opened):
            waiting.clear()


def _count_writes(writes: list[object]) -> None:
    opened = database.current()
    write = opened.write

    def counted(fn: Callable[[Session], Any]) -> Awaitable[Any]:
        writes.append(fn)
        return write(fn)

    opened.write = counted  # type: ignore[method-assign]


class _Free(RateLimit):
    """A throttle that only notes that it was asked: a case more must not be one too many."""

    def __init__(self, name: str, spent: list[str]) -> None:
        super().__init__()
        self._name = name
        self._spent = spent

    def check(self, *key: str | int) -> None:
        pass

    def hit(self, *key: str | int) -> None:
        self._spent.append(self._name)

    def forget(self, *key: str | int) -> None:
        pass


class Unthrottled:
    """Stands for all throttles there are, whatever they are called."""

    def __init__(self, spent: list[str]) -> None:
        self._spent = spent

    def __getattr__(self, name: str) -> _Free:
        # Kept, since each has a thread of its own that counts.
        free = _Free(name, self._spent)
        setattr(self, name, free)
        return free


async def _fill(made: Prepared) -> None:
    # Who registers first administers; they are in none of the rooms.
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
        made.people[role] = await person(role)
    for place in PLACES:
        made.rooms[place] = await _room(made, place)
        await _talk(made, place)
    await _part(made)
    made.rooms["deleted"] = await rooms.create(
        made.people["owner"], name=f"Old {SECRET}", topic="", private=True
    )
    await settings.delete(made.people["owner"], made.rooms["deleted"], f"Old {SECRET}")
    made.rooms["missing"] = 999_999
    invite = await invites.make(made.people["administrator"], days=1, uses=1)
    made.ids["invite"] = invite.invite_id
    await purge.wait()


async def _room(made: Prepared, place: str) -> int:
    """Make a room with everybody in it, also those who will not be there in the end."""
    owner = made.people["owner"]
    others = ("moderator", "member", "other", "former")
    if place == "direct":
        return await direct_messages.open(owner, others)
    name = "Market" if place == "public" else f"{SECRET} {place}"
    topic = "" if place == "public" else SECRET
    room = await rooms.create(owner, name=name, topic=topic, private=place != "public")
    for name in others:
        await memberships.add(owner, room, name)
    await memberships.change_role(owner, room, made.people["moderator"].user_id, Role.MODERATOR)
    return room


async def _talk(made: Prepared, place: str) -> None:
    """Have everybody say something that names others, and keep what others said."""
    room, other = made.rooms[place], made.people["other"]
    for role in ("owner", "moderator", "member", "former", "other"):
        text = f"{SECRET} of {role}, for @former, @member and @owner: https://example.org/{SECRET}"
        sent, _new = await messages.send(made.people[role], room, text, f"said-{place}-{role}")
        made.said[place, role] = Said(sent.seq, sent.message_id)
    for role in ("owner", "member", "former"):
        await bookmarks.save(made.people[role], room, made.said[place, "other"].seq)
        await reactions.add(made.people[role], room, made.said[place, "other"].seq, "👍")
    answer = await messages.send(
        other, room, SECRET, f"answer-{place}", reply_to=made.said[place, "former"].seq
    )
    made.said[place, "answer"] = Said(answer[0].seq, answer[0].message_id)
    asked, _new = await polls.send(other, room, SECRET, ["Yes", "No"], f"poll-{place}")
    made.said[place, "poll"] = Said(asked.seq, asked.message_id)
    for role in ("owner", "member", "former"):
        await polls.vote(made.people[role], room, asked.seq, [1])
    pinner = made.people["owner"]
    await pins.pin(pinner, room, answer[0].seq)
    made.said[place, "file"] = await _send_file(other, room, f"file-of-{place}")


async def _send_file(viewer: CurrentUser, room: int, number: str) -> Said:
    secret = SECRET.encode()
    async with uploads.receive(viewer, room, len(secret)) as upload:
        await upload.write(secret)
        sent, _new = await upload.send(uploads.UploadFields(f"{SECRET}.txt", SECRET, number))
    return Said(sent.seq, sent.message_id)


async def _part(made: Prepared) -> None:
    """Have the former member go, and the rooms become what they are called."""
    owner, former = made.people["owner"], made.people["former"]
    for place in ("private", "public", "archived"):
        await memberships.remove(owner, made.rooms[place], former.user_id, SECRET)
    for place in ("announcements", "direct"):
        await memberships.leave(former, made.rooms[place])
    await settings.archive(owner, made.rooms["archived"], on=True)
    await settings.announce(owner, made.rooms["announcements"], on=True)
