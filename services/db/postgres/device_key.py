"""Ties a database on PostgreSQL to its data folder, by the folder's `device.key`.

With another key, codes of authenticator apps cannot be read, and no device gets notifications any
more; and without the folder's files, pictures would be taken to be none.
"""

import hmac
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.core.disk import atomic_file
from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.db.postgres import connections

CREATE = "CREATE TABLE device_key (fingerprint VARCHAR(64) PRIMARY KEY)"
"""The table, which a file of SQLite has not: that is in the folder itself."""
_PURPOSE = b"to recognise the key of a database"


def read_or_create(address: DatabaseAddress, file: Path, create: Callable[[], bytes]) -> bytes:
    """Return the key in `file`; the first time, `create` makes it, and the database notes it.

    Of several processes that start together, one does. Raises `Unavailable` if the database belongs
    to another key, and `OSError`.
    """
    with connections.transaction(address) as connection:
        if is_known(connection, address, file):
            return file.read_bytes()
    try:
        with connections.writing(address) as connection:
            connection.exec_driver_sql("LOCK TABLE device_key")
            is_noted = is_known(connection, address, file)  # by another process, in between
            key = atomic_file.read_or_create(file, create)
            if not is_noted:
                tie(connection, key)
    except DBAPIError as error:
        raise connections.unusable(error) from error
    return key


def is_known(connection: Connection, address: DatabaseAddress, file: Path) -> bool:
    """Return whether the database belongs to the key in `file`; False if it belongs to none yet.

    Before one is created, as that would be in a folder which is not of this chat. Raises
    `Unavailable` if it belongs to another.
    """
    stored = connection.scalar(text("SELECT fingerprint FROM device_key"))
    if stored is None:
        return False
    key = file.read_bytes() if file.exists() else None
    if key is None or not hmac.compare_digest(stored, _fingerprint(key)):
        raise Unavailable(
            _(
                "The device.key in the data folder is not that of the database {address}. Choose "
                "the folder of this chat with --data, or bring its device.key back from a backup."
            ).format(address=address)
        )
    return True


def tie(connection: Connection, key: bytes) -> None:
    """Store, in the transaction of the caller, that the database belongs to this key."""
    connection.execute(
        text("INSERT INTO device_key VALUES (:fingerprint)"), {"fingerprint": _fingerprint(key)}
    )


def _fingerprint(key: bytes) -> str:
    """Return what tells keys apart, and says nothing about them."""
    return hmac.digest(key, _PURPOSE, "sha256").hex()
