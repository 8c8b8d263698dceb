"""Comparing rows and kept files: what is found, what is let be, and that nothing is changed."""

import asyncio
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from services.core import app_context, data_folder
from services.core.dto import CurrentUser
from services.files import orphans, uploads
from services.files.check import Check, Finding, Problem
from services.files.store import Store
from services.messages import edits
from services.rooms import direct_messages
from tests.chat_ui.server.test_cli import refusal, run
from tests.conftest import People
from tests.upload_client import kept


async def send(viewer: CurrentUser, room: int, name: str, data: bytes) -> Path:
    """Send a file; return where it is kept."""
    before = set(kept(app_context.current().settings.data))
    async with uploads.receive(viewer, room, len(data)) as up:
        await up.write(data)
        await up.send(
            uploads.UploadFields(name=name, client_message_id=f"number-{name.replace('.', '-')}")
        )
    [new] = set(kept(app_context.current().settings.data)) - before
    return app_context.current().files.path(new)


def picture() -> bytes:
    """Return a picture that is large enough to have a preview."""
    made = io.BytesIO()
    Image.effect_noise((1600, 1200), 80).save(made, "JPEG")
    return made.getvalue()


def data() -> Path:
    """Return the folder in which all is kept."""
    return app_context.current().settings.data


def everything() -> dict[str, bytes]:
    """Return all files of the folder but what SQLite keeps beside its database."""
    return {
        str(file.relative_to(data())): file.read_bytes()
        for file in data().rglob("*")
        if file.is_file() and not file.name.startswith("chat.db-")
    }


async def check(*, contents: bool = False) -> tuple[Check, list[Finding]]:
    """Compare, beside the server that is running."""
    looked = Check(data(), contents=contents)
    before = everything()
    found = await asyncio.to_thread(lambda: list(looked.run()))
    assert everything() == before, "a check changes nothing"
    return looked, found


async def test_all_is_well(people: People) -> None:
    looked, found = await check(contents=True)
    assert (looked.files, looked.bytes, found) == (0, 0, [])
    await send(people.asha, people.room, "a.bin", b"abc")
    shown = await send(people.ben, people.room, "b.jpg", picture())
    looked, found = await check(contents=True)
    assert found == []
    assert (looked.files, looked.bytes) == (2, 3 + shown.stat().st_size)
    assert (looked.damages, looked.orphans) == (0, 0)


async def test_what_is_missing_is_named_by_its_messages(people: People) -> None:
    gone = await send(people.asha, people.room, "a.bin", b"abc")
    async with uploads.receive(people.ben, people.room, 3) as up:  # the same, kept once
        await up.write(b"abc")
        await up.send(uploads.UploadFields(name="b.bin", client_message_id="number-b-bin"))
    await send(people.ben, people.room, "c.bin", b"another")
    gone.unlink()
    looked, found = await check()
    assert found == [
        Finding(Problem.MISSING, name, people.room, "Study group", seq)
        for seq, name in ((1, "a.bin"), (2, "b.bin"))
    ]
    assert (looked.damages, looked.files, looked.bytes) == (2, 1, 7)


async def test_previews_are_looked_for(people: People) -> None:
    kept = await send(people.asha, people.room, "a.jpg", picture())
    app_context.current().files.preview(kept.name).unlink()
    _looked, found = await check()
    assert [(each.problem, each.name) for each in found] == [(Problem.NO_PREVIEW, "a.jpg")]


async def test_another_size_shows_and_another_content_when_it_is_read(people: People) -> None:
    short = await send(people.asha, people.room, "short.bin", b"0123456789")
    other = await send(people.asha, people.room, "other.bin", b"abcdefghij")
    short.write_bytes(b"01234")
    other.write_bytes(b"abcdefghi_")
    _looked, found = await check()
    assert [(each.problem, each.name) for each in found] == [(Problem.OTHER_SIZE, "short.bin")]
    looked, found = await check(contents=True)
    assert {(each.problem, each.name) for each in found} == {
        (Problem.OTHER_SIZE, "short.bin"),
        (Problem.OTHER_CONTENT, "other.bin"),
    }
    assert looked.damages == 2


async def test_what_no_message_holds_is_no_damage(people: People) -> None:
    files = data() / "files"
    orphan = files / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    for file in (orphan, orphan.with_suffix(".preview"), files / "ab" / "notes", files / "notes"):
        file.write_bytes(b"12345")
    (files / "incoming" / "half").write_bytes(b"what just comes in")
    looked, found = await check(contents=True)
    assert [each.name for each in found] == [
        f"ab/{orphan.name}",
        f"ab/{orphan.name}.preview",
        "ab/notes",
        "notes",
    ]
    assert {each.problem for each in found} == {Problem.ORPHAN}
    assert (looked.damages, looked.orphans, looked.files) == (0, 4, 1)


