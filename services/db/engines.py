"""Which engine the database has: SQLite, unless the settings name a database of PostgreSQL.

What only one of them needs is loaded when it is asked for: PostgreSQL's driver need not be there.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from sqlalchemy import Connection

from services.core.disk import atomic_file, data_folder
from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.core.settings import Settings
from services.db.backend import Backend

if TYPE_CHECKING:
    from services.db.postgres.connections import Server


class Index(Struct, frozen=True):
    """What the full-text index asks of PostgreSQL: SQLite's is part of the migrations."""

    statements: Sequence[str]
    """They create it."""
    store: Callable[[Connection], None]
    """Called before each commit."""


class Engine(Protocol):
    """A kind of database. All of these raise `Unavailable` with one sentence."""

    def prepare(self, *, is_primary: bool) -> None:
        """Create the database, or upgrade an older one; in a file, check the result beforehand.

        Refuses one whose chat was moved to another.
        """

    def is_other_version(self) -> bool | None:
        """Return whether `prepare` would upgrade the database; None if there is no chat in it."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that reads, whether a server is running or not."""

    def device_key(self, file: Path, create: Callable[[], bytes]) -> bytes:
        """Return the secret in `file`, which `create` makes at the first start.

        Raises `Unavailable` if the database belongs to another one, and `OSError`.
        """

    def backend(self, *, is_primary: bool) -> Backend:
        """Open the database for `Database`."""


def of(
    settings: Settings, check: Callable[[Connection], None], index: Callable[[], Index]
) -> Engine:
    """Return the engine of the database.

    `check` tries what an upgrade of a file has made, `index` returns what belongs to PostgreSQL.
    """
    if settings.postgres is None:
        return _Sqlite(settings.data / data_folder.DATABASE, check)
    require_driver()
    return _Postgres(settings.postgres, index(), is_one_of_several=settings.bus is not None)


def require_driver() -> None:
    """Raise `Unavailable` when PostgreSQL's driver is not installed."""
    try:
        import psycopg  # noqa: F401
    except ModuleNotFoundError as error:
        raise Unavailable(
            _("PostgreSQL needs one more package: pip install -e '.[cluster]'.")
        ) from error


class _Sqlite:
    def __init__(self, file: Path, check: Callable[[Connection], None]) -> None:
        self._file = file
        self._check = check

    def prepare(self, *, is_primary: bool) -> None:
        from services.db.sqlite import migrate

        data_folder.require_not_moved(self._file.parent)
        migrate.prepare(self._file, self._check)

    def is_other_version(self) -> bool | None:
        from services.db.sqlite import migrate

        return migrate.is_needed(self._file)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        from services.db.sqlite import connections

        engine = connections.engine(self._file, connections=1, read_only=True)
        with connections.reading(self._file), engine.begin() as connection:
            yield connection

    def device_key(self, file: Path, create: Callable[[], bytes]) -> bytes:
        return atomic_file.read_or_create(file, create)

    def backend(self, *, is_primary: bool) -> Backend:
        from services.db.sqlite.backend import SqliteBackend

        return SqliteBackend(self._file, checkpoints=is_primary)


class _Postgres:
    def __init__(self, address: DatabaseAddress, index: Index, *, is_one_of_several: bool) -> None:
        self._address = address
        self._index = index
        self._is_one_of_several = is_one_of_several

    def prepare(self, *, is_primary: bool) -> None:
        from services.db.postgres import schema

        schema.prepare(self._address, self._index.statements, self._server(is_primary=is_primary))

    def is_other_version(self) -> bool | None:
        from services.db.postgres import schema

        return schema.is_needed(self._address)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        from services.db.postgres import connections

        with connections.transaction(self._address) as connection:
            yield connection

    def device_key(self, file: Path, create: Callable[[], bytes]) -> bytes:
        from services.db.postgres import device_key

        return device_key.read_or_create(self._address, file, create)

    def backend(self, *, is_primary: bool) -> Backend:
        from services.db.postgres.backend import PostgresBackend

        server = self._server(is_primary=is_primary)
        return PostgresBackend(self._address, server, finish=self._index.store)

    def _server(self, *, is_primary: bool) -> "Server":
        from services.db.postgres.connections import Server

        if not is_primary:
            return Server.NONE
        return Server.ONE_OF_SEVERAL if self._is_one_of_several else Server.ALONE
