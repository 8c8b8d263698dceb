"""`python -m benchmarks.compat`: what each patch of `chat_ui/compat/` gains by itself.

One server has all patches, and each of the others leaves one out. They run side by side and are
measured by turns; the figures are processor time, so that whatever else the machine does matters
little.
"""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks import fanout, receipts
from benchmarks.client import ChatClient
from benchmarks.load_clients.chat import ChatClients
from benchmarks.load_generator import SETTLE, send_paced
from benchmarks.page_visits import ChatVisit, open_pages
from benchmarks.progress import report
from benchmarks.seeding import Seeded, seed
from benchmarks.servers import Server, chat

Costs = dict[str, list[float]]
"""By the patch that is left out, "" for none: what was measured, turn by turn."""
Measure = Callable[[Path, Sequence[str], int], Coroutine[Any, Any, Costs]]
PEOPLE = 150
"""People in the full room, and pages that are idle."""
PAGES = 15
"""Pages that are opened in a turn."""
VISITS = 60
"""Pages that are opened and closed in a turn."""
IDLE_SECONDS = 32.0
"""Seconds of a turn in which nothing happens: two heartbeats of every page."""


async def _servers(
    stack: AsyncExitStack, folder: Path, left_out: Sequence[str], people: int = PEOPLE
) -> dict[str, tuple[Server, Seeded]]:
    """Start a server for each patch that is left out, and one with all of them."""
    servers = {}
    for name in ("", *left_out):
        seeded = await seed(folder / (name or "all"), people, [1_000])
        servers[name] = (
            stack.enter_context(chat(folder / (name or "all"), CHAT_COMPAT=name)),
            seeded,
        )
    return servers


async def opening(folder: Path, left_out: Sequence[str], turns: int) -> Costs:
    """Return the milliseconds that opening a page takes."""
    async with AsyncExitStack() as stack:
        servers = await _servers(stack, folder, left_out)
        visits = {
            name: ChatVisit(server, seeded, min(seeded.rooms))
            for name, (server, seeded) in servers.items()
        }
        for visit in visits.values():
            await open_pages(visit, PAGES, stack)  # the first pay for what the rest share
        costs: Costs = {name: [] for name in visits}
        for _turn in range(turns):
            for name, visit in visits.items():
                before = visit.server.cpu()
                await open_pages(visit, PAGES, stack)
                costs[name].append(1e3 * (visit.server.cpu() - before) / PAGES)
    return costs


async def listing(folder: Path, left_out: Sequence[str], turns: int) -> Costs:
    """Return the milliseconds that showing the members of a room takes."""
    async with AsyncExitStack() as stack:
        servers = await _servers(stack, folder, left_out)
        people = {
            name: [
                await stack.enter_async_context(ChatClient(server.address, each, session=token))
                for each, token in list(seeded.sessions.items())[:PAGES]
            ]
            for name, (server, seeded) in servers.items()
        }
        for name, (_server, seeded) in servers.items():
            for person in people[name]:
                await person.open(f"/rooms/{min(seeded.rooms)}")
        costs: Costs = {name: [] for name in servers}
        for _turn in range(turns):
            for name, (server, seeded) in servers.items():
                await asyncio.sleep(SETTLE)
                before = server.cpu()
                for person in people[name]:
                    path = f"/rooms/{min(seeded.rooms)}/members"
                    await person.emit("navigate", {"path": path})
                await asyncio.sleep(2 * SETTLE)
                costs[name].append(1e3 * (server.cpu() - before) / PAGES)
    return costs


async def visit(folder: Path, left_out: Sequence[str], turns: int) -> Costs:
    """Return the KiB that a visit leaves in memory, until garbage is collected."""
    async with AsyncExitStack() as stack:
        servers = await _servers(stack, folder, left_out)
        for server, seeded in servers.values():
            await _come_and_go(server, seeded, VISITS)
        await asyncio.sleep(10)
        costs: Costs = {name: [] for name in servers}
        before = {name: server.memory() for name, (server, _seeded) in servers.items()}
        for turn in range(turns):
            for server, seeded in servers.values():
                await _come_and_go(server, seeded, VISITS)
            await asyncio.sleep(10)
            for name, (server, _seeded) in servers.items():
                left = server.memory() - before[name]
                costs[name].append(left / 1024 / (VISITS * (turn + 1)))
    return costs


async def _come_and_go(server: Server, seeded: Seeded, visits: int) -> None:
    people = list(seeded.sessions.items())
    for number in range(visits):
        name, token = people[number % len(people)]
        async with ChatClient(server.address, name, session=token) as person:
            await person.open(f"/rooms/{min(seeded.rooms)}")


