"""Reads and writes on a real SQLite file: guarantees, and failures."""

import asyncio
import shutil
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
from services.db import database
from services.db.database import Database
from services.db.sqlite import connections, disk, migrate
from services.db.sqlite.backend import SqliteBackend
from tests.conftest import posix_only
from tests.server import PROJECT
from tests.services.db.writes import BusyWriter, add, fail


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, to be copied."""
    made = tmp_path_factory.mktemp("empty") / "chat.db"
    migrate.prepare(made, integrity.run)
    return made


@pytest.fixture
def file(empty: Path, tmp_path: Path) -> Path:
    """An empty database."""
    return Path(shutil.copy(empty, tmp_path))


@pytest.fixture
async def store(file: Path) -> AsyncIterator[Database]:
    """That database, open."""
    opened = Database(SqliteBackend(file))
    yield opened
    await opened.close()


def elsewhere(file: Path) -> list[str]:
    """Return the names that another connection finds in the file."""
    with closing(sqlite3.connect(file)) as other:
        return [name for (name,) in other.execute("SELECT name FROM rooms ORDER BY id")]


def names(session: Session) -> list[str]:
    return list(session.exec(select(Room.name).order_by(Room.id)))


@contextmanager
def locked(file: Path) -> "Iterator[sqlite3.Connection]":
    """Hold the write lock in another connection, until the block ends."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        if other.in_transaction:
            other.execute("ROLLBACK")


# -- reading and writing -------------------------------------------------------


async def test_a_write_can_be_read(store: Database) -> None:
    number = await store.write(add("Chess"))
    assert await store.read(lambda session: session.get_one(Room, number).name) == "Chess"


async def test_readers_cannot_write(store: Database, file: Path) -> None:
    await store.write(add("from the writer"))
    with pytest.raises(Unavailable):
        await store.read(add("from a reader"))
    assert elsewhere(file) == ["from the writer"]
    assert await store.read(names) == ["from the writer"]


async def test_a_cached_read_is_valid_until_the_next_commit(store: Database, file: Path) -> None:
    reads: list[list[str]] = []

    def query(session: Session) -> list[str]:
        reads.append(names(session))
        return reads[-1]

    async def twice() -> list[str]:
        first = await store.read_cached("names", query)
        assert await store.read_cached("names", query) is first
        return first

    assert await twice() == []
    await store.write(add("ours"))
    assert await twice() == ["ours"]
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE rooms SET name = 'theirs'")
        other.commit()
    assert await twice() == ["theirs"]
    assert await store.read_cached("number", lambda session: len(names(session))) == 1
    assert reads == [[], ["ours"], ["theirs"]]


async def test_a_write_during_a_cached_read_invalidates_it(store: Database) -> None:
    has_read, go_on = threading.Event(), threading.Event()

    def query(session: Session) -> list[str]:
        found = names(session)
        has_read.set()
        assert go_on.wait(30)
        return found

    reading = asyncio.ensure_future(store.read_cached("names", query))
    assert await asyncio.to_thread(has_read.wait, 30)
    await store.write(add("meanwhile"))
    go_on.set()
    assert await reading == []
    assert await store.read_cached("names", query) == ["meanwhile"]


async def test_those_who_ask_at_the_same_time_share_a_read(store: Database) -> None:
    reads, go_on = [], threading.Event()

    def query(session: Session) -> list[str]:
        reads.append(names(session))
        assert go_on.wait(30)
        return reads[-1]

    asking = [asyncio.ensure_future(store.read_cached("names", query)) for _each in range(3)]
    while not reads:
        await asyncio.sleep(0.01)
    asking[0].cancel()  # who asked first is gone
    go_on.set()
    assert [await each for each in asking[1:]] == [[], []]
    assert len(reads) == 1


async def test_a_read_that_fails_is_not_kept(store: Database) -> None:
    def fail(_session: Session) -> None:
        raise ValueError

    for _time in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - it is ours
            await store.read_cached("names", fail)
    assert await store.read_cached("names", names) == []


