"""Database migrations (Alembic).

Every start compares the revision of the database with the newest one. Usually they are equal,
so Alembic is imported only when it is needed: that takes 0.1 s.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
MANY = 50_000
"""From so many messages on, the log says that an upgrade which reads each takes a while."""


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the database, or None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def newest_revision() -> str:
    """Return the revision that this program needs: the highest number of a migration."""
    return max(file.name.partition("_")[0] for file in FOLDER.glob("versions/[0-9]*_*.py"))


def knows(revision: str) -> bool:
    """Return whether this program has that revision, and so can upgrade from it."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision in {script.revision for script in scripts}


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Upgrade the database to `revision`, in the transaction of the caller."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
