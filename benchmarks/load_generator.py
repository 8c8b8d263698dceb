"""Having a crowd talk: what that costs its server, and how long everything takes to arrive."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.figures import p99
from benchmarks.load_clients.crowd import Crowd

SETTLE = 4.0
"""Seconds until everybody has said what they read, which belongs to the cost of a message."""
LATEST = 60.0
"""Seconds after which a message that has not come counts as lost."""


@dataclass(frozen=True)
class Talk:
    """What came of it."""

    cpu: float
    """Microseconds of the server's processor time for each delivery."""
    delay: float
    """The 99th percentile, from Enter to the other page, in milliseconds."""
    core: float
    """How much of one core the server used while they talked, in per cent."""


@contextmanager
def _attentive() -> Iterator[None]:
    """Keep the crowds themselves from stopping to look for garbage until the block ends.

    For thousands of people that takes most of a second, in which they hear of nothing; it would
    count as the server's delay.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


async def talk(crowd: Crowd, *, messages: int, rate: float) -> Talk:
    """Have a crowd say `messages`, `rate` of them a second, and wait until all have come.

    Raises `RuntimeError` when some do not.
    """

    async def at_a_pace() -> None:
        start = time.perf_counter()
        async with asyncio.TaskGroup() as saying:
            for number in range(messages):
                await asyncio.sleep(start + number / rate - time.perf_counter())
                saying.create_task(crowd.say())
        await asyncio.sleep(start + messages / rate + SETTLE - time.perf_counter())
        await arrive(crowd, messages)

    return await _measure(crowd, at_a_pace)


async def talk_by_turns(crowd: Crowd, *, messages: int) -> Talk:
    """Have a crowd that takes seconds for a message say each when all have heard the last."""

    async def by_turns() -> None:
        for number in range(messages):
            await crowd.say()
            await arrive(crowd, number + 1)

    return await _measure(crowd, by_turns)


async def _measure(crowd: Crowd, conversation: Callable[[], Awaitable[None]]) -> Talk:
    """Have a crowd talk, in whatever way; return what came of it."""
    crowd.begin()
    with _attentive():
        cpu, start = crowd.server.cpu(), time.perf_counter()
        await conversation()
        used, took = crowd.server.cpu() - cpu, time.perf_counter() - start
    return Talk(1e6 * used / crowd.deliveries(), p99(crowd.delays()), 100 * used / took)


async def arrive(crowd: Crowd, messages: int) -> None:
    """Wait until so many messages have come to all who are to hear them."""
    wanted, deadline = messages * crowd.hearers, time.monotonic() + LATEST
    while crowd.deliveries() < wanted and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    if crowd.deliveries() != wanted:
        down = f"{crowd.hung_up()} of {crowd.people} lines are down"
        raise RuntimeError(
            f"{type(crowd).__name__}: {crowd.deliveries()} of {wanted} deliveries; {down}"
        )
