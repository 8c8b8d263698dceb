"""Passkeys that are stored: a public key of a user's device each."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from models import Passkey
from models.clock import now
from services.core.errors import Conflict, NotFound, ServiceError
from services.core.i18n import _

MAX_PASSKEYS = 20
"""Passkeys of one user."""


class WrongPasskey(ServiceError):
    """The answer of the browser does not prove what was asked for."""

    def __init__(self) -> None:
        super().__init__(_("The passkey could not be verified. Try again."))


class PasskeyView(Struct, frozen=True):
    """A passkey as its owner sees it."""

    passkey_id: int
    name: str
    rp_id: str
    created_at: datetime
    used_at: datetime | None


def note_use(session: Session, passkey_id: int, count: int) -> None:
    """Note within a write that a passkey was used. Raises `WrongPasskey` if it is no more.

    Also if its count is not above the last: then a copy of it is in use (§6.1.1).
    """
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or (count <= passkey.sign_count and (count or passkey.sign_count)):
        raise WrongPasskey
    passkey.sign_count, passkey.used_at = count, now()
    session.add(passkey)


def of_user(session: Session, user_id: int) -> tuple[PasskeyView, ...]:
    """Return the passkeys of a user, the oldest first."""
    return tuple(
        PasskeyView(each.id or 0, each.name, each.rp_id, each.created_at, each.used_at)
        for each in rows(session, user_id)
    )


def has_any(session: Session, user_id: int) -> bool:
    """Return whether a user has a passkey."""
    return (
        session.exec(select(Passkey.id).where(Passkey.user_id == user_id).limit(1)).first()
        is not None
    )


def add(session: Session, passkey: Passkey) -> None:
    """Store a new passkey within a write. Raises `Conflict` for one that is stored already."""
    session.add(passkey)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(_("This passkey is already added.")) from error


def remove(session: Session, user_id: int, passkey_id: int) -> str:
    """Remove a passkey of a user within a write; return its name. Raises `NotFound`."""
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != user_id:
        raise NotFound
    session.delete(passkey)
    return passkey.name


def remove_all(session: Session, user_id: int) -> None:
    """Remove all passkeys of a user within a write."""
    session.exec(delete(Passkey).where(col(Passkey.user_id) == user_id))


def rows(session: Session, user_id: int) -> Sequence[Passkey]:
    """Return the stored passkeys of a user, the oldest first."""
    return session.exec(
        select(Passkey).where(Passkey.user_id == user_id).order_by(col(Passkey.id))
    ).all()
