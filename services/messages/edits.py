"""Edit and delete messages."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models import (
    Action,
    Attachment,
    Membership,
    Mention,
    Message,
    MessageKind,
    MessageVersion,
    Poll,
    Reaction,
    Room,
    SavedMessage,
)
from models.clock import now
from services.accounts import audit, blocks
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.core.text import MESSAGE_LIMIT, clean
from services.db import database
from services.mentions import mentions
from services.messages import emoji, messages, revisions
from services.rooms.permissions import may_moderate, require_writer


@dataclass(frozen=True)
class Version:
    """A version of a message's text."""

    text: str
    written_at: datetime


async def edit(viewer: CurrentUser, room_id: int, seq: int, text: object) -> None:
    """Replace the text of the viewer's own message; the old text is stored as a version.

    Raises `ServiceError` for an invalid text and for a poll, `Forbidden` for others' messages and
    without permission to write, `NotFound` for non-members and for a message that does not exist.
    """
    checked = emoji.replace_codes(clean(text, MESSAGE_LIMIT, name=_("The message")))
    await _edit(viewer, room_id, seq, checked)


@rate_limited("message")
async def _edit(viewer: CurrentUser, room_id: int, seq: int, text: str) -> None:
    def rewrite(session: Session) -> tuple[int, frozenset[int]] | None:
        room, membership, message = messages.find(session, viewer, room_id, seq)
        _require_author(viewer, message)
        require_writer(room, membership)
        blocks.require_none_in(session, room.people_key, viewer.user_id)
        if message.kind == MessageKind.POLL:
            raise ServiceError(
                _("A poll cannot be changed once people may have voted. Send another.")
            )
        if message.text == text:
            return None
        _store_version(session, message)
        may_mention_all = mentions.may_mention_all(room, membership)
        named = mentions.resolve(
            session, room_id, viewer.user_id, text, may_mention_all=may_mention_all
        )
        message.text, message.edited_at, message.mentions = text, now(), named.mentions
        others = mentions.update(session, message, named.user_ids)
        return revisions.bump(session, room, message), others

    if result := await database.write(rewrite):
        change, others = result
        events.publish(events.MessageChanged(room_id, change))
        if others:
            events.publish(events.MentionsChanged(others))


@rate_limited("message")
async def delete(viewer: CurrentUser, room_id: int, seq: int, reason: object = "") -> None:
    """Delete a message: the viewer's own, or as a moderator anyone's, which the audit log records.

    Its row stays, without text, versions, reactions, poll and file. Raises `Forbidden` for others'
    messages unless the viewer is a moderator, `NotFound` like `edit`.
    """

    def erase(session: Session) -> int:
        room, membership, message = messages.find(session, viewer, room_id, seq)
        if not _is_own_to_delete(viewer, membership, message):
            _record_deletion(session, viewer, room, message, reason)
        _clear(session, message)
        message.deleted_at, message.deleted_by = now(), viewer.user_id
        return revisions.bump(session, room, message)

    _publish_changed(room_id, await database.write(erase))
    events.publish(events.MessageDeleted(room_id, seq))


@rate_limited("read")
async def history(viewer: CurrentUser, room_id: int, seq: int) -> list[Version]:
    """Return all versions of a message, the oldest first. Raises `NotFound` like `edit`."""

    def query(session: Session) -> list[Version]:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        stored = session.exec(
            select(MessageVersion)
            .where(MessageVersion.message_id == message.id)
            .order_by(col(MessageVersion.id))
        )
        earlier = [Version(version.text, version.written_at) for version in stored]
        return [*earlier, Version(message.text, message.edited_at or message.created_at)]

    return await database.read(query)


async def text_of(viewer: CurrentUser, room_id: int, seq: int) -> str:
    """Return the source text of the viewer's own message, for editing. Raises like `edit`."""

    def query(session: Session) -> str:
        room, membership, message = messages.find(session, viewer, room_id, seq)
        _require_author(viewer, message)
        require_writer(room, membership)
        return message.text

    return await database.read(query)


async def is_mine(viewer: CurrentUser, room_id: int, seq: int) -> bool:
    """Return whether the viewer wrote a message that they may delete.

    Raises `Forbidden` if they may not delete it, `NotFound` like `edit`.
    """

    def query(session: Session) -> bool:
        _room, membership, message = messages.find(session, viewer, room_id, seq)
        return _is_own_to_delete(viewer, membership, message)

    return await database.read(query)


def _is_own_to_delete(viewer: CurrentUser, membership: Membership, message: Message) -> bool:
    is_own = message.author_id == viewer.user_id
    if not is_own and not may_moderate(membership):
        raise Forbidden(_("Only its author or a moderator can delete a message."))
    return is_own


def _require_author(viewer: CurrentUser, message: Message) -> None:
    if message.author_id != viewer.user_id:
        raise Forbidden(_("Only its author can change a message."))


def _store_version(session: Session, message: Message) -> None:
    written = message.edited_at or message.created_at
    session.add(MessageVersion(message_id=message.id or 0, text=message.text, written_at=written))


def _clear(session: Session, message: Message) -> None:
    """Erase the content of a message and everything attached to it."""
    message.text, message.mentions, message.pinned_at = "", None, None
    for table in (MessageVersion, Mention, Reaction, SavedMessage, Poll, Attachment):
        for row in session.exec(select(table).where(col(table.message_id) == message.id)):
            session.delete(row)


def _record_deletion(
    session: Session, viewer: CurrentUser, room: Room, message: Message, reason: object
) -> None:
    audit.record(
        session,
        viewer,
        Action.MESSAGE_DELETED,
        room=room,
        person_id=message.author_id,
        message_seq=message.seq,
        reason=reason,
    )


def _publish_changed(room_id: int, change: int | None) -> None:
    if change is not None:
        events.publish(events.MessageChanged(room_id, change))
