"""Messages: saying something in a room, and reading what was said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from models import Attachment, Membership, Message, MessageKind, Room, User
from models.clock import now
from services import blocks, database, emoji, events, house, mentions, message_views, rooms
from services.message_views import PAGE
from services.permissions import require_writer
from services.refusal import NotFound, Refused
from services.text import MESSAGE_LIMIT, clean
from services.views import MessageView, Person, Quote, Viewer
from services.words import _

CATCH_UP = 500
"""Who missed more than this starts again from the newest page."""

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HIGHEST = 2**53
"""The greatest whole number that a browser can say (ECMAScript's MAX_SAFE_INTEGER, plus 1)."""


@dataclass(frozen=True)
class Page:
    """Messages in order of `seq`, and how the room stands."""

    messages: Sequence[MessageView]
    more: bool
    """Whether there are older messages than these."""
    last_read_seq: int = 0
    follows: bool = False
    """Whether these follow what was there; else one starts again with these."""
    rest: bool = False
    """Whether there are newer messages still, to be asked for next."""
    change: int = 0
    """The number of the last change that is in these."""
    changed: Sequence[MessageView] = ()
    """What has changed of that which was there, in order of `change`."""


@dataclass(frozen=True)
class Shown:
    """What a page shows already: messages `first` to `last` as they were at `change`."""

    first: int = 0
    last: int = 0
    change: int = 0
    at_end: bool = True
    """Whether it shows the newest, as opposed to somewhere up in the history."""


async def send(
    viewer: Viewer,
    room_id: int,
    text: object,
    client_message_id: object,
    *,
    reply_to: int | None = None,
) -> tuple[MessageView, bool]:
    """Store a message; return it, and whether it is new.

    It is on the disk when this returns. The same `client_message_id` again returns the
    same message. `reply_to` is the `seq` of the message of this room that it answers.
    Raises `Refused` for a text that will not do or a reply to what is not there, `NotFound`
    when one is not in the room, `Forbidden` when one may not write there, `TooMany`, and
    `Unavailable`: then nothing is stored.
    """
    sound = emoji.replace_codes(clean(text, MESSAGE_LIMIT, name=_("The message")))
    house.current().throttles.message.spend(str(viewer.user_id))

    def store(session: Session) -> tuple[MessageView, bool]:
        return put(session, viewer, room_id, sound, client_message_id, reply_to=reply_to)

    return told(await database.write(store))


def put(
    session: Session,
    viewer: Viewer,
    room_id: int,
    text: str,
    client_message_id: object,
    *,
    kind: MessageKind = MessageKind.TEXT,
    reply_to: int | None = None,
    is_forwarded: bool = False,
) -> tuple[MessageView, bool]:
    """Store a message of whatever kind, inside a write. Raises as `send` does."""
    if not isinstance(client_message_id, str) or not _ID.fullmatch(client_message_id):
        raise Refused(_("This message has no proper number. Reload the page and send it again."))
    room, membership = rooms.find(session, viewer.user_id, room_id)
    before = message_views.sent_before(session, viewer.user_id, client_message_id)
    if before is not None:
        if before.room_id != room_id:
            raise Refused(_("This message was sent to another room already."))
        return before, False
    require_writer(room, membership)
    blocks.refuse_in(session, room, viewer.user_id)
    answered, quote = _answered(session, room_id, reply_to) if reply_to else (None, None)
    # What is forwarded calls nobody: it was said to others.
    named = mentions.find(session, room, membership, "" if is_forwarded else text)
    room.last_seq += 1
    membership.last_read_seq, membership.unread_from = room.last_seq, 0
    membership.last_read_at = now()
    message = Message(
        room_id=room_id,
        seq=room.last_seq,
        author_id=viewer.user_id,
        client_message_id=client_message_id,
        kind=kind,
        text=text,
        mentions=named.mentions,
        reply_to_id=answered,
        is_forwarded=is_forwarded,
    )
    session.add_all([room, membership, message])
    session.flush()
    mentions.store(session, message, named.user_ids)
    author = rooms.person(session.get_one(User, viewer.user_id))
    return _view(message, author, quote), True


def told(stored: tuple[MessageView, bool]) -> tuple[MessageView, bool]:
    """Tell, after the write, of the message that `put` has stored; hand the same on."""
    message, is_new = stored
    if is_new:
        events.publish(events.MessageSent(message))
    return stored


def find(
    session: Session, viewer: Viewer, room_id: int, seq: int
) -> tuple[Room, Membership, Message]:
    """Return a message through one's membership in its room. Raises `NotFound` when one is not
    in it, and for a message that is not there or is deleted.
    """
    room, membership = rooms.find(session, viewer.user_id, room_id)
    message = session.exec(
        select(Message).where(Message.room_id == room_id, Message.seq == min(seq, _HIGHEST))
    ).first()
    if message is None or message.deleted_at is not None:
        raise NotFound(_("That message is not there any more."))
    return room, membership, message


async def older(viewer: Viewer, room_id: int, before_seq: int) -> Page:
    """Return the messages just before `before_seq`. Raises `NotFound` when one is not in
    the room.
    """

    def look(session: Session) -> Page:
        standing = rooms.standing(session, viewer, room_id)
        return _before(session, room_id, min(before_seq, _HIGHEST), standing)

    return await database.read(look)


async def since(viewer: Viewer, room_id: int, shown: Shown) -> Page:
    """Return what came next after what is shown, and what changed of it.

    Who has nothing (`last` 0), or has missed too much of the newest, starts again from the
    newest page. Raises `NotFound` when one is not in the room.
    """

    def look(session: Session) -> Page:
        standing = rooms.standing(session, viewer, room_id)
        newest = standing.last_seq
        missed = newest - shown.last
        if not 0 < shown.last <= newest or (shown.at_end and missed > CATCH_UP):
            return _before(session, room_id, newest + 1, standing)
        found = message_views.after(session, room_id, shown.last)
        return Page(
            found,
            more=True,
            last_read_seq=standing.read_up_to,
            follows=True,
            rest=bool(found) and found[-1].seq < newest,
            change=standing.last_change,
            changed=_changed(session, room_id, shown, standing),
        )

    return await database.read(look)


async def around(viewer: Viewer, room_id: int, seq: int) -> Page:
    """Return the messages before, at and after `seq`. Raises `NotFound` when one is not in the
    room or there is no such message.
    """

    def look(session: Session) -> Page:
        standing = rooms.standing(session, viewer, room_id)
        if not 0 < seq <= standing.last_seq:
            raise NotFound
        earlier = message_views.before(session, room_id, seq, PAGE // 2)
        later = message_views.after(session, room_id, seq - 1, PAGE // 2)
        return Page(
            earlier + later,
            more=bool(earlier) and earlier[0].seq > 1,
            last_read_seq=standing.read_up_to,
            rest=bool(later) and later[-1].seq < standing.last_seq,
            change=standing.last_change,
        )

    return await database.read(look)


async def changed(room_id: int, since: int) -> list[MessageView]:
    """Return what has changed in a room, for `live` to show to those who look at it."""
    return await database.read(
        lambda session: message_views.changed(session, room_id, since, CATCH_UP)
    )


def _before(session: Session, room_id: int, seq: int, standing: rooms.Standing) -> Page:
    found = message_views.before(session, room_id, seq)
    return Page(
        found,
        more=bool(found) and found[0].seq > 1,
        last_read_seq=standing.read_up_to,
        change=standing.last_change,
    )


def _changed(
    session: Session, room_id: int, shown: Shown, standing: rooms.Standing
) -> Sequence[MessageView]:
    if shown.change >= standing.last_change:
        return ()
    first, last = min(shown.first, _HIGHEST), min(shown.last, _HIGHEST)
    return message_views.changed_among(session, room_id, shown.change, first, last, CATCH_UP)


def _answered(session: Session, room_id: int, seq: int) -> tuple[int, Quote]:
    found = session.exec(
        select(Message, User, Attachment.name)
        .join(User, col(User.id) == Message.author_id)
        .outerjoin(Attachment, col(Attachment.message_id) == Message.id)
        .where(Message.room_id == room_id, Message.seq == min(seq, _HIGHEST))
    ).first()
    if found is None or found[0].deleted_at is not None:
        raise Refused(_("The message that you answer is not there any more. Send it without."))
    answered, author, name = found
    quote = message_views.quote(answered.seq, rooms.person(author), answered.text, name)
    return answered.id or 0, quote


def _view(message: Message, author: Person, quote: Quote | None) -> MessageView:
    return MessageView(
        message_id=message.id or 0,
        room_id=message.room_id,
        seq=message.seq,
        client_message_id=message.client_message_id,
        author=author,
        kind=message.kind,
        text=message.text,
        mentions=tuple((message.mentions or {}).items()),
        is_forwarded=message.is_forwarded,
        change=0,
        created_at=message.created_at,
        edited_at=None,
        deleted=None,
        is_pinned=False,
        quote=quote,
    )
