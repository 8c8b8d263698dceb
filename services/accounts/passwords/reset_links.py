"""The rows of password reset links, for what ends them: see `password_resets.py` for the rest."""

from sqlmodel import Session, col, update

from models import ResetLink
from models.clock import now


def end_of(session: Session, user_id: int) -> None:
    """End the open links of an account, within a write: its password changes another way."""
    _end(session, col(ResetLink.user_id) == user_id)


def end_made_by(session: Session, user_id: int) -> None:
    """End the open links that an administrator made, within a write: they are one no longer."""
    _end(session, col(ResetLink.created_by) == user_id)


def _end(session: Session, which: object) -> None:
    session.exec(
        update(ResetLink)
        .where(which, col(ResetLink.used_at).is_(None))  # type: ignore[arg-type]
        .values(used_at=now())
    )
