"""Backup during writes, and restore: everything, or nothing and an error."""

import asyncio
import itertools
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from msgspec.structs import replace
from sqlmodel import col, select

from models import Invite, migrations
from models.clock import now
from services import lifecycle
from services.accounts import accounts
from services.accounts.passwords import password_resets
from services.accounts.sessions import sessions
from services.accounts.sessions.sessions import LoggedIn
from services.backup import archive, outdated, snapshot
from services.backup.restore import restore
from services.core import app_context
from services.core.disk import atomic_swap, data_folder
from services.core.dto import Visitor
from services.core.errors import NotFound, ServiceError, Unavailable
from services.db import database
from services.db.sqlite import connections
from services.files import orphans, pending
from services.files.check import Problem
from services.keys import key_devices, uploads
from services.messages import edits, encrypted, messages
from services.messages.scheduling import scheduled
from services.registration import invites
from services.rooms import encryption
from services.rooms.members import direct_messages
from services.sync import sync
from tests import postgres
from tests.command import refusal, run, run_process
from tests.conftest import HERE, PASSWORD, Fill, People, cheap, person, posix_only
from tests.killed import deadly, run_until_killed
from tests.server import Server
from tests.upload_client import new_message_id, send

pytestmark = postgres.sqlite_only

LOBBY = 1
WRITERS = 8


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, without what restoring changes.

    That is when a session ended, and the epoch of positions.
    """
    with closing(sqlite3.connect(file)) as connection:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'search'"
        names = connection.execute(tables).fetchall()  # the shadow tables stand for the index
        return {name: _rows(connection, name) for (name,) in names}


def _rows(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    kept = ", ".join(f'"{column}"' for column in columns if column not in ("revoked_at", "epoch"))
    return connection.execute(f"SELECT {kept} FROM {table}").fetchall()


def files(data: Path) -> dict[str, bytes]:
    """Return the contents of all stored files, and of the key."""
    stored = [*(data / "files").glob("??/*"), data / "device.key"]
    return {file.relative_to(data).as_posix(): file.read_bytes() for file in stored}


def state(data: Path) -> tuple[object, object]:
    return rows(data / "chat.db"), files(data)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture(scope="module")
def seeded(fill_folder: Callable[[Fill], tuple[Path, Any]]) -> Path:
    """A data folder with messages and files, closed."""
    return fill_folder(_seed)[0]


async def _seed(people: People) -> None:
    for number in range(20):
        await messages.send(people.ben, people.room, f"said {number}", f"message-{number}")
    for number in range(3):
        await send(people.asha, people.room, b"file %d" % number * 1000)
    content = {"algorithm": encryption.ALGORITHM, "ciphertext": "AwgBEn/+="}
    room = await direct_messages.open(people.asha, ["ben"], encryption=content)
    sent, _new = await encrypted.send(people.asha, room, "encrypted-1", content)
    await encrypted.send(people.asha, room, "encrypted-2", content, replaces=sent.message_id)
    async with pending.receive(people.asha, 8) as receiver:
        await receiver.write(b"kept for")
        await receiver.save("")
    await orphans.collect()


@pytest.fixture
def quiet(seeded: Path, tmp_path: Path) -> Path:
    """A copy of it, which a test may change."""
    return Path(copytree(seeded, tmp_path / "quiet" / "data", ignore=ignore_patterns("lock")))


@pytest.fixture
def saved(quiet: Path) -> Path:
    """A backup of it."""
    archive.save(quiet, quiet.parent / "chat.zip")
    return quiet.parent / "chat.zip"


# -- backup -----------------------------------------------------------------------------------


async def test_everything_is_restored(quiet: Path, saved: Path, tmp_path: Path) -> None:
    restored = restore(tmp_path / "new", saved)
    assert (restored.messages, restored.files, restored.lost) == (25, 4, [])
    assert restored.before is None
    assert state(tmp_path / "new") == state(quiet)
    assert names(tmp_path / "new") == ["chat.db", "device.key", "files", "lock"]
    await lifecycle.startup(cheap(tmp_path / "new"))
    await person("devi")
    await lifecycle.shutdown()


async def test_a_backup_while_eight_people_write(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has everything stored before it began, without gaps, while files come and go."""
    writers = [await person(f"writer{number}") for number in range(WRITERS)]
    data = app_context.current().settings.data
    stored: dict[str, int] = {}
    done = asyncio.Event()

    async def write(number: int) -> None:
        while not done.is_set():
            if number % 4:
                message_id = new_message_id()
                message, _ = await messages.send(writers[number], LOBBY, "said", message_id)
                stored[message_id] = message.seq
            else:
                message = await send(writers[number], LOBBY, new_message_id().encode())
                await edits.delete(writers[number], LOBBY, message.seq)
                await send(writers[number], LOBBY, new_message_id().encode())

    def wait_for_another() -> None:
        seen = len(stored)
        while len(stored) == seen:
            time.sleep(0.002)

    # In small chunks, with a write between each two of them.
    copy = snapshot.database_copy.copy
    monkeypatch.setattr(snapshot.database_copy, "CHUNK_SIZE", 20)
    monkeypatch.setattr(
        snapshot.database_copy,
        "copy",
        lambda file, to, **_options: copy(file, to, rest=wait_for_another),
    )
    for limit in vars(app_context.current().rate_limits).values():
        limit.consume = lambda *_arguments, **_options: None
    writing = [asyncio.create_task(write(number)) for number in range(WRITERS)]
    for turn in range(2):
        goal = len(stored) + 30
        while len(stored) < goal:
            await asyncio.sleep(0.01)
        before = dict(stored)
        file = tmp_path / f"{turn}.zip"
        saved = await asyncio.to_thread(archive.save, data, file)
        assert saved.missing == 0
        assert len(stored) > len(before)
        await asyncio.to_thread(compare, file, tmp_path / f"new-{turn}", before)
    done.set()
    await asyncio.gather(*writing)


