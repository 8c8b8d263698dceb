"""The parts of the benchmark, and their sizes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import (
    apps,
    churn,
    cluster,
    fanout,
    history,
    hostile,
    idle,
    memory,
    page_load,
    postgres,
    receipts,
    rooms,
    search,
    search_postgresql,
    sends,
    start,
    switching,
    uploads,
    weight,
)
from benchmarks.figures import Figure


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    people: int
    seconds: float
    messages: int
    rounds: int


Part = Callable[[Path, Size], Awaitable[list[Figure]]]

PARTS: dict[str, Part] = {
    "fanout": lambda folder, size: fanout.measure(
        folder, people=size.people, seconds=size.seconds, rounds=size.rounds
    ),
    "rooms": lambda folder, size: rooms.measure(folder, seconds=size.seconds, rounds=size.rounds),
    "idle": lambda folder, size: idle.measure(folder, rounds=size.rounds),
    "page_load": lambda folder, size: page_load.measure(
        folder, messages=size.messages, rounds=size.rounds
    ),
    "history": lambda folder, size: history.measure(
        folder, messages=size.messages, rounds=size.rounds
    ),
    "start": lambda folder, size: start.measure(folder, messages=size.messages, rounds=size.rounds),
    "switching": lambda folder, size: switching.measure(folder, rounds=size.rounds),
    "weight": lambda folder, size: weight.measure(folder, rounds=size.rounds),
    "memory": lambda folder, size: memory.measure(folder, rounds=size.rounds),
    "apps": lambda folder, size: apps.measure(folder, seconds=size.seconds, rounds=size.rounds),
    "receipts": lambda folder, size: receipts.measure(
        folder, people=size.people, rounds=size.rounds
    ),
    "sends": lambda folder, size: sends.measure(folder, rounds=size.rounds),
    "postgres": lambda folder, size: postgres.measure(folder, rounds=size.rounds),
    "cluster": lambda folder, size: cluster.measure(
        folder, people=size.people, seconds=size.seconds, rounds=size.rounds
    ),
    "search": lambda folder, size: search.measure(folder, messages=size.messages),
    "search_postgresql": lambda _folder, size: search_postgresql.measure(messages=size.messages),
    "uploads": lambda folder, size: uploads.measure(folder, rounds=size.rounds),
    "hostile": lambda folder, _size: hostile.measure(folder),
    "churn": lambda folder, _size: churn.measure(folder),
}
"""In the order in which they are measured."""
