"""Real servers are harmed for a short time: no message is lost, and none is stored twice.

`python -m benchmarks.chaos` does the same for longer.
"""

import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chaos import (
    clock,
    flaky_network,
    full_disk,
    kill,
    locked,
    oracle,
    power,
    reconnects,
    slow_reader,
    stops,
)
from benchmarks.chaos.oracle import Disagreement, MissingTool
from benchmarks.client import ChatClient
from services.core.disk import data_folder
from services.core.settings import Settings

Run = Callable[..., Coroutine[Any, Any, list[str]]]
SHORT: dict[str, tuple[Run, dict[str, float]]] = {
    "killed": (kill.run, {"rounds": 2}),
    "on bad connections": (flaky_network.run, {"seconds": 3}),
    "with readers that stop reading": (slow_reader.run, {"messages": 420, "people": 6}),
    "when all reconnect at once": (reconnects.run, {"people": 60, "storms": 2}),
    "on a full disk": (full_disk.run, {"refusals": 8}),
    "on a database that is locked": (locked.run, {"seconds": 1}),
    "with the clock set back": (clock.run, {"seconds": 0}),
    "stopped": (stops.run, {"rounds": 1}),
}


@pytest.mark.long
@pytest.mark.parametrize("harm", SHORT)
async def test_no_message_is_lost_or_doubled(harm: str, tmp_path: Path) -> None:
    run, briefly = SHORT[harm]
    try:
        assert await run(tmp_path / "data", **briefly)
    except MissingTool as missing:
        pytest.skip(str(missing))


@pytest.mark.long
async def test_messages_survive_a_power_cut_and_a_disk_without_fsync_is_found_out(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    try:
        calls = await power.record(data, messages=12)
    except MissingTool as missing:
        pytest.skip(str(missing))
    assert power.judge(data, calls, cuts=10)
    with pytest.raises(Disagreement, match="before it was on the disk"):
        power.judge(data, calls, cuts=0, honours_fsync=False)


# -- the oracle itself ---------------------------------------------------------------------------


def test_the_oracle_finds_a_message_that_was_shown_and_is_not_stored(
    app_settings: Settings,
) -> None:
    asha = ChatClient("http://127.0.0.1", "asha")
    assert oracle.compare(app_settings.data, [asha]) == 0
    asha.confirmed["never stored"] = 1
    with pytest.raises(Disagreement, match="stored is None"):
        oracle.compare(app_settings.data, [asha])


def test_the_oracle_finds_a_gap(app_settings: Settings) -> None:
    with closing(sqlite3.connect(app_settings.data / data_folder.DATABASE)) as database, database:
        database.execute("UPDATE rooms SET last_seq = 1 WHERE id = 1")
    with pytest.raises(Disagreement, match="gaps"):
        oracle.read_messages(app_settings.data)


def test_the_oracle_finds_a_file_that_no_message_refers_to(app_settings: Settings) -> None:
    stray = app_settings.data / data_folder.FILES / "ab" / ("ab" * 32)
    stray.parent.mkdir()
    stray.write_bytes(b"stray")
    with pytest.raises(Disagreement, match="files and rows"):
        oracle.read_messages(app_settings.data)