async def test_the_cache_is_bounded(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CACHE_SIZE", 10)
    for number in range(100):
        assert await store.read_cached(number, lambda _session, is_=number: is_) == number
    assert 0 < len(store._cache) <= 10


async def test_a_read_is_one_snapshot(store: Database) -> None:
    await store.write(add("before"))
    has_read, go_on = threading.Event(), threading.Event()

    def query_twice(session: Session) -> tuple[list[str], list[str]]:
        first = names(session)
        has_read.set()
        assert go_on.wait(30)
        return first, names(session)

    reading = asyncio.ensure_future(store.read(query_twice))
    assert await asyncio.to_thread(has_read.wait, 30)
    await store.write(add("meanwhile"))
    go_on.set()
    assert await reading == (["before"], ["before"])
    assert await store.read(names) == ["before", "meanwhile"]


async def test_the_settings_for_durability(store: Database, file: Path) -> None:
    def pragma(name: str) -> Callable[[Session], object]:
        return lambda session: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()

    assert await store.write(pragma("journal_mode")) == "wal"
    assert await store.write(pragma("synchronous")) == 2  # FULL
    assert await store.write(pragma("foreign_keys")) == 1
    assert await store.read(pragma("foreign_keys")) == 1


async def test_foreign_keys_are_enforced(store: Database) -> None:
    def member_of(room_id: int) -> Callable[[Session], None]:
        return lambda session: session.add(Membership(room_id=room_id, user_id=1))

    def add_user(session: Session) -> None:
        session.exec(
            text(
                "INSERT INTO users (id, username, username_key, skeleton, display_name, hue, theme,"
                " password_hash, is_admin, created_at)"
                " VALUES (1, 'asha', 'asha', 'asha', 'Asha', 0, 'auto', '', 0, '2026-01-01')"
            )
        )

    await store.write(add_user)
    room = await store.write(add("there"))
    await store.write(member_of(room))
    with pytest.raises(IntegrityError):
        await store.write(member_of(room + 1))


# -- groups --------------------------------------------------------------------


async def test_waiting_writes_are_committed_together(
    store: Database, commits: list[object]
) -> None:
    async with BusyWriter(store) as busy:
        writes = busy.submit(*[add(str(number)) for number in range(100)])
    assert len(set(await asyncio.gather(*writes))) == 100
    assert len(commits) == 2  # the one that kept the writer busy, and the group
    assert await store.read(names) == [str(number) for number in range(100)]


async def test_a_group_is_bounded(store: Database, commits: list[object]) -> None:
    async with BusyWriter(store) as busy:
        writes = busy.submit(*[add(str(number)) for number in range(SqliteBackend.max_group + 1)])
    await asyncio.gather(*writes)
    assert len(commits) == 3


async def test_a_failed_write_does_not_affect_its_group(
    store: Database, file: Path, commits: list[object]
) -> None:
    async with BusyWriter(store) as busy:
        writes = busy.submit(
            add("Chess", RoomKind.PUBLIC),
            fail("failed"),
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


@pytest.mark.parametrize("objects_first", [True, False])
async def test_a_failed_write_is_undone_whichever_way_it_was_made(
    store: Database, file: Path, objects_first: bool
) -> None:
    def both(session: Session) -> None:
        def through_the_connection() -> None:
            changed = session.connection().exec_driver_sql("UPDATE rooms SET name = 'changed'")
            assert changed.rowcount >= 2

        def as_an_object() -> None:
            add("an object")(session)
            session.flush()

        steps = [through_the_connection, as_an_object]
        for step in reversed(steps) if objects_first else steps:
            step()
        raise ZeroDivisionError

    await store.write(add("before"))
    async with BusyWriter(store) as busy:
        writes = busy.submit(add("of the same group"), both, add("and after it"))
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(results[1], ZeroDivisionError)
    assert elsewhere(file) == ["before", "of the same group", "and after it"]


async def test_a_write_returns_after_the_commit(store: Database, file: Path) -> None:
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
from services.db.sqlite.backend import SqliteBackend

async def main():
    store = Database(SqliteBackend(Path(sys.argv[1])))
    for number in range(100_000):
        name = str(number)
        room = Room(kind="private", name=name, name_key=name)
        await store.write(lambda session: session.add(room))
        print(name, flush=True)

asyncio.run(main())
"""


@posix_only
def test_writes_that_returned_survive_a_kill(file: Path) -> None:
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


async def test_a_second_process_does_not_checkpoint(store: Database, file: Path) -> None:
    await store.write(add("first"))
    # Not by reading the file: closing it would release SQLite's locks in this process.
    before = file.stat()
    beside = Database(SqliteBackend(file, checkpoints=False))
    await beside.write(add("x" * 3_000_000))  # long enough for an automatic checkpoint
    await beside.close()
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    await store.write(add("last"))
    assert file.stat().st_size > before.st_size + 3_000_000


# -- callers -------------------------------------------------------------------


async def test_cancelling_a_caller_does_not_cancel_its_write(store: Database, file: Path) -> None:
    async with BusyWriter(store) as busy:
        gone, patient = busy.submit(add("gone"), add("patient"))
        await asyncio.sleep(0)
        gone.cancel()
    assert await patient
    assert gone.cancelled()
    assert elsewhere(file) == ["gone", "patient"]


async def test_close_finishes_pending_writes(file: Path) -> None:
    store = Database(SqliteBackend(file))
    async with BusyWriter(store) as busy:
        writes = busy.submit(*[add(str(number)) for number in range(20)])
        await asyncio.sleep(0)
        closing_it = asyncio.ensure_future(store.close())
    await closing_it
    assert len(set(await asyncio.gather(*writes))) == 20
    assert elsewhere(file) == [str(number) for number in range(20)]
    with pytest.raises(Unavailable):
        await store.write(add("too late"))
    assert "too late" not in elsewhere(file)


async def test_context_variables_are_set_on_every_thread(store: Database) -> None:
    reader: ContextVar[str] = ContextVar("reader", default="nobody")

    async def ask(name: str) -> tuple[str, str]:
        reader.set(name)
        written = await store.write(lambda _session: reader.get())
        return written, await store.read(lambda _session: reader.get())

    async with BusyWriter(store):  # two people in one group
        asking = [asyncio.ensure_future(ask(name)) for name in ("asha", "ben")]
        await asyncio.sleep(0)
    assert await asyncio.gather(*asking) == [("asha", "asha"), ("ben", "ben")]


# -- failures ------------------------------------------------------------------


def set_max_pages(pages: str) -> Callable[[Session], int]:
    """Return a write that limits the database to its size (`full`), or to no size."""

    def write(session: Session) -> int:
        connection = session.connection()
        there = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        most = there if pages == "full" else 2**30
        return connection.exec_driver_sql(f"PRAGMA max_page_count = {most}").scalar_one()

    return write


async def test_a_full_disk_is_an_error_and_can_recover(store: Database, file: Path) -> None:
    await store.write(add("before"))
    await store.write(set_max_pages("full"))
    with pytest.raises(Unavailable) as full:
        await store.write(add("x" * 1_000_000))
    assert full.value.message == (
        "The server's disk is full. Nothing was stored: ask the host to free up space."
    )
    assert elsewhere(file) == await store.read(names) == ["before"]
    await store.write(set_max_pages("plenty"))
    await store.write(add("x" * 1_000_000))
    assert len(elsewhere(file)) == 2


async def test_on_a_full_disk_each_write_of_a_group_gets_its_own_result(
    store: Database, file: Path
) -> None:
    await store.write(set_max_pages("full"))
    written = ["a", "x" * 1_000_000, "b", "y" * 3_000_000, "c"]
    async with BusyWriter(store) as busy:
        writes = busy.submit(*map(add, written), fail("no"))
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
    await store.write(set_max_pages("plenty"))
    await store.write(add("after"))
    assert elsewhere(file) == [*stored, "after"]


@pytest.mark.parametrize(
    ("free", "total", "is_refused"),
    [
        (19, 1000, True),
        (21, 1000, False),
        (disk.RESERVE_BYTES + 1, 1000 * disk.RESERVE_BYTES, False),
        (disk.RESERVE_BYTES - 1, 1000 * disk.RESERVE_BYTES, True),
    ],
)
async def test_the_last_of_the_disk_is_for_logging_in_and_deleting(
    store: Database, monkeypatch: pytest.MonkeyPatch, free: int, total: int, is_refused: bool
) -> None:
    usage = shutil.disk_usage(PROJECT)._replace(free=free, total=total)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    if is_refused:
        with pytest.raises(Unavailable, match="nearly full"):
            await store.write(add("more"))
    else:
        await store.write(add("more"))
    await store.write(add("even so"), uses_reserve=True)
    assert await store.read(names) == (["even so"] if is_refused else ["more", "even so"])
    if is_refused:
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage._replace(free=total))
        await store.write(add("as soon as there is space"))


async def test_a_write_waits_for_a_lock_of_another_process(store: Database, file: Path) -> None:
    with locked(file) as other:
        writing = asyncio.ensure_future(store.write(add("patient")))
        await asyncio.sleep(0.5)
        assert not writing.done()
        assert await store.read(names) == []  # readers need not wait
        other.execute("COMMIT")
    await writing
    assert elsewhere(file) == ["patient"]


async def test_a_write_that_waits_too_long_fails_and_can_be_retried(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)
    store = Database(SqliteBackend(file))
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
