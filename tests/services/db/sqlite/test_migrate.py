"""Creating and upgrading a database, with a snapshot to return to."""

import re
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
from services.db.sqlite import migrate
from services.db.sqlite.connections import engine

STORAGE = Path(__file__).parents[4] / "docs" / "storage.md"
HEAD = '''"""A later version."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
'''
GOOD = '    op.add_column("rooms", sa.Column("mood", sa.String, server_default="calm"))\n'
# It commits before it fails, as a migration that has to disable foreign keys may.
BAD = (
    '    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))\n'
    '    op.execute("DELETE FROM rooms")\n'
    '    op.execute("COMMIT")\n'
    '    raise RuntimeError("no room\\nfor the rest")\n'
)


@pytest.fixture(scope="module")
def current(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of this version, with one room in it, to be copied."""
    file = tmp_path_factory.mktemp("current") / "chat.db"
    migrate.prepare(file, integrity.run)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "INSERT INTO rooms (kind, name, name_key, topic, last_seq, created_at)"
            " VALUES ('private', 'Physics', 'physics', '', 0, '2026-01-01')"
        )
    return file


@pytest.fixture
def file(current: Path, tmp_path: Path) -> Path:
    """The same, for this test."""
    return Path(shutil.copyfile(current, tmp_path / "chat.db"))


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "object":
    """A function that adds a migration with this code, as in a later version."""

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


def test_a_new_database_is_created(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    migrate.prepare(file, integrity.run)
    assert version(file) == migrations.newest_revision()
    tables = {name for (name,) in ask(file, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables >= set(SQLModel.metadata.tables)
    assert is_sound(file)
    assert snapshots(file) == []


def test_migrations_are_numbered_in_alembics_order() -> None:
    steps = list(ScriptDirectory(str(migrations.FOLDER)).walk_revisions())
    assert migrations.newest_revision() == steps[0].revision
    assert steps[0].is_head
    for step in steps:
        assert Path(step.path).name.partition("_")[0] == step.revision
        assert step.is_base or step.down_revision < step.revision


def is_index(name: str) -> bool:
    return name.split("_")[0] == "search"


def test_the_migrations_match_the_models(file: Path) -> None:
    made = engine(file, connections=1)
    with made.connect() as connection:
        # The full-text index is a virtual table with shadow tables, and not in the models.
        ours = {"include_name": lambda name, kind, _parents: kind != "table" or not is_index(name)}
        context = MigrationContext.configure(connection, opts={"compare_type": True} | ours)
        assert compare_metadata(context, SQLModel.metadata) == []
        connection.exec_driver_sql("ALTER TABLE rooms ADD COLUMN mood VARCHAR")
        assert compare_metadata(context, SQLModel.metadata) != []
    made.dispose()


def test_a_current_database_is_unchanged(file: Path) -> None:
    before = ask(file, "SELECT * FROM rooms")
    migrate.prepare(file, integrity.run)
    assert ask(file, "SELECT * FROM rooms") == before
    assert snapshots(file) == []


def test_an_older_database_is_upgraded_after_a_snapshot(file: Path, later) -> None:
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


def test_the_step_of_the_documentation_for_both_databases_upgrades(file: Path, later) -> None:
    blocks = re.findall(r"```python\n(.*?)```", STORAGE.read_text(encoding="utf-8"), re.DOTALL)
    [example] = [each for each in blocks if "WIDE =" in each]
    later("    pass\n\n\n" + example)
    migrate.prepare(file, integrity.run)
    assert ask(file, "SELECT is_calm, visits FROM rooms") == [(1, 0)]
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO tunes (room_id, hash) VALUES (1, 'abc')")
        database.execute("DELETE FROM tunes WHERE id = 1")
        assert database.execute("SELECT hash FROM loose_files").fetchall() == [("abc",)]


def test_a_snapshot_includes_the_write_ahead_log(file: Path, later) -> None:
    later(GOOD)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("UPDATE rooms SET name = 'Chemistry'")
        assert file.with_name("chat.db-wal").stat().st_size
        migrate.prepare(file, integrity.run)
    [snapshot] = snapshots(file)
    assert ask(snapshot, "SELECT name FROM rooms") == [("Chemistry",)]
    assert ask(file, "SELECT name FROM rooms") == [("Chemistry",)]


def test_a_failed_upgrade_is_undone(file: Path, later) -> None:
    older = version(file)
    later(BAD)
    with pytest.raises(Unavailable) as failed:
        migrate.prepare(file, integrity.run)
    assert failed.value.message == (
        "The database upgrade failed (no room). The database is unchanged."
    )
    assert version(file) == older
    assert ask(file, "SELECT name FROM rooms") == [("Physics",)]
    assert ask(file, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert is_sound(file)


def test_a_newer_database_is_refused_and_unchanged(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable) as failed:
        migrate.prepare(file, integrity.run)
    assert "\n" not in failed.value.message
    assert version(file) == "9999"
    assert ask(file, "SELECT name FROM rooms") == [("Physics",)]


def test_a_file_that_is_not_a_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    file.write_bytes(b"this is somebody's essay, not a database\n" * 100)
    essay = file.read_bytes()
    with pytest.raises(Unavailable) as failed:
        migrate.prepare(file, integrity.run)
    assert "\n" not in failed.value.message
    assert file.read_bytes() == essay


@pytest.mark.parametrize("revision", ["0002", "0003", "0022"])
def test_older_messages_are_found_after_the_upgrade(
    tmp_path: Path, revision: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "MANY", 1)
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
            " VALUES (3, 1, 1, 'message-1', 'the harvest', '2026-01-01'),"
            " (3, 2, 1, 'message-2', '明天的会议改到三点', '2026-01-01');"
            "UPDATE rooms SET last_seq = 2;"
        )
    caplog.set_level("INFO")
    migrate.prepare(file, integrity.run)
    assert "Indexing 2 messages again for search, which may take 1 second" in caplog.text
    harvest = "SELECT rowid FROM search WHERE search MATCH 'harvest'"
    assert ask(file, harvest) == [(3 << 32 | 1,)]
    assert ask(file, """SELECT rowid FROM search WHERE search MATCH '"会 议"'""") == [
        (3 << 32 | 2,)
    ]
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        database.execute(  # a message gets a file, and is edited after that
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


# -- the integrity check ----------------------------------------------------------------------

CONTENTS = (
    "INSERT INTO users (id, username, username_key, skeleton, display_name, hue, theme,"
    " password_hash, is_admin, created_at)"
    " VALUES (1, 'asha', 'asha', 'asha', 'Asha', 0, 'auto', '', 1, '2026-01-01');"
    "INSERT INTO memberships (room_id, user_id, role, last_read_seq, joined_at)"
    " VALUES (1, 1, 'owner', 0, '2026-01-01');"
    "INSERT INTO messages (room_id, seq, author_id, client_message_id, text, created_at)"
    " VALUES (1, 1, 1, 'message-1', 'the harvest', '2026-01-01');"
    "UPDATE rooms SET last_seq = 1;"
)
# Migrations that succeed, and after which the chat would not work.
UNSOUND = {
    "a table that is missing": "DROP TABLE saved_messages",
    "a column that is missing": "ALTER TABLE users DROP COLUMN about",
    "an index that is missing": "DROP INDEX ix_messages_changed",
    "rows that point to nothing": "PRAGMA ignore_check_constraints = 1",
    "a message that cannot be read": "UPDATE messages SET created_at = 'the other day'",
    "a message that is not found": "INSERT INTO search (search) VALUES ('delete-all')",
}


@pytest.mark.parametrize("problem", UNSOUND)
def test_an_unsound_upgrade_is_undone(file: Path, later, problem: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(CONTENTS)
        if problem == "rows that point to nothing":  # from before, and undetected
            database.execute("DELETE FROM users")
    older = version(file)
    before = ask(file, "SELECT * FROM messages")
    later(f'    op.execute("""{UNSOUND[problem]}""")\n')
    with pytest.raises(Unavailable) as failed:
        migrate.prepare(file, integrity.run)
    assert "The database upgrade failed (" in failed.value.message
    assert "The database is unchanged." in failed.value.message
    assert len(failed.value.message.splitlines()) == 1
    assert version(file) == older
    assert ask(file, "SELECT * FROM messages") == before
    assert snapshots(file) == []
    with closing(sqlite3.connect(file)) as database, database:
        for lost in ("SELECT count(*) FROM saved_messages", "SELECT about FROM users"):
            database.execute(lost)
    harvest = "SELECT count(*) FROM search WHERE search MATCH 'harvest'"
    assert ask(file, harvest) == [(1,)]


def test_a_sound_upgrade_is_stored(file: Path, later) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(CONTENTS)
    later(GOOD)
    migrate.prepare(file, integrity.run)
    assert version(file) == "9999"
    assert is_sound(file)


def test_without_space_for_a_snapshot_nothing_is_upgraded(
    file: Path, later, small_disk: Path
) -> None:
    moved = Path(shutil.copyfile(file, small_disk / "chat.db"))
    later(GOOD)
    left = moved.stat().st_size // 2  # enough to open it, and too little for a copy
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - left))
    with pytest.raises(Unavailable, match="The database is unchanged"):
        migrate.prepare(moved, integrity.run)
    assert snapshots(moved) == []
    assert version(moved) != "9999"


def made_before(revision: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new database as it was made before this step."""
    file, steps = folder / "chat.db", folder / "migrations"
    shutil.copytree(migrations.FOLDER, steps)
    for step in (steps / "versions").glob("*.py"):
        if step.name >= revision:
            step.unlink()
    with monkeypatch.context() as older:
        older.setattr(migrations, "FOLDER", steps)
        migrate.prepare(file, integrity.run)
    return file


def put_room(database: sqlite3.Connection) -> None:
    """Put a room and a user into a database, each with the id 1."""
    database.execute(
        "INSERT INTO rooms (id, kind, name, name_key, topic, last_seq, created_at)"
        " VALUES (1, 'private', 'Physics', 'physics', '', 5, '2026-01-01')"
    )
    database.execute(
        "INSERT INTO users (id, username, username_key, skeleton, display_name, hue, theme,"
        " password_hash, is_admin, created_at)"
        " VALUES (1, 'asha', 'asha', 'asha', 'Asha', 0, 'auto', '', 0, '2026-01-01')"
    )


def test_the_index_learns_which_links_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made_before("0026", tmp_path, monkeypatch)
    said = (
        ("`example.com`", "<p><code>example.com</code></p>"),
        ("www.uni-jena.de", '<p><a href="http://www.uni-jena.de">www.uni-jena.de</a></p>'),
        ("https://example.com", '<p><a href="https://example.com">https://example.com</a></p>'),
        ("never rendered: https://example.com", None),
        ("plain", None),
    )
    with closing(sqlite3.connect(file)) as database, database:
        put_room(database)
        database.executemany(
            "INSERT INTO messages (room_id, seq, author_id, client_message_id, kind, text, html,"
            " created_at) VALUES (1, ?, 1, ?, 'text', ?, ?, '2026-01-01')",
            [(seq, f"message-{seq}", *each) for seq, each in enumerate(said, 1)],
        )
    links = "SELECT rowid & 65535 FROM search WHERE search MATCH 'tags : link' ORDER BY rowid"
    assert ask(file, links) == [(1,), (3,), (4,)]
    migrate.prepare(file, integrity.run)
    assert ask(file, links) == [(2,), (3,), (4,)]
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE messages SET html = '<p>x</p>' WHERE seq IN (2, 4)")
        database.execute("""UPDATE messages SET html = '<a href="https://x.org">' WHERE seq = 1""")
        database.execute("UPDATE messages SET text = 'erased', html = NULL WHERE seq = 3")
    assert ask(file, links) == [(1,)]
    assert ask(file, "SELECT count(*) FROM search WHERE search MATCH 'example'") == [(2,)]
    assert is_sound(file)


def test_gifs_from_before_play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = made_before("0029", tmp_path, monkeypatch)
    kinds = ("image/gif", "picture"), ("image/png", "picture"), ("image/gif", "other")
    with closing(sqlite3.connect(file)) as database, database:
        put_room(database)
        for seq, kind in enumerate(kinds, 1):
            database.execute(
                "INSERT INTO messages (id, room_id, seq, author_id, client_message_id, kind, text,"
                " created_at) VALUES (?, 1, ?, 1, ?, 'file', '', '2026-01-01')",
                (seq, seq, f"message-{seq}"),
            )
            database.execute(
                "INSERT INTO attachments (message_id, user_id, hash, name, size, media_type, kind,"
                " width, height, has_preview, excerpt, wave)"
                " VALUES (?, 1, ?, 'a', 1, ?, ?, 1, 1, 1, '', '')",
                (seq, f"{seq:064}", *kind),
            )
    migrate.prepare(file, integrity.run)
    found = ask(file, "SELECT is_animated FROM attachments ORDER BY message_id")
    assert found == [(1,), (0,), (0,)]
    assert is_sound(file)


def test_failed_previews_go_and_who_agreed_to_words_has_no_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made_before("0030", tmp_path, monkeypatch)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "INSERT INTO chat_settings (id, name, accent, is_begun, has_link_previews)"
            " VALUES (1, '', '', 1, 1)"
        )
        database.executemany(
            "INSERT INTO link_previews (id, address_hash, url, site, title, description, is_failed,"
            " fetched_at) VALUES (?, ?, '', '', '', '', ?, '2026-01-01')",
            [(1, "good", 0), (2, "failed", 1)],
        )
        database.execute("PRAGMA foreign_keys = OFF")  # the messages themselves do not matter
        database.executemany(
            "INSERT INTO message_links (message_id, address_hash, preview_id) VALUES (?, ?, ?)",
            [(1, "good", 1), (2, "failed", 2), (3, "removed", None)],
        )
    migrate.prepare(file, lambda _connection: None)
    assert ask(file, "SELECT id FROM link_previews") == [(1,)]
    shown = "SELECT message_id, preview_id FROM message_links ORDER BY message_id"
    assert ask(file, shown) == [(1, 1), (3, None)]
    assert ask(file, "SELECT has_link_pictures FROM chat_settings") == [(0,)]


def test_sessions_from_before_are_those_of_browsers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = made_before("0032", tmp_path, monkeypatch)
    add = (
        "INSERT INTO sessions (id, token_hash, user_id, device, address, created_at, last_seen_at,"
        " expires_at, notices_shown) VALUES (?, ?, 1, '', '', '2026-01-01', '2026-01-01',"
        " '2026-01-01', 0)"
    )
    with closing(sqlite3.connect(file)) as database, database:
        put_room(database)
        database.executemany(add, [(1, "one"), (2, "two")])
    migrate.prepare(file, integrity.run)
    found = ask(file, "SELECT kind, device_id, opened_by FROM sessions")
    assert found == [("browser", None, None)] * 2
    assert is_sound(file)
    phone = "UPDATE sessions SET device_id = 'PHONE' WHERE id = {}"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(phone.format(1))
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(phone.format(2))
        database.execute("UPDATE sessions SET revoked_at = '2026-01-02' WHERE id = 1")
        database.execute(phone.format(2))
