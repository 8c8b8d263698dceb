"""Forwarding: saying in one room what was said in another."""

from sqlmodel import Session

from models import MessageKind
from services import database, house, messages
from services.refusal import Refused
from services.views import MessageView, Viewer
from services.words import _


async def forward(
    viewer: Viewer, room_id: int, seq: int, *, to_room: int, client_message_id: object
) -> MessageView:
    """Send the text of a message on to another room; return the new message.

    It does not say who wrote it, nor where: that is not the forwarder's to give away, and
    nobody it names is called. Raises `NotFound` when one is not in both rooms, `Forbidden`
    when one may not write in `to_room`, `Refused` for a poll.
    """
    house.current().throttles.message.spend(str(viewer.user_id))

    def send_on(session: Session) -> tuple[MessageView, bool]:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        if message.kind != MessageKind.TEXT:
            raise Refused(_("A poll stays in its room. Send a link to it instead."))
        return messages.put(
            session, viewer, to_room, message.text, client_message_id, is_forwarded=True
        )

    message, _is_new = messages.told(await database.write(send_on))
    return message