async def test_what_the_server_looks_after_itself_is_no_orphan(people: People) -> None:
    digest = "cd" * 32
    incoming = app_context.current().files.incoming_path()
    incoming.write_bytes(b"abc")
    with orphans.arriving(digest):
        await orphans.note(digest)
        app_context.current().files.add(incoming, digest, None)
        _looked, found = await check()
        assert found == []
    await orphans.collect()
    assert kept(data()) == {}


async def test_files_of_deleted_messages_are_missed_by_nobody(people: People) -> None:
    await send(people.asha, people.room, "a.bin", b"abc")
    await edits.delete(people.asha, people.room, 1)
    await orphans.collect()
    looked, found = await check()
    assert (looked.files, found) == (0, [])


@pytest.mark.parametrize("comes", [False, True], ids=["goes", "comes"])
async def test_what_comes_and_goes_meanwhile_is_no_problem(
    people: People, monkeypatch: pytest.MonkeyPatch, comes: bool
) -> None:
    """Between a look at the rows and one at the files, the server goes on."""
    kept = await send(people.asha, people.room, "a.bin", b"abc")
    rows = "SELECT * FROM attachments"
    with closing(sqlite3.connect(data() / data_folder.DATABASE)) as line:
        [row] = line.execute(rows).fetchall()

    def goes() -> None:
        with closing(sqlite3.connect(data() / data_folder.DATABASE)) as line, line:
            line.execute("DELETE FROM attachments")
            line.execute("DELETE FROM loose_files")
        kept.unlink()

    def again() -> None:
        kept.write_bytes(b"abc")
        with closing(sqlite3.connect(data() / data_folder.DATABASE)) as line, line:
            line.execute(f"INSERT INTO attachments VALUES ({','.join('?' * len(row))})", row)

    meanwhile: list[Callable[[], None]] = [again if comes else goes]
    if comes:
        goes()
    under = Store.sizes

    def look(store: Store, prefix: str) -> dict[str, int]:
        if prefix == kept.parent.name and meanwhile:
            meanwhile.pop()()
        return under(store, prefix)

    monkeypatch.setattr(Store, "sizes", look)
    found = await asyncio.to_thread(lambda: list(Check(data()).run()))
    assert (found, meanwhile) == ([], [])


async def test_a_file_that_cannot_be_read_is_said_so(people: People) -> None:
    (data() / "files" / "ab").write_bytes(b"a file where a folder should be")
    ended = await asyncio.to_thread(refusal, "--data", data(), "check")
    assert "files/ab cannot be read" in ended


# -- as a host types it ---------------------------------------------------------------------------


async def test_the_command_says_all_in_sentences(people: People) -> None:
    """While the server runs: the house of this test is open."""
    direct = await direct_messages.open(people.asha, ["ben"])
    first = await send(people.asha, people.room, "a.bin", b"abc")
    second = await send(people.asha, direct, "b.bin", b"0123456789")
    ended = await asyncio.to_thread(run, "--data", data(), "check", "--contents")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        "2 files of 13 bytes (13 B) are kept. Nothing is missing or damaged. "
        "The database is sound.\n"
    )

    (data() / "files" / "notes").write_bytes(b"12345")
    ended = await asyncio.to_thread(run, "--data", data(), "check")
    assert ended.returncode == 0
    assert ended.stdout.splitlines() == [
        "No message holds it: notes",
        "2 files of 13 bytes (13 B) are kept. Nothing is missing or damaged. "
        "Held by no message: 1. The database is sound.",
    ]

    first.unlink()
    second.write_bytes(b"0123456780")
    ended = await asyncio.to_thread(run, "--data", data(), "check", "--contents")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert set(ended.stdout.splitlines()) == {
        f"Missing: a.bin, message 1 of room {people.room} (Study group)",
        "Damaged, of another content than it was: b.bin, "
        f"message 1 of direct conversation {direct}",
        "No message holds it: notes",
        "1 file of 10 bytes (10 B) is kept. Missing or damaged: 2. "
        "Held by no message: 1. The database is sound.",
    }


def test_the_command_needs_a_chat_of_this_version(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert refusal("--data", folder, "check") == f"There is no chat in {folder}."
    assert not folder.exists()
    folder.mkdir()
    (folder / "chat.db").write_bytes(b"")
    assert "Start the chat once" in refusal("--data", folder, "check")
    (folder / "chat.db").write_bytes(b"somebody's essay " * 1000)
    assert "is not a database" in refusal("--data", folder, "check")
