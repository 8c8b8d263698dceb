"""All scenarios of several processes, by name."""

from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks.chaos.cluster import (
    at_once,
    before_telling,
    clock_ahead,
    frozen_writer,
    harmed_hints,
    kill,
    lost_answers,
    redis_away,
    restarts,
    used_up,
)

Run = Callable[..., Coroutine[Any, Any, list[str]]]
SCENARIOS: dict[str, Run] = {
    "one-killed": kill.run,
    "killed-before-telling": before_telling.run,
    "redis-away": redis_away.run,
    "hints-harmed": harmed_hints.run,
    "postgres-restarted": restarts.run,
    "answers-lost": lost_answers.run,
    "writer-frozen": frozen_writer.run,
    "connections-used-up": used_up.run,
    "at-once": at_once.run,
    "clock-ahead": clock_ahead.run,
}
