"""Memory that closed pages leave is collected and given back, and not too often."""

import asyncio
import gc
import sys
from pathlib import Path

import pytest
from nicegui import Client, ui

from chat_ui.realtime import page_owners
from chat_ui.server import memory
from tests.conftest import posix_only
from tests.loop_turns import LoopTurns
from tests.server import Server


class Collector:
    """Stands for the garbage collector: counts how often it is asked.

    Each page that closes leaves so many blocks, until then.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, left: int = 0) -> None:
        self.asked = 0
        self._left, self._blocks = left, 10**6
        self._page = Client(ui.page("/"))
        monkeypatch.setattr(gc, "collect", self._collect)
        monkeypatch.setattr(sys, "getallocatedblocks", lambda: self._blocks)
        monkeypatch.setattr(memory, "_closed", 0)
        monkeypatch.setattr(memory, "_others", None)

    def _collect(self) -> None:
        self.asked += 1
        self._blocks = 10**6

    def closed_until_asked(self) -> int:
        """Return how many pages close before it is asked again; 0 if it is not within 10,000."""
        before = self.asked
        for closed in range(1, 10_000):
            self._blocks += self._left
            memory.page_closed(self._page)
            if self.asked > before:
                return closed
        return 0


def test_garbage_is_collected_when_closed_pages_have_left_much(monkeypatch) -> None:
    collector = Collector(monkeypatch, left=5_000)
    monkeypatch.setattr(Client, "instances", {})
    first, *later = [collector.closed_until_asked() for _time in range(3)]
    assert first == memory.CLOSED_PER_LOOK + 150, (
        "what was there before the first look is not theirs"
    )
    assert later == [150, 150], "more than 500,000 blocks"


def test_garbage_is_collected_the_more_rarely_the_more_pages_are_open(monkeypatch) -> None:
    collector = Collector(monkeypatch, left=5_000)
    monkeypatch.setattr(Client, "instances", dict.fromkeys(map(str, range(1_000))))
    collector.closed_until_asked()
    assert collector.closed_until_asked() == 450, "more than 2,000,000 blocks"


def test_where_closed_pages_leave_nothing_no_garbage_is_looked_for(monkeypatch) -> None:
    assert not Collector(monkeypatch).closed_until_asked()


def test_where_blocks_are_not_counted_pages_are(monkeypatch) -> None:
    collector = Collector(monkeypatch)
    monkeypatch.setattr(Client, "instances", {})
    monkeypatch.setattr(sys, "getallocatedblocks", lambda: 0)
    assert collector.closed_until_asked() == 350, "more than 500,000 blocks after the first 50"


async def test_memory_of_closed_pages_is_given_back_a_few_times(monkeypatch) -> None:
    collector = Collector(monkeypatch)
    given, ticks = list[int](), list[float]()

    async def tick(seconds: float) -> None:
        ticks.append(seconds)
        if len(ticks) > 10:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", tick)
    monkeypatch.setattr(memory, "_trimmer", lambda: given.append)
    monkeypatch.setattr(Client, "instances", {})
    monkeypatch.setattr(memory, "_closed", 1)
    monkeypatch.setattr(memory, "_trims_due", 4)
    with pytest.raises(asyncio.CancelledError):
        await memory.give_back()
    assert collector.asked == 1
    assert given == [0] * 4


async def test_pages_that_no_browser_connected_to_end_one_after_the_other(monkeypatch) -> None:
    monkeypatch.setattr(Client, "instances", {})
    monkeypatch.setattr(memory, "LOOK_EVERY_SECONDS", 0.01)
    ended: list[int] = []
    turns = LoopTurns()
    unconnected = [Client(ui.page("/")) for _number in range(5)]
    connected, left, new = (Client(ui.page("/")) for _number in range(3))
    for page in (*unconnected, connected, left):
        page.created -= memory.UNCONNECTED_SECONDS
        page.on_delete(lambda: ended.append(turns.number))
    connected.tab_id = "tab"
    left._delete_tasks["document"] = asyncio.current_task()
    dropping = asyncio.create_task(memory.drop_unconnected())
    while len(ended) < len(unconnected):
        await asyncio.sleep(0.01)
    turns.stop()
    dropping.cancel()
    assert len(set(ended)) == len(unconnected), "several in one turn"
    assert list(Client.instances.values()) == [connected, left, new]


async def test_a_session_has_few_pages_that_no_browser_connected_to(monkeypatch) -> None:
    monkeypatch.setattr(Client, "instances", {})
    monkeypatch.setattr(memory, "LOOK_EVERY_SECONDS", 0.01)
    pages = [Client(ui.page("/")) for _number in range(memory.MAX_UNCONNECTED + 5)]
    others = Client(ui.page("/"))
    for page in pages:
        page_owners.claim(page.id, 1)
    page_owners.claim(others.id, 2)
    dropping = asyncio.create_task(memory.drop_unconnected())
    while len(Client.instances) > memory.MAX_UNCONNECTED + 1:
        await asyncio.sleep(0.01)
    dropping.cancel()
    assert list(Client.instances.values()) == [*pages[5:], others], "the newest stay"
    page_owners.release_all([1, 2])


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")
def test_glibc_has_what_gives_memory_back() -> None:
    trim = memory._trimmer()
    assert trim is None or trim(0) in (0, 1)


@posix_only
def test_a_server_collects_in_small_pieces(tmp_path: Path, app_folder: Path) -> None:
    said = tmp_path / "thresholds"
    at_exit = f"open({str(said)!r}, 'w').write(str(gc.get_threshold()))"
    (tmp_path / "sitecustomize.py").write_text(  # which Python imports when it starts
        f"import atexit, gc\natexit.register(lambda: {at_exit})\n"
    )
    with Server(app_folder, PYTHONPATH=str(tmp_path)) as server:
        assert server.stop() == 0
    assert said.read_text() == str(memory.THRESHOLDS)
