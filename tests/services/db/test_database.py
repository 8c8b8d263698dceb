"""Reading and writing on a real SQLite file: what is promised, and what happens in trouble."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select, text

from models import Membership, Room, RoomKind
from services.backup import integrity
from services.core.errors import Unavailable
from services.db import database, migrate
from services.db.database import Database
from services.db.writer import GROUP
from tests.server import PROJECT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database without anything in it."""
    migrate.prepare(tmp_path / "chat.db", integrity.run)
    return tmp_path / "chat.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[Database]:
    """That database, open."""
    opened = Database(file)
    yield opened
    await opened.close()


@pytest.fixture
def commits() -> Iterator[list[object]]:
    """One entry for each commit of the writer, as it begins."""
    seen: list[object] = []
    note = seen.append
    event.listen(Engine, "commit", note)
    yield seen
    event.remove(Engine, "commit", note)


def add(name: str, kind: str = RoomKind.PRIVATE) -> Callable[[Session], int]:
    """Return a write that stores a room of this name and returns its number."""

    def write(session: Session) -> int:
        room = Room(kind=kind, name=name, name_key=name)
        session.add(room)
        session.flush()
        return room.id or 0

    return write


def fail(name: str) -> Callable[[Session], None]:
    """Return a write that stores a room and then thinks better of it."""

    def write(session: Session) -> None:
        add(name)(session)
        raise ZeroDivisionError(name)

    return write


def elsewhere(file: Path) -> list[str]:
    """Return the names that another program finds in the file."""
    with closing(sqlite3.connect(file)) as other:
        return [name for (name,) in other.execute("SELECT name FROM rooms ORDER BY id")]


def names(session: Session) -> list[str]:
    return list(session.exec(select(Room.name).order_by(Room.id)))


class Held:
    """A writer that is busy until it is let go, so that what comes meanwhile is one group."""

    def __init__(self, store: Database) -> None:
        self.store = store
        self.busy, self.go = threading.Event(), threading.Event()

    def _hold(self, _session: Session) -> None:
        self.busy.set()
        assert self.go.wait(30)

    async def __aenter__(self) -> "Held":
        self.first = asyncio.ensure_future(self.store.write(self._hold))
        assert await asyncio.to_thread(self.busy.wait, 30)
        return self

    def submit(self, *writes: Callable[[Session], object]) -> "list[asyncio.Task[object]]":
        return [asyncio.ensure_future(self.store.write(each)) for each in writes]

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.sleep(0)  # every submitted task reaches the queue
        self.go.set()
        await self.first


