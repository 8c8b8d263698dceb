"""Where a chat is stored, or is to be."""

from pathlib import Path

from msgspec import Struct

from services.core.bucket_address import BucketAddress
from services.core.disk import data_folder
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.network import database_address
from services.core.network.database_address import DatabaseAddress
from services.files.store import stores
from services.files.store.stores import Store

SQLITE = "sqlite"
"""Names the file in the data folder."""


class Place(Struct, frozen=True):
    """Where a chat is stored."""

    data: Path
    """The folder with its files."""
    postgres: DatabaseAddress | None = None
    """Its database; None if that is a file in the folder."""
    bucket: BucketAddress | None = None
    """The bucket with its files, where they stay; None if they are in the folder."""

    @property
    def files(self) -> Store:
        """The store of its files. Raises `Unavailable` without the library for a bucket."""
        return stores.at(self.bucket, self.data)

    def __str__(self) -> str:
        """Return its database as sentences name it: without user and password."""
        return str(self.postgres or self.data / data_folder.DATABASE)


def parse(named: str, data: Path) -> Place:
    """Return the place that is named for a chat whose files are in the folder `data`.

    It is an address of PostgreSQL, `SQLITE`, or a folder. Raises `ServiceError` when it is none.
    """
    if named == SQLITE:
        return Place(data)
    if not named.strip():  # as a path, that would be the folder of the shell
        raise _invalid(named, _("name an address of PostgreSQL, sqlite, or a folder"))
    if "://" not in named:
        return Place(Path(named).expanduser().resolve())
    try:
        return Place(data, database_address.parse(named))
    except ValueError as error:
        raise _invalid("…", str(error)) from None  # it has a password in it


def _invalid(value: str, reason: str) -> ServiceError:
    return ServiceError(
        _("{name} is {value!r}, which is not valid: {reason}.").format(
            name="--to", value=value, reason=reason
        )
    )
