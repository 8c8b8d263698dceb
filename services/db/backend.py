"""What differs by the engine of the database.

`services/db/sqlite` is the default, `services/db/postgres` the other.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from services.core.errors import ServiceError
from services.db.job_queue import Job


class Backend(Protocol):
    """An engine, and how it commits."""

    @property
    def reading(self) -> Engine:
        """Connections that can only read, one for each thread that does."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What statements and commits raise for which people get a sentence."""

    @property
    def max_group(self) -> int:
        """How many writes are committed together, so that the first does not wait too long."""

    @property
    def idle_seconds(self) -> float | None:
        """How often to call `look_after` while nothing is written; None for never."""

    def begin_reading(self, connection: Connection) -> AbstractContextManager[object]:
        """Begin a transaction that reads: all of its statements see one moment."""

    def end_transactions(self, connection: Connection) -> None:
        """Have each statement that reads be a transaction by itself, until `begin_reading`."""

    def look_after(self) -> None:
        """See that the connection that writes is there; called by its thread. Does not raise."""

    def commit(self, group: Sequence[Job], gather: Callable[[], Sequence[Job]]) -> None:
        """Run these writes one by one, with a session each, and commit those that do not raise.

        `gather` adds to the group what has come since, and returns it: for a backend that waits for
        its turn to write.

        Each job then has its result, or its error: nothing of it is stored, unless that is
        `Unavailable` and says that nobody knows. Raises when nothing of the whole group is stored.
        """

    def version(self) -> int | None:
        """Return a number that changes with every commit, of other processes as well.

        It must not block: None when it cannot be told at once.
        """

    def note_change(self) -> None:
        """Another process says that it has committed something: have `version` tell at once."""

    def size(self, session: Session) -> int:
        """Return how many bytes of disk the database takes; on a thread that reads."""

    def is_lost(self, error: Exception) -> bool:
        """Return whether a read has failed because its connection broke: another one may do."""

    def is_nearly_full(self) -> bool:
        """Return whether the only space left is that for logging in and deleting."""

    def is_of_value(self, error: Exception) -> bool:
        """Return whether a read has failed for a value it was given: its connection is sound."""

    def refusal(self, error: Exception) -> ServiceError:
        """Return the sentence for people, by one of `errors`."""

    async def erase_deleted(
        self, write: Callable[[Callable[[Session], None]], Awaitable[None]]
    ) -> bool:
        """Erase what was deleted from where the engine keeps older states; return whether it is.

        `write` runs a function in a transaction of the thread that writes.
        """

    def close(self) -> None:
        """Close all connections."""
