"""`python main.py log`: what it prints, what nobody can forge in it, and whether it is whole."""

from pathlib import Path

import pytest

from chat_ui.server.commands.log_report import escape, line
from tests import postgres
from tests.command import refusal, run


@pytest.fixture
def closed(tmp_path: Path, folder_with_people: tuple[Path, object]) -> Path:
    """A data folder in which three people have registered, and that no server uses."""
    return postgres.copytree(folder_with_people[0], tmp_path / "data")


def tamper(data: Path, statement: str, *values: object) -> None:
    with postgres.connect(data) as connection:
        connection.execute(statement, values)


def test_it_is_printed_with_the_newest_last(closed: Path) -> None:
    assert run("--data", closed, "reset-password", "ben").returncode == 0
    ended = run("--data", closed, "log")
    assert ended.returncode == 0
    *registered, made = ended.stdout.splitlines()
    assert [each.split()[0] for each in (*registered, made)] == ["1", "2", "3", "4"]
    assert [each.split(" ", 2)[2] for each in registered] == [
        f'registered person="{name}" address="127.0.0.1" device="Chromium · Linux"'
        for name in ("asha", "ben", "chen")
    ]
    assert made.endswith('reset_link_made person="ben" device="terminal"')


def test_a_whole_log(closed: Path) -> None:
    ended = run("--data", closed, "log", "--verify")
    assert ended.returncode == 0
    assert "complete: 3 entries, the newest is number 3" in ended.stdout
    assert len(ended.stdout.splitlines()) == 1


def test_a_changed_entry(closed: Path) -> None:
    tamper(closed, "UPDATE security_events SET person = 'eve' WHERE id = 2")
    ended = run("--data", closed, "log", "--verify")
    assert ended.returncode == 1
    assert ended.stdout == "Entry 2 of the security log was changed, or the one before it.\n"


def test_a_removed_entry(closed: Path) -> None:
    tamper(closed, "DELETE FROM security_events WHERE id = 2")
    ended = run("--data", closed, "log", "--verify")
    assert (ended.returncode, ended.stdout) == (1, "Entry 2 of the security log is missing.\n")


def test_no_chat(tmp_path: Path) -> None:
    assert "no chat" in refusal("--data", tmp_path / "nowhere", "log")


FORGERIES = (
    "ben\n9 2026-01-01 login",
    "ben\r\n9",
    "ben\x0b9",
    "ben\x0c9",
    "ben\x1c9\x1d\x1e",
    "ben\x859",
    "ben\u20289",
    "ben\u20299",
    "\x1b[2K\x1b[1A9 2026-01-01 login",
    "\x9b2J",
    "ben\x08\x08\x08eve",
    "ben\x00eve",
    "\u202enimda",
    "\u2066ben\u2069",
    "b\u200ben",
    "be\u00adn",
    "ben\ufeff",
    "ben\U000e0041",
    "ben\u00a0\u2003eve",
    "ben\ud800",
    "\u0301ben",
    'ben" address="10.0.0.1',
    'ben\\" address="10.0.0.1',
)


@pytest.mark.parametrize("name", FORGERIES, ids=ascii)
def test_a_hostile_name_stays_in_its_field(closed: Path, name: str) -> None:
    row = {"id": 1, "at": "2026", "kind": "login", "count": 1, "actor": name}
    row |= dict.fromkeys(("person", "address", "device", "detail"), "")
    printed = line(row)
    assert printed.isprintable()
    assert len(printed.splitlines()) == 1
    # Read as Python does, the field is exactly what was stored: nothing is lost or ambiguous.
    before, quoted = printed.split('actor="')
    assert before == "1 2026 login "
    assert quoted.endswith('"')
    value = quoted[:-1]
    assert value.replace("\\\\", "").replace('\\"', "").count('"') == 0
    assert value.encode("ascii", "backslashreplace").decode("unicode_escape") == name


def test_ordinary_names_are_printed_as_they_are() -> None:
    for name in ("asha", "आशा", "Łukasz", "李雷", "Zoë 🎉", "o'neil"):
        assert escape(name) == name


def test_a_tampered_row_is_escaped_everywhere(closed: Path) -> None:
    tamper(closed, "UPDATE security_events SET kind = ?, at = ?", "lo\ngin", "\x1b[2J")
    lines = run("--data", closed, "log").stdout.splitlines()
    assert len(lines) == 3
    assert all(each.isprintable() for each in lines)
