"""The tables that a search reads, with the same people and rooms, in SQLite and in PostgreSQL."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlmodel import Session, SQLModel

from models import Room, User
from services.backup import integrity
from services.db.sqlite import connections, migrate
from services.search.tsvector import schema

TABLES = ("users", "rooms", "messages", "attachments")
PEOPLE, ROOMS = (1, 2), (1, 2)


def add_people_and_rooms(connection: Connection) -> None:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        for number in PEOPLE:
            name = f"person{number}"
            session.add(
                User(
                    id=number,
                    username=name,
                    username_key=name,
                    skeleton=name,
                    display_name=name,
                    password_hash="",
                    hue=0,
                )
            )
        for number in ROOMS:
            session.add(Room(id=number, kind="private", name=f"R{number}", name_key=f"r{number}"))
        session.commit()


@contextmanager
def emptied(made: Engine) -> Iterator[Connection]:
    """Yield a connection of which nothing is stored."""
    with made.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Engine]:
    """A schema of its own in the database that `CHAT_TEST_DATABASE` names."""
    address = os.environ.get("CHAT_TEST_DATABASE")
    if not address:
        pytest.skip("CHAT_TEST_DATABASE names no PostgreSQL database")
    name = f"search_{secrets.token_hex(8)}"
    url = make_url(address).set(drivername="postgresql+psycopg")
    made = create_engine(url, connect_args={"options": f"-c search_path={name}"})
    with made.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        tables = [SQLModel.metadata.tables[each] for each in TABLES]
        SQLModel.metadata.create_all(connection, tables=tables)
        for statement in schema.STATEMENTS:
            connection.exec_driver_sql(statement)
        add_people_and_rooms(connection)
    yield made
    with made.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    made.dispose()


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database file."""
    file: Path = tmp_path_factory.mktemp("sqlite") / "chat.db"
    migrate.prepare(file, integrity.run)
    made = connections.engine(file, connections=1)
    with made.begin() as connection:
        add_people_and_rooms(connection)
    yield made
    made.dispose()
