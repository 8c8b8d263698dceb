"""The check of rows against files: what it reports, what it ignores, and that it is read-only."""

import asyncio
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from services.core import app_context
from services.core.disk import data_folder
from services.core.dto import CurrentUser
from services.files import orphans, uploads
from services.files.check import Check, Finding, Problem
from services.files.decoding import sandbox
from services.files.store.folder import FolderStore
from services.messages import edits
from services.rooms.members import direct_messages
from tests import postgres
from tests.command import refusal, run, run_process
from tests.conftest import People
from tests.upload_client import file_sizes, previews_made

pytestmark = postgres.sqlite_only


async def send(viewer: CurrentUser, room: int, name: str, data: bytes) -> Path:
    """Upload a file; return its path in the store."""
    before = set(file_sizes(app_context.current().settings.data))
    async with uploads.receive(viewer, room, len(data)) as up:
        await up.write(data)
        await up.send(
            uploads.UploadFields(name=name, client_message_id=f"number-{name.replace('.', '-')}")
        )
    [new] = set(file_sizes(app_context.current().settings.data)) - before
    return app_context.current().files.path(new)


def picture() -> bytes:
    """Return a picture that is large enough to have a preview."""
    out = io.BytesIO()
    Image.effect_noise((1600, 1200), 80).save(out, "JPEG")
    return out.getvalue()


def data() -> Path:
    """Return the data folder."""
    return app_context.current().settings.data


def everything() -> dict[str, bytes]:
    """Return all files in the data folder, without those SQLite adds to its database."""
    return {
        str(file.relative_to(data())): file.read_bytes()
        for file in data().rglob("*")
        if file.is_file() and not file.name.startswith("chat.db-")
    }


async def check(*, contents: bool = False) -> tuple[Check, list[Finding]]:
    """Run a check while the server is running."""
    done = Check(data(), contents=contents)
    before = everything()
    found = await asyncio.to_thread(lambda: list(done.run()))
    assert everything() == before, "a check changes nothing"
    return done, found


async def test_nothing_is_found_when_all_is_well(people: People) -> None:
    done, found = await check(contents=True)
    assert (done.files, done.bytes, found) == (0, 0, [])
    await send(people.asha, people.room, "a.bin", b"abc")
    shown = await send(people.ben, people.room, "b.jpg", picture())
    await previews_made()
    done, found = await check(contents=True)
    assert found == []
    assert (done.files, done.bytes) == (2, 3 + shown.stat().st_size)
    assert (done.damages, done.orphans) == (0, 0)


async def test_a_missing_file_is_reported_for_each_message(people: People) -> None:
    gone = await send(people.asha, people.room, "a.bin", b"abc")
    async with uploads.receive(people.ben, people.room, 3) as up:  # the same content
        await up.write(b"abc")
        await up.send(uploads.UploadFields(name="b.bin", client_message_id="number-b-bin"))
    await send(people.ben, people.room, "c.bin", b"another")
    gone.unlink()
    done, found = await check()
    assert found == [
        Finding(Problem.MISSING, name, people.room, "Study group", seq)
        for seq, name in ((1, "a.bin"), (2, "b.bin"))
    ]
    assert (done.damages, done.files, done.bytes) == (2, 1, 7)


async def test_a_missing_preview_is_reported(people: People) -> None:
    path = await send(people.asha, people.room, "a.jpg", picture())
    await previews_made()
    app_context.current().files.preview(path.name).unlink()
    _done, found = await check()
    assert [(each.problem, each.name) for each in found] == [(Problem.NO_PREVIEW, "a.jpg")]


async def test_other_sizes_are_reported_and_other_contents_when_read(people: People) -> None:
    short = await send(people.asha, people.room, "short.bin", b"0123456789")
    other = await send(people.asha, people.room, "other.bin", b"abcdefghij")
    short.write_bytes(b"01234")
    other.write_bytes(b"abcdefghi_")
    _done, found = await check()
    assert [(each.problem, each.name) for each in found] == [(Problem.OTHER_SIZE, "short.bin")]
    done, found = await check(contents=True)
    assert {(each.problem, each.name) for each in found} == {
        (Problem.OTHER_SIZE, "short.bin"),
        (Problem.OTHER_CONTENT, "other.bin"),
    }
    assert done.damages == 2


async def test_a_file_without_a_message_is_not_damage(people: People) -> None:
    files = data() / "files"
    orphan = files / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    for file in (orphan, orphan.with_suffix(".preview"), files / "ab" / "notes", files / "notes"):
        file.write_bytes(b"12345")
    (files / "incoming" / "half").write_bytes(b"what just comes in")
    done, found = await check(contents=True)
    assert [each.name for each in found] == [
        f"ab/{orphan.name}",
        f"ab/{orphan.name}.preview",
        "ab/notes",
        "notes",
    ]
    assert {each.problem for each in found} == {Problem.ORPHAN}
    assert (done.damages, done.orphans, done.files) == (0, 4, 1)