@contextmanager
def locked(file: Path) -> "Iterator[sqlite3.Connection]":
    """Another program holds the database for writing, until the block ends."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        if other.in_transaction:
            other.execute("ROLLBACK")


# -- reading and writing -------------------------------------------------------


async def test_what_is_written_is_read(store: Database) -> None:
    number = await store.write(add("Chess"))
    assert await store.read(lambda session: session.get_one(Room, number).name) == "Chess"


async def test_readers_cannot_write(store: Database, file: Path) -> None:
    await store.write(add("from the writer"))
    with pytest.raises(Unavailable):
        await store.read(add("from a reader"))
    assert elsewhere(file) == ["from the writer"]
    assert await store.read(names) == ["from the writer"]


async def test_what_was_read_is_recalled_until_something_is_stored(
    store: Database, file: Path
) -> None:
    read: list[list[str]] = []

    def look(session: Session) -> list[str]:
        read.append(names(session))
        return read[-1]

    async def twice() -> list[str]:
        first = await store.read_cached("names", look)
        assert await store.read_cached("names", look) is first
        return first

    assert await twice() == []
    await store.write(add("ours"))
    assert await twice() == ["ours"]
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE rooms SET name = 'theirs'")
        other.commit()
    assert await twice() == ["theirs"]
    assert await store.read_cached("number", lambda session: len(names(session))) == 1
    assert read == [[], ["ours"], ["theirs"]]


async def test_what_is_stored_while_it_is_read_is_not_missed(store: Database) -> None:
    looked, go_on = threading.Event(), threading.Event()

    def look(session: Session) -> list[str]:
        found = names(session)
        looked.set()
        assert go_on.wait(30)
        return found

    reading = asyncio.ensure_future(store.read_cached("names", look))
    assert await asyncio.to_thread(looked.wait, 30)
    await store.write(add("meanwhile"))
    go_on.set()
    assert await reading == []
    assert await store.read_cached("names", look) == ["meanwhile"]


async def test_no_more_is_kept_to_be_recalled_than_that(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CACHE_SIZE", 10)
    for number in range(100):
        assert await store.read_cached(number, lambda _session, is_=number: is_) == number
    assert 0 < len(store._recalled) <= 10


async def test_a_read_sees_one_moment(store: Database) -> None:
    await store.write(add("before"))
    looked, go_on = threading.Event(), threading.Event()

    def look_twice(session: Session) -> tuple[list[str], list[str]]:
        first = names(session)
        looked.set()
        assert go_on.wait(30)
        return first, names(session)

    reading = asyncio.ensure_future(store.read(look_twice))
    assert await asyncio.to_thread(looked.wait, 30)
    await store.write(add("meanwhile"))
    go_on.set()
    assert await reading == (["before"], ["before"])
    assert await store.read(names) == ["before", "meanwhile"]


async def test_the_promises_rest_on_these_settings(store: Database, file: Path) -> None:
    def pragma(name: str) -> Callable[[Session], object]:
        return lambda session: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()

    assert await store.write(pragma("journal_mode")) == "wal"
    assert await store.write(pragma("synchronous")) == 2  # FULL
    assert await store.write(pragma("foreign_keys")) == 1
    assert await store.read(pragma("foreign_keys")) == 1


async def test_foreign_keys_are_in_force(store: Database) -> None:
    def member_of(room_id: int) -> Callable[[Session], None]:
        return lambda session: session.add(Membership(room_id=room_id, user_id=1))

    def somebody(session: Session) -> None:
        session.exec(
            text(
                "INSERT INTO users (id, username, username_key, skeleton, display_name, hue, theme,"
                " password_hash, is_admin, created_at)"
                " VALUES (1, 'asha', 'asha', 'asha', 'Asha', 0, 'auto', '', 0, '2026-01-01')"
            )
        )

    await store.write(somebody)
    room = await store.write(add("there"))
    await store.write(member_of(room))
    with pytest.raises(IntegrityError):
        await store.write(member_of(room + 1))


# -- groups --------------------------------------------------------------------


async def test_what_waits_is_committed_together(store: Database, commits: list[object]) -> None:
    async with Held(store) as held:
        writes = held.submit(*[add(str(number)) for number in range(100)])
    assert len(set(await asyncio.gather(*writes))) == 100
    assert len(commits) == 2  # the one that held the writer up, and the group
    assert await store.read(names) == [str(number) for number in range(100)]


async def test_a_group_has_an_end(store: Database, commits: list[object]) -> None:
    async with Held(store) as held:
        writes = held.submit(*[add(str(number)) for number in range(GROUP + 1)])
    await asyncio.gather(*writes)
    assert len(commits) == 3


async def test_one_bad_write_spoils_no_other(
    store: Database, file: Path, commits: list[object]
) -> None:
    async with Held(store) as held:
        writes = held.submit(
            add("Chess", RoomKind.PUBLIC),
            fail("thought better of"),
            add("Chess", RoomKind.PUBLIC),  # taken, by the first of this very group
            lambda session: session.exec(text("SELECT * FROM nowhere")),
            add("Physics"),
        )
    first, failed, taken, broken, last = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(failed, ZeroDivisionError)
    assert isinstance(taken, IntegrityError)
    assert isinstance(broken, Unavailable)
    assert isinstance(first, int)
    assert isinstance(last, int)
    assert elsewhere(file) == ["Chess", "Physics"]
    assert len(commits) == 2


async def test_the_answer_comes_after_the_commit(store: Database, file: Path) -> None:
    answered: list[bool] = []
    found: list[list[str]] = []

    def at_commit(_connection: object) -> None:
        answered.append(writing.done())
        found.append(elsewhere(file))

    event.listen(Engine, "commit", at_commit)
    try:
        writing = asyncio.ensure_future(store.write(add("Chess")))
        await writing
    finally:
        event.remove(Engine, "commit", at_commit)
    assert answered == [False]
    assert found == [[]]
    assert elsewhere(file) == ["Chess"]


ENDLESS = """
import asyncio, sys
from pathlib import Path
from models import Room
from services.db.database import Database

async def main():
    store = Database(Path(sys.argv[1]))
    for number in range(100_000):
        name = str(number)
        room = Room(kind="private", name=name, name_key=name)
        await store.write(lambda session: session.add(room))
        print(name, flush=True)

