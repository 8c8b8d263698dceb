"""Which one of several servers does what only one may do: the one that holds a lock."""

import psycopg

from services.core.network.database_address import DatabaseAddress
from services.db.postgres import connections
from services.db.postgres.connections import Raw

LEADER_LOCK = 0x4C656164
"""The advisory lock of the session of the leader."""
LEASE_SECONDS = 15
"""How long the leader may be silent: it is frozen then, or its machine, and PostgreSQL ends its
session, so that another process becomes the leader. A session by itself may live for as long as the
machine answers, which its kernel does while the process is stopped.
"""
_LEASE = f"SET idle_session_timeout = '{LEASE_SECONDS}s'"


class Leadership:
    """A connection that holds the lock, or tries to. All methods wait for PostgreSQL."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self._connection: Raw | None = None
        self._holds = False

    def is_mine(self) -> bool:
        """Return whether this process is the leader now, which it tries to become.

        It ends with the connection, or when this is not asked for `LEASE_SECONDS`: PostgreSQL then
        gives the lock to whoever asks next.
        """
        try:
            if self._connection is None:
                self._connection = connections.connect(self._address)
                self._connection.autocommit = True  # the lock is the session's
                self._connection.execute(_LEASE)
            if self._holds:
                self._connection.execute("SELECT 1")
            else:
                lock = f"SELECT pg_try_advisory_lock({LEADER_LOCK})"
                self._holds = bool(self._connection.execute(lock).fetchall()[0][0])
        except psycopg.Error:
            self.close()
        return self._holds

    def close(self) -> None:
        """Leave it to others."""
        self._holds = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None
