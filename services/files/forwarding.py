"""Forwarding: saying in one room what was said in another."""

from sqlmodel import Session

from models import Attachment, Message, MessageKind
from services.core.dto import CurrentUser, MessageView
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.files import quotas, uploads
from services.messages import insert, messages


@rate_limited("message")
async def forward(
    viewer: CurrentUser, room_id: int, seq: int, *, to_room: int, client_message_id: object
) -> MessageView:
    """Send a message, with the file it brings, on to another room; return the new message.

    It does not say who wrote it, nor where: that is not the forwarder's to give away, and
    nobody it names is called. Raises `NotFound` when one is not in both rooms, `Forbidden`
    when one may not write in `to_room`, `ServiceError` for a poll, and for a file over the quota.
    """

    def send_on(session: Session) -> tuple[MessageView, bool]:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        if message.kind == MessageKind.POLL:
            raise ServiceError(_("A poll stays in its room. Send a link to it instead."))
        sent, is_new = insert.insert(
            session,
            viewer,
            to_room,
            message.text,
            client_message_id,
            kind=MessageKind(message.kind),
            is_forwarded=True,
        )
        if is_new and message.kind == MessageKind.FILE:
            sent = _bring_along(session, viewer, message, sent)
        return sent, is_new

    message, _is_new = insert.publish_sent(await database.write(send_on))
    return message


def _bring_along(
    session: Session, viewer: CurrentUser, message: Message, sent: MessageView
) -> MessageView:
    """Have the new message hold the same file, on the account of who forwards it."""
    held = session.get_one(Attachment, message.id)
    quotas.require_within(session, viewer.user_id, held.size, 0)
    again = held.model_dump(exclude={"message_id", "user_id"})
    return uploads.attach(session, sent, Attachment(message_id=0, user_id=viewer.user_id, **again))
