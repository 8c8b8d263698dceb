"""Commits many writes in one transaction: one flush to disk for all."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine

from services.db.direct_session import DirectSession
from services.db.job_queue import Job


def run(engine: Engine, group: Sequence[Job]) -> None:
    """Run these writes, and commit them together; each then has its result or its own error.

    Raises when the commit failed, or SQLite aborted the whole transaction (as on a full disk).
    """
    with engine.begin() as connection:
        for job in group:
            _try(job, connection)


def _try(job: Job, connection: Connection) -> None:
    """Run one write in a savepoint, so that its error does not affect the others.

    The savepoint is the driver's, as through SQLAlchemy it would cost more.
    """
    cursor = connection.connection.cursor()
    cursor.execute("SAVEPOINT job")
    session = DirectSession(
        connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    )
    try:
        job.result = job.context.run(job.fn, session)
        if session.in_transaction():
            session.commit()
        cursor.execute("RELEASE job")
    except BaseException as error:
        if not _in_transaction(connection):
            raise  # SQLite aborted the transaction of the whole group
        job.error = error
        session.rollback()
        cursor.execute("ROLLBACK TO job")
        cursor.execute("RELEASE job")
    finally:
        session.close()


def _in_transaction(connection: Connection) -> bool:
    raw = connection.connection.dbapi_connection
    return raw is not None and bool(raw.in_transaction)
