"""Versions of the backups that apps make of their keys: the newest is the one in use."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlmodel import Session, col, delete, func, select

from models import BackedUpKey, KeyBackup
from services.core.dto import CurrentUser
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.keys import bounded

MAX_VERSIONS = 10
"""Versions of a user that are not deleted."""
MAX_AUTH_DATA = 8 * 1024
"""Characters of what says how a version is encrypted."""


class BackupView(Struct, frozen=True):
    """A version of a backup."""

    version: int
    algorithm: str
    auth_data: str
    """JSON."""
    etag: int
    count: int


@rate_limited("keys")
async def create(viewer: CurrentUser, algorithm: object, auth_data: Mapping[str, Any]) -> int:
    """Begin a new version of the viewer's backup, and return its number.

    Raises `ServiceError` for too many, and `TooLarge`.
    """
    name, text = bounded.name(algorithm), bounded.stored(auth_data, MAX_AUTH_DATA)

    def write(session: Session) -> int:
        own = KeyBackup.user_id == viewer.user_id
        kept = select(func.count()).where(own, col(KeyBackup.is_deleted).is_(False))
        if session.exec(kept).one() >= MAX_VERSIONS:
            raise ServiceError(_("There are too many backups of your keys. Delete one first."))
        newest = session.exec(select(func.max(KeyBackup.version)).where(own)).one() or 0
        made = KeyBackup(user_id=viewer.user_id, version=newest + 1, algorithm=name, auth_data=text)
        session.add(made)
        return made.version

    return await database.write(write)


@rate_limited("keys")
async def get(viewer: CurrentUser, version: int | None = None) -> BackupView:
    """Return a version of the viewer's backup, or the one in use. Raises `NotFound`."""

    def query(session: Session) -> BackupView:
        found = required(session, viewer, version)
        return BackupView(found.version, found.algorithm, found.auth_data, found.etag, found.count)

    return await database.read(query)


@rate_limited("keys")
async def change(
    viewer: CurrentUser, version: int, algorithm: object, auth_data: Mapping[str, Any]
) -> None:
    """Say anew how a version is encrypted, with the same algorithm.

    Raises `NotFound`, `TooLarge`, and `ServiceError` for another algorithm.
    """
    text = bounded.stored(auth_data, MAX_AUTH_DATA)

    def write(session: Session) -> None:
        found = required(session, viewer, version)
        if found.algorithm != algorithm:
            raise ServiceError(_("A backup keeps its algorithm. Make another backup."))
        found.auth_data = text
        session.add(found)

    await database.write(write)


@rate_limited("keys")
async def remove(viewer: CurrentUser, version: int) -> None:
    """Delete a version with its keys, if that has not happened already. Raises `NotFound`."""

    def write(session: Session) -> None:
        own = col(KeyBackup.user_id) == viewer.user_id
        highest = session.exec(select(func.max(KeyBackup.version)).where(own)).one() or 0
        if not 0 < version <= highest:
            raise _no_backup()
        theirs = delete(BackedUpKey).where(col(BackedUpKey.user_id) == viewer.user_id)
        session.exec(theirs.where(col(BackedUpKey.version) == version))
        found = session.get(KeyBackup, (viewer.user_id, version))
        if found is not None:
            found.is_deleted, found.algorithm, found.auth_data = True, "", json.dumps({})
            found.count = found.size = 0
            session.add(found)
            session.flush()
        lower = col(KeyBackup.version) < highest
        session.exec(delete(KeyBackup).where(own, lower, col(KeyBackup.is_deleted)))

    await database.write(write, uses_reserve=True)


def required(session: Session, viewer: CurrentUser, version: int | None) -> KeyBackup:
    """Return a version that is not deleted, or the newest of them. Raises `NotFound`."""
    own = select(KeyBackup).where(
        KeyBackup.user_id == viewer.user_id, col(KeyBackup.is_deleted).is_(False)
    )
    if version is not None:
        own = own.where(KeyBackup.version == version)
    found = session.exec(own.order_by(col(KeyBackup.version).desc()).limit(1)).first()
    if found is None:
        raise _no_backup()
    return found


def _no_backup() -> NotFound:
    return NotFound(_("There is no such backup of your keys."))
