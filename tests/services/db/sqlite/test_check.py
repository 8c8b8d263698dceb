"""Database check and repair: every defect is found, and a repair loses nothing."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from services import lifecycle
from services.backup.repair import repair
from services.core import app_context
from services.core.disk import data_folder
from services.db.sqlite import check
from services.db.sqlite.check import Defect
from services.files.check import Check, Problem
from services.messages import messages
from services.rooms.members import direct_messages
from services.search import search
from tests import postgres
from tests.command import run, run_process, sentence
from tests.conftest import Fill, People, cheap, person
from tests.services.backup.test_backup import rows
from tests.services.files.test_check import picture
from tests.upload_client import previews_made, send

pytestmark = postgres.sqlite_only


@pytest.fixture(scope="module")
def seeded(fill_folder: Callable[[Fill], tuple[Path, Any]]) -> Path:
    """A closed data folder, with messages in a room and in a direct conversation."""
    return fill_folder(_seed)[0]


async def _seed(people: People) -> None:
    direct = await direct_messages.open(people.asha, ["ben"])
    for room in (people.room, direct):
        for number in range(5):
            await messages.send(people.asha, room, f"harvest {number}", f"message-{room}-{number}")
    await send(people.ben, people.room, picture(), name="field.jpg")
    await previews_made()


@pytest.fixture
def data(seeded: Path, tmp_path: Path) -> Path:
    """A copy of it, which a test may damage."""
    return Path(copytree(seeded, tmp_path / "data"))


def change(data: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data / "chat.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def low_last_seq(data: Path) -> None:
    change(data, "UPDATE rooms SET last_seq = 2 WHERE kind = 'private'")


def gap(data: Path) -> None:
    change(data, "DELETE FROM messages WHERE seq = 3")


def newest_missing(data: Path) -> None:
    change(data, "DELETE FROM messages WHERE seq = 5")


def empty_index(data: Path) -> None:
    change(data, "INSERT INTO search (search) VALUES ('delete-all')")


def one_not_indexed(data: Path) -> None:
    change(
        data,
        "INSERT INTO search (search, rowid, text, tags)"
        " SELECT 'delete', place, text, tags FROM searched LIMIT 1",
    )


def corrupt_index(data: Path) -> None:
    change(data, "UPDATE search_data SET block = x'0001' WHERE id > 10")


def missing_author(data: Path) -> None:
    change(data, "PRAGMA foreign_keys = OFF", "DELETE FROM users WHERE username = 'ben'")


def stale_index(data: Path) -> None:
    """An index that lacks a message."""
    file = data / "chat.db"
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT * FROM sqlite_master WHERE name = 'ix_messages_reply_to_id'"
        [entry] = connection.execute(query).fetchall()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'ix_messages_reply_to_id'")
    change(data, "UPDATE messages SET reply_to_id = 1 WHERE seq = 4")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", entry)


DEFECTS: dict[Callable[[Path], None], set[Defect]] = {
    low_last_seq: {Defect.LAST_SEQ},
    gap: {Defect.GAP},
    newest_missing: {Defect.GAP},
    empty_index: {Defect.SEARCH},
    one_not_indexed: {Defect.SEARCH},
    corrupt_index: {Defect.SEARCH},
    missing_author: {Defect.ROWS},
    stale_index: {Defect.INDEX},
}


def found(data: Path) -> set[Defect]:
    return {each.defect for each in check.run(data / "chat.db")}


@pytest.mark.parametrize("damage", DEFECTS, ids=lambda damage: damage.__name__)
def test_a_defect_is_found_and_repaired_where_possible(
    data: Path, damage: Callable[[Path], None]
) -> None:
    assert found(data) == set()
    damage(data)
    before = rows(data / "chat.db")
    assert found(data) == DEFECTS[damage]
    assert rows(data / "chat.db") == before, "a check changes nothing"
    outcome = repair(data)
    repairable = DEFECTS[damage] & check.REPAIRABLE
    assert set(outcome.repaired) == repairable
    assert found(data) == DEFECTS[damage] - repairable
    if repairable:
        assert outcome.before
        assert rows(outcome.before) == before
    assert rows(data / "chat.db")["messages"] == before["messages"]


async def test_the_chat_works_after_a_repair(data: Path) -> None:
    low_last_seq(data)
    corrupt_index(data)
    stale_index(data)
    assert len(repair(data).repaired) == 3
    settings = cheap(data)
    with data_folder.lock(data):
        await lifecycle.startup(settings)
        devi = await person("devi")
        message, _ = await messages.send(devi, 1, "the next harvest", "message-new")
        assert message.seq == 1
        hits = (await search.find(devi, "harvest")).hits
        assert [hit.message.text for hit in hits] == ["the next harvest"]
        await lifecycle.shutdown()
    assert found(data) == set()


def test_files_are_repaired(data: Path) -> None:
    files = data / "files"
    [preview] = files.glob("??/*.preview")
    preview.unlink()
    orphan = files / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    for file in (orphan, files / "notes", files / "ab" / "notes"):
        file.write_bytes(b"12345")
    outcome = repair(data)
    assert outcome.repaired == {Problem.NO_PREVIEW: 1, Problem.ORPHAN: 1}
    left = [(each.problem, each.name) for each in Check(data, contents=True).run()]
    # Files that are not from this program stay.
    assert left == [(Problem.ORPHAN, "ab/notes"), (Problem.ORPHAN, "notes")]
    assert not repair(data).repaired


def test_lost_data_is_reported_and_stays_lost(data: Path) -> None:
    for file in (data / "files").glob("??/*"):
        file.unlink()
    gap(data)
    ended = run("--data", data, "check", "--repair")
    assert ended.returncode == 1
    said = ended.stdout.splitlines()
    assert said[0] == "Repaired: links to lost previews were removed: 1."
    assert "chat-before-repair-" in said[1]
    assert any(line.startswith("Messages missing in room") for line in said)
    assert any(line.startswith("Missing: field.jpg, message 6 of room") for line in said)
    assert said[-1].endswith("Missing or damaged: 1. Problems in the database: 2.")


def test_the_check_and_repair_commands(data: Path) -> None:
    low_last_seq(data)
    ended = run("--data", data, "check")
    assert ended.returncode == 1
    assert "the number of its newest message is wrong." in ended.stdout
    ended = run("--data", data, "check", "--repair")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Repaired: the number of the newest message was corrected in every room." in ended.stdout
    assert "Nothing is missing or damaged. The database has no problems.\n" in ended.stdout
    assert "Nothing here can be repaired." in run("--data", data, "check", "--repair").stdout


async def test_a_repair_is_refused_while_a_server_runs(people: People) -> None:
    data = app_context.current().settings.data
    ended = await asyncio.to_thread(run_process, "--data", data, "check", "--repair")
    assert "Another Simple Chat" in sentence(ended)


def test_damaged_pages_are_reported(data: Path) -> None:
    whole = bytearray((data / "chat.db").read_bytes())
    half = len(whole) // 2 // 4096 * 4096
    whole[half : half + 40_000] = b"\x55" * 40_000
    (data / "chat.db").write_bytes(bytes(whole))
    ended = run("--data", data, "check")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "damaged" in ended.stdout + ended.stderr
