"""Several people in a room, and what must hold for all of them in the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from benchmarks.chaos.oracle import compare, read_messages, require
from benchmarks.chaos.retrying_client import RetryingClient
from benchmarks.client import ChatClient, Rejected
from benchmarks.seeding import Seeded
from benchmarks.servers import Server

Client = TypeVar("Client", bound=ChatClient)
TRIES = 5
"""How many times loading a page is tried."""


def all_agree(people: Iterable[RetryingClient], *, at_least: int = 1) -> bool:
    """Return whether all pages show the same newest message without gaps, and nothing is pending.

    It must be message `upto` or a later one.
    """
    newest = {max(person.timeline, default=0) for person in people}
    return (
        len(newest) == 1
        and min(newest) >= at_least
        and all(person.ready and not person.unconfirmed for person in people)
        and all(person.newest in newest for person in people)
    )


@asynccontextmanager
async def keep_connected(people: Iterable[RetryingClient]) -> AsyncIterator[None]:
    """Keep people in the room, reconnecting them, until the block ends."""
    tasks = [asyncio.create_task(person.keep_connected()) for person in people]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def connect_all(
    stack: AsyncExitStack, server: Server, seeded: Seeded, kind: type[Client]
) -> list[Client]:
    """Return clients of `server` for the seeded people, until `stack` ends."""
    people = [kind(server.address, name, session=token) for name, token in seeded.sessions.items()]
    for person in people:
        await stack.enter_async_context(person)
    return people


async def reconnect_and_resend(person: ChatClient) -> None:
    """Open the page again after a restart, and resend what is unconfirmed."""
    for _try in range(TRIES):
        with suppress(Rejected):  # a server that has just started may be too slow, and answer 500
            await person.open()
            break
    await person.resend()


async def wait_until(holds: Callable[[], bool], within: float, what: str) -> None:
    """Wait until a condition holds; raise `Disagreement` when it takes too long."""
    try:
        async with asyncio.timeout(within):
            while not holds():
                await asyncio.sleep(0.1)
    except TimeoutError:
        require(False, f"waited {within:.0f} seconds in vain for {what}")


def check(folder: Path, people: Iterable[RetryingClient]) -> int:
    """Return how many messages are stored, after checking that every page shows the same.

    A page shows the messages since it was opened, and some of those before.
    """
    stored = compare(folder, people, settled=True)
    history = sorted(
        (seq, client_id) for client_id, (seq, _author) in read_messages(folder).items()
    )
    for person in people:
        shown = sorted(person.timeline.items())
        agrees = shown and shown == history[-len(shown) :]
        require(agrees, f"{person.username} is not shown what is stored")
    return stored