asyncio.run(main())
"""


def test_what_was_answered_outlives_a_killed_server(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(file)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as server:
        answered = [server.stdout.readline().strip() for _ in range(50)]
        server.kill()
        answered += server.stdout.read().split()
    assert server.returncode == -signal.SIGKILL
    stored = elsewhere(file)
    assert answered == stored[: len(answered)]
    assert len(answered) >= 50
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_what_runs_beside_a_server_leaves_the_log_to_it(store: Database, file: Path) -> None:
    await store.write(add("first"))
    # Not by reading the file: closing it again would let go of SQLite's locks in this process.
    before = file.stat()
    beside = Database(file, checkpoints=False)
    await beside.write(add("x" * 3_000_000))  # a log of this length is moved into the file
    await beside.close()
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    await store.write(add("last"))
    assert file.stat().st_size > before.st_size + 3_000_000


# -- callers -------------------------------------------------------------------


async def test_a_caller_that_goes_away_leaves_its_write_and_disturbs_nobody(
    store: Database, file: Path
) -> None:
    async with Held(store) as held:
        gone, patient = held.submit(add("gone"), add("patient"))
        await asyncio.sleep(0)
        gone.cancel()
    assert await patient
    assert gone.cancelled()
    assert elsewhere(file) == ["gone", "patient"]


async def test_closing_finishes_what_waits(file: Path) -> None:
    store = Database(file)
    async with Held(store) as held:
        writes = held.submit(*[add(str(number)) for number in range(20)])
        await asyncio.sleep(0)
        closing_it = asyncio.ensure_future(store.close())
    await closing_it
    assert len(set(await asyncio.gather(*writes))) == 20
    assert elsewhere(file) == [str(number) for number in range(20)]
    with pytest.raises(Unavailable):
        await store.write(add("too late"))
    assert "too late" not in elsewhere(file)


async def test_the_reader_of_a_sentence_is_known_on_every_thread(store: Database) -> None:
    reader: ContextVar[str] = ContextVar("reader", default="nobody")

    async def ask(name: str) -> tuple[str, str]:
        reader.set(name)
        written = await store.write(lambda _session: reader.get())
        return written, await store.read(lambda _session: reader.get())

    async with Held(store):  # two people in one group
        asking = [asyncio.ensure_future(ask(name)) for name in ("asha", "ben")]
        await asyncio.sleep(0)
    assert await asyncio.gather(*asking) == [("asha", "asha"), ("ben", "ben")]


# -- trouble -------------------------------------------------------------------


def set_most_pages(pages: str) -> Callable[[Session], int]:
    """Return a write that gives the disk room for so many pages: an SQL expression."""

    def write(session: Session) -> int:
        connection = session.connection()
        there = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        most = there if pages == "full" else 2**30
        return connection.exec_driver_sql(f"PRAGMA max_page_count = {most}").scalar_one()

    return write


async def test_a_full_disk_stores_nothing_says_so_and_recovers(store: Database, file: Path) -> None:
    await store.write(add("before"))
    await store.write(set_most_pages("full"))
    with pytest.raises(Unavailable) as full:
        await store.write(add("x" * 1_000_000))
    assert full.value.message == (
        "The server's disk is full. Nothing was stored: ask the host to make room."
    )
    assert elsewhere(file) == await store.read(names) == ["before"]
    await store.write(set_most_pages("plenty"))
    await store.write(add("x" * 1_000_000))
    assert len(elsewhere(file)) == 2


async def test_on_a_full_disk_a_group_is_told_the_truth_one_by_one(
    store: Database, file: Path
) -> None:
    await store.write(set_most_pages("full"))
    written = ["a", "x" * 1_000_000, "b", "y" * 3_000_000, "c"]
    async with Held(store) as held:
        writes = held.submit(*map(add, written), fail("no"))
    *answers, failed = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(answers[1], Unavailable)
    assert isinstance(answers[3], Unavailable)
    assert isinstance(failed, ZeroDivisionError | Unavailable)
    stored = [
        name
        for name, answer in zip(written, answers, strict=True)
        if not isinstance(answer, Unavailable)
    ]
    assert elsewhere(file) == stored
    await store.write(set_most_pages("plenty"))
    await store.write(add("after"))
    assert elsewhere(file) == [*stored, "after"]


async def test_it_waits_for_another_program_that_writes(store: Database, file: Path) -> None:
    with locked(file) as other:
        writing = asyncio.ensure_future(store.write(add("patient")))
        await asyncio.sleep(0.5)
        assert not writing.done()
        assert await store.read(names) == []  # readers need not wait
        other.execute("COMMIT")
    await writing
    assert elsewhere(file) == ["patient"]


async def test_who_waits_too_long_is_told_and_may_try_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    store = Database(file)
    try:
        with locked(file), pytest.raises(Unavailable) as busy:
            await store.write(add("Chess"))
        assert busy.value.message == (
            "The database is busy. Nothing was lost: try again in a moment."
        )
        assert elsewhere(file) == []
        await store.write(add("Chess"))
        assert elsewhere(file) == ["Chess"]
    finally:
        await store.close()
