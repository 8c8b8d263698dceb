"""How long a search takes among a million messages, for people in few and in many rooms.

In Latin and in Chinese, where a word is signs side by side; and how large its index is.
"""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.client import PASSWORD
from benchmarks.figures import Figure
from benchmarks.progress import report
from benchmarks.seeding import HERE
from models.clock import now
from services import lifecycle
from services.accounts.sessions import sessions
from services.core import app_context
from services.core.disk import data_folder
from services.core.dto import CurrentUser
from services.core.limits.rate_limits import Budget, RateLimit
from services.core.settings import Settings
from services.registration import registration
from services.registration.registration import RegistrationForm
from services.search import search
from services.search.search import Order

SIZE_GOAL = 1.6
"""How many times as large the index may be as one of words between spaces alone."""
SIZE_SAMPLE = 100_000
"""Messages that are indexed in both ways to compare."""
GOAL = 50.0
"""Milliseconds of processor time that the slowest of a hundred searches may take."""
TIMES = 100
PEER = "reading the newest 21 messages with LIKE, without an index"
COMMON = "the"
"""It is in about a quarter of all messages, as it is in English."""
SYLLABLES = (
    "ka",
    "ro",
    "mi",
    "ten",
    "sa",
    "lu",
    "ver",
    "do",
    "pa",
    "shi",
    "na",
    "con",
    "le",
    "gra",
)
SIGNS = [chr(0x4E00 + 5 * at) for at in range(3500)]
"""Of a Chinese vocabulary, the commonest first."""
VOCABULARY = 30_000


@dataclass(frozen=True)
class Layout:
    """The rooms, and their members."""

    rooms: dict[int, int]
    """By room: how many messages it has."""
    members: dict[str, list[int]]