def compare(file: Path, new: Path, stored: dict[str, int]) -> None:
    restored = restore(new, file)
    assert restored.lost == []
    found = rows(new / "chat.db")["messages"]
    with closing(sqlite3.connect(new / "chat.db")) as connection:
        query = "SELECT client_message_id, seq FROM messages WHERE room_id = 1"
        found = dict(connection.execute(query).fetchall())
        [last] = connection.execute("SELECT last_seq FROM rooms WHERE id = 1").fetchone()
    assert stored.items() <= found.items()
    assert sorted(found.values()) == list(range(1, last + 1))


async def test_a_file_deleted_during_the_backup_is_not_missing(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is copied again, without its message."""
    goes = await send(people.asha, people.room, b"goes")
    await send(people.asha, people.room, b"stays")
    loop = asyncio.get_running_loop()
    copy = snapshot.database_copy.copy
    copies = itertools.count(1)

    async def delete() -> None:
        await edits.delete(people.asha, people.room, goes.seq)
        await orphans.collect()

    def delete_after_the_first(file: Path, to: Path, **options: object) -> None:
        copy(file, to, **options)
        if next(copies) == 1:
            asyncio.run_coroutine_threadsafe(delete(), loop).result()

    monkeypatch.setattr(snapshot.database_copy, "copy", delete_after_the_first)
    data = app_context.current().settings.data
    saved = await asyncio.to_thread(archive.save, data, tmp_path / "chat.zip")
    assert (saved.files, saved.missing, next(copies)) == (1, 0, 3)
    assert restore(tmp_path / "new", tmp_path / "chat.zip").lost == []


async def test_files_lost_before_are_reported(people: People, tmp_path: Path) -> None:
    message = await send(people.asha, people.room, b"lost")
    await send(people.asha, people.room, b"stays")
    assert message.file
    data = app_context.current().settings.data
    gone = [file for file in (data / "files").glob("??/*") if file.read_bytes() == b"lost"]
    gone[0].unlink()
    ended = await asyncio.to_thread(run_process, "--data", data, "backup", tmp_path / "chat.zip")
    assert ended.returncode == 0
    assert "1 file was already missing." in ended.stdout
    new = tmp_path / "new"
    sentence = await asyncio.to_thread(refusal, "--data", new, "restore", tmp_path / "chat.zip")
    assert "1 file is missing or damaged" in sentence
    assert "--incomplete" in sentence
    ended = await asyncio.to_thread(
        run, "--data", new, "restore", tmp_path / "chat.zip", "--incomplete"
    )
    assert ended.returncode == 0
    assert "Missing: notes.txt, message 1" in ended.stdout
    assert "1 file." in ended.stdout


def test_a_backup_is_private_and_overwrites_nothing(quiet: Path, saved: Path) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    before = saved.read_bytes()
    assert "already exists" in refusal("--data", quiet, "backup", saved)
    assert saved.read_bytes() == before
    assert "No such file" in refusal("--data", quiet, "backup", saved.parent / "no" / "chat.zip")
    assert sorted(each.name for each in saved.parent.iterdir()) == ["chat.zip", "data"]


def test_a_backup_needs_a_data_folder(tmp_path: Path) -> None:
    sentence = refusal("--data", tmp_path / "data", "backup", tmp_path / "chat.zip")
    assert "There is no chat" in sentence
    assert names(tmp_path) == []


def test_a_full_disk_leaves_nothing_of_a_backup(quiet: Path, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(3_900_000))
    with pytest.raises(Unavailable, match="Nothing was stored"):
        archive.save(quiet, small_disk / "chat.zip")
    assert names(small_disk) == ["filler"]


# -- restore ----------------------------------------------------------------------------------


async def test_the_previous_contents_are_preserved(quiet: Path, saved: Path) -> None:
    await lifecycle.startup(cheap(quiet))
    await person("devi")
    await send(await person("emre"), LOBBY, b"said after the backup")
    await lifecycle.shutdown()
    then = state(quiet)
    ended = run("--data", quiet, "restore", saved)
    assert ended.returncode == 0, ended.stderr
    assert "Restored: 25 messages, 4 files." in ended.stdout
    [before] = quiet.glob("before-restore-*")
    assert str(before) in ended.stdout
    assert state(before) == then
    restored = state(quiet)
    assert restored != then
    restore(quiet.parent / "new", saved)
    assert restored == state(quiet.parent / "new")


async def test_a_folder_can_be_restored(quiet: Path, tmp_path: Path) -> None:
    """A copy made by hand, with a write-ahead log."""
    with closing(sqlite3.connect(quiet / "chat.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE users SET about = 'changed in the log'")
        copytree(quiet, tmp_path / "copy")
    restore(tmp_path / "new", tmp_path / "copy")
    assert state(tmp_path / "new") == state(tmp_path / "copy")
    assert "changed in the log" in repr(rows(tmp_path / "new" / "chat.db"))


def test_a_restore_is_refused_while_a_server_runs(quiet: Path, saved: Path) -> None:
    with (
        data_folder.lock(quiet),
        pytest.raises(Unavailable, match="Another Simple Chat"),
    ):
        restore(quiet, saved)
    assert not list(quiet.glob("*restor*"))


def test_a_restore_on_a_full_disk_changes_nothing(
    quiet: Path, saved: Path, small_disk: Path
) -> None:
    data = small_disk / "data"
    restore(data, saved)
    before = state(data)
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - 65_536))
    with pytest.raises(Unavailable):
        restore(data, saved)
    assert state(data) == before
    assert not list(data.glob("*restor*"))


# -- damaged backups --------------------------------------------------------------------------


def rewrite(saved: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> None:
    """Rewrite a backup with `change` applied to each member; None removes it."""
    with ZipFile(saved) as zip_file:
        members = [(each.filename, zip_file.read(each)) for each in zip_file.infolist()]
    with ZipFile(saved, "w", ZIP_DEFLATED) as zip_file:
        for member in members:
            if changed := change(*member):
                zip_file.writestr(*changed)


def cut(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-200])


def not_a_zip(saved: Path) -> None:
    saved.write_bytes(b"somebody's essay " * 1000)


def flip(saved: Path) -> None:
    """Change a byte of the compressed database."""
    whole = bytearray(saved.read_bytes())
    with ZipFile(saved) as opened:
        member = opened.getinfo("chat.db")
        whole[member.header_offset + member.compress_size // 2] ^= 1
    saved.write_bytes(bytes(whole))


def without_database(saved: Path) -> None:
    rewrite(saved, lambda name, data: None if name == "chat.db" else (name, data))


def other_database(saved: Path) -> None:
    rewrite(saved, lambda name, data: (name, b"an essay" if name == "chat.db" else data))


def damaged_page(saved: Path) -> None:
    def damage(name: str, data: bytes) -> tuple[str, bytes]:
        half = len(data) // 2
        whole = data[:half] + bytes(b ^ 0x55 for b in data[half : half + 9000])
        return name, whole + data[half + 9000 :] if name == "chat.db" else data

    rewrite(saved, damage)


@pytest.mark.parametrize(
    "damage", [cut, not_a_zip, flip, without_database, other_database, damaged_page]
)
def test_a_damaged_backup_is_refused(
    quiet: Path, saved: Path, damage: Callable[[Path], None]
) -> None:
    before = state(quiet)
    damage(saved)
    for incomplete in (False, True):
        with pytest.raises(ServiceError) as refused:
            restore(quiet, saved, incomplete=incomplete)
        assert refused.value.message == f"{saved} is not a backup of Simple Chat, or is damaged."
    assert state(quiet) == before
    assert not list(quiet.glob("*restor*"))


def test_a_folder_that_is_not_a_backup_and_a_missing_file(tmp_path: Path) -> None:
    for file, said in ((tmp_path, "is not a backup"), (tmp_path / "no.zip", "No such file")):
        with pytest.raises(ServiceError, match=said):
            restore(tmp_path / "data", file)
    assert not (tmp_path / "data").exists()


def test_a_damaged_file_is_left_out(quiet: Path, saved: Path) -> None:
    [first, *_rest] = sorted(each for each in files(quiet) if each.startswith("files"))
    rewrite(saved, lambda name, data: (name, data[:-1] + b"!" if name == first else data))
    with pytest.raises(ServiceError, match="1 file is missing or damaged"):
        restore(quiet, saved)
    restored = restore(quiet, saved, incomplete=True)
    assert [each.hash for each in restored.lost] == [Path(first).name]
    assert first not in files(quiet)
    assert len(files(quiet)) == 4


def test_unknown_members_are_ignored(quiet: Path, saved: Path, tmp_path: Path) -> None:
    before = state(quiet)
    with ZipFile(saved, "a") as zip_file:
        for name in ("files/ab/evil", "lock", "chat.db-wal"):
            zip_file.writestr(name, b"evil" * 1000)
    restore(tmp_path / "new" / "data", saved)
    assert state(tmp_path / "new" / "data") == before
    assert names(tmp_path / "new") == ["data"]
    assert names(tmp_path / "new" / "data") == ["chat.db", "device.key", "files", "lock"]
    assert not list(tmp_path.rglob("evil"))


def test_a_backup_too_large_for_the_disk_is_not_unpacked(saved: Path, small_disk: Path) -> None:
    """A zip of a few kilobytes, with twenty megabytes of zeros."""
    rewrite(saved, lambda name, data: (name, bytes(20_000_000) if name == "chat.db" else data))
    assert saved.stat().st_size < 100_000
    with pytest.raises(Unavailable, match="Free up space"):
        restore(small_disk / "data", saved)
    assert names(small_disk / "data") == ["chat.db", "lock"]


def test_a_newer_version_is_refused(quiet: Path, saved: Path) -> None:
    copyfile(quiet / "chat.db", quiet / "newer.db")
    with closing(sqlite3.connect(quiet / "newer.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    newer = (quiet / "newer.db").read_bytes()
    rewrite(saved, lambda name, data: (name, newer if name == "chat.db" else data))
    with pytest.raises(ServiceError, match="newer version of Simple Chat"):
        restore(quiet, saved)


# -- kill -9 ----------------------------------------------------------------------------------


def restore_and_die(data: Path, saved: Path, moment: str, turn: int) -> None:
    """Restore a backup; this renaming of a file or folder kills the process."""
    Path.rename = deadly(Path.rename, moment, turn)  # type: ignore[method-assign]
    restore(data, saved)


RENAMES = 7
"""One to commit, and two each for database, key and files. Long: further ones of them."""


@posix_only
@pytest.mark.parametrize(
    ("moment", "turn"),
    [
        ("before", 1),
        ("after", 2),
        *(pytest.param("after", turn, marks=pytest.mark.long) for turn in (1, 4, RENAMES)),
    ],
)
async def test_a_killed_restore_leaves_the_old_or_the_new_state(
    quiet: Path, saved: Path, moment: str, turn: int
) -> None:
    await lifecycle.startup(cheap(quiet))
    await person("devi")
    await lifecycle.shutdown()
    old = state(quiet)
    restore(quiet.parent / "new", saved)
    new = state(quiet.parent / "new")
    run_until_killed(restore_and_die, quiet, saved, moment, turn)
    is_ready = (moment, turn) != ("before", 1)
    assert atomic_swap.is_interrupted(quiet) == is_ready
    with data_folder.lock(quiet):
        assert state(quiet) == (new if is_ready else old)
        if is_ready:
            [before] = quiet.glob("before-restore-*")
            assert state(before) == old
        assert not [each for each in names(quiet) if each.startswith("restor")]


@posix_only
def test_an_interrupted_restore_is_finished_by_the_next_start(quiet: Path, saved: Path) -> None:
    run_until_killed(restore_and_die, quiet, saved, "after", 2)
    assert "Start the chat to finish it." in refusal("--data", quiet, "check")
    with Server(quiet) as server:
        assert "The interrupted restore is finished.\n" in server.output
    restore(quiet.parent / "new", saved)
    new = rows(quiet.parent / "new" / "chat.db")
    assert rows(quiet / "chat.db")["messages"] == new["messages"]


# -- an older version -------------------------------------------------------------------------


def test_a_backup_of_an_older_version_is_upgraded(tmp_path: Path) -> None:
    """From before there were files; backing up an older database does not upgrade it."""
    older = tmp_path / "older"
    older.mkdir()
    made = connections.engine(older / "chat.db", connections=1)
    with made.begin() as connection:
        migrations.upgrade(connection, "0002")
        connection.exec_driver_sql(
            "INSERT INTO users (id, username, username_key, skeleton, display_name, hue, theme,"
            " password_hash, is_admin, created_at)"
            " VALUES (1, 'asha', 'asha', 'asha', 'Asha', 0, 'auto', '', 1, '2026-01-01')"
        )
    made.dispose()
    before = rows(older / "chat.db")
    assert archive.save(older, tmp_path / "chat.zip").files == 0
    assert rows(older / "chat.db") == before
    restore(tmp_path / "new", tmp_path / "chat.zip")
    after = rows(tmp_path / "new" / "chat.db")
    assert after["alembic_version"] == [(migrations.newest_revision(),)]
    assert after["users"][0][:2] == (1, "asha")
    assert names(tmp_path / "new") == ["chat.db", "files", "lock"]


# -- hostile backups --------------------------------------------------------------------------


def some_file(data: Path) -> Path:
    return next((data / "files").glob("??/*"))


@posix_only
@pytest.mark.parametrize("kind", ["link", "folder", "fifo", "database", "log", "device"])
def test_a_link_or_device_in_a_folder_is_refused(quiet: Path, tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(some_file(quiet).read_bytes())
    hostile = tmp_path / "hostile"
    copytree(quiet, hostile)
    replaced = some_file(hostile)
    if kind == "folder":
        replaced.parent.rename(tmp_path / "elsewhere")
        replaced.parent.symlink_to(tmp_path / "elsewhere")
    elif kind == "database":
        (hostile / "chat.db").rename(tmp_path / "elsewhere.db")
        (hostile / "chat.db").symlink_to(tmp_path / "elsewhere.db")
    elif kind == "log":
        (hostile / "chat.db-wal").symlink_to(secret)
    else:
        replaced.unlink()
        if kind == "fifo":
            os.mkfifo(replaced)
        else:
            replaced.symlink_to(secret if kind == "link" else "/dev/zero")
    before = state(quiet)
    with pytest.raises(ServiceError, match="link or a device"):
        restore(quiet, hostile)
    assert state(quiet) == before


@posix_only
def test_a_preview_that_is_no_picture_is_not_restored(quiet: Path, tmp_path: Path) -> None:
    """As a hard link to a file of the host would be."""
    hostile = tmp_path / "hostile"
    copytree(quiet, hostile)
    with closing(sqlite3.connect(hostile / "chat.db")) as connection, connection:
        connection.execute("UPDATE attachments SET has_preview = 1")
    secret = tmp_path / "secret"
    secret.write_text("the host's own")
    previews = [each.with_suffix(".preview") for each in (hostile / "files").glob("??/*")]
    for preview in previews:
        os.link(secret, preview)
    restored = restore(tmp_path / "new", hostile, incomplete=True)
    assert [each.problem for each in restored.lost] == [Problem.NO_PREVIEW] * 3
    assert not list((tmp_path / "new").rglob("*.preview"))


@posix_only
def test_a_file_that_others_can_change_is_copied(quiet: Path, tmp_path: Path) -> None:
    for number, file in enumerate(sorted((quiet / "files").glob("??/*"))):
        file.chmod(0o622 if number else 0o600)
    restore(tmp_path / "new", quiet)
    links = [each.stat().st_nlink for each in sorted((tmp_path / "new" / "files").glob("??/*"))]
    assert links == [2, 1, 1, 1]
    copied = [each for each in (tmp_path / "new").glob("files/??/*") if each.stat().st_nlink == 1]
    assert not any(each.stat().st_mode & 0o077 for each in copied)


@pytest.mark.parametrize("kind", ["link", "../evil", "files/../../evil", "/evil"])
def test_a_link_or_a_path_in_an_archive_is_refused(
    quiet: Path, saved: Path, tmp_path: Path, kind: str
) -> None:
    hostile = tmp_path / "hostile.zip"
    with ZipFile(saved) as source, ZipFile(hostile, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            if kind == "link" and member.filename.startswith("files/"):
                member.external_attr = (stat.S_IFLNK | 0o777) << 16
                content = b"/etc/passwd"
            target.writestr(member, content)
        if kind != "link":
            target.writestr(kind, b"evil")
    before = state(quiet)
    with pytest.raises(
        ServiceError, match="link or a device" if kind == "link" else "is not a backup"
    ):
        restore(quiet, hostile)
    assert state(quiet) == before
    assert not list(tmp_path.rglob("evil"))


# -- what is not to come to life again -----------------------------------------------------------


async def test_who_was_locked_out_since_stays_outside(people: People, tmp_path: Path) -> None:
    visitor = Visitor("127.0.0.1", "somebody else's laptop")
    stolen = await accounts.login(visitor, "ben", PASSWORD)
    assert isinstance(stolen, LoggedIn)
    link = await password_resets.create_in_terminal("ben")
    await invites.create(people.asha, days=1, uses=1)
    data = app_context.current().settings.data
    await asyncio.to_thread(archive.save, data, tmp_path / "chat.zip")
    await lifecycle.shutdown()
    await asyncio.to_thread(restore, tmp_path / "new", tmp_path / "chat.zip")
    await lifecycle.startup(cheap(tmp_path / "new"))
    assert await sessions.resume(stolen.token) is None
    with pytest.raises(NotFound):
        await password_resets.username_of(link)
    revoked = await database.read(
        lambda session: session.exec(select(col(Invite.revoked_at))).all()
    )
    assert len(revoked) == 1
    assert revoked[0]
    assert isinstance(await accounts.login(visitor, "ben", PASSWORD), LoggedIn)


async def test_keys_and_positions_of_apps_end(people: People, tmp_path: Path) -> None:
    key = {"signed_curve25519:a": {"key": "x"}}
    phone = replace(people.ben, device_id="PHONE")
    identity = {"device_id": "PHONE", "keys": {"ed25519:PHONE": "x"}}
    await uploads.upload(phone, identity, key, key)
    before = (await sync.since(phone, None, 20)).position
    data = app_context.current().settings.data
    await asyncio.to_thread(archive.save, data, tmp_path / "chat.zip")
    await lifecycle.shutdown()
    await asyncio.to_thread(restore, tmp_path / "new", tmp_path / "chat.zip")
    await lifecycle.startup(cheap(tmp_path / "new"))
    assert (await key_devices.counts(phone)) == key_devices.KeyCounts()
    news = await sync.since(phone, before, 20)
    assert news.rooms, "it begins anew"
    assert news.position.epoch not in (0, before.epoch)
    assert not (await sync.since(phone, news.position, 20)).rooms
    opened = await database.write(lambda session: sessions.add(session, phone.user_id, HERE))
    again = replace(phone, session_id=opened.session_id)
    assert (await uploads.upload(again, None, key, {})).one_time == {"signed_curve25519": 1}


async def test_what_was_due_since_is_not_sent_by_itself(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, hours in (("due", 1), ("to come", 48)):
        moment = (now() + timedelta(hours=hours)).isoformat()
        await scheduled.schedule(people.ben, people.room, name, new_message_id(), moment)
    data = app_context.current().settings.data
    await asyncio.to_thread(archive.save, data, tmp_path / "chat.zip")
    await lifecycle.shutdown()
    monkeypatch.setattr(outdated, "now", lambda: now() + timedelta(hours=5))
    await asyncio.to_thread(restore, tmp_path / "new", tmp_path / "chat.zip")
    await lifecycle.startup(cheap(tmp_path / "new"))
    waiting = {each.text: each.refusal for each in await scheduled.mine(people.ben)}
    assert waiting == {"due": waiting["due"], "to come": ""}
    assert "restored from a backup" in waiting["due"]
