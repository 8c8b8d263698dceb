"""The settings of the chat that are stored: one row."""

from sqlmodel import Session

from models import ChatSettings


def stored(session: Session) -> ChatSettings:
    """Return the settings, to read or change; as they are at first if none were changed yet."""
    return session.get(ChatSettings, 1) or ChatSettings()
