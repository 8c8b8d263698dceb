"""Moving the chat of the demo from SQLite to PostgreSQL and back: all of it, or nothing."""

import asyncio
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, bindparam, event
from sqlmodel import SQLModel, col, select

from chat_ui.server.commands.demo import prepare
from models import Attachment, Membership, Message
from services import lifecycle
from services.accounts import accounts
from services.accounts.sessions import sessions
from services.accounts.sessions.sessions import LoggedIn
from services.backup import archive, restore
from services.backup.move import places, tables, to_store
from services.backup.move.move import move
from services.backup.move.places import Place
from services.backup.move.progress import Progress, Step
from services.backup.move.tables import Summaries
from services.core import bucket_address
from services.core.bucket_address import BucketAddress
from services.core.disk import data_folder
from services.core.errors import ServiceError, Unavailable
from services.core.settings import Settings
from services.db import database
from services.db.sqlite import check
from services.db.sqlite import transfer as in_sqlite
from services.demo.script import PASSWORD, READER
from services.files import files
from services.messages import messages
from services.search import search
from tests import postgres, s3
from tests.conftest import HERE

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)

WORD = "Moved"
OWNER = "chat"
"""The object that says whose files are in a bucket."""
_WITH_FILES: Any = (
    select(Message.room_id, Message.seq)
    .join(Attachment, col(Attachment.message_id) == Message.id)
    .join(Membership, col(Membership.room_id) == Message.room_id)
    .where(col(Membership.user_id) == bindparam("user"))
)


def quiet(_step: Step, _what: str, _done: int, _total: int) -> None:
    """Watch a move without a word."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the demo, in SQLite."""
    data = tmp_path_factory.mktemp("demo") / "data"
    asyncio.run(prepare(in_file(data)))
    return data


