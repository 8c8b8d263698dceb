"""Creating the tables on PostgreSQL, and what a database is refused for."""

import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from models import migrations
from services import lifecycle
from services.core.disk import data_folder
from services.core.errors import Unavailable
from services.core.network import database_address
from tests import postgres
from tests.conftest import cheap

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)

import psycopg

from services.db import driver_error
from services.db.postgres import connections, schema

PASSWORD = "s3cret/@:%"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    yield postgres.url(tmp_path)
    postgres.drop(tmp_path)


def prepare(url: str) -> None:
    schema.prepare(database_address.parse(url))


def changed(url: str, **parts: str | None) -> str:
    """Return an address with another user, password, host, port or name."""
    split = urlsplit(url)
    user = parts.get("user", split.username)
    password = parts.get("password", split.password)
    host, port = parts.get("host", split.hostname), parts.get("port", str(split.port or 5432))
    login = f"{user}:{quote(password or '', safe='')}"
    name = parts.get("name", split.path[1:])
    return urlunsplit(split._replace(netloc=f"{login}@{host}:{port}", path=f"/{name}"))


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_the_tables_are_those_of_the_models(url: str) -> None:
    prepare(url)
    schema.complete_indexes()
    with connections.transaction(database_address.parse(url)) as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _of: name != "alembic_version"}
        )
        assert [
            change
            for change in compare_metadata(context, SQLModel.metadata)
            if change[0] not in {"remove_table", "remove_index"}
        ] == []
        assert migrations.current_revision(connection) == migrations.newest_revision()


def test_partial_indexes_are_partial(url: str) -> None:
    prepare(url)
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"
        ).fetchall()
    partial = {
        index.name
        for table in SQLModel.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert "uq_rooms_public_name" in partial
    assert partial <= {name for (name,) in found}


def test_preparing_twice_changes_nothing(url: str) -> None:
    address = database_address.parse(url)
    assert schema.is_needed(address) is None
    prepare(url)
    assert schema.is_needed(address) is False
    prepare(url)
    execute(url, "UPDATE alembic_version SET version_num = '0001'")
    assert schema.is_needed(address) is True


def test_a_newer_database_is_refused_and_stays(url: str) -> None:
    prepare(url)
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match=r"could not be created or upgraded \(.*9999"):
        prepare(url)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            ("9999",)
        ]


def test_tables_of_another_program_are_not_touched(url: str) -> None:
    execute(url, "CREATE TABLE users (id int)")
    with pytest.raises(Unavailable, match=r"\(relation \"users\" already exists\)"):
        prepare(url)
    with psycopg.connect(url) as connection:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchall() == [("users",)]


def test_a_running_server_is_not_upgraded_under(url: str) -> None:
    address = database_address.parse(url)
    other = connections.connect_to_write(address, connections.Server.ALONE)
    with pytest.raises(Unavailable, match="Another Simple Chat is using the database"):
        prepare(url)
    other.close()
    prepare(url)


@pytest.fixture
def stranger(url: str) -> Iterator[str]:
    """The address of the same database for a user to whom it does not belong."""
    execute(url, f"CREATE ROLE stranger LOGIN PASSWORD '{PASSWORD}'")
    yield changed(url, user="stranger", password=PASSWORD)
    execute(url, "DROP ROLE stranger")


def test_a_user_who_may_not_create_tables_is_told(stranger: str) -> None:
    with pytest.raises(Unavailable, match=r"\(permission denied for schema public\).*belong to"):
        prepare(stranger)


def test_a_database_with_another_encoding_is_refused(url: str) -> None:
    name = "test_latin"
    execute(
        url,
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
    )
    try:
        with pytest.raises(Unavailable, match=r"stores text as LATIN1.*the encoding UTF8"):
            prepare(changed(url, name=name))
    finally:
        execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def test_the_reason_is_the_first_line_of_what_answered() -> None:
    error = psycopg.OperationalError("connection failed: no route\nIs it running?\n")
    assert driver_error.reason(error) == "no route"
    wrapped = DBAPIError.instance("SELECT 1", None, error, psycopg.Error)
    assert driver_error.reason(wrapped) == "no route"
    assert driver_error.reason(ValueError()) == "ValueError()"


def closed_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        ({"password": f"wrong{PASSWORD}"}, "password authentication failed"),
        ({"name": "nowhere"}, 'database "nowhere" does not exist'),
        ({"port": closed_port(), "password": PASSWORD}, "Connection refused"),
        ({"host": "no-such-host.invalid", "password": PASSWORD}, "no-such-host.invalid"),
    ],
)
def test_what_answered_is_said_in_one_sentence_without_the_password(
    url: str, parts: dict[str, str | None], answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Unavailable) as error:
        prepare(changed(url, **parts))
    assert answer in error.value.message
    assert "correct CHAT_DATABASE" in error.value.message
    assert "\n" not in error.value.message
    assert PASSWORD not in error.value.message + caplog.text
    assert PASSWORD not in repr(error.value.__cause__)


def test_a_missing_driver_is_named(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(sys.modules):
        if name.startswith("services.db.postgres"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Unavailable, match=r"pip install -e '\.\[cluster\]'"):
        lifecycle.prepare_database(cheap(tmp_path, database=SecretStr(url)))


def test_the_hosts_own_options_are_kept(url: str) -> None:
    options = quote("-c search_path=own -c work_mem=7MB -c synchronous_commit=off")
    with connections.connect(database_address.parse(f"{url}?options={options}")) as connection:
        found = [
            connection.execute(f"SHOW {name}").fetchall()[0][0]
            for name in ("search_path", "work_mem", "synchronous_commit")
        ]
    assert found == ["own", "7MB", "on"]


def test_no_options_are_sent_that_a_pooler_refuses(url: str) -> None:
    with connections.connect(database_address.parse(url)) as connection:
        assert "options" not in connection.info.get_parameters()


async def test_the_chat_starts_stops_and_starts_again(url: str, tmp_path: Path) -> None:
    settings = cheap(tmp_path / "data", database=SecretStr(url))
    with data_folder.lock(settings.data):
        for _time in range(2):
            await lifecycle.startup(settings)
            await lifecycle.shutdown()


async def test_another_data_folder_is_refused_and_stays_as_it_was(url: str, tmp_path: Path) -> None:
    right, wrong = (cheap(tmp_path / name, database=SecretStr(url)) for name in ("right", "wrong"))
    data_folder.create(right.data)
    data_folder.create(wrong.data)
    await lifecycle.startup(right)
    await lifecycle.shutdown()
    for key in (None, b"x" * 32, b""):
        if key is not None:
            (wrong.data / data_folder.DEVICE_KEY).write_bytes(key)
        before = set(wrong.data.iterdir())
        with pytest.raises(Unavailable, match=r"device.key .* --data") as error:
            await lifecycle.startup(wrong)
        assert set(wrong.data.iterdir()) == before
        assert urlsplit(url).password not in error.value.message
    (right.data / data_folder.DEVICE_KEY).rename(wrong.data / data_folder.DEVICE_KEY)
    await lifecycle.startup(wrong)
    await lifecycle.shutdown()
