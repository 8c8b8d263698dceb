"""Search: finding what was said in the rooms one is in, and where a day begins in a room.

The rooms are those of one's memberships, read in the same view of the database as what is
found in them: who leaves a room finds nothing of it from that moment on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from models import Attachment, Membership, Message, Room, RoomKind, User
from models.clock import now
from services.accounts.name_rules import username_key
from services.core import app_context, timezones
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.db import database
from services.messages import queries
from services.rooms import rooms
from services.search import highlight, index
from services.search import query as search_query
from services.search.highlight import Marked
from services.search.index import Span
from services.search.query import Query

PAGE_SIZE = 20
"""How many results one look brings."""
MAX_RESULTS = 200
"""How many of the newest are looked through: ranking means reading each of them."""


class Order(StrEnum):
    """Which results come first."""

    NEWEST = "newest"
    BEST = "best"


@dataclass(frozen=True)
class Hit:
    """A message that was found, with what was said around it."""

    message: MessageView
    room_title: str
    excerpt: Marked
    name: Marked
    """What its file is called; empty when it brings none."""
    before: MessageView | None
    after: MessageView | None


@dataclass(frozen=True)
class SearchResults:
    """A page of results."""

    hits: Sequence[Hit]
    more: bool
    """Whether there are further ones."""


async def find(
    viewer: CurrentUser, typed: object, *, order: Order = Order.NEWEST, skip: int = 0
) -> SearchResults:
    """Return the messages that fit what was typed, of all that this person may see.

    `Order.BEST` puts first, of the newest 200 that fit, those that say the words most in the
    fewest words. Raises `ServiceError` with what to do about what was typed, and `RateLimited`.
    """
    app_context.current().rate_limits.search.consume(str(viewer.user_id))
    zone = timezones.chosen(viewer.preferences)
    query = search_query.read(typed, now().astimezone(zone).date())
    if query.is_empty and isinstance(typed, str) and typed.strip():
        raise ServiceError(_("Type a word with a letter or a digit in it."))
    if not query.looks_for_words and not query.is_empty:
        raise ServiceError(_("Add a word, from:, has:link or has:file to what you look for."))
    first = min(max(0, skip), MAX_RESULTS)

    def look(session: Session) -> SearchResults:
        if query.is_empty:
            return SearchResults([], more=False)
        most = MAX_RESULTS if order is Order.BEST else first + PAGE_SIZE + 1
        ids = _ids(session, viewer, query, zone, order, most)
        if order is Order.BEST and query.words:
            ids = _ranked(session, ids, query)
        wanted = ids[first : min(first + PAGE_SIZE, MAX_RESULTS)]
        more = len(ids) > first + PAGE_SIZE and first + PAGE_SIZE < MAX_RESULTS
        return SearchResults(_hits(session, viewer, wanted, query), more)

    return await database.read(look)


async def seq_at(viewer: CurrentUser, room_id: int, moment: datetime) -> int:
    """Return the number of the first message of a room at `moment` or after it; the newest
    when there is none. Raises `NotFound` when one is not in the room or it is empty.
    """
    app_context.current().rate_limits.look.consume(str(viewer.user_id))

    def look(session: Session) -> int:
        newest = rooms.standing(session, viewer, room_id).last_seq
        if not newest:
            raise NotFound(_("There are no messages here yet."))
        whole = Span(room_id, 1, newest, 0)
        return min(index.seqs_at(session, [whole], moment).get(room_id, newest), newest)

    return await database.read(look)


async def seq_on(viewer: CurrentUser, room_id: int, day: object) -> int:
    """Return the number of the first message of a day, as `seq_at` does for its beginning.

    The day is one of the person's time zone. Raises `ServiceError` for what is no day.
    """
    zone = timezones.chosen(viewer.preferences)
    wanted = search_query.read_day(
        day if isinstance(day, str) else "", now().astimezone(zone).date()
    )
    return await seq_at(viewer, room_id, _midnight(wanted, zone))


# -- where to look ---------------------------------------------------------------------------

# The permission: one's memberships, and the newest message of each room.
_MINE: Any = (
    sqlalchemy.select(col(Room.id), col(Room.last_seq), col(Message.id))
    .join(Membership, col(Membership.room_id) == Room.id)
    .join(Message, (col(Message.room_id) == Room.id) & (col(Message.seq) == Room.last_seq))
    .where(col(Membership.user_id) == bindparam("member"))
)


def _ids(
    session: Session, viewer: CurrentUser, query: Query, zone: Any, order: Order, most: int
) -> list[int]:
    """Return the ids of the newest messages that fit, the newest first."""
    mine = session.connection().execute(_MINE, {"member": viewer.user_id}).all()
    if query.rooms:
        named = _named(session, viewer, query.rooms)
        mine = [each for each in mine if each[0] in named]
    authors: list[int] = []
    if query.authors:
        authors = _authors(session, query.authors)
    spans = [Span(number, 1, last, newest) for number, last, newest in mine]
    if query.since or query.until:
        spans = _within(session, spans, query, zone)
    match = index.expression(query, authors)
    enough = PAGE_SIZE + 1 if order is Order.BEST else MAX_RESULTS + 1
    return index.newest(session, query, match, spans, most, enough)


def _authors(session: Session, keys: Sequence[str]) -> list[int]:
    found = list(session.exec(select(User.id).where(col(User.username_key).in_(keys))))
    if not found:
        raise ServiceError(_("There is no account of that name."))
    return [number or 0 for number in found]


def _named(session: Session, viewer: CurrentUser, names: Sequence[str]) -> set[int]:
    """Return which of one's rooms are called so; `@name` is the conversation with somebody."""
    mine = session.exec(
        select(Room.id, Room.name)
        .join(Membership, col(Membership.room_id) == Room.id)
        .where(Membership.user_id == viewer.user_id)
    ).all()
    found: set[int] = set()
    for name in names:
        wanted = name.removeprefix("#").strip().casefold()
        called = {number or 0 for number, title in mine if title.casefold() == wanted}
        called = called or {
            number or 0 for number, title in mine if wanted and wanted in title.casefold()
        }
        if name.startswith("@"):
            called = _direct(session, viewer, name[1:])
        if not called:
            raise ServiceError(_("None of your rooms is called “{name}”.").format(name=name))
        found |= called
    return found


