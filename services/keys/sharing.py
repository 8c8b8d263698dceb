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

_MEMBERS = table(Membership)


def people(session: Session, viewer_id: int, names: Collection[Named]) -> dict[Named, UserSummary]:
    """Return those of the named people who share a room with the viewer, by how they were named."""
    numbers = [each for each in names if isinstance(each, int)]
    keys = {each: typed_key(each) for each in names if isinstance(each, str)}
    asked: Any = sqlalchemy.select(*SUMMARY_COLUMNS, col(User.username_key)).where(
        col(User.id).in_(numbers) | col(User.username_key).in_(list(keys.values())),
        (col(User.id) == viewer_id) | col(User.id).in_(ids_of_known(viewer_id)),
    )
    found: dict[Named, UserSummary] = {}
    by_key: dict[str, UserSummary] = {}
    for *columns, key in session.connection().execute(asked):
        person = UserSummary(*columns)
        by_key[key] = person
        if person.user_id in numbers:
            found[person.user_id] = person
    return found | {name: by_key[key] for name, key in keys.items() if key in by_key}


def ids_of_known(viewer_id: int) -> Any:
    """Return a select of the ids of all who are in a room of the viewer."""
    return sqlalchemy.select(_MEMBERS.c.user_id).where(
        _MEMBERS.c.room_id.in_(access.room_ids_of(viewer_id))
    )
