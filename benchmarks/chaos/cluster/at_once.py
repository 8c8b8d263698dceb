"""Two processes are asked at once for what may happen only once: a first account, one invite."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.room import query
from benchmarks.chaos.oracle import require
from benchmarks.client import PASSWORD
from benchmarks.page import browser
from benchmarks.servers import Server, chat

AT_ONCE = 4
"""Registrations at each process."""


async def run(folder: Path, *, invites: int = 10) -> list[str]:
    """Register first administrators at once, and two people with each of some invites."""
    require_tools()
    administrators = await _first_administrators(folder / "first")
    used = await _invites(folder / "invites", invites)
    return [
        f"{administrators} administrator of {2 * AT_ONCE} who were first",
        f"{used} invites used once, of {2 * used} tries",
    ]


async def _first_administrators(folder: Path) -> int:
    """Start two processes at once on an empty database, and register at both at once."""
    with Postgres() as postgres, engines.redis() as redis:
        variables = {"CHAT_DATABASE": postgres.url(), "CHAT_BUS": engines.bus(redis)}
        folder.mkdir(parents=True)
        servers = [chat(folder, **variables) for _process in range(2)]
        try:
            await asyncio.gather(*(asyncio.to_thread(server.start) for server in servers))
            codes = await _register(servers * AT_ONCE)
        finally:
            await asyncio.gather(*(asyncio.to_thread(server.stop) for server in servers))
        [(people, administrators)] = query(
            postgres, "SELECT count(*), count(*) FILTER (WHERE is_admin) FROM users"
        )
        [(lobbies,)] = query(postgres, "SELECT count(*) FROM rooms")
    entered = codes.count(httpx.codes.SEE_OTHER)
    require(administrators == 1, f"{administrators} administrators")
    require(entered == people >= 1, f"{entered} were let in, and {people} have an account")
    require(lobbies == 1, f"{lobbies} rooms in a new chat")
    return int(administrators)


async def _invites(folder: Path, invites: int) -> int:
    """Use each of so many invites twice, at two processes at once."""
    closed = {"CHAT_REGISTRATION": "invite"}
    with Postgres() as postgres, engines.redis() as redis:
        async with running(
            folder, postgres, redis, 1, processes=2, variables={0: closed, 1: closed}
        ) as both:
            codes = [f"invite-number-{number:08d}" for number in range(invites)]
            for code in codes:
                query(postgres, _INVITE, code)
            for number, code in enumerate(codes):
                answers = await _register(both.servers, invite=code, names=f"invited{number}x")
                entered = answers.count(httpx.codes.SEE_OTHER)
                require(entered == 1, f"{entered} were let in by one invite: {answers}")
        [(used, most)] = query(postgres, "SELECT sum(uses), max(uses) FROM invites")
        [(people,)] = query(postgres, "SELECT count(*) FROM users")
    require((used, most) == (invites, 1), f"{used} uses of {invites} invites, up to {most} of one")
    require(people == invites + 1, f"{people} accounts after {invites} invites")
    return invites


_INVITE = """
INSERT INTO invites (code, created_by, created_at, expires_at, max_uses, uses)
SELECT %s, min(id), now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC' + interval '1 day', 1, 0
FROM users RETURNING id
"""


async def _register(servers: list[Server], *, invite: str = "", names: str = "first") -> list[int]:
    """Register at these processes at once, each time another name; return the status codes."""
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(browser(server.address)) for server in servers]
        answers = await asyncio.gather(
            *(
                each.post(
                    "/register",
                    data={"username": f"{names}{number}", "password": PASSWORD, "invite": invite},
                )
                for number, each in enumerate(browsers)
            )
        )
    return [answer.status_code for answer in answers]
