"""The oracle: compares what every client received with what is stored."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.client import ChatClient
from services.core.disk import data_folder
from services.files.check import Check

ROOM = 1
"""All messages go to the Lobby."""


class Disagreement(AssertionError):
    """A client was told something that is not true."""


class MissingTool(Exception):
    """This machine lacks what a scenario needs."""


def require(holds: object, sentence: str) -> None:
    """Raise `Disagreement` with the sentence unless the condition holds."""
    if not holds:
        raise Disagreement(sentence)


def compare(folder: Path, people: Iterable[ChatClient], *, settled: bool = False) -> int:
    """Return how many messages are stored, after comparing them with every client: see `agree`."""
    return agree(read_messages(folder), people, settled=settled)


def agree(
    stored: Mapping[str, tuple[int, str]], people: Iterable[ChatClient], *, settled: bool = False
) -> int:
    """Return how many messages are stored, after comparing them with every client.

    A message that showed ✓ is stored once, under the same number; others at most once, and none
    are unconfirmed when everything is `settled`. Received messages are stored as received.
    """
    for person in people:
        for client_id, seq in person.confirmed.items():
            found = stored.get(client_id)
            where = f"{person.username} was shown {client_id} as number {seq}"
            require(found == (seq, person.username), f"{where}, and stored is {found}")
        for each in person.received:
            found = stored.get(each.client_id)
            where = f"{each.client_id} of {each.author} arrived at {person.username} as {each.seq}"
            require(found == (each.seq, each.author), f"{where}, and stored is {found}")
        if settled:
            require(
                not person.unconfirmed, f"{person.username} still waits for {person.unconfirmed}"
            )
    return len(stored)


def read_messages(folder: Path) -> dict[str, tuple[int, str]]:
    """Return number and author of every message, by its `client_message_id`.

    Raises `Disagreement` when the database is damaged, numbers have gaps, a message is there
    twice, or files and rows do not agree.
    """
    with closing(sqlite3.connect(folder / data_folder.DATABASE)) as database:
        whole = database.execute("PRAGMA integrity_check").fetchall()
        require(whole == [("ok",)], f"the database is damaged: {whole}")
        dangling = database.execute("PRAGMA foreign_key_check").fetchall()
        require(not dangling, f"rows point at nothing: {dangling}")
        rows = database.execute(
            "SELECT client_message_id, seq, username FROM messages"
            " JOIN users ON users.id = author_id WHERE room_id = ? ORDER BY seq",
            [ROOM],
        ).fetchall()
        (last,) = database.execute("SELECT last_seq FROM rooms WHERE id = ?", [ROOM]).fetchone()
    stored = without_gaps(rows, last)
    findings = list(Check(folder, contents=True).run())
    require(not findings, f"files and rows disagree: {findings}")
    return stored


def without_gaps(rows: Sequence[tuple[str, int, str]], last: int) -> dict[str, tuple[int, str]]:
    """Return messages by their id, out of ids, numbers and authors in the order of the numbers.

    Raises `Disagreement` when numbers up to the `last` are missing, or a message is there twice.
    """
    numbers = [seq for _client_id, seq, _author in rows]
    missing = sorted(set(range(1, last + 1)).symmetric_difference(numbers))
    require(not missing, f"the numbers up to {last} have gaps: {missing}")
    stored = {client_id: (seq, author) for client_id, seq, author in rows}
    require(len(stored) == len(rows), "a message is stored twice")
    return stored
