"""The name that the ids of apps end in: made once, at the first start, and then kept for good."""

import secrets
from urllib.parse import urlsplit

from sqlmodel import Session

from services.core import app_context
from services.db import chat_settings, database

_name = ""


async def load() -> None:
    """Read it from the database, at the start; the first time, choose it.

    It is the host of the public address, where there is one, and otherwise made up: apps only
    compare it, and nobody looks it up.
    """
    global _name
    found = await database.read(lambda session: chat_settings.values(session)["server_name"])
    _name = str(found) or await database.write(_choose, uses_reserve=True)


def get() -> str:
    """Return the name."""
    return _name


def _choose(session: Session) -> str:
    stored = chat_settings.stored(session)
    if not stored.server_name:
        host = urlsplit(app_context.current().settings.public_url).hostname
        stored.server_name = host or f"chat-{secrets.token_hex(4)}.local"
        session.add(stored)
    return stored.server_name
