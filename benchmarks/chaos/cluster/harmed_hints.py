"""What processes tell each other is lost, comes twice, late and in another order, or is forged."""

import asyncio
import json
import random
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.relay import HarmedHints
from benchmarks.chaos.cluster.room import check, connect_all, talking
from benchmarks.chaos.oracle import ROOM, require
from benchmarks.chaos.room import keep_connected
from benchmarks.servers import Server

PEOPLE = 9
PACE = 0.3
FORGED_EVERY = 0.05


async def run(folder: Path, *, seconds: float = 60, random_seed: int = 0) -> list[str]:
    """Send messages for so long while hints are harmed; return the facts."""
    require_tools()
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        redis = stack.enter_context(engines.redis())
        relays = [
            await stack.enter_async_context(HarmedHints(redis.port, seed=random_seed + number))
            for number in range(3)
        ]
        ports = {number: relay.port for number, relay in enumerate(relays)}
        chat = await stack.enter_async_context(
            running(folder, postgres, redis, PEOPLE, bus_ports=ports)
        )
        people = await connect_all(stack, chat)
        async with keep_connected(people):
            for relay in relays:
                relay.is_harming = True
            forging = asyncio.create_task(asyncio.to_thread(_forge, redis, seconds, random_seed))
            async with talking(people, pace=PACE):
                await asyncio.sleep(seconds)
            forged = await forging
            # They are harmed to the end: what is missing then comes from the database.
            stored = await check(postgres, people)
    did = sum((relay.counts for relay in relays), start=Counter())
    require(did["lost"] and did["doubled"] and did["late"], f"nothing was harmed: {did}")
    connections = sum(person.connections for person in people)
    require(connections == len(people), f"{connections} connections of {len(people)} people")
    return [
        f"{stored} messages stored once, and shown once to each of {PEOPLE}",
        f"{did['lost']} frames lost, {did['doubled']} doubled, {did['late']} late, {forged} forged",
    ]


def _forge(redis: Server, seconds: float, random_seed: int) -> int:
    """Tell the processes what is not true, for some seconds; return how often."""
    import redis as library

    rng = random.Random(random_seed)
    count, until = 0, time.monotonic() + seconds
    with library.Redis(port=redis.port) as client:
        while time.monotonic() < until:
            for channel in client.pubsub_channels():
                with suppress(library.RedisError):
                    client.publish(channel, _forged(rng))
                count += 1
            time.sleep(FORGED_EVERY)
    return count


def _forged(rng: random.Random) -> bytes:
    """Return a frame of another process that does not exist, or no frame at all."""
    seq, person, room = rng.randint(-5, 500), rng.randint(-1, PEOPLE + 3), rng.choice((ROOM, 99))
    hints: list[Any] = [
        ("Sent", {"room_id": room, "seq": seq, "is_scheduled": False, "author_has_read": True}),
        ("MessageChanged", {"room_id": room, "change": seq}),
        ("Left", {"room_id": room, "user_id": person, "is_removed": True}),
        ("Deleted", {"room_id": 99}),
        ("MemberJoined", {"room_id": room, "user_id": person}),
        ("RoomRead", {"room_id": room, "reached": {str(person): seq}}),
        ("SessionsEnded", {"user_id": person}),
        ("Typing", {"room_id": room, "user_id": person}),
        ("Person", {"user_id": person}),
        ("Active", {"people": {str(person): True}, "is_all": True, "gone": []}),
        ("Nonsense", {"of": "a newer version"}),
        ("Sent", {"room_id": "a text", "seq": None}),
    ]
    kind, hint = rng.choice(hints)
    frame = {"v": rng.choice((1, 1, 1, 2)), "by": "forged", "hints": [{"kind": kind, "hint": hint}]}
    return rng.choice((json.dumps(frame).encode(),) * 9 + (rng.randbytes(40),))