def _direct(session: Session, viewer: CurrentUser, username: str) -> set[int]:
    other = select(Membership.room_id).join(User, col(User.id) == Membership.user_id)
    found = session.exec(
        select(Room.id)
        .join(Membership, col(Membership.room_id) == Room.id)
        .where(Room.kind == RoomKind.DIRECT, Membership.user_id == viewer.user_id)
        .where(col(Room.id).in_(other.where(User.username_key == username_key(username))))
    )
    return {number or 0 for number in found}


def _within(session: Session, spans: list[Span], query: Query, zone: Any) -> list[Span]:
    """Return the parts of rooms that were said on the days asked for."""
    if query.since:
        first = index.seqs_at(session, spans, _midnight(query.since, zone))
        spans = [span._replace(first=first.get(span.room_id, 1)) for span in spans]
    if query.until:
        end = index.seqs_at(session, spans, _midnight(query.until, zone))
        spans = [span._replace(last=end.get(span.room_id, 1) - 1) for span in spans]
    return index.with_newest(session, spans)


# -- when ------------------------------------------------------------------------------------


def _midnight(day: date, zone: Any) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


# -- what is shown ---------------------------------------------------------------------------


def _ranked(session: Session, ids: Sequence[int], query: Query) -> list[int]:
    """Put first what says the words most, in the fewest words; of equals the newest.

    The index could do that itself (bm25), but it reads all places of each word to know how
    rare it is: a quarter of a second where a word stands in a third of a million messages.
    """
    texts = session.connection().execute(_TEXTS, {"ids": list(ids)})
    count = highlight.counter(query.words)
    score = {number: _score(count(text), len(text)) for number, text in texts}
    return sorted(ids, key=lambda number: (-score.get(number, 0), -number))


# What the index has of a message: its text, and what its file is called.
_TEXTS: Any = (
    sqlalchemy.select(
        col(Message.id), col(Message.text) + " " + func.coalesce(col(Attachment.name), "")
    )
    .outerjoin(Attachment, col(Attachment.message_id) == Message.id)
    .where(col(Message.id).in_(bindparam("ids", expanding=True)))
)


def _score(said: int, length: int) -> float:
    """Rate a text by how often it says the words: the more often, the less each time counts."""
    return said / (said + 0.5 + length / 200)


def _hits(session: Session, viewer: CurrentUser, ids: Sequence[int], query: Query) -> list[Hit]:
    found = queries.some(session, ids)
    titles = rooms.titles(session, viewer, {each.room_id for each in found.values()})
    places = [(each.room_id, each.seq) for each in found.values()]
    beside = queries.some(session, index.neighbours(session, places))
    around = {(each.room_id, each.seq): each for each in beside.values()}
    return [_hit(found[number], titles, around, query) for number in ids if number in found]


def _hit(
    message: MessageView,
    titles: dict[int, str],
    around: dict[tuple[int, int], MessageView],
    query: Query,
) -> Hit:
    marks = highlight.find(message.text, query.words)
    return Hit(
        message=message,
        room_title=titles[message.room_id],
        excerpt=highlight.excerpt(message.text, marks),
        name=_marked_name(message.file.name, query) if message.file else (),
        before=around.get((message.room_id, message.seq - 1)),
        after=around.get((message.room_id, message.seq + 1)),
    )


def _marked_name(name: str, query: Query) -> Marked:
    return highlight.excerpt(name, highlight.find(name, query.words))
