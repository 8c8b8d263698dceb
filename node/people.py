"""People of the hub, as accounts of this chat that nobody logs in to, but its own person."""

import re

from sqlalchemy import select
from sqlmodel import Session
from sqlmodel import select as select_model

from models import User
from node import tables
from services.accounts import new_user
from services.accounts.bots import NO_PASSWORD
from services.accounts.names import namesakes
from services.accounts.names.name_rules import (
    check_display_name,
    check_username,
    skeleton,
    username_key,
)
from services.accounts.people import summary
from services.core import events
from services.core.errors import ServiceError

MAX_NAME = 20
"""Characters of a name on the hub that a username here begins with."""


def known(session: Session, hub_id: str) -> int | None:
    """Return the local id of a person; None for somebody new."""
    table = tables.PEOPLE.c
    found: int | None = session.connection().scalar(
        select(table.user_id).where(table.hub_id == hub_id)
    )
    return found


def hub_id(session: Session, user_id: int) -> str:
    """Return what the hub calls somebody; empty for nobody of it."""
    table = tables.PEOPLE.c
    found = session.connection().scalar(select(table.hub_id).where(table.user_id == user_id))
    return str(found or "")


def local(
    session: Session, hub_id: str, display_name: object = None
) -> tuple[int, list[events.PersonChanged]]:
    """Return the local id of a person, and what is to be published about names that changed.

    Without a `display_name` they keep the one they have.
    """
    user_id = known(session, hub_id)
    if user_id is None:
        return _add(session, hub_id, display_name)
    if display_name is None:
        return user_id, []
    user = session.get_one(User, user_id)
    name = _display_name(display_name, user.username)
    if name in {summary(user).own_name, user.display_name}:
        return user_id, []
    others = namesakes.rename(session, user, name, user.hue)
    return user_id, [namesakes.changed(session, user), *others]


def _add(
    session: Session, hub_id: str, display_name: object
) -> tuple[int, list[events.PersonChanged]]:
    username = _username(session, hub_id)
    name = _display_name(display_name, username)
    user, changed = new_user.insert(session, username, name, NO_PASSWORD, about="username")
    values = {"hub_id": hub_id, "user_id": user.id}
    session.connection().execute(tables.PEOPLE.insert(), values)
    return user.id or 0, changed


def _display_name(given: object, fallback: str) -> str:
    try:
        return check_display_name(given, fallback)
    except ServiceError:
        return fallback


def _username(session: Session, hub_id: str) -> str:
    """Return a username that is free: as on the hub, if it can be."""
    wanted = hub_id.removeprefix("@").partition(":")[0]
    letters = re.sub(r"[^A-Za-z0-9_.-]+", "-", wanted).strip("-_.")[:MAX_NAME]
    for name in (wanted, letters, f"person-{letters}"):
        try:
            checked = check_username(name)
        except ServiceError:
            continue
        if _is_free(session, checked):
            return checked
    number = 2
    while not _is_free(session, name := f"person-{number}"):
        number += 1
    return name


def _is_free(session: Session, username: str) -> bool:
    same = (User.username_key == username_key(username)) | (User.skeleton == skeleton(username))
    return session.exec(select_model(User.id).where(same)).first() is None
