"""Commits many writes in one transaction: one flush to disk for all.

Without savepoints, which would cost more than most writes: when a write of a group raises, all of
it is rolled back, and the group runs again without that one. So a write may run more than once
before it is stored.
"""

import logging
import time
import warnings
from collections.abc import Callable, Sequence

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SAWarning

from services.core.errors import ServiceError, Unavailable
from services.db.direct_session import DirectSession
from services.db.job_queue import Job
from services.db.postgres import connections

PATIENCE_SECONDS = 15.0
"""How long writes wait for a server that is away, before they fail."""
RETRY_SECONDS = 0.25
MAX_TOGETHER = 4
"""How often a group runs in which writes raise, before each of the rest runs alone."""
MAX_ATTEMPTS = 5
"""How often a transaction runs whose connection breaks, or that conflicts with another."""
WRITER_LOCK = 0x43686174
"""The advisory lock of a transaction that writes: one at a time, whichever process it is of."""
log = logging.getLogger(__name__)
# In one statement, as each takes a round trip. The number tells, after a lost connection, what
# has become of the transaction.
BEGIN = "SELECT pg_current_xact_id()::text FROM pg_advisory_xact_lock(%s)"
_STATUS = "SELECT pg_xact_status(%s::xid8)"
_IN_THE_FUTURE = "22023"
LIFE = "SELECT stats_reset::text FROM pg_stat_bgwriter"
"""PostgreSQL resets its statistics after a crash, and a standby has its own: so what this returns
differs between two connections when numbers of transactions may have been given twice between them.
"""

# The sessions of a group roll back the transaction that they share: it is gone already.
warnings.filterwarnings("ignore", "transaction already deassociated", SAWarning)


