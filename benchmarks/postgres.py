"""How many messages are stored and acknowledged per second on PostgreSQL, beside SQLite.

`CHAT_TEST_DATABASE` names a database of a PostgreSQL server that flushes to the disk, as SQLite
does here; otherwise there is no figure.
"""

from pathlib import Path

from benchmarks import engines, sends
from benchmarks.figures import Figure, compare
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat

GOAL = 0.6
SQLITE = "the same chat on SQLite"


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Send without pause from many clients in one room, on PostgreSQL and on SQLite."""
    if reason := engines.missing_postgres():
        report(f"{reason}: no figure for PostgreSQL")
        return []
    with engines.database() as url:
        return await beside_sqlite(folder, "on PostgreSQL", rounds, CHAT_DATABASE=url)


async def beside_sqlite(folder: Path, where: str, rounds: int, **variables: str) -> list[Figure]:
    """Do so with these settings, of which `CHAT_DATABASE` is one, and on SQLite."""
    ours, other = folder / "postgres", folder / "sqlite"
    url = variables["CHAT_DATABASE"]
    seeded = await seed(ours, sends.WRITERS, [0], database_url=url)
    sides = [
        ([chat(ours, **variables)], seeded),
        ([chat(other)], await seed(other, sends.WRITERS, [0])),
    ]
    rates = await sends.in_turn(sides, rounds, where)
    what = f"messages stored in a second {where}, {sends.WRITERS} writers"
    return [compare(what, *rates, unit="/s", against=SQLITE, least=GOAL)]
