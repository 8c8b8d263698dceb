"""Reports of messages, for the moderators of their room and for administrators.

A report shows them the message as it was, also of a room they are not in: who reports it has seen
it, and asks them to look at it. Its author is never shown that it was reported, or by whom, also
not as a moderator.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, select

from models import Attachment, Membership, Message, MessageKind, Report, Room, User
from models.clock import now
from services.accounts.admin import admins_only, require_admin_in
from services.accounts.names.name_rules import check_reason
from services.accounts.people import summary
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import edits, messages
from services.rooms import access
from services.rooms.permissions import may_moderate, require_moderator

PAGE_SIZE = 50
NEWEST = 2**53
"""An id above that of every report."""
KEPT_FOR = timedelta(days=180)
"""How long a report is kept after it was handled."""


class ReportView(Struct, frozen=True):
    """A report as those see it who handle it."""

    report_id: int
    room_name: str
    """Empty for direct messages."""
    author: UserSummary
    text: str
    """The message as it was; the name of its file, if it had no text."""
    reporter: UserSummary
    reason: str
    at: datetime
    handled_by: UserSummary | None
    """None as long as nobody has."""


@rate_limited("report")
async def report(viewer: CurrentUser, room_id: int, seq: int, reason: object = "") -> None:
    """Report a message of somebody else, once.

    Raises `NotFound` for non-members and for a message that does not exist, `Forbidden` for one's
    own, `ServiceError` for a deleted one, a second report and an invalid reason.
    """
    why = check_reason(reason)

    def add(session: Session) -> None:
        room, _membership, message = messages.find(session, viewer, room_id, seq)
        if message.author_id == viewer.user_id:
            raise Forbidden(_("You wrote this message. You can delete it yourself."))
        if _reported(session, viewer, message):
            raise ServiceError(_("You have already reported this message."))
        session.exec(delete(Report).where(col(Report.handled_at) < now() - KEPT_FOR))
        session.add(
            Report(
                room_id=room.id,
                room_name=room.name,
                message_id=message.id or 0,
                message_seq=message.seq,
                author_id=message.author_id,
                text=_text(session, message),
                reporter_id=viewer.user_id,
                reason=why,
            )
        )

    await database.write(add)


@rate_limited("read")
async def of_room(viewer: CurrentUser, room_id: int, before: int = NEWEST) -> Sequence[ReportView]:
    """Return the reports of a room's messages with ids below `before`, newest first.

    Raises `NotFound` for non-members, `Forbidden` for anyone but moderators.
    """

    def query(session: Session) -> list[ReportView]:
        _room, membership = access.require_member(session, viewer.user_id, room_id)
        require_moderator(membership)
        return _list(session, viewer, before, Report.room_id == room_id)

    return await database.read(query)


@admins_only
@rate_limited("read")
async def list_all(viewer: CurrentUser, before: int = NEWEST) -> Sequence[ReportView]:
    """Return all reports with ids below `before`, newest first.

    Raises `Forbidden` for non-administrators.
    """
    return await database.read(lambda session: _list(session, viewer, before))


@rate_limited("message")
async def handle(viewer: CurrentUser, report_id: int) -> None:
    """Mark a report as handled.

    Raises as all below `NotFound` for anyone but administrators and the moderators of its room,
    and for the author of the message.
    """

    def mark(session: Session) -> None:
        _mark(session, viewer, _find(session, viewer, report_id))

    await database.write(mark)


@rate_limited("message")
async def delete_message(viewer: CurrentUser, report_id: int) -> None:
    """Delete the message of a report, if it is still there, and mark the report as handled."""

    def erase(session: Session) -> edits.Erased | None:
        found = _find(session, viewer, report_id)
        _mark(session, viewer, found)
        message = session.get(Message, found.message_id)
        room = session.get(Room, found.room_id) if found.room_id else None
        if message is None or room is None or room.deleted_at or message.deleted_at:
            return None
        return edits.erase_for_moderation(session, viewer, room, message, found.reason)

    if erased := await database.write(erase, uses_reserve=True):
        edits.publish_erased(erased)


def _reported(session: Session, viewer: CurrentUser, message: Message) -> bool:
    found = select(Report.id).where(
        Report.reporter_id == viewer.user_id, Report.message_id == message.id
    )
    return session.exec(found).first() is not None


def _text(session: Session, message: Message) -> str:
    if message.kind == MessageKind.ENCRYPTED:
        return _("Encrypted message")
    if message.text:
        return message.text
    file = session.get(Attachment, message.id)
    return file.name if file else ""


def _find(session: Session, viewer: CurrentUser, report_id: int) -> Report:
    """Return a report that the viewer may handle."""
    found = session.get(Report, report_id)
    if found is None or found.author_id == viewer.user_id:
        raise NotFound
    if found.room_id:
        membership = session.get(Membership, (found.room_id, viewer.user_id))
        if membership and may_moderate(membership):
            return found
    try:
        require_admin_in(session, viewer)
    except Forbidden as refused:
        raise NotFound from refused
    return found


def _mark(session: Session, viewer: CurrentUser, found: Report) -> None:
    if found.handled_at is None:
        found.handled_at, found.handled_by = now(), viewer.user_id
        session.add(found)


def _list(session: Session, viewer: CurrentUser, before: int, *which: Any) -> list[ReportView]:
    author, reporter, handler = aliased(User), aliased(User), aliased(User)
    rows = session.exec(
        select(Report, author, reporter, handler)
        .join(author, col(author.id) == Report.author_id)
        .join(reporter, col(reporter.id) == Report.reporter_id)
        .outerjoin(handler, col(handler.id) == Report.handled_by)
        .where(col(Report.id) < min(before, NEWEST), Report.author_id != viewer.user_id, *which)
        .order_by(col(Report.id).desc())
        .limit(PAGE_SIZE)
    )
    return [
        ReportView(
            found.id or 0,
            found.room_name,
            summary(wrote),
            found.text,
            summary(by),
            found.reason,
            found.created_at,
            summary(handled) if handled else None,
        )
        for found, wrote, by, handled in rows
    ]
