"""What a message to a full room costs the server, for each who gets it."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.crowds import ChatCrowd, Crowd, FlaskCrowd
from benchmarks.figures import Figure, compare
from benchmarks.progress import say
from benchmarks.seeding import seed
from benchmarks.servers import chat, flask

RATE = 2.0
"""Messages a second."""
SETTLE = 4.0
"""Seconds until everybody has said what they read, which belongs to the cost of a message."""
LATEST = 20.0
"""Seconds after which a message that has not come counts as lost."""
GOAL = 1.7


async def measure(folder: Path, *, people: int, seconds: float, rounds: int) -> list[Figure]:
    """Fill a room of ours and one of Flask's with `people`, and talk in both by turns."""
    seeded = await seed(folder, people, [50])
    async with AsyncExitStack() as stack:
        say(f"opening {people} pages of the chat and {people} connections to Flask-SocketIO")
        ours = ChatCrowd(stack.enter_context(chat(folder)))
        await ours.gather(stack, seeded, min(seeded.rooms))
        theirs = FlaskCrowd(stack.enter_context(flask()), await ours.frame_length())
        await theirs.gather(stack, people)
        await asyncio.sleep(SETTLE)
        crowds: list[Crowd] = [ours, theirs]
        idle = await _idle(crowds)
        messages, window = int(seconds * RATE), seconds + SETTLE
        costs: list[list[float]] = [[], []]
        for turn in range(rounds):
            for crowd, cost in zip(crowds, costs, strict=True):
                say(f"round {turn + 1} of {rounds}: {messages} messages to {people} people")
                cost.append(1e6 * await _cost(crowd, messages) / (messages * people))
    # What the servers use for keeping the pages open, had they nothing else to do.
    kept = [1e6 * each * window / (messages * people) for each in idle]
    bare = [[each - kept[side] for each in costs[side]] for side in (0, 1)]
    peer = "a bare Flask-SocketIO broadcast"
    what = f"server CPU for each delivery, {people} people"
    return [
        compare(what, *costs, unit="µs", against=peer, goal=GOAL),
        compare("  without what idle pages cost", *bare, unit="µs", against=peer),
    ]


async def _idle(crowds: list[Crowd]) -> list[float]:
    """Return the seconds of CPU that each server uses in a second without messages."""
    seconds = 10.0
    say("watching both do nothing")
    before = [crowd.server.cpu() for crowd in crowds]
    await asyncio.sleep(seconds)
    return [(c.server.cpu() - was) / seconds for c, was in zip(crowds, before, strict=True)]


async def _cost(crowd: Crowd, messages: int) -> float:
    """Return the seconds of CPU for `messages`, once each has come to everybody."""
    before, cpu, start = crowd.deliveries(), crowd.server.cpu(), time.perf_counter()
    for number in range(messages):
        await asyncio.sleep(start + number / RATE - time.perf_counter())
        await crowd.say(number)
    wanted = messages * crowd.people
    await asyncio.sleep(start + messages / RATE + SETTLE - time.perf_counter())
    for _look in range(int(LATEST)):
        if crowd.deliveries() - before == wanted:
            break
        await asyncio.sleep(1)
    arrived = crowd.deliveries() - before
    if arrived != wanted:
        down = f"{crowd.hung_up()} of {crowd.people} lines are down"
        raise RuntimeError(f"{type(crowd).__name__}: {arrived} of {wanted} deliveries; {down}")
    return crowd.server.cpu() - cpu
