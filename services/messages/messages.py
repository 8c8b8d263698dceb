"""Messages: saying something in a room, and reading what was said."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from models import Membership, Message, Room
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.core.text import MESSAGE_LIMIT, clean
from services.db import database
from services.messages import emoji, insert, queries
from services.messages.queries import HIGHEST, PAGE_SIZE
from services.rooms import access

CATCH_UP = 500
"""Who missed more than this starts again from the newest page."""


@dataclass(frozen=True)
class MessageBatch:
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
class ShownRange:
    """What a page shows already: messages `first` to `last` as they were at `change`."""

    first: int = 0
    last: int = 0
    change: int = 0
    at_end: bool = True
    """Whether it shows the newest, as opposed to somewhere up in the history."""


async def send(
    viewer: CurrentUser,
    room_id: int,
    text: object,
    client_message_id: object,
    *,
    reply_to: int | None = None,
) -> tuple[MessageView, bool]:
    """Store a message; return it, and whether it is new.

    It is on the disk when this returns. The same `client_message_id` again returns the
    same message. `reply_to` is the `seq` of the message of this room that it answers.
    Raises `ServiceError` for a text that will not do or a reply to what is not there, `NotFound`
    when one is not in the room, `Forbidden` when one may not write there, `RateLimited`, and
    `Unavailable`: then nothing is stored.
    """
    sound = emoji.replace_codes(clean(text, MESSAGE_LIMIT, name=_("The message")))
    return await _send(viewer, room_id, sound, client_message_id, reply_to)


@rate_limited("message")
async def _send(
    viewer: CurrentUser, room_id: int, text: str, client_message_id: object, reply_to: int | None
) -> tuple[MessageView, bool]:
    def store(session: Session) -> tuple[MessageView, bool]:
        return insert.insert(session, viewer, room_id, text, client_message_id, reply_to=reply_to)

    return insert.publish_sent(await database.write(store))


def find(
    session: Session, viewer: CurrentUser, room_id: int, seq: int
) -> tuple[Room, Membership, Message]:
    """Return a message through one's membership in its room. Raises `NotFound` when one is not
    in it, and for a message that is not there or is deleted.
    """
    room, membership = access.require_member(session, viewer.user_id, room_id)
    message = session.exec(
        select(Message).where(Message.room_id == room_id, Message.seq == min(seq, HIGHEST))
    ).first()
    if message is None or message.deleted_at is not None:
        raise NotFound(_("That message is not there any more."))
    return room, membership, message


@rate_limited("look")
async def get(viewer: CurrentUser, room_id: int, seq: int) -> MessageView:
    """Return one message. Raises `NotFound` as `find` does."""

    def query(session: Session) -> MessageView:
        _room, _membership, message = find(session, viewer, room_id, seq)
        assert message.id is not None
        return queries.some(session, [message.id])[message.id]

    return await database.read(query)


async def older(viewer: CurrentUser, room_id: int, before_seq: int) -> MessageBatch:
    """Return the messages just before `before_seq`. Raises `NotFound` when one is not in
    the room.
    """

    def query(session: Session) -> MessageBatch:
        standing = access.position(session, viewer, room_id)
        return _before(session, room_id, min(before_seq, HIGHEST), standing)

    return await database.read(query)


async def since(viewer: CurrentUser, room_id: int, shown: ShownRange) -> MessageBatch:
    """Return what came next after what is shown, and what changed of it.

    Who has nothing (`last` 0), or has missed too much of the newest, starts again from the
    newest page. Raises `NotFound` when one is not in the room.
    """

    def query(session: Session) -> MessageBatch:
        standing = access.position(session, viewer, room_id)
        newest = standing.last_seq
        missed = newest - shown.last
        if not 0 < shown.last <= newest or (shown.at_end and missed > CATCH_UP):
            return _before(session, room_id, newest + 1, standing)
        found = queries.after(session, room_id, shown.last)
        return MessageBatch(
            found,
            more=True,
            last_read_seq=standing.read_up_to,
            follows=True,
            rest=bool(found) and found[-1].seq < newest,
            change=standing.last_change,
            changed=_changed(session, room_id, shown, standing),
        )

    return await database.read(query)


async def around(viewer: CurrentUser, room_id: int, seq: int) -> MessageBatch:
    """Return the messages before, at and after `seq`. Raises `NotFound` when one is not in the
    room or there is no such message.
    """
    return await database.read(lambda session: _around(session, viewer, room_id, seq))


async def changed(room_id: int, since: int) -> list[MessageView]:
    """Return what has changed in a room, for `live` to show to those who look at it."""
    return await database.read(lambda session: queries.changed(session, room_id, since, CATCH_UP))


def begin(session: Session, viewer: CurrentUser, room_id: int, at: int = 0) -> MessageBatch:
    """Return, within a read, what a timeline begins with: what is around `at`, or the newest."""
    if at:
        return _around(session, viewer, room_id, at)
    standing = access.position(session, viewer, room_id)
    return _before(session, room_id, standing.last_seq + 1, standing)


def _around(session: Session, viewer: CurrentUser, room_id: int, seq: int) -> MessageBatch:
    standing = access.position(session, viewer, room_id)
    if not 0 < seq <= standing.last_seq:
        raise NotFound
    earlier = queries.before(session, room_id, seq, PAGE_SIZE // 2)
    later = queries.after(session, room_id, seq - 1, PAGE_SIZE // 2)
    return MessageBatch(
        earlier + later,
        more=bool(earlier) and earlier[0].seq > 1,
        last_read_seq=standing.read_up_to,
        rest=bool(later) and later[-1].seq < standing.last_seq,
        change=standing.last_change,
    )


def _before(
    session: Session, room_id: int, seq: int, standing: access.RoomPosition
) -> MessageBatch:
    found = queries.before(session, room_id, seq)
    return MessageBatch(
        found,
        more=bool(found) and found[0].seq > 1,
        last_read_seq=standing.read_up_to,
        change=standing.last_change,
    )


def _changed(
    session: Session, room_id: int, shown: ShownRange, standing: access.RoomPosition
) -> Sequence[MessageView]:
    if shown.change >= standing.last_change:
        return ()
    first, last = min(shown.first, HIGHEST), min(shown.last, HIGHEST)
    return queries.changed_among(session, room_id, shown.change, first, last, CATCH_UP)
