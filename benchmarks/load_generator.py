"""Send messages from many clients: what that costs the server, and how long deliveries take."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.figures import p99
from benchmarks.load_clients.base import LoadClients

SETTLE = 4.0
"""Seconds until all clients have reported reading, which is part of the cost of a message."""
DELIVERY_TIMEOUT = 60.0
"""Seconds after which a message that has not arrived counts as lost."""


@dataclass(frozen=True)
class LoadResult:
    """The result of a run."""

    cpu: float
    """Microseconds of the server's processor time for each delivery."""
    delay: float
    """The 99th percentile, from Enter to the other page, in milliseconds."""
    core: float
    """How much of one core the server used, in per cent."""


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Turn off garbage collection in this process until the block ends.

    With thousands of clients a collection takes most of a second, in which nothing is received;
    that would count as the server's delay.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


async def send_paced(clients: LoadClients, *, messages: int, rate: float) -> LoadResult:
    """Send `messages`, `rate` of them a second, and wait until all have arrived.

    Raises `RuntimeError` when some do not.
    """

    async def paced() -> None:
        start = time.perf_counter()
        async with asyncio.TaskGroup() as sending:
            for number in range(messages):
                await asyncio.sleep(start + number / rate - time.perf_counter())
                sending.create_task(clients.send())
        await asyncio.sleep(start + messages / rate + SETTLE - time.perf_counter())
        await wait_for_deliveries(clients, messages)

    return await _measure(clients, paced)


async def send_sequentially(clients: LoadClients, *, messages: int) -> LoadResult:
    """Send each message when the one before has arrived, to a server that takes seconds for one."""

    async def sequentially() -> None:
        for number in range(messages):
            await clients.send()
            await wait_for_deliveries(clients, number + 1)

    return await _measure(clients, sequentially)


async def _measure(clients: LoadClients, scenario: Callable[[], Awaitable[None]]) -> LoadResult:
    """Run a scenario and return the result."""
    clients.reset()
    with _without_garbage_collection():
        cpu, start = clients.cpu(), time.perf_counter()
        await scenario()
        used, took = clients.cpu() - cpu, time.perf_counter() - start
    return LoadResult(1e6 * used / clients.deliveries(), p99(clients.delays()), 100 * used / took)


async def wait_for_deliveries(clients: LoadClients, messages: int) -> None:
    """Wait until this many messages have arrived at all of their recipients."""
    wanted, deadline = messages * clients.recipients, time.monotonic() + DELIVERY_TIMEOUT
    while clients.deliveries() < wanted and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    if clients.deliveries() != wanted:
        down = f"{clients.disconnected()} of {clients.people} connections are down"
        raise RuntimeError(
            f"{type(clients).__name__}: {clients.deliveries()} of {wanted} deliveries; {down}"
        )
