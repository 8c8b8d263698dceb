"""Chat processes that share a database and a bus."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.oracle import MissingTool
from benchmarks.seeding import Seeded, seed
from benchmarks.servers import Server, chat

NONE: Mapping[int, int] = {}


class Processes:
    """Several chat processes, and who may log in."""

    def __init__(self, servers: list[Server], seeded: Seeded) -> None:
        self.servers = servers
        self.seeded = seeded

    def others(self, server: Server) -> list[Server]:
        """Return all but one of them."""
        return [each for each in self.servers if each is not server]


@asynccontextmanager
async def running(
    folder: Path,
    postgres: Postgres,
    redis: Server,
    people: int,
    *,
    processes: int = 3,
    database_ports: Mapping[int, int] = NONE,
    bus_ports: Mapping[int, int] = NONE,
    variables: Mapping[int, Mapping[str, str]] | None = None,
) -> AsyncIterator[Processes]:
    """Run processes for so many people, who are members of the Lobby.

    By the number of a process: the ports of proxies in front of the database and the bus, and
    settings that the others do not have.
    """
    seeded = await seed(folder, people, [], database_url=postgres.url())
    servers = [
        chat(
            folder,
            CHAT_DATABASE=postgres.url(database_ports.get(number, 0)),
            CHAT_BUS=f"redis://127.0.0.1:{bus_ports.get(number, redis.port)}",
            **(variables or {}).get(number, {}),
        )
        for number in range(processes)
    ]
    try:
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in servers))
        yield Processes(servers, seeded)
    finally:
        await asyncio.gather(*(asyncio.to_thread(server.stop) for server in servers))


def require_tools() -> None:
    """Raise `MissingTool` unless the packages and Redis are there; `Postgres` looks for itself."""
    if reason := engines.missing_redis():
        raise MissingTool(reason)
    try:
        import psycopg  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingTool("psycopg is not installed") from error
