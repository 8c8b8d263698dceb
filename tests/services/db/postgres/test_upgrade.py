"""Upgrades on PostgreSQL: from the tables of the first version there, which a file keeps."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

from models import migrations
from services.core.errors import Unavailable
from services.core.network import database_address
from services.search.tsvector.schema import STATEMENTS
from tests import postgres

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)

import psycopg

from services.db.postgres import connections, schema

HEAD = '''"""A later version."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"
'''
FIRST = Path(__file__).parent / "schema_0030.sql"
EXAMPLE = Path(__file__).parents[4] / "docs" / "storage.md"
ROOM = b"""
INSERT INTO rooms (id, kind, name, name_key, name_likeness, search_name, sort_key, topic,
  search_topic, is_announcement, last_seq, last_change, created_at)
VALUES (7, 'private', 'Physics', 'physics', '', '', '', '', '', false, 0, 0, '2026-01-01')
"""
CATALOG = (
    """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, is_identity,
           coalesce(substr(column_default, 1, 8) = 'nextval(', false)
    FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace",
)
"""What there is, whatever the order of the columns, and what a step gave the rows there were."""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a database of the first version, with a room."""
    made = postgres.url(tmp_path)
    with psycopg.connect(made) as connection:
        connection.execute(FIRST.read_bytes())
        connection.execute(ROOM)
    yield made
    postgres.drop(tmp_path)


def upgrade(url: str) -> None:
    schema.prepare(database_address.parse(url), STATEMENTS)


def described(url: str) -> list[set[object]]:
    with psycopg.connect(url) as connection:
        return [set(connection.execute(each).fetchall()) for each in CATALOG]


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_an_upgraded_database_is_as_a_new_one(url: str, tmp_path: Path) -> None:
    upgrade(url)
    new = postgres.url(tmp_path / "new")
    upgrade(new)
    assert described(url) == described(new)
    postgres.drop(tmp_path / "new")


def test_an_upgraded_database_is_as_the_models_have_it(url: str) -> None:
    upgrade(url)
    schema.complete_indexes()
    with connections.transaction(database_address.parse(url)) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        changes = [
            each
            for each in compare_metadata(context, SQLModel.metadata)
            if each[0] not in {"remove_table", "remove_index"}  # those of the search
        ]
        assert changes == []
        assert migrations.current_revision(connection) == migrations.newest_revision()
    assert rows(url, "SELECT id, name FROM rooms") == [(7, "Physics")]


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "object":
    """A function that adds a migration with this code, as in a later version."""

    def make(code: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(Path(migrations.__file__).parent, folder)
        before = migrations.newest_revision()
        step = HEAD.format(before=before) + code
        (folder / "versions" / "9999_later.py").write_text(step, encoding="utf-8")
        monkeypatch.setattr(migrations, "FOLDER", folder)

    return make


def example() -> str:
    """Return the step for both databases that the documentation shows."""
    blocks = re.findall(r"```python\n(.*?)```", EXAMPLE.read_text(encoding="utf-8"), re.DOTALL)
    [found] = [each for each in blocks if "WIDE =" in each]
    return str(found)


def test_the_step_of_the_documentation_upgrades(url: str, later) -> None:
    later(example())
    address = database_address.parse(url)
    assert schema.is_needed(address)
    upgrade(url)
    assert not schema.is_needed(address)
    assert rows(url, "SELECT is_calm, visits FROM rooms") == [(True, 0)]
    kinds = (
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'tunes'"
        " OR column_name IN ('is_calm', 'visits') ORDER BY 1"
    )
    assert rows(url, kinds) == [
        ("hash", "character varying"),
        ("id", "bigint"),
        ("is_calm", "boolean"),
        ("room_id", "bigint"),
        ("visits", "bigint"),
    ]
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO tunes (room_id, hash) VALUES (7, 'abc')")
        connection.execute("DELETE FROM rooms WHERE id = 7")
    assert rows(url, "SELECT hash FROM loose_files") == [("abc",)]


def test_a_step_that_fails_changes_nothing(url: str, later) -> None:
    before = described(url)
    later(example() + "    raise RuntimeError('no room')\n")
    with pytest.raises(Unavailable, match=r"upgraded \(no room\)"):
        upgrade(url)
    assert described(url) == before
    assert rows(url, "SELECT version_num FROM alembic_version") == [("0030",)]
