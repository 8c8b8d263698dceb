"""What must not come to life again with a backup, which is of a moment in the past."""

import secrets
from contextvars import copy_context
from pathlib import Path

from sqlmodel import Session, col, delete, select, update

from models import (
    FallbackKey,
    Invite,
    KeyDevice,
    LoginSession,
    OneTimeKey,
    ResetLink,
    ScheduledMessage,
    ToDeviceMessage,
    TrustedDevice,
)
from models.clock import now
from services.core.i18n import _, set_language
from services.db import chat_settings
from services.db.sqlite import connections


def end(file: Path) -> None:
    """End all logins and invites in a restored database, and hold scheduled messages that are late.

    Somebody may have been locked out since, and a link revoked or used: they would be valid again.
    What was due since was sent, or taken back: its author decides whether to send it.

    Keys that are handed out once may have been, since, and what devices were sent may have arrived;
    positions of apps are of another time.
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
            for each in (TrustedDevice, OneTimeKey, FallbackKey, ToDeviceMessage):
                session.exec(delete(each))
            session.exec(update(KeyDevice).values(counts="{}", fallbacks="[]"))
            settings = chat_settings.stored(session)
            settings.epoch = 1 + secrets.randbelow(10**12)
            session.add(settings)
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
