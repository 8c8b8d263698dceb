"""Names of rooms: checked against others that look alike, prepared for finding and sorting."""

from typing import Any

import sqlalchemy
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models import Room, RoomKind
from models.base import table
from services.accounts.names.name_rules import likeness, looks_like, skeleton
from services.accounts.names.name_search import indexed
from services.core.collation import sort_key
from services.core.errors import Conflict
from services.core.i18n import _
from services.db import database

LOBBY = "Lobby"
LOBBY_ID: Any = sqlalchemy.select(func.min(table(Room).alias().c.id)).scalar_subquery()
"""The Lobby's id, as SQL: it is the first room, whatever it is called by now."""


def set_name(session: Session, room: Room, name: str) -> None:
    """Give a new or renamed room its name, and flush it.

    Raises `Conflict` if it is, or looks like, that of the Lobby or of another public room. Private
    rooms may share a name with each other only: whoever creates one cannot know of the others.
    """
    key = likeness(name)
    public = select(Room).where(
        Room.name_likeness == key, Room.kind == RoomKind.PUBLIC, Room.id != room.id
    )
    lobby_id = session.scalar(sqlalchemy.select(LOBBY_ID))
    others = [other.name for other in session.exec(public)]
    if room.id != lobby_id or room.id is None:
        others.append(LOBBY)
    if any(looks_like(name, other) for other in others):
        raise _taken()
    room.name, room.name_key, room.name_likeness = name, name_key(name), key
    room.search_name, room.sort_key = indexed(name), sort_key(name)
    session.add(room)
    try:
        session.flush()
    except IntegrityError as error:
        raise _taken() from error


def set_topic(room: Room, topic: str) -> None:
    """Give a room its topic."""
    room.topic, room.search_topic = topic, indexed(topic)


async def fill() -> None:
    """Complete what belongs to the names of rooms that an earlier version created."""
    known = table(Room).c
    unfilled = ((known.name_likeness == "") | (known.search_name == "")) & (known.name != "")

    def complete(session: Session) -> None:
        for room in session.exec(select(Room).where(unfilled)):
            room.name_likeness = likeness(room.name)
            room.search_name = indexed(room.name)
            room.sort_key = b"" if room.name == LOBBY else sort_key(room.name)
            set_topic(room, room.topic)
            session.add(room)

    if await database.is_any(Room, unfilled):
        await database.write(complete, uses_reserve=True)


def name_key(name: str) -> str:
    """Return a key that is equal for names that look alike or differ in case only."""
    return skeleton(name.casefold())


def _taken() -> Conflict:
    return Conflict(
        _("A public room already has this or a very similar name. Choose another."), about="name"
    )
