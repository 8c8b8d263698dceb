"""`python main.py move`: what it prints, and that the chat is served wherever it is then."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat_ui.server.commands import move_report
from chat_ui.server.commands.demo import prepare
from services.backup.move.files import Counted
from services.backup.move.move import Moved
from services.backup.move.places import Place
from services.core.settings import Settings
from services.demo.script import PASSWORD, READER
from tests import postgres
from tests.command import refusal, run
from tests.http_client import Browser
from tests.server import Server

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)

SECRET = "violet-kettle"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """An empty PostgreSQL database."""
    yield postgres.url(tmp_path / "target")
    postgres.drop(tmp_path / "target")


def say_something(data: Path, url: str, text: str) -> str:
    """Serve the chat, send a message as its reader, and return what is in the room then."""
    with Server(data, CHAT_DATABASE=url) as server:
        browser = Browser(server.address)
        assert browser.login(READER, PASSWORD).status_code == 303
        with browser.open().connect() as page:
            page.send(text, text.replace(" ", "-"))
            page.wait_for("chat_messages", lambda data: text in data["html"])
            return page.catch_up()


def test_the_chat_is_served_wherever_it_is(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, back = tmp_path / "data", tmp_path / "back"
    asyncio.run(prepare(Settings(data=data, argon2_memory_kib=8192, argon2_time_cost=1)))
    say_something(data, "", "Said in SQLite")
    there = run("--data", data, "move", "--to", url, CHAT_DATABASE="")
    assert (there.returncode, there.stderr) == (0, "")
    moved, kept, to_set, backups, old = there.stdout.splitlines()
    assert moved == "Moved: 62 messages, 5 files. Every row was compared."
    assert "not read" in kept
    assert "Set CHAT_DATABASE" in to_set
    assert to_set.endswith(f"--data {data}.")
    assert "docs/scaling.md" in backups
    assert str(data / "chat.db") in old
    assert url not in there.stdout
    assert "This chat was moved to" in refusal("--data", data, CHAT_DATABASE="")

    assert "Said in SQLite" in say_something(data, url, "Said in PostgreSQL")
    monkeypatch.setattr(move_report, "INTERVAL_SECONDS", 0)
    again = run("--data", data, "move", "--to", back, CHAT_DATABASE=url)
    assert (again.returncode, again.stderr) == (0, "")
    *progress, moved, copied, to_set, _old = again.stdout.splitlines()
    for step in ("Copying messages", "Indexing messages for search", "Comparing messages"):
        assert f"{step}: 63 of 63" in progress
    assert "Checking files: 5 of 5" in progress
    assert moved.startswith("Moved: 63 messages")
    assert copied == f"The files are in {back} as well. Each was read to its end."
    assert f"Remove CHAT_DATABASE, then start the chat with --data {back}." == to_set
    assert url not in again.stdout
    assert "Said in PostgreSQL" in say_something(back, "", "Said in SQLite again")
    checked = run("--data", back, "check", "--contents", CHAT_DATABASE="")
    assert checked.returncode == 0, checked.stdout


def test_it_names_what_was_lost_and_what_was_there(tmp_path: Path) -> None:
    digest, before = "ab" * 32, tmp_path / "before-restore-20261126-223000"
    moved = Moved(1, Counted(3, (digest, "\x1b[2J")), before)
    said = list(move_report.sentences(Place(tmp_path), Place(tmp_path), moved))
    at = said.index("2 files were already missing or damaged.")
    assert said[at + 1 : at + 3] == [digest, r"'\x1b[2J'"]
    assert f"The previous data is in {before}. Delete it when everything works." in said


@pytest.mark.parametrize(
    "address", [f"postgresql://chat:{SECRET}/x@host/chat", f"postgres://chat:{SECRET}@host"]
)
def test_a_wrong_address_is_refused_without_showing_it(app_folder: Path, address: str) -> None:
    said = refusal("--data", app_folder, "move", "--to", address)
    assert "--to is '…', which is not valid" in said
    assert SECRET not in said


def test_a_folder_without_a_chat_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chat.db").touch()
    for folder in (tmp_path, tmp_path / "other"):
        assert "There is no chat in" in refusal(
            "--data", folder, "move", "--to", f"postgresql://chat:{SECRET}@host/chat"
        )


def test_where_to_is_asked_for(tmp_path: Path) -> None:
    assert "--to" in refusal("--data", tmp_path, "move")
