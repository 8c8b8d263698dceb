"""People in the Lobby of several processes, and what must hold for them."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import Processes
from benchmarks.chaos.cluster.roaming_client import RoamingClient
from benchmarks.chaos.oracle import ROOM, Disagreement, agree, require, without_gaps
from benchmarks.chaos.room import all_agree, wait_until
from benchmarks.client import ChatClient

AT_A_TIME = 20
"""How many pages are opened at a time, at the start."""
AGREE_WITHIN = 60.0


async def connect_all(stack: AsyncExitStack, running: Processes) -> list[RoamingClient]:
    """Open a page for everybody, spread over the processes, until `stack` ends."""
    people = [
        await stack.enter_async_context(
            RoamingClient(running.servers, number % len(running.servers), name, token)
        )
        for number, (name, token) in enumerate(running.seeded.sessions.items())
    ]
    for start in range(0, len(people), AT_A_TIME):
        await asyncio.gather(*(each.connect() for each in people[start : start + AT_A_TIME]))
    return people


@asynccontextmanager
async def talking(people: Sequence[RoamingClient], *, pace: float) -> AsyncIterator[None]:
    """Have people send messages, each about every `pace` seconds, until the block ends.

    They do not wait for answers: what is not confirmed is sent again.
    """
    tasks = [asyncio.create_task(_talk(person, pace)) for person in people]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def _talk(person: RoamingClient, pace: float) -> None:
    rng = random.Random(person.username)
    number = 0
    while True:
        await asyncio.sleep(rng.uniform(0, 2 * pace))
        number += 1
        await person.enqueue(f"{person.username} says {number}")


async def wait_for_all(people: Sequence[RoamingClient]) -> None:
    """Wait until everybody is connected, and nothing waits to be stored."""
    await wait_until(
        lambda: all(person.is_here and not person.unconfirmed for person in people),
        AGREE_WITHIN,
        "everybody to be here",
    )


async def check(postgres: Postgres, people: Sequence[RoamingClient]) -> int:
    """Wait until all pages show the same, and return how many messages are stored.

    Raises `Disagreement` unless everything that anybody was told is true.
    """
    try:
        await wait_until(lambda: all_agree(people), AGREE_WITHIN, "all pages to show the same")
    except Disagreement as found:
        stored = compare(postgres, people)
        raise Disagreement(f"{found}: {stored} are stored, {_states(people)}") from found
    stored = compare(postgres, people, settled=True)
    history = sorted((seq, client) for client, (seq, _author) in read(postgres).items())
    for person in people:
        shown = sorted(person.timeline.items())
        there = history[-len(shown) :]
        other = sorted(set(shown).symmetric_difference(there))
        require(shown and not other, f"{person.username} is not shown what is stored: {other}")
    return stored


def _states(people: Sequence[RoamingClient]) -> str:
    """Return up to where each page shows everything, and what it waits for."""
    return ", ".join(
        f"{person.username} shows {person.newest} of {max(person.timeline, default=0)},"
        f" {'here' if person.is_here else 'away'}, {len(person.unconfirmed)} unconfirmed"
        for person in people
    )


def compare(postgres: Postgres, people: Collection[ChatClient], *, settled: bool = False) -> int:
    """Return how many messages are stored, after comparing them with every client.

    Besides what `agree` says: what was refused is not stored, unless nobody could know.
    """
    stored = read(postgres)
    for person in people:
        for client_id, sentence in person.refused.items():
            require(
                client_id not in stored or UNKNOWN in sentence,
                f"{person.username} was told {sentence!r}, and it is stored",
            )
    return agree(stored, people, settled=settled)


UNKNOWN = "Reload to see whether it is there."


def read(postgres: Postgres) -> dict[str, tuple[int, str]]:
    """Return number and author of every message in the Lobby, by its `client_message_id`."""
    import psycopg

    with psycopg.connect(postgres.admin_url) as admin:
        admin.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # people go on sending
        rows = admin.execute(
            "SELECT client_message_id, seq, username FROM messages"
            " JOIN users ON users.id = author_id WHERE room_id = %s ORDER BY seq",
            (ROOM,),
        ).fetchall()
        [(last,)] = admin.execute("SELECT last_seq FROM rooms WHERE id = %s", (ROOM,)).fetchall()
    return without_gaps(rows, last)


def query(postgres: Postgres, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what the administrator of the database is answered."""
    import psycopg

    with psycopg.connect(postgres.admin_url, autocommit=True) as admin:
        cursor = admin.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
