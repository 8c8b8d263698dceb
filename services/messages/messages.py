"""Messages: storing them, and finding one.

All messages, of any kind, are stored by `insert`, on the single writer thread. Statements over
columns, built once, instead of ORM objects store twice as many a second
(`python -m benchmarks --only sends`).
"""

import re

import sqlalchemy
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam
from sqlmodel import Session, SQLModel, col, select

from models import ENCRYPTED_KINDS, Attachment, Membership, Message, MessageKind, Room, User
from models.clock import now
from services.accounts import blocks
from services.accounts.people import summary
from services.core import events, hub
from services.core.dto import CurrentUser, MessageView, Quote, UserSummary
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.core.text import MESSAGE_LIMIT, clean
from services.db import database
from services.db.prepared import Prepared, Together
from services.mentions import mentions
from services.messages import queries, rendered, revisions
from services.messages.emoji import emoji
from services.messages.queries import HIGHEST
from services.messages.rendering import facts
from services.rooms import access
from services.rooms.permissions import (
    require_encrypted,
    require_open,
    require_plain,
    require_speaker,
    require_writer,
)

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


async def send(
    viewer: CurrentUser,
    room_id: int,
    text: object,
    client_message_id: object,
    *,
    reply_to: int | None = None,
) -> tuple[MessageView, bool]:
    """Store a message; return it, and whether it is new.

    It is on disk when this returns. Sending the same `client_message_id` again returns the same
    message. `reply_to` is the `seq` of a message in this room. Raises `ServiceError` for an invalid
    text or a reply to a message that does not exist, `NotFound` for non-members, `Forbidden`
    without permission to write, `RateLimited`, and `Unavailable`: then nothing is stored. On a node
    it raises `hub.Waiting`, and the message comes once the hub has it.
    """
    checked = emoji.replace_codes(clean(text, MESSAGE_LIMIT, name=_("The message")))
    if (elsewhere := hub.asked()) is not None:
        return await elsewhere.send(viewer, room_id, checked, client_message_id, reply_to)
    return await _send(viewer, room_id, checked, client_message_id, reply_to)


@rate_limited("message")
async def _send(
    viewer: CurrentUser, room_id: int, text: str, client_message_id: object, reply_to: int | None
) -> tuple[MessageView, bool]:
    html = await rendered.render(viewer, text)

    def store(session: Session) -> tuple[MessageView, bool]:
        return insert(
            session, viewer, room_id, text, client_message_id, html=html, reply_to=reply_to
        )

    return publish_sent(await database.write(store))


class PostingContext(Struct, frozen=True):
    """The author, their role and the state of the room, before a message is inserted."""

    kind: str
    is_announcement: bool
    is_archived: bool
    is_encrypted: bool
    people_key: str | None
    last_seq: int
    role: str
    username: str
    display_name: str
    hue: int
    avatar: str
    is_bot: bool
    sent_before: int | None
    """Id of the author's message with the same `client_message_id`, if there is one."""


_CONTEXT = Prepared(
    access.rooms_of(
        bindparam("author_id"),
        col(Room.kind),
        col(Room.is_announcement),
        col(Room.archived_at).is_not(None),
        access.IS_ENCRYPTED,
        col(Room.people_key),
        col(Room.last_seq),
        col(Membership.role),
        col(User.username),
        col(User.display_name),
        col(User.hue),
        col(User.avatar),
        col(User.is_bot),
        sqlalchemy.select(col(Message.id))
        .where(
            col(Message.author_id) == bindparam("author_id"),
            col(Message.client_message_id) == bindparam("client_message_id"),
        )
        .scalar_subquery(),
    )
    .join(User, col(User.id) == Membership.user_id)
    .where(col(Room.id) == bindparam("room_id"))
)


