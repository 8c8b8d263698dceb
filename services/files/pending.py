"""Files that apps upload first, and send afterwards.

A file that was uploaded is its owner's alone until a message takes it, or it expires
(`services/files/orphans.py`). It is received, scanned, inspected and stored as any other. What is
uploaded by somebody in an encrypted room may be for an encrypted message, of which the chat does
not know: it stays, until its owner deletes it (`services/files/kept_files.py`).
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session, col, delete, func, select

from models import Attachment, MessageKind, PendingFile
from services.core import app_context
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound
from services.core.i18n import _, number
from services.core.limits.rate_limited import rate_limited
from services.core.tasks import to_end
from services.db import database
from services.files import media, orphans, previews, quotas, uploads
from services.messages import messages, rendered
from services.rooms import access

MAX_PENDING = 100
"""Files of one person that wait for their messages, without those that stay."""
ID_BYTES = 16


class MediaFields(Struct, frozen=True):
    """What an app says of a file that it sends, not yet validated."""

    name: str = ""
    """What the file is called; empty for the name with which it was uploaded."""
    text: object = ""
    client_message_id: object = None
    reply_to: int | None = None


@rate_limited("file")
@asynccontextmanager
async def receive(viewer: CurrentUser, announced: int) -> AsyncIterator["PendingUpload"]:
    """Begin an upload of about `announced` bytes; it ends with the block.

    Raises as `uploads.receive` does, but about files alone, and `QuotaExceeded` when too many
    files of the viewer's wait.
    """
    await database.read(lambda session: _require_fewer(session, viewer))
    async with uploads.incoming_file(viewer.user_id, announced) as incoming:
        yield PendingUpload(viewer, incoming)


class PendingUpload(uploads.Receiver):
    """An upload of an app, in progress."""

    async def save(self, name: str) -> str:
        """Keep the complete file for a message; return its id.

        Raises `ServiceError` for a kind of file that is not accepted, and over a limit or quota.
        """
        checked = uploads.safe_name(name)
        with uploads.disk_errors():
            file, attachment = await self._inspected(checked)
            async with orphans.storing(attachment.hash):
                await app_context.current().files.add(file, attachment.hash)
                return await to_end(self._keep(attachment))

    async def _keep(self, attachment: Attachment) -> str:
        viewer = self._viewer
        await self._require_session()
        media_id = secrets.token_hex(ID_BYTES)
        # Those of a voice note are not known of an upload.
        facts = attachment.model_dump(include=set(PendingFile.model_fields) - {"media_id"})

        def store(session: Session) -> str:
            is_kept = _require_fewer(session, viewer)
            quotas.require_within(session, viewer.user_id, attachment.size, attachment.size)
            orphans.keep(session, attachment.hash)
            session.add(PendingFile(media_id=media_id, is_kept=is_kept, **facts))
            return media_id

        return await database.write(store)


async def send(
    viewer: CurrentUser, room_id: int, media_id: str, fields: MediaFields
) -> tuple[MessageView, bool]:
    """Send a file as a message; return it, and whether it is new.

    It is one that the viewer has uploaded, or the file of a message that they may see: of somebody
    else's, it is forwarded. Raises `NotFound` for any other, `ServiceError` for a kind of file that
    is not accepted and over a quota, and otherwise like `messages.send`.
    """
    name = uploads.safe_name(fields.name) if fields.name else ""
    return await _send(viewer, room_id, media_id, fields, name, uploads.caption(fields.text))


@rate_limited("message")
async def _send(
    viewer: CurrentUser, room_id: int, media_id: str, fields: MediaFields, name: str, text: str
) -> tuple[MessageView, bool]:
    html = await rendered.render(viewer, text)

    def store(session: Session) -> tuple[MessageView, bool, str]:
        try:
            source = media.of_id(session, viewer, media_id)
        except NotFound:
            source = None  # a repeated send is answered although it has taken the file
        message, is_new = messages.insert(
            session,
            viewer,
            room_id,
            text,
            fields.client_message_id,
            html=html,
            kind=MessageKind.FILE,
            reply_to=fields.reply_to,
            is_forwarded=source is not None and source.user_id != viewer.user_id,
        )
        if not is_new:
            return message, False, ""
        if source is None:
            raise NotFound(_("There is no such file. Upload it again."))
        attachment = _taken(session, viewer, source)
        attachment.name = name or attachment.name
        awaiting = attachment.hash if attachment.awaits_preview else ""
        return uploads.attach(session, message, attachment), True, awaiting

    message, is_new, awaiting = await database.write(store)
    messages.publish_sent((message, is_new))
    if awaiting:
        previews.make_soon(viewer.user_id, awaiting)
    return message, is_new


def _taken(session: Session, viewer: CurrentUser, source: Attachment) -> Attachment:
    """Return what a new message gets: a pending file, which is so no longer, or a copy."""
    uploads.refuse_kind(source.kind)
    if not source.message_id:
        session.exec(delete(PendingFile).where(col(PendingFile.media_id) == source.media_id))
        return source
    return uploads.copy(session, viewer.user_id, source)


def discard(session: Session, user_id: int, media_id: str) -> None:
    """Within a write, forget a pending file of a user's, if there is one: it is needed no more.

    Then collect the orphans soon.
    """
    mine = col(PendingFile.media_id) == media_id, col(PendingFile.user_id) == user_id
    session.exec(delete(PendingFile).where(*mine))


def _require_fewer(session: Session, viewer: CurrentUser) -> bool:
    """Return whether an upload of the viewer's would stay. Raises `QuotaExceeded` for too many."""
    if access.is_in_encrypted(session, viewer.user_id):
        return True
    waiting = select(func.count()).where(
        col(PendingFile.user_id) == viewer.user_id, sqlalchemy.text("NOT pending_files.is_kept")
    )
    if session.exec(waiting).one() >= MAX_PENDING:
        raise quotas.QuotaExceeded(
            _("{most} files that you have uploaded wait for a message. Send some of them.").format(
                most=number(MAX_PENDING)
            )
        )
    return False
