"""Edit and delete messages."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlmodel import Session, col, select

from models import (
    ENCRYPTED_KINDS,
    Action,
    Attachment,
    FileKind,
    Membership,
    Message,
    MessageKind,
    MessageLink,
    MessageVersion,
    Poll,
    Reaction,
    Room,
    RoomEventKind,
    SavedMessage,
)
from models.clock import now
from services.accounts import blocks
from services.accounts.security import audit
from services.core import events, hub
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.core.text import MESSAGE_LIMIT, clean
from services.db import budgeted, database
from services.mentions import mentions
from services.messages import encrypted, link_previews, messages, rendered, revisions
from services.messages.emoji import emoji
from services.messages.queries import HIGHEST
from services.messages.rendering import facts
from services.rooms import room_events
from services.rooms.permissions import may_moderate, require_writer

PAGE_SIZE = 10
"""Number of earlier versions returned at once."""


class Version(Struct, frozen=True):
    """A version of a message's text."""

    text: str
    html: str | None
    """As in `MessageView`."""
    written_at: datetime


class Erased(Struct, frozen=True):
    """A deleted message, the change's number, and the users who have one unread mention less."""

    room_id: int
    seq: int
    change: int
    mentioned: frozenset[int]


class EditHistory(Struct, frozen=True):
    """Versions of a message's text, the newest first."""

    versions: Sequence[Version]
    before: int | None
    """What to pass for older ones; None if there are no more."""


async def edit(viewer: CurrentUser, room_id: int, seq: int, text: object) -> str | None:
    """Replace the text of the viewer's own message; the old text is stored as a version.

    Return the HTML of the new one, as in `MessageView`. Raises `ServiceError` for an invalid text,
    for a poll and for a sticker, `Forbidden` for others' messages and without permission to
    write, `NotFound` for non-members and for a message that does not exist.
    """
    checked = emoji.replace_codes(clean(text, MESSAGE_LIMIT, name=_("The message")))
    if (elsewhere := hub.asked()) is not None:
        await elsewhere.edit(viewer, room_id, seq, checked)
    return await _edit(viewer, room_id, seq, checked)


@rate_limited("message")
async def _edit(viewer: CurrentUser, room_id: int, seq: int, text: str) -> str | None:
    html = await rendered.render(viewer, text)

    def rewrite(session: Session) -> tuple[int, int, frozenset[int]] | None:
        room, membership, message = messages.find(session, viewer, room_id, seq)
        _require_author(viewer, message)
        require_writer(room, membership)
        blocks.require_none_in(session, room.people_key, viewer.user_id)
        if message.kind == MessageKind.POLL:
            raise ServiceError(
                _("A poll can't be edited, because people may have voted. Send a new one.")
            )
        attachment = session.get(Attachment, message.id)
        if attachment is not None and attachment.kind == FileKind.STICKER:
            raise ServiceError(_("A sticker can't be edited. Send another one."))
        if message.text == text:
            return None
        _store_version(session, message)
        may_mention_all = mentions.may_mention_all(room, membership)
        named = mentions.resolve(
            session, room_id, viewer.user_id, facts.names(html), may_mention_all=may_mention_all
        )
        message.text, message.edited_at, message.mentions = text, now(), named.mentions
        message.html, message.html_version = html, rendered.version()
        others = mentions.update(session, message, named.user_ids)
        link_previews.follow_edit(session, message)
        change = revisions.bump(session, room, message)
        room_events.record(
            session, room_id, RoomEventKind.EDIT, viewer.user_id, message_id=message.id
        )
        return message.id or 0, change, others

    if result := await database.write(rewrite):
        message_id, change, others = result
        events.publish(events.MessageChanged(room_id, change))
        events.publish(events.MessageEdited(message_id, viewer.user_id, html))
        if others:
            events.publish(events.MentionsChanged(others))
    return html


