"""The demo: what its class has said, and when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.clock import now
from services.demo import media
from services.demo.fill import fill, when
from services.demo.script import PEOPLE, READER, TALKS
from tests import postgres
from tests.conftest import NewFolder, run_app

LINES = [line for talk in TALKS for line in talk.lines]


@pytest.fixture(scope="module")
def filled(new_folder: NewFolder) -> Path:
    """A data folder with the demo in it."""
    data = new_folder()
    run_app(data, fill)
    return data


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    with postgres.connect(data) as database:
        found: list[tuple[object, ...]] = database.execute(query).fetchall()
        return found


def test_everybody_has_said_what_is_in_the_script(filled: Path) -> None:
    said = rows(filled, "SELECT text FROM messages ORDER BY text")
    assert [text for (text,) in said] == sorted(line.edited or line.text for line in LINES)
    assert rows(filled, "SELECT count(*) FROM users") == [(len(PEOPLE),)]
    files = sorted(line.file for line in LINES if line.file)
    assert [name for (name,) in rows(filled, "SELECT name FROM attachments ORDER BY name")] == files


def test_it_was_said_in_the_past_week_in_order(filled: Path) -> None:
    times = rows(filled, "SELECT room_id, seq, created_at FROM messages ORDER BY room_id, seq")
    assert times == sorted(times, key=lambda row: (row[0], row[2]))
    moments = [datetime.fromisoformat(str(at)).replace(tzinfo=UTC) for _room, _seq, at in times]
    assert now() - timedelta(days=8) < min(moments)
    assert max(moments) < now()
    assert now() - timedelta(hours=1) < max(moments)


def test_the_reader_has_something_left_to_read(filled: Path) -> None:
    unread = rows(
        filled,
        "SELECT sum(rooms.last_seq - memberships.last_read_seq) FROM memberships"
        " JOIN rooms ON rooms.id = room_id JOIN users ON users.id = user_id"
        f" WHERE username = '{READER}'",
    )
    assert unread == [(sum(talk.unread for talk in TALKS),)]
    assert rows(filled, "SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == [(0,)]


def test_times_are_those_of_this_computer() -> None:
    moment = datetime(2026, 3, 10, 0, 5).astimezone()
    assert when("-1 20:10", moment) == datetime(2026, 3, 9, 20, 10).astimezone()
    assert when("ago 140", moment) == moment - timedelta(minutes=140)
    assert when("-1 20:10", moment) < when("ago 140", moment)


@pytest.mark.parametrize("name", sorted({line.file for line in LINES if line.file}))
def test_files_are_the_same_each_time(name: str) -> None:
    assert media.make(name) == media.make(name)
