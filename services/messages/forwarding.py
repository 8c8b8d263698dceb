"""Forwarding: saying in one room what was said in another."""

from sqlmodel import Session

from models import Attachment, Message, MessageKind
from services.core import app_context
from services.core.dto import MessageView, Viewer
from services.core.errors import Refused
from services.core.i18n import _
from services.db import database
from services.files import quotas, uploads
from services.messages import insert, messages


async def forward(
    viewer: Viewer, room_id: int, seq: int, *, to_room: int, client_message_id: object
) -> MessageView:
    """Send a message, with the file it brings, on to another room; return the new message.

    It does not say who wrote it, nor where: that is not the forwarder's to give away, and
    nobody it names is called. Raises `NotFound` when one is not in both rooms, `Forbidden`
    when one may not write in `to_room`, `Refused` for a poll, and for a file beyond one's quota.
    """
    app_context.current().throttles.message.spend(str(viewer.user_id))

    def send_on(session: Session) -> tuple[MessageView, bool]:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        if message.kind == MessageKind.POLL:
            raise Refused(_("A poll stays in its room. Send a link to it instead."))
        sent, is_new = insert.put(
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

    message, _is_new = insert.told(await database.write(send_on))
    return message


def _bring_along(
    session: Session, viewer: Viewer, message: Message, sent: MessageView
) -> MessageView:
    """Have the new message hold the same file, on the account of who forwards it."""
    held = session.get_one(Attachment, message.id)
    quotas.require_within(session, viewer.user_id, held.size, 0)
    again = held.model_dump(exclude={"message_id", "user_id"})
    return uploads.attach(session, sent, Attachment(message_id=0, user_id=viewer.user_id, **again))
