"""The benchmark: the clients of each peer receive messages, and figures are computed and drawn."""

import asyncio
import shutil
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from benchmarks import document, hostile, plots
from benchmarks.figures import Figure, compare, table
from benchmarks.load_clients import peers
from benchmarks.load_clients.base import LoadClients
from benchmarks.load_clients.chat import ChatClients
from benchmarks.load_generator import wait_for_deliveries
from benchmarks.seeding import seed
from benchmarks.servers import chat

PEOPLE = 3


async def check_deliveries(clients: LoadClients, *, people: int = PEOPLE) -> None:
    assert clients.people == people
    clients.reset()
    for _message in range(2):
        await clients.send()
    await wait_for_deliveries(clients, 2)
    assert len(clients.delays()) in {2 * PEOPLE, 2 * (PEOPLE - 1)}
    assert min(clients.delays()) > 0
    assert clients.disconnected() == 0


@pytest.mark.long  # tests/test_light_client.py uses the client, too
async def test_our_clients_receive_the_messages_of_their_room(tmp_path: Path) -> None:
    seeded = await seed(tmp_path, 2 * PEOPLE, [50, 50], split=True)
    sessions = list(seeded.sessions.items())
    async with AsyncExitStack() as stack:
        clients = ChatClients(stack.enter_context(chat(tmp_path)))
        for number, room in enumerate(sorted(seeded.rooms)):
            await clients.connect(stack, sessions[number::2], room)
        await check_deliveries(clients, people=2 * PEOPLE)


@pytest.mark.long  # starts all peers
async def test_clients_of_the_peers_receive_messages(tmp_path: Path) -> None:
    pytest.importorskip("flask_socketio")
    async with AsyncExitStack() as stack:
        all_clients = await peers.connect_to_peers(stack, tmp_path, PEOPLE, 500)
        assert (all_clients[peers.PROSODY] is None) == (shutil.which("prosody") is None)
        assert (all_clients[peers.NGIRCD] is None) == (shutil.which("ngircd") is None)
        for clients in filter(None, all_clients.values()):
            await check_deliveries(clients)


@pytest.mark.long  # starts another server
async def test_clients_of_the_example_receive_messages() -> None:
    async with AsyncExitStack() as stack:
        await check_deliveries(await peers.connect_to_example(stack, PEOPLE))


def figure(ours: float, peer: float | None, **goals: float) -> Figure:
    return compare(
        "a thing", [ours], None if peer is None else [peer], unit="ms", against="it", **goals
    )


def test_a_figure_meets_its_goals() -> None:
    assert figure(3, 2).met is None
    assert figure(3, 2, goal=1.5).met
    assert not figure(3, 2, goal=1.4).met
    assert not figure(3, 2, least=1.6).met
    assert not figure(3, 2, goal=1.5, most=2).met


def test_the_table_names_a_peer_that_is_not_installed() -> None:
    missing = figure(3, None, goal=1, most=4)
    assert missing.met
    assert "not installed" in table([missing])
    assert "not installed" in document.markdown([missing])


def test_the_table_is_written_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n")
    document.write(page, [figure(3, 2, goal=1.5)], how="python -m benchmarks")
    said = page.read_text(encoding="utf-8")
    assert said.startswith("before\n<!-- figures -->\n")
    assert said.endswith("<!-- end of figures -->\nafter\n")
    assert "old" not in said
    assert "| a thing | 1.50 | ratio ≤ 1.5 | yes | 3.0 ms | 2.0 ms | it |" in said


def test_plots_are_drawn_for_the_figures_there_are(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    cost = {"unit": "µs", "against": peers.PROSODY}
    figures = [
        compare("server CPU for each delivery, 3 people", [90], [70], goal=0.7, **cost),
        compare("p99 of something", [30], None, unit="ms", against=peers.NGIRCD),
    ]
    drawn = plots.draw(figures, tmp_path)
    assert {file.name for file in drawn} == {"delivery.png", "goals.png"}
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in drawn)


@pytest.mark.parametrize(
    ("returned", "grown"),
    [
        ({0: 90}, 90),  # nothing: looked at for as long as it might take
        ({0: 90, 20: 70, 40: 30}, 30),  # and not the first that is small enough
        ({0: 90, 1: 30, 2: 35}, 30),
        ({second: 90 - second for second in range(100)}, 30),  # it had a minute
        ({0: -5}, 0),
    ],
)
async def test_memory_has_grown_once_nothing_more_is_given_back(
    monkeypatch: pytest.MonkeyPatch, returned: dict[int, int], grown: int
) -> None:
    passed = 0.0

    class Measured:
        def memory(self) -> int:
            mib = returned[max(second for second in returned if second <= passed)]
            return (100 + mib) * 2**20

    async def wait(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    monkeypatch.setattr(asyncio, "sleep", wait)
    monkeypatch.setattr(time, "perf_counter", lambda: passed)
    assert await hostile._grown(Measured(), 100 * 2**20) == grown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("taken", "kept"),
    [
        ([5, 5.01, 5.02, 5.03, 5.04], [1, 2, 3]),  # little by little
        ([5, 6, 6, 6, 6], [2, 3]),  # during the first
        ([5, 5, 6, 6, 6], [3]),  # it may have been during either
        ([5, 5, 5, 5, 6], [1, 2]),  # it was counted a moment later
    ],
)
def test_waits_in_which_the_host_took_the_processors_are_left_out(
    monkeypatch: pytest.MonkeyPatch, taken: list[float], kept: list[float]
) -> None:
    readings = iter(taken)
    monkeypatch.setattr(hostile, "_taken", lambda: next(readings))
    waits = hostile._Waits()
    for seconds in (1, 2, 3):
        waits.add(seconds)
    assert waits.undisturbed() == kept


def test_a_machine_that_is_always_taken_away_measures_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings = iter(range(3))
    monkeypatch.setattr(hostile, "_taken", lambda: next(readings))
    waits = hostile._Waits()
    waits.add(1)
    with pytest.raises(RuntimeError):
        waits.undisturbed()
