"""Forward a message to another room."""

from sqlmodel import Session

from models import Attachment, Message, MessageKind
from services.core.dto import CurrentUser, MessageView
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.files import quotas, uploads
from services.messages import messages


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
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        if message.kind == MessageKind.POLL:
            raise ServiceError(_("A poll stays in its room. Send a link to it instead."))
        sent, is_new = messages.insert(
            session,
            viewer,
            to_room,
            message.text,
            client_message_id,
            kind=MessageKind(message.kind),
            is_forwarded=True,
        )
        if is_new and message.kind == MessageKind.FILE:
            sent = _attach_same_file(session, viewer, message, sent)
        return sent, is_new

    message, _is_new = messages.publish_sent(await database.write(send))
    return message


def _attach_same_file(
    session: Session, viewer: CurrentUser, message: Message, sent: MessageView
) -> MessageView:
    """Attach the file of `message` to the new one, within the forwarder's quota."""
    original = session.get_one(Attachment, message.id)
    quotas.require_within(session, viewer.user_id, original.size, 0)
    fields = original.model_dump(exclude={"message_id", "user_id"})
    return uploads.attach(session, sent, Attachment(message_id=0, user_id=viewer.user_id, **fields))
