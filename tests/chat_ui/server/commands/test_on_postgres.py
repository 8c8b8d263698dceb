"""`python main.py` on PostgreSQL: serving, and what the commands say."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import postgres
from tests.command import Ended, refusal, run, sentence
from tests.http_client import Browser
from tests.server import Server

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder that is not there yet, with an empty database."""
    yield tmp_path / "data"
    postgres.drop(tmp_path / "data")


def on(data: Path, *options: str) -> Ended:
    return run("--data", data, *options, **postgres.variables(data))


def test_the_chat_is_served_and_goes_on_after_a_kill(data: Path) -> None:
    with Server(data) as server:
        browser = Browser(server.address)
        assert browser.register("asha").status_code < 400
        with browser.open().connect() as page:
            page.send("Hello, PostgreSQL", "number-1")
            page.wait_for("chat_messages", lambda data: "Hello, PostgreSQL" in data["html"])
        server.kill()
    with Server(data) as server:
        again = Browser(server.address)
        again.login("asha")
        with again.open().connect() as page:
            assert "Hello, PostgreSQL" in page.catch_up()
        assert httpx.get(f"{server.address}/healthz").json()["status"] == "ok"
    assert (data / "chat.db").stat().st_size == 0


def test_a_second_server_is_refused_in_one_sentence(data: Path, tmp_path: Path) -> None:
    with Server(data):
        variables = postgres.variables(data)
        said = refusal("--data", tmp_path / "other", "--no-show", **variables)
    assert "Another Simple Chat is using the database" in said


def test_a_link_for_a_password_is_made_beside_the_server(data: Path) -> None:
    assert "no chat in" in sentence(on(data, "reset-password", "asha"))
    with Server(data) as server:
        browser = Browser(server.address)
        browser.register("asha")
        made = on(data, "reset-password", "asha")
        assert made.returncode == 0, made.stderr
        link = made.stdout.split()[-1].replace("127.0.0.1:8080", server.address.split("//")[1])
        assert httpx.get(link).status_code == 200
        log = on(data, "log")
        assert "reset_link_made" in log.stdout or "password" in log.stdout
        assert on(data, "log", "--verify").returncode == 0


@pytest.mark.parametrize(
    "command", [["backup", "chat.zip"], ["restore", "chat.zip"], ["check"], ["check", "--repair"]]
)
def test_backups_and_checks_are_left_to_the_host(data: Path, command: list[str]) -> None:
    assert "with the tools of PostgreSQL, such as pg_dump" in sentence(on(data, *command))
    assert not data.exists()