def _table(model: type[SQLModel]) -> sqlalchemy.Table:
    """Return a model's table: writing to it takes a tenth less time than through the model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


_ADVANCE_SEQ = Prepared(
    sqlalchemy.update(_table(Room))
    .where(col(Room.id) == bindparam("room_id"))
    .values(last_seq=bindparam("seq"))
)
_MARK_READ = Prepared(
    sqlalchemy.update(_table(Membership))
    .where(
        col(Membership.room_id) == bindparam("room_id"),
        col(Membership.user_id) == bindparam("author_id"),
    )
    .values(
        last_read_seq=bindparam("seq"),
        last_read_at=bindparam("created_at"),
        unread_from=sqlalchemy.literal_column("0"),
    )
)
_COLUMNS = (
    *("room_id", "seq", "author_id", "client_message_id", "kind", "text", "html", "html_version"),
    *("mentions", "reply_to_id", "is_forwarded", "change", "created_at"),
)
_INSERT = Prepared(
    sqlalchemy.insert(_table(Message))
    .values({name: bindparam(name) for name in _COLUMNS})
    .returning(col(Message.id))
)


_STORE = Together(_ADVANCE_SEQ, _MARK_READ, _INSERT)


def insert(
    session: Session,
    viewer: CurrentUser,
    room_id: int,
    text: str,
    client_message_id: object,
    *,
    html: str | None,
    kind: MessageKind = MessageKind.TEXT,
    reply_to: int | None = None,
    is_forwarded: bool = False,
) -> tuple[MessageView, bool]:
    """Insert a message; return it, and whether it is new. Raises like `send`.

    `html` is what `rendered.render` returned for its text.
    """
    client_message_id = check_id(client_message_id)
    context = _posting_context(session, viewer, room_id, client_message_id)
    if context.sent_before is not None:
        return _sent_before(session, context.sent_before, room_id), False
    _require_writing(context, kind)
    blocks.require_none_in(session, context.people_key, viewer.user_id)
    replied_to_id, quote = _quoted(session, room_id, reply_to) if reply_to else (None, None)
    # Mentions in a forwarded message notify no one: they were meant for another room.
    named = mentions.resolve(
        session,
        room_id,
        viewer.user_id,
        [] if is_forwarded else facts.names(html),
        may_mention_all=mentions.may_mention_all(context, context),
    )
    seq, at = context.last_seq + 1, now()
    values = {
        "room_id": room_id,
        "seq": seq,
        "author_id": viewer.user_id,
        "client_message_id": client_message_id,
        "kind": kind,
        "text": text,
        "html": html,
        "html_version": rendered.version(),
        "mentions": named.mentions,
        "reply_to_id": replied_to_id,
        "is_forwarded": is_forwarded,
        "change": 0,
        "created_at": at,
    }
    connection = session.connection()
    [(message_id,)] = _STORE.execute(connection, values)
    mentions.store(session, message_id, room_id, seq, named.user_ids)
    return MessageView(
        message_id=message_id,
        room_id=room_id,
        seq=seq,
        client_message_id=client_message_id,
        author=UserSummary(
            viewer.user_id,
            context.username,
            context.display_name,
            context.hue,
            context.avatar,
        ),
        kind=kind,
        text=text,
        mentions=tuple((named.mentions or {}).items()),
        is_forwarded=is_forwarded,
        change=0,
        created_at=at,
        edited_at=None,
        deleted=None,
        is_pinned=False,
        quote=quote,
        html=html,
        is_bot=context.is_bot,
    ), True


def _require_writing(context: PostingContext, kind: MessageKind) -> None:
    """Raise `Forbidden` unless the author may write a message of a kind."""
    if kind in ENCRYPTED_KINDS:
        require_encrypted(context)
        require_speaker(context, context)
    elif context.is_bot:  # those who moderate the room let it post
        require_open(context)
        require_plain(context)
    else:
        require_writer(context, context)


def check_id(client_message_id: object) -> str:
    """Return a `client_message_id` that a browser sent. Raises `ServiceError` if it is none."""
    if not isinstance(client_message_id, str) or not _ID.fullmatch(client_message_id):
        raise ServiceError(_("Something went wrong sending this message. Reload and try again."))
    return client_message_id


def publish_sent(
    stored: tuple[MessageView, bool], *, is_scheduled: bool = False, author_has_read: bool = True
) -> tuple[MessageView, bool]:
    """Publish, after the write, the message that `insert` stored, if new; return the argument.

    The others are what `MessageSent` says of it.
    """
    message, is_new = stored
    if is_new:
        events.publish(events.MessageSent(message, is_scheduled, author_has_read))
        if message.quote:
            events.publish(events.MessageChanged(message.room_id, message.quote.change))
    return stored


def _posting_context(
    session: Session, viewer: CurrentUser, room_id: int, client_message_id: str
) -> PostingContext:
    """Return the posting context through the viewer's membership. Raises `NotFound` without one."""
    values = {
        "room_id": room_id,
        "author_id": viewer.user_id,
        "client_message_id": client_message_id,
    }
    found = _CONTEXT.execute(session.connection(), values)
    if not found:
        raise NotFound
    return PostingContext(*found[0])


