"""What encrypted messages say, for apps alone: read for those that are told.

It is long, so how long it is is read first, for all that may be told.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam, func
from sqlmodel import Session

from models import ENCRYPTED_KINDS, EncryptedMessage, Message
from models.base import table
from services.core.dto import MessageView


class Edit(Struct, frozen=True):
    """An edit of an encrypted message, which is a message itself."""

    message_id: int
    at: datetime
    content: str
    """JSON, as it was sent."""


class Secret(Struct, frozen=True):
    """What an encrypted message says."""

    content: str
    """JSON, as it was sent."""
    edit: Edit | None = None
    """The newest edit of it, if there is one."""


_SECRETS, _MESSAGES = table(EncryptedMessage), table(Message)
_IDS: Any = bindparam("ids", expanding=True)
_LENGTHS = sqlalchemy.select(_SECRETS.c.message_id, func.length(_SECRETS.c.content)).where(
    _SECRETS.c.message_id.in_(_IDS)
)
_CONTENTS = sqlalchemy.select(_SECRETS.c.message_id, _SECRETS.c.content).where(
    _SECRETS.c.message_id.in_(_IDS)
)
_NEWEST = (
    sqlalchemy.select(func.max(_SECRETS.c.message_id))
    .where(_SECRETS.c.replaces_id.in_(_IDS))
    .group_by(_SECRETS.c.replaces_id)
)
_EDIT_LENGTHS = sqlalchemy.select(_SECRETS.c.replaces_id, func.length(_SECRETS.c.content)).where(
    _SECRETS.c.message_id.in_(_NEWEST)
)
_EDITS = (
    sqlalchemy.select(
        _SECRETS.c.replaces_id, _MESSAGES.c.id, _MESSAGES.c.created_at, _SECRETS.c.content
    )
    .join(_MESSAGES, _MESSAGES.c.id == _SECRETS.c.message_id)
    .where(_SECRETS.c.message_id.in_(_NEWEST))
)


def lengths(session: Session, messages: Iterable[MessageView]) -> dict[int, int]:
    """Return how many characters those of `messages` say that are encrypted, with their edits."""
    found = [each for each in messages if each.kind in ENCRYPTED_KINDS and not each.deleted]
    if not found:
        return {}
    connection = session.connection()
    values = {"ids": [each.message_id for each in found]}
    made = {row[0]: row[1] for row in connection.execute(_LENGTHS, values)}
    if edited := [each.message_id for each in found if each.edited_at]:
        for message_id, length in connection.execute(_EDIT_LENGTHS, {"ids": edited}):
            made[message_id] += length
    return made


def read(session: Session, message_ids: Collection[int]) -> Mapping[int, Secret]:
    """Return what messages say. The caller has checked who may see them."""
    connection, values = session.connection(), {"ids": list(message_ids)}
    edits = {row[0]: Edit(*row[1:]) for row in connection.execute(_EDITS, values)}
    contents = connection.execute(_CONTENTS, values)
    return {number: Secret(content, edits.get(number)) for number, content in contents}
