"""Who may see whose keys, and send to whose devices: people who share a room, and oneself."""

from collections.abc import Collection
from typing import Any

import sqlalchemy
from sqlmodel import Session, col

from models import Membership, User
from models.base import table
from services.accounts.names.name_rules import typed_key
from services.accounts.people import SUMMARY_COLUMNS
from services.core.dto import UserSummary
from services.rooms import access

Named = str | int
"""Somebody, by their username or their number."""

_THEIRS = table(Membership).alias("theirs")


def people(session: Session, viewer_id: int, names: Collection[Named]) -> dict[Named, UserSummary]:
    """Return those of the named people who share a room with the viewer, by how they were named."""
    numbers = [each for each in names if isinstance(each, int)]
    keys = {each: typed_key(each) for each in names if isinstance(each, str)}
    asked: Any = sqlalchemy.select(*SUMMARY_COLUMNS, col(User.username_key)).where(
        col(User.id).in_(numbers) | col(User.username_key).in_(list(keys.values())),
        knows(viewer_id),
    )
    found: dict[Named, UserSummary] = {}
    by_key: dict[str, UserSummary] = {}
    for *columns, key in session.connection().execute(asked):
        person = UserSummary(*columns)
        by_key[key] = person
        if person.user_id in numbers:
            found[person.user_id] = person
    return found | {name: by_key[key] for name, key in keys.items() if key in by_key}


def knows(viewer_id: int) -> Any:
    """Return the condition that a `User` shares a room with the viewer, or is the viewer.

    It looks at the rooms of that user, since those of the viewer may have very many members.
    """
    shared = sqlalchemy.exists().where(
        _THEIRS.c.user_id == col(User.id), _THEIRS.c.room_id.in_(access.room_ids_of(viewer_id))
    )
    return (col(User.id) == viewer_id) | shared
