"""Which processes may be on one database, and with what they refuse to start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres, redis_server
from tests.cluster.several import SeveralProcesses
from tests.command import Ended, run_process, sentence
from tests.redis_server import RedisServer
from tests.server import Server, free_port


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    redis_server.require()
    folder = tmp_path_factory.mktemp("redis")
    with RedisServer(folder, password="secret") as server:
        yield server


def start(data: Path, bus: str) -> Ended:
    """Start a chat that is to be refused."""
    options = "--no-show", "--data", data, "--port", free_port()
    return run_process(*options, **postgres.variables(data), CHAT_BUS=bus)


def refused(data: Path, bus: str) -> str:
    """Return the sentence with which a start is refused, which has no password in it."""
    said = sentence(start(data, bus))
    assert "secret" not in said
    return said


def test_a_bus_that_is_wrong_is_one_sentence(bus: RedisServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    port = free_port()
    for address, expected in (
        (f"redis://:secret@127.0.0.1:{port}", f"The bus at 127.0.0.1:{port} cannot be used"),
        (bus.plain_url, f"The bus at 127.0.0.1:{bus.port} cannot be used"),
        (bus.url.replace(":secret", ":wrong"), "cannot be used"),
        ("redis://:sec/ret@127.0.0.1", "CHAT_BUS"),
        ("secret", "CHAT_BUS"),
    ):
        assert expected in refused(data, address)


def test_a_bus_without_postgresql_is_refused(bus: RedisServer, tmp_path: Path) -> None:
    ended = run_process("--no-show", "--data", tmp_path / "data", CHAT_BUS=bus.url)
    assert "CHAT_BUS is for several processes on PostgreSQL" in sentence(ended)


def test_one_that_knows_of_no_others_is_refused_beside_several(
    bus: RedisServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with SeveralProcesses(data, bus):
        said = refused(data, "")
        assert "Another Simple Chat is using" in said
        with Server(data, CHAT_BUS=bus.url):  # one of them is not
            pass


def test_several_are_refused_beside_one_that_knows_of_no_others(
    bus: RedisServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with Server(data):
        assert "Another Simple Chat is using the database" in refused(data, bus.url)


def test_several_start_together_on_nothing(bus: RedisServer, tmp_path: Path) -> None:
    with SeveralProcesses(tmp_path / "data", bus, 3) as several:
        assert len({each.port for each in several.servers}) == 3
    assert [each.process.poll() for each in several.servers] == [0, 0, 0]