@pytest.fixture
def data(demo: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(demo, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """An empty PostgreSQL database."""
    yield postgres.url(tmp_path / "target")
    postgres.drop(tmp_path / "target")


def in_file(data: Path) -> Settings:
    return Settings(data=data, argon2_memory_kib=8192, argon2_time_cost=1)


def on_postgres(data: Path, url: str) -> Settings:
    return in_file(data).model_copy(update={"database": SecretStr(url)})


def moved_to(data: Path, url: str) -> Place:
    """Return the place of a chat after it has been moved into PostgreSQL."""
    place = places.parse(url, data)
    move(Place(data), place, quiet)
    return place


def in_postgres(name: str) -> Any:
    """Return a module that needs PostgreSQL's driver."""
    return import_module(f"services.db.postgres.{name}")


def held(place: Place) -> Summaries:
    """Return what all tables hold."""
    opened = (
        in_sqlite.reading(place.data / data_folder.DATABASE)
        if place.postgres is None
        else in_postgres("transfer").reading(place.postgres)
    )
    with opened as connection:
        return {
            each.name: tables.summarise(connection, each, quiet, 0)
            for each in SQLModel.metadata.sorted_tables
        }


def stored_files(data: Path) -> dict[str, bytes]:
    stored = [*(data / "files").glob("??/*"), data / "device.key"]
    return {each.relative_to(data).as_posix(): each.read_bytes() for each in stored}


def execute(url: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def disconnect(url: str) -> None:
    """End all other sessions of a database."""
    execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


@contextmanager
def running_on(url: str, kind: str = "ALONE") -> Iterator[None]:
    """Hold what a server holds that uses a database."""
    address = places.parse(url, Path()).postgres
    connected = in_postgres("connections").connect_to_write(
        address, in_postgres("connections").Server[kind]
    )
    with closing(connected):
        yield


def table_names(url: str) -> list[str]:
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        return [name for (name,) in found]


def change(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "chat.db", isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount > 0


def use(settings: Settings, number: str) -> None:
    """Start the chat, and have its reader send, look at files, and search, as on any other day."""

    async def run() -> None:
        await lifecycle.startup(settings)
        try:
            entered = await accounts.login(HERE, READER, PASSWORD)
            assert isinstance(entered, LoggedIn)
            reader = await sessions.resume(entered.token)
            assert reader is not None
            sent, is_new = await messages.send(reader, 1, f"{WORD} {number}", f"moved-{number}")
            assert is_new
            with_files = await database.read(
                lambda session: session.exec(_WITH_FILES, params={"user": reader.user_id}).all()
            )
            assert len(with_files) > 2
            for room_id, seq in with_files:
                stored = await files.find(reader, room_id, seq)
                assert hashlib.sha256(stored.content.read_bytes()).hexdigest() == stored.hash
            hits = (await search.find(reader, f"{WORD} {number}")).hits
            assert [each.message.seq for each in hits] == [sent.seq]
            assert len((await search.find(reader, "from:kabir")).hits) > 2
            assert len((await search.find(reader, "has:file")).hits) > 2
        finally:
            await lifecycle.shutdown()

    with data_folder.lock(settings.data):
        asyncio.run(run())


# -- there and back ----------------------------------------------------------------------------


def test_a_chat_is_the_same_there_and_back(data: Path, url: str, tmp_path: Path) -> None:
    content = """'{"ciphertext":"AwgBEn","ü":1}'"""
    change(data, f"INSERT INTO encrypted_messages SELECT id, {content}, NULL FROM messages LIMIT 3")
    change(data, "UPDATE encrypted_messages SET replaces_id = message_id - 1 WHERE message_id > 1")
    there = places.parse(url, data)
    before, database_before = held(Place(data)), (data / "chat.db").read_bytes()
    moved = move(Place(data), there, quiet)
    assert (moved.messages, moved.files.lost) == (before["messages"].count, ())
    assert moved.files.files == len([*(data / "files").glob("??/" + "?" * 64)])
    assert held(there) == before
    assert (data / "chat.db").read_bytes() == database_before

    back = tmp_path / "back"
    assert move(there, places.parse(str(back), data), quiet) == moved
    assert held(Place(back)) == before
    assert stored_files(back) == stored_files(data)
    assert check.run(back / "chat.db") == []
    assert held(there) == before
    assert sorted(each.name for each in back.iterdir()) == [
        "chat.db",
        "device.key",
        "files",
        "lock",
    ]


def test_the_chat_runs_wherever_it_is(data: Path, url: str, tmp_path: Path) -> None:
    there = moved_to(data, url)
    use(on_postgres(data, url), "there")
    for old in data.glob("chat.db*"):
        old.rename(tmp_path / old.name)
    moved = move(there, places.parse("sqlite", data), quiet)
    assert moved.files.lost == ()
    use(in_file(data), "back")
    with pytest.raises(Unavailable, match=r"was moved to .*chat\.db: start it there"):
        use(on_postgres(data, url), "there-again")
    again = held(Place(data))
    assert again["messages"].count == moved.messages + 1
    assert check.run(data / "chat.db") == []


def test_another_postgres_database_can_be_the_next(data: Path, url: str, tmp_path: Path) -> None:
    there = moved_to(data, url)
    other = places.parse(postgres.url(tmp_path / "other"), data)
    move(there, other, quiet)
    assert held(other) == held(there)
    postgres.drop(tmp_path / "other")


def test_files_that_were_lost_before_are_counted(data: Path, url: str, tmp_path: Path) -> None:
    lost, damaged, *_others = sorted((data / "files").glob("??/" + "?" * 64))
    lost.unlink()
    content = damaged.read_bytes()
    damaged.write_bytes(bytes(len(content)))
    there = places.parse(url, data)
    assert move(Place(data), there, quiet).files.lost == (lost.name,)  # the other's size is right
    both = (lost.name, damaged.name)
    assert move(there, Place(tmp_path / "back"), quiet).files.lost == both


# -- what ties it to one place -----------------------------------------------------------------


def test_no_chat_starts_where_it_was(data: Path, url: str, tmp_path: Path) -> None:
    there = moved_to(data, url)
    with pytest.raises(Unavailable, match=f"was moved to {there}: set CHAT_DATABASE"):
        lifecycle.prepare_database(in_file(data))
    with pytest.raises(Unavailable, match=f"was moved to {there}"):
        moved_to(data, postgres.url(tmp_path / "other"))
    assert table_names(postgres.url(tmp_path / "other")) == []
    postgres.drop(tmp_path / "other")
    lifecycle.prepare_database(on_postgres(data, url))

    back = tmp_path / "back"
    move(there, Place(back), quiet)
    with pytest.raises(Unavailable, match=rf"was moved to {back}/chat\.db: start it there"):
        lifecycle.prepare_database(on_postgres(data, url))
    with pytest.raises(Unavailable, match="was moved to"):
        move(there, Place(tmp_path / "again"), quiet)
    lifecycle.prepare_database(in_file(back))


def test_a_move_that_fails_leaves_the_source_in_use(data: Path, url: str, tmp_path: Path) -> None:
    def stop(_step: Step, _what: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(Place(data), places.parse(url, data), stop)
    lifecycle.prepare_database(in_file(data))
    there = moved_to(data, url)
    with pytest.raises(KeyboardInterrupt):
        move(there, Place(tmp_path / "back"), stop)
    lifecycle.prepare_database(on_postgres(data, url))


def test_what_is_restored_there_is_in_use_again(data: Path, url: str, tmp_path: Path) -> None:
    moved_to(data, url)
    archive.save(data, tmp_path / "old.zip")
    restore.restore(data, tmp_path / "old.zip")
    lifecycle.prepare_database(in_file(data))


def test_the_database_belongs_to_the_folder_at_once(data: Path, url: str, tmp_path: Path) -> None:
    there = moved_to(data, url)
    for other in (tmp_path / "other", tmp_path / "none"):
        other.mkdir()
    (tmp_path / "other" / "device.key").write_bytes(bytes(32))
    for folder in (tmp_path / "other", tmp_path / "none"):
        with pytest.raises(Unavailable, match=r"device\.key in the data folder is not that"):
            asyncio.run(lifecycle.startup(on_postgres(folder, url)))
        with pytest.raises(Unavailable, match=r"device\.key in the data folder is not that"):
            move(Place(folder, there.postgres), Place(tmp_path / "back"), quiet)
    assert sorted(each.name for each in (tmp_path / "back").iterdir()) == ["chat.db", "lock"]
    use(on_postgres(data, url), "here")


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE messages SET text = 'a' || char(0) WHERE id = 9", "messages has a row (id = 9)"),
        ("UPDATE messages SET text = CAST(x'ff61' AS TEXT) WHERE id = 9", "something in text"),
        ("UPDATE rooms SET topic = x'ff' WHERE id = 2", "rooms has a row (id = 2)"),
        ("UPDATE users SET hue = 'blue' WHERE id = 3", "something in hue"),
        ("UPDATE users SET hue = 1.5 WHERE id = 3", "users has a row (id = 3)"),
        ("UPDATE users SET created_at = 'yesterday' WHERE id = 3", "something in created_at"),
        ("UPDATE messages SET mentions = '{' WHERE id = 9", "something in mentions"),
        ("UPDATE messages SET mentions = '[1]' WHERE id = 9", "something in mentions"),
        (
            "UPDATE messages SET mentions = '{\"\\ud800\": 1}' WHERE id = 9",
            "something in mentions",
        ),
        (
            "UPDATE reactions SET emoji = 'a' || char(0) WHERE rowid = 1",
            "reactions has a row (message_id = ",
        ),
    ],
)
def test_a_row_that_cannot_be_stored_is_named(
    data: Path, url: str, statement: str, said: str
) -> None:
    change(data, statement)
    with pytest.raises(ServiceError) as refused:
        moved_to(data, url)
    assert said in refused.value.message
    assert "Nothing was moved" in refused.value.message
    assert table_names(url) == []


def test_a_broken_reference_is_refused(data: Path, url: str) -> None:
    change(data, "UPDATE reactions SET user_id = 4711 WHERE rowid = 1")
    with pytest.raises(Unavailable, match="reactions"):
        moved_to(data, url)
    assert table_names(url) == []


def test_another_version_is_refused(data: Path, url: str, tmp_path: Path) -> None:
    older = "UPDATE alembic_version SET version_num = '0029'"
    there = moved_to(data, url)
    execute(url, older)
    with pytest.raises(ServiceError, match="from another version"):
        move(there, Place(tmp_path / "back"), quiet)
    change(data, older)
    data_folder.forget_moved(data)
    with pytest.raises(ServiceError, match="from another version"):
        move(Place(data), places.parse(postgres.url(tmp_path / "other"), data), quiet)
    assert table_names(postgres.url(tmp_path / "other")) == []
    postgres.drop(tmp_path / "other")


def test_a_source_without_a_chat_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ServiceError, match="There is no chat in"):
        move(places.parse(url, tmp_path / "data"), Place(tmp_path / "back"), quiet)


def test_a_target_that_is_not_empty_is_refused(data: Path, url: str, tmp_path: Path) -> None:
    there = moved_to(data, url)
    execute(url, "UPDATE rooms SET topic = 'There'")
    data_folder.forget_moved(data)
    with pytest.raises(ServiceError, match="is not empty: it has a table"):
        moved_to(data, url)
    with pytest.raises(ServiceError, match=r"Already there: .*chat\.db"):
        move(there, Place(data), quiet)
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "notes.txt").write_text("mine")
    with pytest.raises(ServiceError, match="is not empty"):
        move(there, Place(tmp_path / "back"), quiet)
    assert (tmp_path / "back" / "notes.txt").read_text() == "mine"
    assert held(there)["rooms"] != held(Place(data))["rooms"]


def test_a_folder_that_is_refused_stays_as_it_is(data: Path, url: str, tmp_path: Path) -> None:
    there, back = moved_to(data, url), tmp_path / "back"
    for name in ("restore-20260101-000000", "restoring-abc"):
        (back / name).mkdir(parents=True)
        (back / name / "notes.txt").write_text("mine")
    with pytest.raises(ServiceError, match="is not empty"):
        move(there, Place(back), quiet)
    assert sorted(each.relative_to(back).as_posix() for each in back.rglob("*")) == [
        "restore-20260101-000000",
        "restore-20260101-000000/notes.txt",
        "restoring-abc",
        "restoring-abc/notes.txt",
    ]


def test_all_that_an_old_database_left_is_named(data: Path, url: str) -> None:
    there = moved_to(data, url)
    (data / "chat.db").unlink()
    for end in ("-wal", "-journal"):
        (data / f"chat.db{end}").write_bytes(b"of the old one")
    with pytest.raises(ServiceError, match=r"chat\.db, .*chat\.db-wal, .*-journal\. Nothing"):
        move(there, Place(data), quiet)
    assert (data / "chat.db-wal").read_bytes() == b"of the old one"


@pytest.mark.parametrize("named", ["", " "])
def test_an_empty_name_is_refused(named: str, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="name an address of PostgreSQL, sqlite, or a folder"):
        places.parse(named, tmp_path)


def test_nowhere_and_the_same_place_are_refused(data: Path, url: str, tmp_path: Path) -> None:
    there = moved_to(data, url)
    with pytest.raises(ServiceError, match="already"):
        move(there, there, quiet)
    with pytest.raises(ServiceError, match="backup and restore"):
        move(Place(data), Place(tmp_path / "other"), quiet)
    with pytest.raises(ServiceError, match="already"):
        move(Place(data), Place(data), quiet)
    assert not (tmp_path / "other").exists()


def test_a_chat_that_runs_is_refused(data: Path, url: str, tmp_path: Path) -> None:
    there = places.parse(url, data)
    with data_folder.lock(data), pytest.raises(Unavailable, match="Another Simple Chat is using"):
        move(Place(data), there, quiet)
    assert table_names(url) == []
    moved_to(data, url)
    with (
        running_on(url),
        pytest.raises(Unavailable, match="Another Simple Chat is using the database"),
    ):
        move(there, Place(tmp_path / "back"), quiet)


def files_moved(chat: Place, to: BucketAddress | None, progress: Progress = quiet) -> bool:
    """Copy the files of a chat in PostgreSQL; return whether it is noted where they are now."""
    assert chat.postgres
    with in_postgres("connections").transaction(chat.postgres) as connection:
        found = to_store.find(connection)
    with s3.keys():
        copied = to_store.copy(found, chat, to, progress)
    assert copied.copied + copied.known == len(found) > 0
    assert copied.is_complete == (data_folder.files_in(chat.data) == str(to or ""))
    return copied.is_complete


def test_files_are_only_copied_while_one_of_several_processes_runs(
    data: Path, url: str, s3_server: s3.S3Server
) -> None:
    """They lock no folder."""
    chat, place = moved_to(data, url), s3_server.new_place()
    bucket = bucket_address.parse(place)
    with running_on(url, "ONE_OF_SEVERAL"):
        assert not files_moved(chat, bucket)
    assert OWNER not in s3.sizes(place)

    def start_another(*_how_far: object) -> None:
        with pytest.raises(Unavailable, match="is using the database"), running_on(url):
            pass
        tried.append(True)

    tried: list[bool] = []
    assert files_moved(chat, bucket, start_another)
    assert tried
    assert OWNER in s3.sizes(place)


def test_files_are_only_copied_if_a_process_could_start_meanwhile(
    data: Path, url: str, s3_server: s3.S3Server
) -> None:
    bucket = bucket_address.parse(s3_server.new_place())
    assert not files_moved(moved_to(data, url), bucket, lambda *_how_far: disconnect(url))


def test_a_database_that_does_not_answer_is_refused(data: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        moved_to(data, "postgresql://chat:violet-kettle@127.0.0.1:1/chat")
    assert "Connection refused" in refused.value.message
    assert "violet-kettle" not in refused.value.message


# -- what breaks off ---------------------------------------------------------------------------


@pytest.mark.parametrize("step", [Step.COPYING, Step.CHECKING])
def test_a_connection_that_breaks_leaves_nothing(data: Path, url: str, step: Step) -> None:
    def cut(now: Step, what: str, _done: int, _total: int) -> None:
        if (now, what) == (step, "messages"):
            disconnect(url)

    with pytest.raises(Unavailable, match="The move failed"):
        move(Place(data), places.parse(url, data), cut)
    assert table_names(url) == []


def test_a_source_that_goes_away_leaves_nothing(data: Path, url: str, tmp_path: Path) -> None:
    there = moved_to(data, url)

    def cut(_step: Step, what: str, _done: int, _total: int) -> None:
        if what == "messages":
            disconnect(url)

    with pytest.raises(Unavailable, match="The move failed"):
        move(there, Place(tmp_path / "back"), cut)
    left = sorted(each.name for each in (tmp_path / "back").iterdir())
    assert left == ["chat.db", "lock"]
    assert (tmp_path / "back" / "chat.db").stat().st_size == 0
    move(there, Place(tmp_path / "back"), quiet)


def test_a_full_disk_leaves_nothing(data: Path, url: str, small_disk: Path) -> None:
    there = moved_to(data, url)
    (small_disk / "filler").write_bytes(bytes(3_600_000))
    with pytest.raises(Unavailable, match="The move failed"):
        move(there, Place(small_disk / "back"), quiet)
    assert sorted(each.name for each in (small_disk / "back").iterdir()) == ["chat.db", "lock"]
    (small_disk / "filler").unlink()
    move(there, Place(small_disk / "back"), quiet)
    assert held(Place(small_disk / "back")) == held(there)


def test_it_says_when_it_may_be_there_already(data: Path, url: str, tmp_path: Path) -> None:
    def prevent_note_in_folder(_step: Step, _what: str, _done: int, _total: int) -> None:
        (data / "moved-to" / "in the way").mkdir(parents=True, exist_ok=True)

    def prevent_note_in_database(_step: Step, _what: str, _done: int, _total: int) -> None:
        execute(url, "CREATE TABLE IF NOT EXISTS moved_to (place INTEGER)")

    there, back = places.parse(url, data), Place(tmp_path / "back")
    before = held(Place(data))
    with pytest.raises(Unavailable, match=f"may be moved already: look at {there}"):
        move(Place(data), there, prevent_note_in_folder)
    assert held(there) == before
    with pytest.raises(Unavailable, match=f"may be moved already: look at {back}"):
        move(there, back, prevent_note_in_database)
    assert held(back) == before


def test_it_says_so_when_stopped_while_committing(data: Path, url: str) -> None:
    def stop(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            raise KeyboardInterrupt

    event.listen(Engine, "commit", stop)
    try:
        with pytest.raises(Unavailable, match=r"\(stopped\)\. The chat may be moved already"):
            moved_to(data, url)
    finally:
        event.remove(Engine, "commit", stop)


def test_a_difference_is_found(data: Path, url: str) -> None:
    there = moved_to(data, url)
    assert there.postgres is not None
    expected = held(there)
    for statement, name in (
        ("UPDATE messages SET change = change + 1 WHERE id = 9", "messages"),
        ("DELETE FROM mentions WHERE id = (SELECT max(id) FROM mentions)", "mentions"),
    ):
        with in_postgres("transfer").reading(there.postgres) as connection:
            tables.compare(connection, expected, quiet)
        execute(url, statement)
        with (
            in_postgres("transfer").reading(there.postgres) as connection,
            pytest.raises(ServiceError, match=f"The table {name} is not the same"),
        ):
            tables.compare(connection, expected, quiet)
        expected = held(there)
