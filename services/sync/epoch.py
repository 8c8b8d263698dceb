"""What positions of apps begin with anew when a backup is restored: those from before end there."""

from services.db import chat_settings, database

_epoch = 0


async def load() -> None:
    """Read it from the database, at the start."""
    global _epoch
    found = await database.read(lambda session: chat_settings.values(session)["epoch"])
    _epoch = int(found)


def get() -> int:
    """Return its number."""
    return _epoch
