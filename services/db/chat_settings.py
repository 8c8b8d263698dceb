"""The settings of the chat that are stored: one row."""

from typing import Any

import sqlalchemy
from sqlmodel import Session

from models import ChatSettings
from models.base import table


def stored(session: Session) -> ChatSettings:
    """Return the settings, to read or change; as they are at first if none were changed yet."""
    return session.get(ChatSettings, 1) or ChatSettings()


def values(session: Session) -> dict[str, Any]:
    """Return them by the names of their attributes, at the start."""
    fields = ChatSettings.model_fields  # in the order of the columns
    stored = session.connection().execute(sqlalchemy.select(table(ChatSettings))).first()
    if stored is None:
        return {name: field.default for name, field in fields.items()}
    return dict(zip(fields, stored, strict=True))