class GroupCommit:
    """The connection that writes, and another one when it breaks."""

    def __init__(self, engine: Engine, finish: Callable[[Connection], None]) -> None:
        """Connect. Raises `DBAPIError` or `Unavailable` when that fails.

        `finish` does, before each commit, what follows from all writes of the transaction.
        """
        self._engine = engine
        self._finish = finish
        self._away_since: float | None = None
        self._away_because = ""
        self._life = ""
        self._connection: Connection | None = self._connect()

    def run(self, group: Sequence[Job], gather: Callable[[], Sequence[Job]] = tuple) -> None:
        """Run these writes, and commit them together; each then has its result or its own error.

        What `gather` returns once it is this process's turn to write is committed with them.
        """
        left = list(group)
        """Those that are neither stored nor refused."""
        try:
            self._store_together(left, gather)
            while left:
                self._store(left[:1])
                del left[0]
        except Exception as error:  # of the server: the others would wait for it again
            for job in left:
                job.error = error

    def _store_together(self, left: list[Job], gather: Callable[[], Sequence[Job]]) -> None:
        """Store those that do not raise, and take them out of `left`, as well as those refused.

        A service refuses by what the writes before have stored, which are stored then: that is
        final, as is what a write raises that is alone. Whatever else one raises may be so because
        of others: it runs again, alone.
        """
        together = list(left)

        def begin() -> None:
            came = gather()
            left.extend(came)
            together.extend(came)

        for _time in range(MAX_TOGETHER):
            if self._store(together, begin):
                for job in together:
                    left.remove(job)
                return
            raised = [job for job in together if job.error]
            is_alone = len(together) == 1
            for job in raised:
                together.remove(job)
                if is_alone or isinstance(job.error, ServiceError):
                    left.remove(job)
            if not raised or not together:  # it was the commit of all, or there is none left
                return

    def look_after(self) -> None:
        """See whether the connection is there; if not, connect again, or log why that fails."""
        try:
            if self._connection is not None:
                with self._connection.begin():
                    self._connection.exec_driver_sql("SELECT 1")
                return
        except Exception as error:
            self._drop()
            self._note_absence(error)
        try:
            self._connection = self._connect()
        except Exception as error:
            self._note_absence(error)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _store(self, group: Sequence[Job], begin: Callable[[], None] = lambda: None) -> bool:
        """Store these writes in one transaction, or none of them; return whether they are stored.

        `begin` is called once they may run, and may add others. The error of the one that has
        raised is kept in it, and that of the commit in a single one. Raises when the server stays
        away, or each write would fare the same.
        """
        for attempt in range(MAX_ATTEMPTS):
            connection, running, asks = self._connected(), None, False
            sessions: list[DirectSession] = []
            try:
                with connection.begin():
                    number = str(connection.exec_driver_sql(BEGIN, (WRITER_LOCK,)).scalar_one())
                    begin()
                    for running in group:
                        sessions.append(_session(connection))
                        _run(running, sessions[-1], connection)
                    running = None
                    self._finish(connection)
                    asks = True
                return True
            except BaseException as error:
                for session in sessions:
                    session.rollback()  # what it was to insert is new again
                if is_lost := _is_closed(connection):
                    self._drop()
                    if asks and self._was_committed(number, self._life):
                        return True
                if attempt + 1 < MAX_ATTEMPTS and (is_lost or connections.is_conflict(error)):
                    continue
                if connections.is_for_all(error):
                    raise
                if raised := running or (group[0] if len(group) == 1 else None):
                    raised.error = error
                return False
            finally:
                for session in sessions:
                    session.close()
        raise AssertionError("the last attempt returns")

    def _connected(self) -> Connection:
        """Return the connection, a new one if need be. Raises when the server stays away.

        It is waited for once: as long as it is away, later writes fail at once.
        """
        while self._connection is None:
            try:
                self._connection = self._connect()
            except (DBAPIError, Unavailable) as error:
                since = self._note_absence(error)
                if time.monotonic() - since >= PATIENCE_SECONDS:
                    if isinstance(error, Unavailable):  # its sentence is the host's
                        raise connections.unreachable() from error
                    raise
                time.sleep(RETRY_SECONDS)
        return self._connection

    def _connect(self) -> Connection:
        connection = self._engine.connect()
        try:
            with connection.begin():
                self._life = str(connection.exec_driver_sql(LIFE).scalar_one())
        except DBAPIError:
            connection.invalidate()
            connection.close()
            raise
        if self._away_since is not None:
            log.warning("connected to the database again")
        self._away_since, self._away_because = None, ""
        return connection

    def _note_absence(self, error: Exception) -> float:
        """Log why there is no connection, once for each reason; return since when."""
        if self._away_since is None:
            self._away_since = time.monotonic()
        said = error if isinstance(error, Unavailable) else connections.unusable(error)
        if said.message != self._away_because:
            self._away_because = said.message
            log.warning("%s", said.message)
        return self._away_since

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _was_committed(self, number: str, life: str) -> bool:
        """Return whether a transaction of a life of PostgreSQL was committed, its connection gone.

        Raises `Unavailable` with what is true of both when the server stays away, or cannot tell. A
        crash may lose that a number was given, and give it again: then what is committed may be
        another transaction. One that is not committed is not this one either, or was rolled back.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                connection = self._connected()
            except (DBAPIError, Unavailable) as error:
                raise connections.unknown() from error
            try:
                with connection.begin():
                    status = connection.exec_driver_sql(_STATUS, (number,)).scalar_one()
            except DBAPIError as error:
                if _is_closed(connection):
                    self._drop()
                    continue
                if connections.state(error) == _IN_THE_FUTURE:  # it was lost in a crash
                    return False
                raise connections.unknown() from error
            if status is None or (status == "committed" and life != self._life):
                raise connections.unknown()
            if status != "in progress":
                return bool(status == "committed")
            if time.monotonic() > until:
                raise connections.unknown()
            time.sleep(RETRY_SECONDS)


def _session(connection: Connection) -> DirectSession:
    return DirectSession(connection, join_transaction_mode="rollback_only", expire_on_commit=False)


def _run(job: Job, session: DirectSession, connection: Connection) -> None:
    """Run one write. Raises what it raises."""
    job.error = None
    job.result = job.context.run(job.fn, session)
    session.flush()
    # A COMMIT after an error that the write went on from would roll back, and say nothing.
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    if raw.info.transaction_status is not TransactionStatus.INTRANS:
        raise RuntimeError("a write went on after an error of the database")


def _is_closed(connection: Connection) -> bool:
    if connection.invalidated:
        return True
    raw = connection.connection.driver_connection
    return raw is None or bool(raw.closed)