def _sent_before(session: Session, message_id: int, room_id: int) -> MessageView:
    message = queries.some(session, [message_id])[message_id]
    if message.room_id != room_id:
        raise ServiceError(_("This message was already sent to another room."))
    return message


def _quoted(session: Session, room_id: int, seq: int) -> tuple[int, Quote]:
    """Return the id of the message that is replied to, which has one reply more, and its quote."""
    message, quote = original(session, room_id, seq)
    room = session.get_one(Room, room_id)
    return message.id or 0, replace(quote, change=revisions.bump(session, room, message))


def original(session: Session, room_id: int, seq: int) -> tuple[Message, Quote]:
    """Return the message that a reply is to, and its quote. The caller has checked who may see it.

    Raises `ServiceError` for a message that does not exist or is deleted.
    """
    found = session.exec(
        select(Message, User, Attachment.name)
        .join(User, col(User.id) == Message.author_id)
        .outerjoin(Attachment, col(Attachment.message_id) == Message.id)
        .where(Message.room_id == room_id, Message.seq == min(seq, HIGHEST))
    ).first()
    if found is None or found[0].deleted_at is not None:
        raise ServiceError(
            _("The message you are replying to no longer exists. Send yours without the reply.")
        )
    message, author, file_name = found
    is_encrypted = message.kind in ENCRYPTED_KINDS and message.deleted_at is None
    quote = queries.quote(
        message.seq, summary(author), message.text, message.html, file_name, is_encrypted
    )
    return message, quote


def find(
    session: Session, viewer: CurrentUser, room_id: int, seq: int, *, is_edit_too: bool = False
) -> tuple[Room, Membership, Message]:
    """Return a message, with its room and the viewer's membership.

    Raises `NotFound` for non-members, and for a message that does not exist or is deleted; also for
    an encrypted edit, which is none that anybody sees, unless that is sought, too.
    """
    room, membership = access.require_member(session, viewer.user_id, room_id)
    message = session.exec(
        select(Message).where(Message.room_id == room_id, Message.seq == min(seq, HIGHEST))
    ).first()
    if message is None or message.deleted_at is not None:
        raise NotFound(_("This message no longer exists."))
    if message.kind == MessageKind.ENCRYPTED_EDIT and not is_edit_too:
        raise NotFound(_("This message no longer exists."))
    return room, membership, message


@rate_limited("read")
async def get(viewer: CurrentUser, room_id: int, seq: int) -> MessageView:
    """Return one message. Raises like `find`."""

    def query(session: Session) -> MessageView:
        _room, _membership, message = find(session, viewer, room_id, seq)
        assert message.id is not None
        return queries.some(session, [message.id])[message.id]

    return await database.read(query)
