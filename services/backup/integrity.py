"""Check that a database is sound and works with this version, before it is used.

This runs on an upgraded database before the commit, on every backup after restoring it, and on
a restored database before it replaces another.
"""

from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel, col, select

from models import Membership, Message, migrations
from services.core.i18n import _
from services.messages import queries
from services.rooms import room_queries
from services.search.fts5.index import Fts5Index
from services.search.index import Span
from services.search.query import Query


class Unsound(Exception):
    """The database cannot be used, for this reason."""


def run(connection: Connection) -> None:
    """Raise `Unsound` for the first problem. Read-only."""
    for check in (_check_pages, _check_revision, _check_columns, _check_queries, _check_search):
        _run(check, connection)


def require_whole(connection: Connection) -> None:
    """Raise `Unsound` for damaged pages or violated foreign keys, in any version."""
    _run(_check_pages, connection)


def _run(check: Callable[[Connection], None], connection: Connection) -> None:
    try:
        check(connection)
    except Unsound:
        raise
    except DatabaseError as error:
        raise Unsound(str(error.orig)) from error
    except Exception as error:  # invalid rows raise all kinds of errors
        raise Unsound(f"{error}") from error


def _check_pages(connection: Connection) -> None:
    found: str = connection.execute(text("PRAGMA integrity_check(1)")).scalar_one()
    if found != "ok":
        raise Unsound(found)
    if row := connection.execute(text("PRAGMA foreign_key_check")).first():
        raise Unsound(_("a row of {table} has a broken reference").format(table=row[0]))


def _check_revision(connection: Connection) -> None:
    if migrations.current_revision(connection) != migrations.newest_revision():
        raise Unsound(_("it is from another version"))


def _check_columns(connection: Connection) -> None:
    """Compare the tables with the models; additional tables and columns are fine."""
    # Imported only when needed: see `models.migrations`.
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(
        connection,
        opts={"include_name": lambda name, kind, _parents: kind != "table" or name in _TABLES},
    )
    for found in compare_metadata(context, SQLModel.metadata):
        change = found[0] if isinstance(found, tuple) else found[0][0]
        if not change.startswith("remove_"):
            raise Unsound(_("its tables do not fit this version"))


_TABLES = frozenset(SQLModel.metadata.tables)


def _check_queries(connection: Connection) -> None:
    """Run the queries of a page: the rooms of a person, and the newest messages of one."""
    with _session(connection) as session:
        message = session.exec(select(Message).order_by(col(Message.id).desc()).limit(1)).first()
        if message is None:
            return
        newest = queries.before(session, message.room_id, message.seq + 1)
        member = session.exec(
            select(Membership.user_id).where(Membership.room_id == message.room_id).limit(1)
        ).first()
        if newest[-1].message_id != message.id or (
            member is not None and not room_queries.listed(session, member)
        ):
            raise Unsound(_("the newest message can't be read"))


def _check_search(connection: Connection) -> None:
    """Check the full-text index, and that it finds the newest message."""
    connection.execute(text("INSERT INTO search (search) VALUES ('integrity-check')"))
    with _session(connection) as session:
        message = session.exec(
            select(Message).where(Message.text != "").order_by(col(Message.id).desc()).limit(1)
        ).first()
        if message is None or message.id is None:
            return
        query = Query(authors=[""])
        span = Span(message.room_id, message.seq, message.seq, message.id)
        found = Fts5Index().newest(session, query, [message.author_id], [span], 1, 1)
        if found != [message.id]:
            raise Unsound(_("the newest message can't be found by search"))


def _session(connection: Connection) -> Session:
    return Session(connection, join_transaction_mode="create_savepoint", autoflush=False)
