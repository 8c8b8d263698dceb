"""Ties a database on PostgreSQL to its data folder, by the folder's `device.key`.

With another key, codes of authenticator apps cannot be read, and no device gets notifications any
more; and without the folder's files, pictures would be taken to be none.
"""

import hmac

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.db.postgres import connections

CREATE = "CREATE TABLE device_key (fingerprint VARCHAR(64) PRIMARY KEY)"
"""The table, which a file of SQLite has not: that is in the folder itself."""
_PURPOSE = b"to recognise the key of a database"


def is_known(address: DatabaseAddress, key: bytes | None) -> bool:
    """Return whether the database belongs to this key; False if it belongs to none yet.

    None stands for a folder without a key. Raises `Unavailable` if it belongs to another.
    """
    with connections.transaction(address) as connection:
        stored = connection.scalar(text("SELECT fingerprint FROM device_key"))
    if stored is None:
        return False
    if key is None or not hmac.compare_digest(stored, _fingerprint(key)):
        raise Unavailable(
            _(
                "The device.key in the data folder is not that of the database {address}. Choose "
                "the folder of this chat with --data, or bring its device.key back from a backup."
            ).format(address=address)
        )
    return True


def note(address: DatabaseAddress, key: bytes) -> None:
    """Store that the database belongs to this key. Raises `Unavailable`."""
    try:
        with connections.writing(address) as connection:
            tie(connection, key)
    except DBAPIError as error:
        raise connections.unusable(error) from error


def tie(connection: Connection, key: bytes) -> None:
    """Store the same in the transaction of the caller."""
    connection.execute(
        text("INSERT INTO device_key VALUES (:fingerprint)"), {"fingerprint": _fingerprint(key)}
    )


def _fingerprint(key: bytes) -> str:
    """Return what tells keys apart, and says nothing about them."""
    return hmac.digest(key, _PURPOSE, "sha256").hex()
