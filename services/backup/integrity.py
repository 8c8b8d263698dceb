"""Whether a database is whole and this program can work with it: before it is relied upon.

It is asked after an upgrade, before that is stored; after a backup, of what was restored from
it; and before a restored database takes the place of another.
"""

from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel, col, select

from models import Membership, Message, migrations
from services.core.i18n import _
from services.messages import queries
from services.rooms import rooms
from services.search import index
from services.search.index import Span
from services.search.query import Query


class Unsound(Exception):
    """A database that is not to be used; the words say why."""


def run(connection: Connection) -> None:
    """Raise `Unsound` for the first thing that is wrong. Nothing is changed."""
    for look in (_is_whole, _has_the_newest_revision, _has_all_columns, _can_be_read, _is_indexed):
        _guard(look, connection)


def require_whole(connection: Connection) -> None:
    """Raise `Unsound` if pages are damaged or rows point to nothing, whatever the version is."""
    _guard(_is_whole, connection)


def _guard(look: Callable[[Connection], None], connection: Connection) -> None:
    try:
        look(connection)
    except Unsound:
        raise
    except DatabaseError as error:
        raise Unsound(str(error.orig)) from error
    except Exception as error:  # a row that this program makes no sense of, in whatever way
        raise Unsound(f"{error}") from error


def _is_whole(connection: Connection) -> None:
    found: str = connection.execute(text("PRAGMA integrity_check(1)")).scalar_one()
    if found != "ok":
        raise Unsound(found)
    if row := connection.execute(text("PRAGMA foreign_key_check")).first():
        raise Unsound(_("a row of {table} points to nothing").format(table=row[0]))


def _has_the_newest_revision(connection: Connection) -> None:
    if migrations.current_revision(connection) != migrations.newest_revision():
        raise Unsound(_("it is of another version"))


def _has_all_columns(connection: Connection) -> None:
    """What is there besides does no harm: only what the models say must be there."""
    # Not before it is needed: see `models.migrations`.
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(
        connection,
        opts={"include_name": lambda name, kind, _parents: kind != "table" or name in _TABLES},
    )
    for found in compare_metadata(context, SQLModel.metadata):
        change = found[0] if isinstance(found, tuple) else found[0][0]
        if not change.startswith("remove_"):
            raise Unsound(_("its tables are not as this version needs them"))


_TABLES = frozenset(SQLModel.metadata.tables)


def _can_be_read(connection: Connection) -> None:
    """Read what a page reads that somebody opens: their rooms, and the newest messages of one."""
    with _session(connection) as session:
        message = session.exec(select(Message).order_by(col(Message.id).desc()).limit(1)).first()
        if message is None:
            return
        newest = queries.before(session, message.room_id, message.seq + 1)
        member = session.exec(
            select(Membership.user_id).where(Membership.room_id == message.room_id).limit(1)
        ).first()
        if newest[-1].message_id != message.id or (
            member is not None and not rooms.listed(session, member)
        ):
            raise Unsound(_("what was said last cannot be read"))


def _is_indexed(connection: Connection) -> None:
    """Look whether the index of words is whole, and knows the last that was said."""
    connection.execute(text("INSERT INTO search (search) VALUES ('integrity-check')"))
    with _session(connection) as session:
        message = session.exec(
            select(Message).where(Message.text != "").order_by(col(Message.id).desc()).limit(1)
        ).first()
        if message is None or message.id is None:
            return
        query = Query(authors=[""])
        match = index.expression(query, [message.author_id])
        span = Span(message.room_id, message.seq, message.seq, message.id)
        if index.newest(session, query, match, [span], 1, 1) != [message.id]:
            raise Unsound(_("what was said last cannot be found"))


def _session(connection: Connection) -> Session:
    return Session(connection, join_transaction_mode="create_savepoint", autoflush=False)
