"""Forward a message to another room."""

from sqlmodel import Session

from models import ENCRYPTED_KINDS, Attachment, Message, MessageKind
from services.core import app_context
from services.core.dto import CurrentUser, MessageView
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.files import uploads
from services.messages import messages, rendered


@rate_limited("read")
async def check(viewer: CurrentUser, room_id: int, seq: int) -> None:
    """Raise what `forward` raises about the message itself, wherever it is to go."""
    await database.read(lambda session: _source(session, viewer, room_id, seq))


@rate_limited("message")
async def forward(
    viewer: CurrentUser, room_id: int, seq: int, *, to_room: int, client_message_id: object
) -> MessageView:
    """Forward a message with its file to another room; return the new message.

    It shows neither author nor room of the original, which are not the forwarder's to reveal, and
    its mentions notify no one. Raises `NotFound` outside either room, `Forbidden` without
    permission to write in `to_room`, `ServiceError` for a poll, and for a file over the quota.
    """

    def send(session: Session) -> tuple[MessageView, bool]:
        message = _source(session, viewer, room_id, seq)
        sent, is_new = messages.insert(
            session,
            viewer,
            to_room,
            message.text,
            client_message_id,
            html=rendered.of(message.id or 0, message.text, message.html, message.html_version),
            kind=MessageKind(message.kind),
            is_forwarded=True,
        )
        if is_new and message.kind == MessageKind.FILE:
            original = session.get_one(Attachment, message.id)
            sent = uploads.attach(session, sent, uploads.copy(session, viewer.user_id, original))
        return sent, is_new

    app_context.current().rate_limits.text.require(viewer.user_id)
    message, _is_new = messages.publish_sent(await database.write(send))
    rendered.count(viewer, message.text, message.html)
    return message


def _source(session: Session, viewer: CurrentUser, room_id: int, seq: int) -> Message:
    _room, _membership, message = messages.find(session, viewer, room_id, seq)
    if message.kind == MessageKind.POLL:
        raise ServiceError(_("A poll can't be forwarded. Send a link to it instead."))
    if message.kind in ENCRYPTED_KINDS:
        raise ServiceError(_("This message is encrypted. Forward it with your app."))
    return message
