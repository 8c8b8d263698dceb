"""The tables on PostgreSQL: created as the models have them, then upgraded by migrations."""

from collections.abc import Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from models import migrations
from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.db import driver_error
from services.db.postgres import connections, device_key, moved
from services.db.postgres.connections import Server

SCHEMA_LOCK = 0x54626C73
"""The advisory lock of whoever creates or upgrades the tables."""
_FACTS = """
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
       pg_is_in_recovery()
"""
_LET_GO = """
CREATE FUNCTION let_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO loose_files (hash) VALUES (old.hash) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$
"""
_LOG_BEGINS = """
INSERT INTO security_log_state (id, dropped_id, dropped_hash, newest_id, newest_hash)
VALUES (1, 0, repeat('0', 64), 0, repeat('0', 64))
"""
STATEMENTS = (
    device_key.CREATE,
    _LOG_BEGINS,
    _LET_GO,
    *(
        f"CREATE TRIGGER {table}_let_go AFTER DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION let_go()"
        for table in ("attachments", "stickers", "pending_files")
    ),
)
"""What the models do not say: a table of its own, a first row, and the triggers."""


def prepare(
    address: DatabaseAddress, further: Sequence[str] = (), server: Server = Server.ALONE
) -> None:
    """Create the tables in an empty database, or upgrade them to the newest revision.

    `further` are statements that create what belongs to other packages. All is one transaction: if
    it fails, nothing has changed. Raises `Unavailable` with the reason when the database cannot be
    used, when its chat was moved away, and if a server is using it that must not be there.
    """
    try:
        with connections.writing(address, server) as connection:
            require_fit(connection)
            moved.require_here(connection, address)
            if migrations.current_revision(connection) == migrations.newest_revision():
                return
            _prepare(connection, address, further, server)
    except DBAPIError as error:
        raise connections.unusable(error) from error


def is_needed(address: DatabaseAddress) -> bool | None:
    """Return whether the tables are of another version; None if there are none."""
    with connections.transaction(address) as connection:
        revision = migrations.current_revision(connection)
    return None if revision is None else revision != migrations.newest_revision()


def require_fit(connection: Connection) -> None:
    """Raise `Unavailable` unless a chat can be stored here, in an encoding that has all letters."""
    version, encoding, is_standby = connection.exec_driver_sql(_FACTS).one()
    if version < connections.MIN_VERSION:
        raise Unavailable(
            _("This is PostgreSQL {present}. Simple Chat needs {needed} or newer.").format(
                present=version, needed=str(connections.MIN_VERSION)
            )
        )
    if encoding != "UTF8":
        raise Unavailable(
            _(
                "The database stores text as {present}, which lacks most letters. Create one with "
                "the encoding {needed}."
            ).format(present=encoding, needed="UTF8")
        )
    if is_standby:
        raise Unavailable(
            _("This PostgreSQL server is a standby, which cannot be written. Choose the primary.")
        )


def _prepare(
    connection: Connection, address: DatabaseAddress, further: Sequence[str], server: Server
) -> None:
    shared = "_shared" if server is Server.ONE_OF_SEVERAL else ""
    lock = "SELECT pg_advisory_xact_lock({}), pg_try_advisory_xact_lock{}({})"
    statement = lock.format(SCHEMA_LOCK, shared, connections.SERVER_LOCK)
    [(_void, is_admitted)] = connection.exec_driver_sql(statement).fetchall()
    revision = migrations.current_revision(connection)  # perhaps another process has done it
    if revision == migrations.newest_revision():
        return
    if not is_admitted:
        raise connections.in_use(address)
    try:
        if revision is None:
            create(connection, further)
        else:
            migrations.upgrade(connection)
    except Exception as error:
        raise _failed(error) from error


def create(connection: Connection, further: Sequence[str] = ()) -> None:
    """Create the tables of the newest revision, in the transaction of the caller."""
    complete_indexes()
    # Not `checkfirst`: tables of the same name would be another program's.
    SQLModel.metadata.create_all(connection, checkfirst=False)
    for statement in (*STATEMENTS, *further):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
    connection.execute(
        text("INSERT INTO alembic_version VALUES (:revision)"),
        {"revision": migrations.newest_revision()},
    )


def complete_indexes() -> None:
    """Give partial indexes their conditions for PostgreSQL, which are those for SQLite.

    Here, as SQLAlchemy loads a database's part for its options: each start would load both.
    """
    for table in SQLModel.metadata.tables.values():
        for index in table.indexes:
            options = index.dialect_options
            options["postgresql"]["where"] = options["sqlite"]["where"]


def _failed(error: Exception) -> Unavailable:
    return Unavailable(
        _(
            "The tables of the chat could not be created or upgraded ({reason}). The database is "
            "unchanged. It must belong to the user of CHAT_DATABASE, and hold nothing else."
        ).format(reason=driver_error.reason(error))
    )
