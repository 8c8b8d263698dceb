"""Making the database, and bringing an older one to this version, with a way back."""

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from models import migrations
from services.backup import integrity
from services.core.errors import Unavailable
from services.db import migrate
from services.db.database import engine

HEAD = '''"""A later version."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
'''
GOOD = '    op.add_column("rooms", sa.Column("mood", sa.String, server_default="calm"))\n'
# It even commits half of what it does, as a step that has to switch foreign keys off may.
BAD = (
    '    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))\n'
    '    op.execute("DELETE FROM rooms")\n'
    '    op.execute("COMMIT")\n'
    '    raise RuntimeError("no room\\nfor the rest")\n'
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database of this version, with one room in it."""
    file = tmp_path / "chat.db"
    migrate.prepare(file, integrity.run)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "INSERT INTO rooms (kind, name, name_key, topic, last_seq, created_at)"
            " VALUES ('private', 'Physics', 'physics', '', 0, '2026-01-01')"
        )
    return file


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "object":
    """Make the program one version newer: call it with the step that the version takes."""

    def make(step: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(Path(migrations.__file__).parent, folder)
        before = migrations.newest_revision()
        (folder / "versions" / "9999_later.py").write_text(HEAD.format(before=before) + step)
        monkeypatch.setattr(migrations, "FOLDER", folder)
        assert migrations.newest_revision() == "9999"

    return make


def ask(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


def snapshots(file: Path) -> list[Path]:
    return sorted(file.parent.glob("*before-upgrade*"))


def version(file: Path) -> object:
    return ask(file, "SELECT version_num FROM alembic_version")[0][0]


def is_sound(file: Path) -> bool:
    return ask(file, "PRAGMA integrity_check") == [("ok",)] and not ask(
        file, "PRAGMA foreign_key_check"
    )


def test_a_fresh_database_is_made(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    migrate.prepare(file, integrity.run)
    assert version(file) == migrations.newest_revision()
    tables = {name for (name,) in ask(file, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables >= set(SQLModel.metadata.tables)
    assert is_sound(file)
    assert snapshots(file) == []


def test_the_steps_are_numbered_as_alembic_takes_them() -> None:
    steps = list(ScriptDirectory(str(migrations.FOLDER)).walk_revisions())
    assert migrations.newest_revision() == steps[0].revision
    assert steps[0].is_head
    for step in steps:
        assert Path(step.path).name.partition("_")[0] == step.revision
        assert step.is_base or step.down_revision < step.revision


def is_index(name: str) -> bool:
    return name.split("_")[0] == "search"


def test_the_migrations_make_what_the_models_say(file: Path) -> None:
    made = engine(file, connections=1)
    with made.connect() as connection:
        # The index of words is no table of ours but SQLite's own: FTS5 and what it keeps.
        ours = {"include_name": lambda name, kind, _parents: kind != "table" or not is_index(name)}
        context = MigrationContext.configure(connection, opts={"compare_type": True} | ours)
        assert compare_metadata(context, SQLModel.metadata) == []
        connection.exec_driver_sql("ALTER TABLE rooms ADD COLUMN mood VARCHAR")
        assert compare_metadata(context, SQLModel.metadata) != []
    made.dispose()


def test_a_database_of_this_version_is_left_alone(file: Path) -> None:
    before = ask(file, "SELECT * FROM rooms")
    migrate.prepare(file, integrity.run)
    assert ask(file, "SELECT * FROM rooms") == before
    assert snapshots(file) == []


def test_an_older_one_is_upgraded_after_a_snapshot(file: Path, later) -> None:
    older = version(file)
    later(GOOD)
    migrate.prepare(file, integrity.run)
    assert version(file) == "9999"
    assert ask(file, "SELECT name, mood FROM rooms") == [("Physics", "calm")]
    assert is_sound(file)
    [snapshot] = snapshots(file)
    assert version(snapshot) == older
    assert ask(snapshot, "SELECT name FROM rooms") == [("Physics",)]
    assert is_sound(snapshot)
    assert stat.S_IMODE(snapshot.stat().st_mode) == 0o600


def test_a_snapshot_holds_what_was_only_in_the_log(file: Path, later) -> None:
    later(GOOD)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("UPDATE rooms SET name = 'Chemistry'")
        assert file.with_name("chat.db-wal").stat().st_size
        migrate.prepare(file, integrity.run)
    [snapshot] = snapshots(file)
    assert ask(snapshot, "SELECT name FROM rooms") == [("Chemistry",)]
    assert ask(file, "SELECT name FROM rooms") == [("Chemistry",)]


def test_after_a_failed_upgrade_all_is_as_before(file: Path, later) -> None:
    older = version(file)
    later(BAD)
    with pytest.raises(Unavailable) as failed:
        migrate.prepare(file, integrity.run)
    assert failed.value.message == (
        "The database could not be upgraded (no room) and is as it was before."
    )
    assert version(file) == older
    assert ask(file, "SELECT name FROM rooms") == [("Physics",)]
    assert ask(file, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert is_sound(file)


def test_a_database_of_a_later_version_is_not_touched(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable) as failed:
        migrate.prepare(file, integrity.run)
    assert "\n" not in failed.value.message
    assert version(file) == "9999"
    assert ask(file, "SELECT name FROM rooms") == [("Physics",)]


def test_what_is_no_database_is_refused_with_a_sentence_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    file.write_bytes(b"this is somebody's essay, not a database\n" * 100)
    essay = file.read_bytes()
    with pytest.raises(Unavailable) as failed:
        migrate.prepare(file, integrity.run)
    assert "\n" not in failed.value.message
    assert file.read_bytes() == essay


@pytest.mark.parametrize("revision", ["0002", "0003"])
def test_what_was_said_before_is_found_after_the_upgrade(tmp_path: Path, revision: str) -> None:
    file = tmp_path / "chat.db"
    made = engine(file, connections=1)
    with made.begin() as connection:
        migrations.upgrade(connection, revision)
    made.dispose()
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(
            "INSERT INTO users (id, username, username_key, skeleton, display_name, hue, theme,"
            " password_hash, is_admin, created_at)"
            " VALUES (1, 'asha', 'asha', 'asha', 'Asha', 0, 'auto', '', 1, '2026-01-01');"
            "INSERT INTO rooms (id, kind, name, name_key, topic, last_seq, created_at)"
            " VALUES (3, 'private', 'Physics', 'physics', '', 1, '2026-01-01');"
            "INSERT INTO messages (room_id, seq, author_id, client_message_id, text, created_at)"
            " VALUES (3, 1, 1, 'message-1', 'the harvest', '2026-01-01');"
        )
    migrate.prepare(file, integrity.run)
    harvest = "SELECT rowid FROM search WHERE search MATCH 'harvest'"
    assert ask(file, harvest) == [(3 << 32 | 1,)]
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        database.execute(  # as a file comes to a message, and the message changes after that
            "INSERT INTO attachments (message_id, user_id, hash, name, size, kind, media_type,"
            " width, height, has_preview, excerpt, wave)"
            " VALUES (1, 1, 'x', 'plan.bin', 1, 'other', '', 0, 0, 0, '', '')"
        )
        database.execute("UPDATE messages SET text = 'the spring' WHERE id = 1")
    assert ask(file, harvest) == []
    assert ask(file, "SELECT rowid FROM search WHERE search MATCH 'spring plan tags:file'") == [
        (3 << 32 | 1,)
    ]
    assert is_sound(file)


# -- the self-test ----------------------------------------------------------------------------

SAID = (
    "INSERT INTO users (id, username, username_key, skeleton, display_name, hue, theme,"
    " password_hash, is_admin, created_at)"
    " VALUES (1, 'asha', 'asha', 'asha', 'Asha', 0, 'auto', '', 1, '2026-01-01');"
    "INSERT INTO memberships (room_id, user_id, role, last_read_seq, joined_at)"
    " VALUES (1, 1, 'owner', 0, '2026-01-01');"
    "INSERT INTO messages (room_id, seq, author_id, client_message_id, text, created_at)"
    " VALUES (1, 1, 1, 'message-1', 'the harvest', '2026-01-01');"
    "UPDATE rooms SET last_seq = 1;"
)
# Steps that Alembic and SQLite go along with, and after which the chat would not work.
UNSOUND = {
    "a table that is missing": "DROP TABLE saved_messages",
    "a column that is missing": "ALTER TABLE users DROP COLUMN about",
    "an index that is missing": "DROP INDEX ix_messages_changed",
    "rows that point to nothing": "PRAGMA ignore_check_constraints = 1",
    "a message that cannot be read": "UPDATE messages SET created_at = 'the other day'",
    "a message that is not found": "INSERT INTO search (search) VALUES ('delete-all')",
}


@pytest.mark.parametrize("what", UNSOUND)
def test_what_does_not_work_afterwards_is_not_stored(file: Path, later, what: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(SAID)
        if what == "rows that point to nothing":  # which were there before: nobody had looked
            database.execute("DELETE FROM users")
    older = version(file)
    before = ask(file, "SELECT * FROM messages")
    later(f'    op.execute("""{UNSOUND[what]}""")\n')
    with pytest.raises(Unavailable) as failed:
        migrate.prepare(file, integrity.run)
    assert "could not be upgraded (" in failed.value.message
    assert "is as it was before." in failed.value.message
    assert len(failed.value.message.splitlines()) == 1
    assert version(file) == older
    assert ask(file, "SELECT * FROM messages") == before
    assert snapshots(file) == []
    with closing(sqlite3.connect(file)) as database, database:
        for lost in ("SELECT count(*) FROM saved_messages", "SELECT about FROM users"):
            database.execute(lost)
    harvest = "SELECT count(*) FROM search WHERE search MATCH 'harvest'"
    assert ask(file, harvest) == [(1,)]


def test_what_works_is_stored(file: Path, later) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(SAID)
    later(GOOD)
    migrate.prepare(file, integrity.run)
    assert version(file) == "9999"
    assert is_sound(file)


def test_a_disk_without_room_for_the_copy_upgrades_nothing(
    file: Path, later, small_disk: Path
) -> None:
    moved = Path(shutil.copyfile(file, small_disk / "chat.db"))
    later(GOOD)
    (small_disk / "filler").write_bytes(bytes(3_750_000))
    with pytest.raises(Unavailable, match="is as it was before"):
        migrate.prepare(moved, integrity.run)
    assert snapshots(moved) == []
    assert version(moved) != "9999"