def plan(messages: int) -> Layout:
    """Put half of the messages into one room, a third into twenty, the rest into a thousand.

    Twenty further rooms do not contain the common word.
    """
    sizes = [messages // 2] + [messages // 60] * 20 + [max(2, messages // 9000)] * 1000
    sizes += [messages // 400] * 20
    rooms = {10 + at: size for at, size in enumerate(sizes)}
    numbers = list(rooms)
    big, middle, quiet, other = numbers[:1], numbers[1:21], numbers[21:1021], numbers[1021:]
    members = {
        "in one quiet room": quiet[:1],
        "in the busiest room": big,
        "in 20 rooms": middle[:10] + quiet[:10],
        "in 1,000 rooms": quiet,
        "in 20 rooms that lack the word": other,
    }
    return Layout(rooms, members)


def kinds() -> dict[str, str]:
    """Return searches of every kind."""
    return {
        "a rare word": rare(),
        "two words": f"{COMMON} karo",
        "twelve words": " ".join(vocabulary()[:12]),
        "a phrase": f'"{COMMON} karo"',
        "a phrase that does not occur": f'"{" ".join([COMMON] * 5)}"',
        "a short prefix": "ka*",
        "a long prefix": "karom*",
        "twelve prefixes": " ".join(f"{word[:2]}*" for word in vocabulary()[1:13]),
        "from:": f"{COMMON} from:@person1",
        "from: alone": "from:@person1",
        "before:": f"{COMMON} before:yesterday",
        "has:link": f"{COMMON} has:link",
    }


async def measure(folder: Path, *, messages: int) -> list[Figure]:
    """Search as members of different rooms, and without an index; in Latin, then in Chinese."""
    figures = []
    for is_chinese in (False, True):
        report("Chinese messages" if is_chinese else "Latin messages")
        place = folder / ("chinese" if is_chinese else "latin")
        figures += await _measure(place, messages, is_chinese=is_chinese)
    return figures


async def _measure(folder: Path, messages: int, *, is_chinese: bool) -> list[Figure]:
    layout = plan(messages)
    settings = Settings(data=folder, argon2_memory_kib=8192, argon2_time_cost=1)
    with data_folder.lock(folder):
        viewers = await _register_viewers(settings, layout)
        report(f"filling {len(layout.rooms):,} rooms with {sum(layout.rooms.values()):,} messages")
        fill(folder / data_folder.DATABASE, layout, is_chinese=is_chinese)
        await lifecycle.startup(settings)
        _lift_limits()
        try:
            report("searching without an index")
            peer = _without_index(
                folder / data_folder.DATABASE, vocabulary(is_chinese=is_chinese)[-1]
            )
            figures = [] if is_chinese else await _figures(viewers, peer)
            figures += await _figures_of_words(viewers, peer, is_chinese=is_chinese)
            return [*figures, _size(folder / data_folder.DATABASE, is_chinese=is_chinese)]
        finally:
            await lifecycle.shutdown()


async def _register_viewers(settings: Settings, layout: Layout) -> dict[str, CurrentUser]:
    await lifecycle.startup(settings)
    viewers = {}
    for number, who in enumerate(layout.members):
        entered = await registration.register(HERE, RegistrationForm(f"person{number}", PASSWORD))
        found = await sessions.resume(entered.token)
        assert found is not None
        viewers[who] = found
    await lifecycle.shutdown()
    return viewers


def _lift_limits() -> None:
    """Let one person search as often, and for as long, as the figures need."""
    current = app_context.current()
    unlimited = replace(
        current.rate_limits,
        search=RateLimit("1000000 per second"),
        drawing=Budget(1e6, per_second=1e6),
    )
    app_context.use(replace(current, rate_limits=unlimited))


@dataclass(frozen=True)
class Duration:
    """Milliseconds: of CPU time, and by the clock."""

    cpu: float
    clock: float


async def _figures(viewers: dict[str, CurrentUser], peer: Duration) -> list[Figure]:
    figures = []
    for who, viewer in viewers.items():
        report(f"searching, {who}")
        figures += await _measured(f"p99 of a common word, {who}", viewer, COMMON, peer, GOAL)
    asked = kinds()
    for who in ("in 20 rooms", "in 1,000 rooms"):
        for what, typed in asked.items():
            report(f"searching {what}, {who}")
            figures += (await _measured(f"  {what}, {who}", viewers[who], typed, peer, None))[:1]
    return figures


async def _measured(
    what: str, viewer: CurrentUser, typed: str, peer: Duration, goal: float | None
) -> list[Figure]:
    """Search for the newest and for the best matches; every figure is the worse of the two.

    The goal is one of CPU time: other work on the machine affects only the clock.
    """
    slowest = Duration(0, 0)
    for order in Order:
        await search.find(viewer, typed, order=order)  # the first reads from the disk
        took = []
        for _turn in range(TIMES):
            cpu, clock = time.process_time(), time.perf_counter()
            await search.find(viewer, typed, order=order)
            took.append((1e3 * (time.process_time() - cpu), 1e3 * (time.perf_counter() - clock)))
        worst = [quantiles(each, n=100, method="inclusive")[98] for each in zip(*took, strict=True)]
        slowest = Duration(max(slowest.cpu, worst[0]), max(slowest.clock, worst[1]))
    return [
        Figure(what, slowest.cpu, peer.cpu, "ms", PEER, slowest.cpu / peer.cpu, most=goal),
        Figure("  by the clock", slowest.clock, peer.clock, "ms", PEER, slowest.clock / peer.clock),
    ]


async def _figures_of_words(
    viewers: dict[str, CurrentUser], peer: Duration, *, is_chinese: bool
) -> list[Figure]:
    """Search for a hundred words, common and rare ones, each once."""
    script, figures = "Chinese" if is_chinese else "Latin", []
    words = vocabulary(is_chinese=is_chinese)[:: VOCABULARY // TIMES]
    for who, viewer in viewers.items():
        took = []
        for word in words:
            await search.find(viewer, word)  # the first reads from the disk
            cpu = time.process_time()
            await search.find(viewer, word)
            took.append(1e3 * (time.process_time() - cpu))
        p95 = quantiles(took, n=100, method="inclusive")[94]
        what = f"p95 of a hundred {script} words, {who}"
        figures.append(Figure(what, p95, peer.cpu, "ms", PEER, p95 / peer.cpu, most=GOAL))
    return figures


def _size(file: Path, *, is_chinese: bool) -> Figure:
    """Compare the index with one of the same texts as they are, as it was before version 0025."""
    with closing(sqlite3.connect(file)) as connection:
        ours, peer = (_index_size(connection, view) for view in ("searched", "written"))
    script = "Chinese" if is_chinese else "Latin"
    against = "the words between spaces alone"
    return Figure(f"index of {script} texts", ours, peer, "MB", against, ours / peer, SIZE_GOAL)


def _index_size(connection: sqlite3.Connection, view: str) -> float:
    """Return how many megabytes an index of the newest texts has."""
    (create,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'search'").fetchone()
    connection.execute(create.replace("search", "temp.measured", 1))
    connection.execute(
        f"INSERT INTO measured (rowid, text, tags) SELECT place, text, tags FROM {view}"
        " WHERE id <= ? ORDER BY room_id, seq",
        (SIZE_SAMPLE,),
    )
    connection.execute("INSERT INTO measured (measured) VALUES ('optimize')")
    (size,) = connection.execute("SELECT sum(length(block)) FROM measured_data").fetchone()
    connection.execute("DROP TABLE measured")
    return float(size) / 1e6


def _without_index(file: Path, word: str) -> Duration:
    """Return how long it takes to find a word that hardly occurs, without an index."""
    asked = "SELECT id FROM messages WHERE text LIKE ? ORDER BY id DESC LIMIT 21"
    cpus, clocks, words = [], [], f"%{word}%"
    with closing(sqlite3.connect(file)) as connection:
        for _turn in range(3):
            cpu, clock = time.process_time(), time.perf_counter()
            connection.execute(asked, (words,)).fetchall()
            cpus.append(1e3 * (time.process_time() - cpu))
            clocks.append(1e3 * (time.perf_counter() - clock))
    return Duration(median(cpus), median(clocks))


# -- the messages --------------------------------------------------------------------------


@cache
def vocabulary(*, is_chinese: bool = False) -> list[str]:
    """Return made-up words, the commonest first."""
    rng = random.Random(7)
    parts, lengths = (SIGNS, (1, 2, 2, 2, 2, 3)) if is_chinese else (SYLLABLES, (1, 2, 2, 3, 3, 4))
    # A few signs are in most sentences.
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(SIGNS)))) if is_chinese else None
    words = dict.fromkeys([SIGNS[0] if is_chinese else COMMON])
    while len(words) < VOCABULARY:
        words["".join(rng.choices(parts, cum_weights=weights, k=rng.choice(lengths)))] = None
    return list(words)


def rare() -> str:
    """Return a word that occurs about five times in a million messages."""
    return vocabulary()[-1]


def fill(file: Path, layout: Layout, *, is_chinese: bool = False) -> None:
    """Create the memberships, and the messages of all rooms in random order."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        for number, size in layout.rooms.items():
            connection.execute(
                "INSERT INTO rooms (id, kind, name, name_key, topic, last_seq, created_at)"
                " VALUES (?, 'private', ?, ?, '', ?, '2024-01-01')",
                (number, f"Room {number}", f"room {number}", size),
            )
        for user, rooms in enumerate(layout.members.values(), 1):
            connection.executemany(
                "INSERT INTO memberships (room_id, user_id, role, last_read_seq, joined_at)"
                " VALUES (?, ?, 'member', 0, '2024-01-01')",
                [(room, user) for room in rooms],
            )
        connection.executemany(
            "INSERT INTO messages (id, room_id, seq, author_id, client_message_id, text,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            messages_of(layout, is_chinese=is_chinese),
        )


def messages_of(layout: Layout, *, is_chinese: bool) -> Iterator[tuple[Any, ...]]:
    """Yield every message, room by room: the index is filled fastest in this order."""
    rng = random.Random(11)
    words = vocabulary(is_chinese=is_chinese)
    common = words[0]
    weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))
    turns = [room for room, size in layout.rooms.items() for _each in range(size)]
    rng.shuffle(turns)
    numbers: dict[int, list[int]] = {room: [] for room in layout.rooms}
    for number, room in enumerate(turns, 1):
        numbers[room].append(number)
    lacking = set(layout.members["in 20 rooms that lack the word"])
    start = now() - timedelta(minutes=len(turns))
    authors = len(layout.members)
    for room, ids in numbers.items():
        for seq, number in enumerate(ids, 1):
            length = min(60, max(1, int(rng.lognormvariate(2.1, 0.7))))
            said = rng.choices(words, cum_weights=weights, k=length)
            if room in lacking:
                said = [word for word in said if word != common] or [words[1]]
            if number % 33 == 0:
                said.append("https://example.org/")
            moment = (start + timedelta(minutes=number)).replace(tzinfo=None)
            author = 1 + number % authors
            text = _sentence(said) if is_chinese else " ".join(said)
            yield number, room, seq, author, f"fill-{number}", text, str(moment)


def _sentence(words: list[str]) -> str:
    """Join Chinese words, with a comma after every five."""
    return "，".join("".join(words[at : at + 5]) for at in range(0, len(words), 5))