async def idle(folder: Path, left_out: Sequence[str], turns: int) -> Costs:
    """Return the per mille of a core that open pages take while nothing happens."""
    async with AsyncExitStack() as stack:
        servers = await _servers(stack, folder, left_out)
        for server, seeded in servers.values():
            await open_pages(ChatVisit(server, seeded, min(seeded.rooms)), PEOPLE, stack)
        await asyncio.sleep(IDLE_SECONDS)
        costs: Costs = {name: [] for name in servers}
        for _turn in range(turns):
            before = {name: server.cpu() for name, (server, _seeded) in servers.items()}
            await asyncio.sleep(IDLE_SECONDS)
            for name, (server, _seeded) in servers.items():
                costs[name].append(1e3 * (server.cpu() - before[name]) / IDLE_SECONDS)
    return costs


async def _crowds(
    stack: AsyncExitStack, folder: Path, left_out: Sequence[str]
) -> dict[str, ChatClients]:
    crowds = {}
    for name, (server, seeded) in (await _servers(stack, folder, left_out)).items():
        crowds[name] = ChatClients(server)
        await crowds[name].connect(stack, seeded.sessions.items(), min(seeded.rooms))
    await asyncio.sleep(SETTLE)
    return crowds


async def delivery(folder: Path, left_out: Sequence[str], turns: int) -> Costs:
    """Return the microseconds that each delivery of a message to a full room takes."""
    async with AsyncExitStack() as stack:
        crowds = await _crowds(stack, folder, left_out)
        costs: Costs = {name: [] for name in crowds}
        for _turn in range(turns):
            for name, clients in crowds.items():
                measured = await send_paced(clients, messages=20, rate=fanout.RATE)
                costs[name].append(measured.cpu)
    return costs


async def reading(folder: Path, left_out: Sequence[str], turns: int) -> Costs:
    """Return the milliseconds that it takes when everybody in a full room has read a message."""
    async with AsyncExitStack() as stack:
        crowds = await _crowds(stack, folder, left_out)
        costs: Costs = {name: [] for name in crowds}
        await _spans(crowds, is_read=True)  # from the first message on pages know the crowd
        for _turn in range(turns):
            quiet, read = await _spans(crowds), await _spans(crowds, is_read=True)
            for name in crowds:
                costs[name].append(1e3 * (read[name] - quiet[name]))
    return costs


async def _spans(crowds: dict[str, ChatClients], *, is_read: bool = False) -> dict[str, float]:
    """Return the seconds of processor time that each server used after a message, if any."""
    spans = [receipts._span(clients, is_read=is_read) for clients in crowds.values()]
    measured = await asyncio.gather(*spans)
    return dict(zip(crowds, (after for _delivered, after in measured), strict=True))


async def start(folder: Path, left_out: Sequence[str], turns: int) -> Costs:
    """Return the milliseconds of processor time until the chat takes requests."""
    await seed(folder, 2, [1_000])
    costs: Costs = {name: [] for name in ("", *left_out)}
    for _turn in range(4 * turns):
        for name, cost in costs.items():
            with chat(folder, CHAT_COMPAT=name) as server:
                cost.append(1e3 * server.cpu())
    return costs


FIGURES: dict[str, tuple[Measure, str]] = {
    "element_cycles": (opening, "ms to open a page"),
    "http_middleware": (opening, "ms to open a page"),
    "json_escaping": (opening, "ms to open a page"),
    "html_rendering": (listing, "ms to list members"),
    "connection_cycles": (visit, "KiB left by a visit"),
    "idle_pages": (idle, "‰ of a core, idle"),
    "pings": (idle, "‰ of a core, idle"),
    "pong_frames": (idle, "‰ of a core, idle"),
    "server_ticks": (idle, "‰ of a core, idle"),
    "websocket_transport": (delivery, "µs for a delivery"),
    "pong_payload": (reading, "ms to read a message"),
    "lean_imports": (start, "ms to start"),
}
"""By patch: what it is for."""


@click.command()
@click.argument("patches", type=click.Choice([*FIGURES]), nargs=-1)
@click.option("--turns", type=click.IntRange(1), default=5, help="How often each is measured")
def main(patches: tuple[str, ...], turns: int) -> None:
    """Measure what patches gain: all of them against all but one."""
    chosen = patches or tuple(FIGURES)
    print(f"{'patch':<20} {'figure':<22} {'with':>9} {'without':>9} {'gain':>6}")
    for measure in dict.fromkeys(FIGURES[name][0] for name in chosen):
        left_out = [name for name in chosen if FIGURES[name][0] is measure]
        report(f"{measure.__name__}: {', '.join(left_out)}")
        with tempfile.TemporaryDirectory(prefix="simple-chat-benchmark-") as folder:
            costs = asyncio.run(measure(Path(folder), left_out, turns))
        for name in left_out:
            having, lacking = median(costs[""]), median(costs[name])
            gain = f"{100 * (1 - having / lacking):.0f} %"
            print(f"{name:<20} {FIGURES[name][1]:<22} {having:>9.2f} {lacking:>9.2f} {gain:>6}")


if __name__ == "__main__":
    main()
