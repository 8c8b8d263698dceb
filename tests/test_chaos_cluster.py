"""One of several processes, PostgreSQL or Redis is harmed for a short time.

No message is lost, none is stored twice, and everything that anybody was told is true. `python -m
benchmarks.chaos --cluster` does the same for longer. Each scenario has servers of its own.
"""

from pathlib import Path

import pytest

from benchmarks.chaos.cluster.scenarios import SCENARIOS
from benchmarks.chaos.oracle import MissingTool
from tests import postgres

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not postgres.SERVER, reason="needs CHAT_TEST_DATABASE"),
]
SHORT: dict[str, dict[str, float]] = {
    "one-killed": {"rounds": 2, "people": 12},
    "killed-before-telling": {"times": 2},
    "redis-away": {"times": 2, "seconds": 3},
    "hints-harmed": {"seconds": 3},
    "postgres-restarted": {"times": 2, "away": 0},
    "answers-lost": {"seconds": 3},
    "writer-frozen": {"seconds": 7},
    "connections-used-up": {"seconds": 2},
    "at-once": {"invites": 3},
    "clock-ahead": {"seconds": 2},
}


def test_each_scenario_is_tried_briefly() -> None:
    assert SHORT.keys() == SCENARIOS.keys()


@pytest.mark.parametrize("harm", SHORT)
async def test_what_people_were_told_is_true(harm: str, tmp_path: Path) -> None:
    try:
        assert await SCENARIOS[harm](tmp_path / "data", **SHORT[harm])
    except MissingTool as missing:
        pytest.skip(str(missing))