@rate_limited("message")
async def delete(viewer: CurrentUser, room_id: int, seq: int, reason: object = "") -> None:
    """Delete a message: the viewer's own, or as a moderator anyone's, which the audit log records.

    Its row stays, without text, versions, reactions, poll and file. Raises `Forbidden` for others'
    messages unless the viewer is a moderator, `NotFound` like `edit`.
    """

    if (elsewhere := hub.asked()) is not None:
        await elsewhere.delete(viewer, room_id, seq, reason)

    def erase(session: Session) -> Erased:
        room, membership, message = messages.find(session, viewer, room_id, seq, is_edit_too=True)
        if not _is_own_to_delete(viewer, membership, message):
            return erase_for_moderation(session, viewer, room, message, reason)
        return _erase(session, viewer, room, message)

    publish_erased(await database.write(erase, uses_reserve=True))


@rate_limited("read")
async def history(
    viewer: CurrentUser, room_id: int, seq: int, before: int | None = None
) -> EditHistory:
    """Return the newest `PAGE_SIZE` versions of a message, or those that came before.

    Versions that another version of this program has rendered are rendered each time. Raises
    `NotFound` like `edit`, and `RateLimited` when that took too long too often.
    """

    def query(session: Session) -> EditHistory:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        stored = session.exec(
            select(MessageVersion)
            .where(
                MessageVersion.message_id == message.id,
                col(MessageVersion.id) < min(before or HIGHEST, HIGHEST),
            )
            .order_by(col(MessageVersion.id).desc())
            .limit(PAGE_SIZE + 1)
        ).all()
        shown = stored[:PAGE_SIZE]
        versions = [_version(each, each.written_at) for each in shown]
        if before is None:
            versions.insert(0, _version(message, message.edited_at or message.created_at))
        return EditHistory(versions, shown[-1].id if len(stored) > PAGE_SIZE else None)

    return await budgeted.read(viewer.user_id, query)


def _version(stored: Message | MessageVersion, written_at: datetime) -> Version:
    html = rendered.of_version(stored.text, stored.html, stored.html_version)
    return Version(stored.text, html, written_at)


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
        raise Forbidden(_("Only the author or a moderator can delete a message."))
    return is_own


def _require_author(viewer: CurrentUser, message: Message) -> None:
    if message.author_id != viewer.user_id:
        raise Forbidden(_("Only the author can edit a message."))


def _store_version(session: Session, message: Message) -> None:
    written = message.edited_at or message.created_at
    session.add(
        MessageVersion(
            message_id=message.id or 0,
            text=message.text,
            html=message.html,
            html_version=message.html_version,
            written_at=written,
        )
    )


def erase_for_moderation(
    session: Session, viewer: CurrentUser, room: Room, message: Message, reason: object
) -> Erased:
    """Delete a message of another person, and record it, within a write.

    The caller checks that the viewer may, and calls `publish_erased` afterwards.
    """
    _record_deletion(session, viewer, room, message, reason)
    return _erase(session, viewer, room, message)


def erase(session: Session, viewer: CurrentUser, room: Room, message: Message) -> Erased:
    """Delete a message as the viewer did on the hub, within a write; then call `publish_erased`."""
    return _erase(session, viewer, room, message)


def publish_erased(erased: Erased) -> None:
    """Publish, after the write, that a message was deleted."""
    events.publish(events.MessageChanged(erased.room_id, erased.change))
    if erased.mentioned:
        events.publish(events.MentionsChanged(erased.mentioned))
    events.publish(events.MessageDeleted(erased.room_id, erased.seq))


def _erase(session: Session, viewer: CurrentUser, room: Room, message: Message) -> Erased:
    mentioned = mentions.update(session, message, ())
    _clear(session, message)
    if message.kind in ENCRYPTED_KINDS:
        encrypted.erase(session, viewer, room, message)
    message.deleted_at, message.deleted_by = now(), viewer.user_id
    change = revisions.bump(session, room, message)
    room_events.erase_of_message(session, message.room_id, viewer.user_id, message.id or 0)
    original = session.get(Message, message.reply_to_id) if message.reply_to_id else None
    if original is not None and original.deleted_at is None:  # it has one reply less
        revisions.bump(session, room, original)
    return Erased(message.room_id, message.seq, change, mentioned)


def _clear(session: Session, message: Message) -> None:
    """Erase the content of a message and everything attached to it."""
    message.text, message.html, message.mentions, message.pinned_at = "", None, None, None
    for table in (MessageVersion, Reaction, SavedMessage, Poll, Attachment, MessageLink):
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