async def test_a_file_that_the_server_collects_itself_is_not_an_orphan(people: People) -> None:
    digest = "cd" * 32
    incoming = app_context.current().files.incoming_path()
    incoming.write_bytes(b"abc")
    with orphans.arriving(digest):
        await orphans.note(digest)
        await app_context.current().files.add(incoming, digest)
        _done, found = await check()
        assert found == []
    await orphans.collect()
    assert file_sizes(data()) == {}


async def test_files_of_deleted_messages_are_not_missing(people: People) -> None:
    await send(people.asha, people.room, "a.bin", b"abc")
    await edits.delete(people.asha, people.room, 1)
    await orphans.collect()
    done, found = await check()
    assert (done.files, found) == (0, [])


@pytest.mark.parametrize("comes", [False, True], ids=["goes", "comes"])
async def test_changes_during_the_check_are_not_reported(
    people: People, monkeypatch: pytest.MonkeyPatch, comes: bool
) -> None:
    """The server keeps writing between reading the rows and listing the files."""
    path = await send(people.asha, people.room, "a.bin", b"abc")
    rows = "SELECT * FROM attachments"
    with closing(sqlite3.connect(data() / data_folder.DATABASE)) as connection:
        [row] = connection.execute(rows).fetchall()

    def goes() -> None:
        with closing(sqlite3.connect(data() / data_folder.DATABASE)) as connection, connection:
            connection.execute("DELETE FROM attachments")
            connection.execute("DELETE FROM loose_files")
        path.unlink()

    def again() -> None:
        path.write_bytes(b"abc")
        with closing(sqlite3.connect(data() / data_folder.DATABASE)) as connection, connection:
            connection.execute(f"INSERT INTO attachments VALUES ({','.join('?' * len(row))})", row)

    changes: list[Callable[[], None]] = [again if comes else goes]
    if comes:
        goes()
    sizes = FolderStore.sizes

    def change_first(store: FolderStore, prefix: str) -> dict[str, int]:
        if prefix == path.parent.name and changes:
            changes.pop()()
        return sizes(store, prefix)

    monkeypatch.setattr(FolderStore, "sizes", change_first)
    found = await asyncio.to_thread(lambda: list(Check(data()).run()))
    assert (found, changes) == ([], [])


async def test_an_unreadable_folder_is_an_error(people: People) -> None:
    (data() / "files" / "ab").write_bytes(b"a file where a folder should be")
    ended = await asyncio.to_thread(refusal, "--data", data(), "check")
    assert "files/ab cannot be read" in ended


# -- the command ----------------------------------------------------------------------------------


def test_the_command_says_which_parts_of_the_sandbox_are_missing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "missing", lambda: ["Landlock", "seccomp"])
    ended = run("--data", data(), "check")
    assert ended.returncode == 0
    assert ended.stdout.endswith("full sandbox: this system has no Landlock, seccomp.\n")
    monkeypatch.setattr(sandbox, "missing", list)
    assert "sandbox" not in run("--data", data(), "check").stdout


@pytest.mark.skipif(bool(sandbox.missing()), reason="the command says so, too")
async def test_the_command_reports_everything(people: People) -> None:
    """While the server runs: it has the data folder open."""
    direct = await direct_messages.open(people.asha, ["ben"])
    first = await send(people.asha, people.room, "a.bin", b"abc")
    second = await send(people.asha, direct, "b.bin", b"0123456789")
    ended = await asyncio.to_thread(run_process, "--data", data(), "check", "--contents")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        "2 files stored, 13 bytes (13 B). Nothing is missing or damaged. "
        "The database has no problems.\n"
    )

    (data() / "files" / "notes").write_bytes(b"12345")
    ended = await asyncio.to_thread(run, "--data", data(), "check")
    assert ended.returncode == 0
    assert ended.stdout.splitlines() == [
        "Not in any message: notes",
        "2 files stored, 13 bytes (13 B). Nothing is missing or damaged. Not in any "
        "message: 1. The database has no problems.",
    ]

    first.unlink()
    second.write_bytes(b"0123456780")
    ended = await asyncio.to_thread(run, "--data", data(), "check", "--contents")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert set(ended.stdout.splitlines()) == {
        f"Missing: a.bin, message 1 of room {people.room} (Study group)",
        f"Damaged (content changed): b.bin, message 1 of direct conversation {direct}",
        "Not in any message: notes",
        "1 file stored, 10 bytes (10 B). Missing or damaged: 2. Not in any message: "
        "1. The database has no problems.",
    }


def test_the_command_needs_a_database_of_this_version(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert refusal("--data", folder, "check") == f"There is no chat in {folder}."
    assert not folder.exists()
    folder.mkdir()
    (folder / "chat.db").write_bytes(b"")
    assert "Start the chat once" in refusal("--data", folder, "check")
    (folder / "chat.db").write_bytes(b"somebody's essay " * 1000)
    assert "is not a database" in refusal("--data", folder, "check")
