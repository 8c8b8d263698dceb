"""How a database of an earlier version becomes one of this version, step by step (Alembic).

Which version a database is at, and which one this program needs, is asked at every start, and as
a rule the answers are the same. Alembic is loaded only when there is something to do: that
takes a tenth of a second.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent


def current_revision(connection: Connection) -> str | None:
    """Return the version that the database is at, or None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def newest_revision() -> str:
    """Return the version that this program needs: the last of the steps, as they are numbered."""
    return max(step.name.partition("_")[0] for step in FOLDER.glob("versions/[0-9]*_*.py"))


def knows(revision: str) -> bool:
    """Tell whether a version is this one, or one that can be brought to it."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision in {script.revision for script in scripts}


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database to `revision`; the caller holds the transaction."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
