"""The writer resolves every write, whatever the others raise."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel import Session

from services.backup import integrity
from services.db.database import Database
from services.db.sqlite import migrate
from services.db.sqlite.backend import SqliteBackend


async def test_an_error_of_one_write_does_not_block_the_others(tmp_path: Path) -> None:
    migrate.prepare(tmp_path / "chat.db", integrity.run)
    store = Database(SqliteBackend(tmp_path / "chat.db"))

    def stop(_session: Session) -> None:
        next(iter(()))

    try:
        async with asyncio.timeout(5):
            stopped, written = await asyncio.gather(
                store.write(stop), store.write(lambda _session: "written"), return_exceptions=True
            )
            with pytest.raises(RuntimeError, match="StopIteration"):
                raise stopped
            assert written == "written"
    finally:
        await store.close()
