"""What must not come to life again with a backup, which is of a moment in the past."""

from contextvars import copy_context
from pathlib import Path

from sqlmodel import Session, col, delete, select, update

from models import Invite, LoginSession, ResetLink, ScheduledMessage, TrustedDevice
from models.clock import now
from services.core.i18n import _, set_language
from services.db.sqlite import connections


def end(file: Path) -> None:
    """End all logins and invites in a restored database, and hold scheduled messages that are late.

    Somebody may have been locked out since, and a link revoked or used: they would be valid again.
    What was due since was sent, or taken back: its author decides whether to send it.
    """
    moment = now()
    made = connections.engine(file, connections=1)
    try:
        with Session(made) as session:
            session.exec(
                update(LoginSession)
                .where(col(LoginSession.revoked_at).is_(None))
                .values(revoked_at=moment)
            )
            session.exec(
                update(ResetLink).where(col(ResetLink.used_at).is_(None)).values(used_at=moment)
            )
            session.exec(
                update(Invite).where(col(Invite.revoked_at).is_(None)).values(revoked_at=moment)
            )
            session.exec(delete(TrustedDevice))
            overdue = (col(ScheduledMessage.send_at) <= moment, col(ScheduledMessage.refusal) == "")
            for code in set(session.exec(select(ScheduledMessage.language).where(*overdue))):
                theirs = (*overdue, col(ScheduledMessage.language) == code)
                refusal = copy_context().run(_refusal, code)
                session.exec(update(ScheduledMessage).where(*theirs).values(refusal=refusal))
            session.commit()
    finally:
        made.dispose()


def _refusal(language: str) -> str:
    set_language(language)
    return _("The chat was restored from a backup when the time of this message had passed.")
