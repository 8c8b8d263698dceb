"""The jobs that only one process may do."""

import asyncio
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="pip install -e '.[cluster]'")

from services.cluster import jobs
from services.cluster.jobs import Jobs
from services.core.network import database_address


class Leadership:
    """Whether this process leads, as a test says."""

    def __init__(self, _address: object) -> None:
        self.leads = [True]
        self.is_closed = False

    def is_mine(self) -> bool:
        """Return what comes next, the last for ever."""
        return self.leads.pop(0) if len(self.leads) > 1 else self.leads[0]

    def close(self) -> None:
        """Note it."""
        self.is_closed = True


class Work:
    """Jobs, and what has become of them."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.fails = False
        self._is_more = asyncio.Event()
        self.jobs = Jobs(database_address.parse("postgresql://host/chat"), self._begin, self._end)
        self.leadership: Any = self.jobs._leadership

    def _begin(self) -> None:
        self._note("begin")

    async def _end(self) -> None:
        self._note("end")

    def _note(self, what: str) -> None:
        self.done.append(what)
        self._is_more.set()
        if self.fails:
            self.fails = False
            raise OSError("it does not work")

    async def until(self, *done: str) -> None:
        """Run until this was done."""
        running = asyncio.ensure_future(self.jobs.run())
        async with asyncio.timeout(5):
            while self.done != list(done):
                self._is_more.clear()
                await self._is_more.wait()
        for _time in range(3):
            await asyncio.sleep(0.01)
        assert self.done == list(done)
        running.cancel()
        await asyncio.wait([running])


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setattr(jobs, "Leadership", Leadership)
    monkeypatch.setattr(jobs, "CHECK_SECONDS", 0)
    return Work()


async def test_they_begin_once_here(work: Work) -> None:
    work.leadership.leads = [False, True, True, True]
    await work.until("begin")
    assert work.jobs.are_here
    assert work.leadership.is_closed


async def test_they_end_when_another_leads_and_begin_again(work: Work) -> None:
    work.leadership.leads = [True, False, False, True]
    await work.until("begin", "end", "begin")


async def test_a_failure_is_tried_again(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    work.fails = True
    await work.until("begin", "begin")
    assert "Failed to begin or end the jobs" in caplog.text
