"""Encrypted messages: the chat stores what apps have encrypted, and cannot read it.

It sees which message one replies to or replaces, and how long it is.
"""

import json
from typing import Any

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from models import EncryptedMessage, Message, MessageKind, Room
from models.base import table
from models.clock import now
from services.core import app_context, events
from services.core.dto import CurrentUser, MessageView
from services.core.errors import Forbidden, NotFound, ServiceError, TooLarge
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import messages, revisions
from services.messages.queries import HIGHEST
from services.rooms.encryption import ALGORITHM, WrongAlgorithm

MAX_CONTENT = 64 * 1024
"""Bytes of what one says, as JSON."""
_TEXTS = ("sender_key", "device_id", "session_id")
_MESSAGES, _SECRETS = table(Message), table(EncryptedMessage)


async def send(
    viewer: CurrentUser,
    room_id: int,
    client_message_id: object,
    content: object,
    *,
    reply_to: int | None = None,
    replaces: int | None = None,
) -> tuple[MessageView, bool]:
    """Store an encrypted message; return it, and whether it is new.

    `content` is that of the `m.room.encrypted` event, `reply_to` the `seq` of the message that it
    replies to, and `replaces` the id of an encrypted message of the viewer whose text it edits.
    Raises `ServiceError` for other content, `TooLarge`, `Forbidden` in a room that is not encrypted
    and for an edit of others' messages, and otherwise like `messages.send`.
    """
    return await _send(viewer, room_id, client_message_id, _checked(content), reply_to, replaces)


@rate_limited("message")
async def _send(
    viewer: CurrentUser,
    room_id: int,
    client_message_id: object,
    content: str,
    reply_to: int | None,
    replaces: int | None,
) -> tuple[MessageView, bool]:
    text = app_context.current().rate_limits.text
    text.require(viewer.user_id)
    kind = MessageKind.ENCRYPTED if replaces is None else MessageKind.ENCRYPTED_EDIT

    def store(session: Session) -> tuple[MessageView, bool, int]:
        sent, is_new = messages.insert(
            session,
            viewer,
            room_id,
            "",
            client_message_id,
            html=None,
            kind=kind,
            reply_to=reply_to if replaces is None else None,
        )
        if not is_new:
            return sent, False, 0
        change = 0 if replaces is None else _mark_edited(session, viewer, room_id, replaces)
        session.add(
            EncryptedMessage(message_id=sent.message_id, content=content, replaces_id=replaces)
        )
        return sent, True, change

    sent, is_new, change = await database.write(store)
    messages.publish_sent((sent, is_new))
    if is_new:
        text.spend(viewer.user_id, len(content.encode()))
    if change:
        events.publish(events.MessageChanged(room_id, change))
    return sent, is_new


def erase(session: Session, viewer: CurrentUser, room: Room, message: Message) -> None:
    """Erase, within a write, what an encrypted message says, with all that edits of it say.

    When an edit is deleted, the message says again what it said before that.
    """
    connection = session.connection()
    if message.kind == MessageKind.ENCRYPTED:
        edits = sqlalchemy.select(_SECRETS.c.message_id).where(_SECRETS.c.replaces_id == message.id)
        room.last_change += 1  # one for all of them, as no page shows them
        session.add(room)
        connection.execute(
            _MESSAGES.update()
            .where(_MESSAGES.c.id.in_(edits))
            .values(deleted_at=now(), deleted_by=viewer.user_id, change=room.last_change)
        )
        connection.execute(_SECRETS.delete().where(_SECRETS.c.replaces_id == message.id))
    erased = _SECRETS.delete().where(_SECRETS.c.message_id == message.id)
    replaced = connection.execute(erased.returning(_SECRETS.c.replaces_id)).scalar()
    original = session.get(Message, replaced) if replaced else None
    if original is not None and original.deleted_at is None:
        original.edited_at = session.exec(
            select(func.max(Message.created_at))
            .join(EncryptedMessage, col(EncryptedMessage.message_id) == Message.id)
            .where(EncryptedMessage.replaces_id == original.id)
        ).one()
        revisions.bump(session, room, original)


def _mark_edited(session: Session, viewer: CurrentUser, room_id: int, message_id: int) -> int:
    """Note, within a write, that a message is edited; return the number of that change."""
    found = session.exec(
        select(Room, Message)
        .where(Message.id == min(message_id, HIGHEST), Message.room_id == Room.id)
        .where(Room.id == room_id)
    ).first()
    if found is None or found[1].deleted_at is not None:
        raise NotFound(_("This message no longer exists."))
    room, message = found
    if message.author_id != viewer.user_id:
        raise Forbidden(_("Only the author can edit a message."))
    if message.kind != MessageKind.ENCRYPTED:
        raise ServiceError(_("Only encrypted messages can be edited in an encrypted room."))
    message.edited_at = now()
    return revisions.bump(session, room, message)


def _checked(content: object) -> str:
    """Return encrypted content as JSON. Raises `ServiceError` if it is none, and `TooLarge`."""
    if not isinstance(content, dict) or content.get("algorithm") != ALGORITHM:
        raise WrongAlgorithm
    if not content.get("ciphertext") or not _are_texts(content):
        raise ServiceError(_("This is no encrypted message. Update your app, and try again."))
    encoded = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(encoded.encode(errors="replace")) > MAX_CONTENT:
        raise TooLarge(_("This message is too long. Send it in parts."))
    return encoded


def _are_texts(content: dict[str, Any]) -> bool:
    given = [content["ciphertext"], *(content[name] for name in _TEXTS if name in content)]
    return all(isinstance(each, str) for each in given)
