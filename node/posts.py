"""Messages of the hub, in the local database: stored, edited and deleted as they were there.

Nothing is checked here but what the database needs: the hub has decided.
"""

import hashlib
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session

from models import Membership, Message, MessageKind, MessageVersion, Reaction, Room, User
from models.clock import now
from node import tables
from services.accounts import people
from services.core.errors import ServiceError
from services.mentions import mentions
from services.messages import edits, rendered, revisions
from services.messages.edits import Erased
from services.messages.rendering import facts


class Post(Struct, frozen=True):
    """A message as the hub tells of it."""

    hub_id: str
    author_id: int
    text: str
    html: str | None
    at: datetime
    client_message_id: str = ""
    """By which the page knows it, if it was written here."""
    reply_to: str = ""
    """The event that it replies to."""


def message_of(session: Session, hub_id: str) -> Message | None:
    """Return the message of an event; None if it is not here."""
    table = tables.EVENTS.c
    found = session.connection().scalar(
        select(table.message_id).where(table.hub_id == hub_id, table.sign == "")
    )
    return session.get(Message, found) if found else None


def event_of(session: Session, message_id: int) -> str:
    """Return the event of a message; empty if it has none."""
    table = tables.EVENTS.c
    found = session.connection().scalar(
        select(table.hub_id).where(table.message_id == message_id, table.sign == "")
    )
    return str(found or "")


def is_known(session: Session, hub_id: str) -> bool:
    """Return whether an event is taken over already."""
    table = tables.EVENTS.c
    return (
        session.connection().scalar(select(table.hub_id).where(table.hub_id == hub_id)) is not None
    )


def note(
    session: Session,
    hub_id: str,
    room_id: int,
    message_id: int | None,
    *,
    sign: str = "",
    user_id: int | None = None,
) -> None:
    """Note that an event is taken over."""
    session.connection().execute(
        tables.EVENTS.insert(),
        {
            "hub_id": hub_id,
            "room_id": room_id,
            "message_id": message_id,
            "sign": sign,
            "user_id": user_id,
        },
    )


def add(session: Session, room: Room, post: Post) -> Message:
    """Store a message under the next number of its room."""
    replied_to = message_of(session, post.reply_to) if post.reply_to else None
    named = _named(session, room.id or 0, post.author_id, post.html)
    room.last_seq += 1
    message = Message(
        room_id=room.id or 0,
        seq=room.last_seq,
        author_id=post.author_id,
        client_message_id=post.client_message_id or _name(post.hub_id),
        kind=MessageKind.TEXT,
        text=post.text,
        html=post.html,
        html_version=rendered.version(),
        mentions=named.mentions,
        reply_to_id=replied_to.id if replied_to and replied_to.room_id == room.id else None,
        created_at=post.at,
    )
    session.add_all([room, message])
    session.flush()
    mentions.store(session, message.id or 0, room.id or 0, message.seq, named.user_ids)
    if replied_to is not None and replied_to.deleted_at is None:
        revisions.bump(session, room, replied_to)
    _mark_read(session, room, message)
    note(session, post.hub_id, room.id or 0, message.id)
    return message


def edit(session: Session, message: Message, text: str, html: str | None, at: datetime) -> int:
    """Replace the text of a message, and keep the old one; return the change's number, or 0."""
    if message.deleted_at is not None or message.text == text:
        return 0
    session.add(
        MessageVersion(
            message_id=message.id or 0,
            text=message.text,
            html=message.html,
            html_version=message.html_version,
            written_at=message.edited_at or message.created_at,
        )
    )
    message.edited_at = at
    return _rewrite(session, message, text, html)


def fill(session: Session, message: Message, text: str, html: str | None) -> int:
    """Give a message its text once it can be read; return the change's number."""
    return 0 if message.deleted_at is not None else _rewrite(session, message, text, html)


def _rewrite(session: Session, message: Message, text: str, html: str | None) -> int:
    named = _named(session, message.room_id, message.author_id, html)
    message.text, message.html, message.html_version = text, html, rendered.version()
    message.mentions = named.mentions
    mentions.update(session, message, named.user_ids)
    return revisions.bump(session, session.get_one(Room, message.room_id), message)


def delete(session: Session, message: Message, by: int) -> Erased | None:
    """Delete a message; return what is to be published, or None if it was deleted already."""
    if message.deleted_at is not None:
        return None
    author = people.author(session.get_one(User, by))
    return edits.erase(session, author, session.get_one(Room, message.room_id), message)


def react(session: Session, message: Message, sign: str, by: int, *, on: bool) -> int:
    """Add a reaction, or take it back; return the change's number, or 0 if nothing changed."""
    found = session.get(Reaction, (message.id, sign, by))
    if message.deleted_at is not None or (found is not None) == on:
        return 0
    if found is not None:
        session.delete(found)
    else:
        session.add(Reaction(message_id=message.id or 0, emoji=sign, user_id=by))
    return revisions.bump(session, session.get_one(Room, message.room_id), message)


def _named(
    session: Session, room_id: int, author_id: int, html: str | None
) -> mentions.ResolvedMentions:
    """Return whom a message mentions; nobody, if it is more than this chat would send."""
    try:
        return mentions.resolve(
            session, room_id, author_id, facts.names(html), may_mention_all=True
        )
    except ServiceError:
        return mentions.ResolvedMentions()


def _mark_read(session: Session, room: Room, message: Message) -> None:
    """Note that the author has read up to their message."""
    membership = session.get(Membership, (room.id, message.author_id))
    if membership is not None:
        membership.last_read_seq, membership.last_read_at = message.seq, now()
        membership.unread_from = 0
        session.add(membership)


def _name(hub_id: str) -> str:
    """Return a `client_message_id` for what was not written here."""
    return f"hub-{hashlib.sha256(hub_id.encode()).hexdigest()[:40]}"
