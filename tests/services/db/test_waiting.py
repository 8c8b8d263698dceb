"""How many reads and writes wait, and how large the database is."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session, text

from services.backup import integrity
from services.db.database import Database
from services.db.readers import READERS
from services.db.sqlite import migrate
from services.db.sqlite.backend import SqliteBackend


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    """A database that no job of the app uses."""
    migrate.prepare(tmp_path / "chat.db", integrity.run)
    store = Database(SqliteBackend(tmp_path / "chat.db"))
    yield store
    await store.close()


@pytest.mark.parametrize(("kind", "threads"), [("read", READERS), ("write", 1)])
async def test_what_no_thread_has_taken_waits(store: Database, kind: str, threads: int) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def work(_session: Session) -> None:
        begun.release()
        assert go_on.wait(10)

    ask = getattr(store, kind)
    jobs = [asyncio.ensure_future(ask(work)) for _ in range(threads)]
    try:
        for _ in range(threads):
            assert await asyncio.to_thread(begun.acquire, timeout=10)
        # The writer takes all that wait at a time, but only once it is done with this one.
        jobs += [asyncio.ensure_future(ask(work)) for _ in range(3)]
        await asyncio.sleep(0)
        assert store.waiting() == ((3, 0) if kind == "read" else (0, 3))
    finally:
        go_on.set()
        await asyncio.gather(*jobs)
    assert store.waiting() == (0, 0)


async def test_the_size_is_that_of_the_file_and_its_log(store: Database, tmp_path: Path) -> None:
    await store.write(lambda session: session.execute(text("CREATE TABLE more (value INTEGER)")))
    files = [tmp_path / "chat.db", tmp_path / "chat.db-wal"]
    assert all(each.stat().st_size for each in files)
    assert await store.size() == sum(each.stat().st_size for each in files)
