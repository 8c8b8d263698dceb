"""Which one of several servers leads."""

import time
from pathlib import Path

import pytest

from services.core.network import database_address
from tests import postgres

if not postgres.SERVER:
    pytest.skip("needs CHAT_TEST_DATABASE", allow_module_level=True)

import psycopg

from services.db.postgres.leadership import Leadership


@pytest.fixture
def url(tmp_path: Path) -> str:
    return postgres.url(tmp_path / "data")


def until_it_leads(server: Leadership) -> None:
    """Wait until it leads: PostgreSQL may still be closing the session of the one before."""
    until = time.monotonic() + 10
    while not server.is_mine():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_one_leads_until_it_leaves(url: str) -> None:
    first, second = [Leadership(database_address.parse(url)) for _server in range(2)]
    assert [first.is_mine(), second.is_mine(), first.is_mine(), second.is_mine()] == [
        True,
        False,
        True,
        False,
    ]
    first.close()
    until_it_leads(second)
    assert not first.is_mine()
    second.close()
    first.close()


def test_one_whose_connection_breaks_leads_no_more(url: str) -> None:
    first, second = [Leadership(database_address.parse(url)) for _server in range(2)]
    assert first.is_mine()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert not first.is_mine()
    until_it_leads(first)  # it asks anew
    assert not second.is_mine()
    first.close()
    second.close()


def test_without_a_database_nobody_leads() -> None:
    lonely = Leadership(database_address.parse("postgresql://127.0.0.1:1/chat"))
    assert not lonely.is_mine()
    lonely.close()


def test_other_databases_have_leaders_of_their_own(tmp_path: Path) -> None:
    each = [
        Leadership(database_address.parse(postgres.url(tmp_path / name))) for name in ("a", "b")
    ]
    assert all(one.is_mine() for one in each)
    for one in each:
        one.close()
