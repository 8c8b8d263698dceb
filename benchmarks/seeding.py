"""Create a data folder with people, sessions and rooms full of messages, before a server runs.

The accounts are created without registering, because three hundred registrations from one address
are rate-limited; the messages by one SQL statement, because sending a million would take an hour.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlmodel import Session, col, select

from benchmarks.client import PASSWORD
from models import Membership, Room, RoomKind, SessionKind, User
from models.clock import now
from services import lifecycle
from services.accounts.names.name_rules import skeleton, username_key
from services.accounts.names.name_search import indexed
from services.accounts.sessions import sessions
from services.core.collation import sort_key
from services.core.disk import data_folder
from services.core.dto import Visitor
from services.core.settings import Settings
from services.db import database
from services.registration import registration
from services.registration.registration import RegistrationForm

HERE = Visitor("127.0.0.1", "benchmark")
AUTHORS = 20
"""At most so many of the people wrote the messages."""
_FILL = """
WITH RECURSIVE count(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM count WHERE seq < :messages)
INSERT INTO messages (room_id, seq, author_id, client_message_id, text, created_at)
SELECT :room, seq, 1 + seq % :authors, printf('seed-%d-%09d', :room, seq),
       printf('Message %d: the quick brown fox jumps over the lazy dog, again and again.', seq),
       strftime('%Y-%m-%d %H:%M:%f000', :moment, '-' || (:messages - seq) || ' seconds')
FROM count
"""


@dataclass(frozen=True)
class Seeded:
    """The sessions of the people, and the rooms."""

    sessions: dict[str, str]
    rooms: dict[int, int]
    """By room: how many messages it has."""


async def seed(
    folder: Path,
    people: int,
    messages: list[int],
    *,
    split: bool = False,
    apps: int = 0,
    database_url: str = "",
) -> Seeded:
    """Fill an empty `folder` with `people`, and a room for each number of `messages`.

    Everybody is in every room; with `split`, each person is in one of them. With `database_url`,
    a PostgreSQL database, the rooms must be empty. The sessions of the last `apps` people are
    those of apps.
    """
    settings = Settings(
        data=folder,
        database=SecretStr(database_url) if database_url else None,
        argon2_memory_kib=8192,
        argon2_time_cost=1,
    )
    with data_folder.lock(folder):
        await lifecycle.startup(settings)
        try:
            await registration.register(HERE, RegistrationForm("person0", PASSWORD))
            made = await database.write(
                lambda session: _add(session, people, messages, split, apps)
            )
        finally:
            await lifecycle.shutdown()
    for room_id, count in made.rooms.items():
        if count:
            _fill(folder / data_folder.DATABASE, room_id, count, authors=min(people, AUTHORS))
    return made


def _add(session: Session, people: int, messages: list[int], split: bool, apps: int) -> Seeded:
    first = session.exec(select(User)).one()
    everyone = [first] + [
        User(
            username=f"person{number}",
            username_key=username_key(f"person{number}"),
            skeleton=skeleton(f"person{number}"),
            display_name=f"Person {number}",
            search_name=indexed(f"Person {number}", f"person{number}"),
            sort_key=sort_key(f"Person {number}"),
            hue=number % 360,
            password_hash=first.password_hash,
        )
        for number in range(1, people)
    ]
    lobby = session.exec(select(Room)).one()
    rooms = [
        Room(
            kind=RoomKind.PUBLIC,
            name=f"Room {n}",
            name_key=f"room {n}",
            search_name=indexed(f"Room {n}"),
            sort_key=sort_key(f"Room {n}"),
            last_seq=count,
        )
        for n, count in enumerate(messages)
    ]
    session.add_all([*everyone, *rooms])
    session.flush()
    there = session.exec(select(Membership.room_id, Membership.user_id)).all()
    session.add_all(
        Membership(room_id=room.id or 0, user_id=user.id or 0, last_read_seq=room.last_seq)
        for nth_room, room in enumerate([*rooms, lobby])
        for nth, user in enumerate(everyone)
        if (room.id, user.id) not in there
        and (not split or room is lobby or nth % len(rooms) == nth_room)
    )
    app: dict[str, Any] = {"kind": SessionKind.APP, "device_id": "BENCHMARK"}
    tokens = {
        user.username: sessions.add(
            session, user.id or 0, HERE, **(app if number >= people - apps else {})
        ).token
        for number, user in enumerate(everyone)
    }
    authors = session.exec(select(User.id).order_by(col(User.id)).limit(AUTHORS)).all()
    assert authors == list(range(1, len(authors) + 1)), "_FILL relies on it"
    return Seeded(tokens, {room.id or 0: room.last_seq for room in rooms})


def _fill(file: Path, room_id: int, messages: int, *, authors: int) -> None:
    given = {
        "room": room_id,
        "messages": messages,
        "authors": authors,
        "moment": f"{now():%Y-%m-%d %H:%M:%S}",
    }
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        # Indexing a million messages that no benchmark searches would take minutes.
        trigger = "SELECT sql FROM sqlite_master WHERE name = 'search_new'"
        (make,) = connection.execute(trigger).fetchone()
        connection.execute("DROP TRIGGER search_new")
        connection.execute(_FILL, given)
        connection.execute(make)
