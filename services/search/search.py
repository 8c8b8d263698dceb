"""Search messages in the rooms of a person, and find where a day begins in a room.

Memberships are read in the same transaction as the results, so a person who leaves a room
finds nothing in it from that moment on.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from models import Attachment, Message, Room, RoomKind, User
from models.clock import now
from services.accounts.names.name_rules import username_key
from services.accounts.names.name_search import indexed
from services.core import timezones
from services.core.dto import CurrentUser, MessageView
from services.core.errors import NotFound, ServiceError, about
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import budgeted, database
from services.messages import queries
from services.messages.rendering import text
from services.rooms import access, room_queries
from services.search import engines, highlight
from services.search import query as search_query
from services.search.highlight import Marked
from services.search.index import Span
from services.search.query import Query

PAGE_SIZE = 20
"""Results per page."""
MAX_RESULTS = 200
"""Results in all, the newest ones: ranking has to read each of them."""


class Order(StrEnum):
    """The order of results."""

    NEWEST = "newest"
    BEST = "best"


class Hit(Struct, frozen=True):
    """A message that was found, with its neighbours in the room."""

    message: MessageView
    room_title: str
    excerpt: Marked
    name: Marked
    """The name of its file; empty without a file."""
    before: MessageView | None
    after: MessageView | None


class SearchResults(Struct, frozen=True):
    """A page of results."""

    hits: Sequence[Hit]
    more: bool
    """Whether there is another page."""
    meant: str = ""
    """What else may have been meant: the search with a filter for a word that is nearly one."""


@rate_limited("search")
async def find(
    viewer: CurrentUser,
    typed: object,
    *,
    order: Order = Order.NEWEST,
    skip: int = 0,
    room_id: int | None = None,
) -> SearchResults:
    """Return the messages matching `typed`, of all that this person may see, or of one room.

    `Order.BEST` ranks the newest 200 matches by how often the words occur in how much text. What it
    costs is paid for from the budget of drawing: long texts and phrases take much.
    Raises `ServiceError` for a query that cannot be parsed, `NotFound` outside the room, and
    `RateLimited`.
    """
    zone = timezones.time_zone_of(viewer.preferences)
    query = search_query.read(typed, now().astimezone(zone).date())
    if query.is_empty and isinstance(typed, str) and typed.strip():
        raise ServiceError(_("Type a word that has a letter or a digit."))
    if not query.uses_index and not query.is_empty:
        raise ServiceError(_("Add a word, from:, has:link or has:file to your search."))
    first = min(max(0, skip), MAX_RESULTS)

    def search(session: Session) -> SearchResults:
        if room_id is not None:
            access.position(session, viewer, room_id)
        if query.is_empty:
            return SearchResults([], more=False)
        limit = MAX_RESULTS if order is Order.BEST else first + PAGE_SIZE + 1
        mine = session.connection().execute(_MINE, {"member": viewer.user_id}).all()
        searched = [each for each in mine if room_id in {None, each[0]}]
        ids = _ids(session, viewer, searched, query, zone, order, limit)
        if order is Order.BEST and query.words:
            ids = _ranked(session, ids, query)
        page = ids[first : min(first + PAGE_SIZE, MAX_RESULTS)]
        more = len(ids) > first + PAGE_SIZE and first + PAGE_SIZE < MAX_RESULTS
        return SearchResults(_hits(session, viewer, page, query), more, query.meant)

    return await budgeted.read(viewer.user_id, search)


@rate_limited("read")
async def seq_at(viewer: CurrentUser, room_id: int, moment: datetime) -> int:
    """Return the `seq` of a room's first message at or after `moment`, or else of its newest.

    Raises `NotFound` for someone outside the room, and for an empty room.
    """

    def query(session: Session) -> int:
        newest = access.position(session, viewer, room_id).last_seq
        if not newest:
            raise NotFound(_("No messages here yet."))
        span = Span(room_id, 1, newest, 0)
        seqs = engines.of(session).seqs_at(session, [span], moment)
        return min(seqs.get(room_id, newest), newest)

    return await database.read(query)


async def seq_on(viewer: CurrentUser, room_id: int, day: object) -> int:
    """Return the `seq` of the first message on a day, in the person's time zone.

    Raises `ServiceError` for what is not a day, and `NotFound` as `seq_at` does.
    """
    zone = timezones.time_zone_of(viewer.preferences)
    today = now().astimezone(zone).date()
    with about("day"):
        parsed = search_query.read_day(day if isinstance(day, str) else "", today)
        return await seq_at(viewer, room_id, _midnight(parsed, zone))


# -- which rooms and days --------------------------------------------------------------------

# The newest message of each of the person's rooms.
_MINE = access.rooms_of(
    bindparam("member"), col(Room.id), col(Room.last_seq), col(Message.id)
).join(Message, (col(Message.room_id) == Room.id) & (col(Message.seq) == Room.last_seq))


def _ids(
    session: Session,
    viewer: CurrentUser,
    searched: Sequence[Any],
    query: Query,
    zone: Any,
    order: Order,
    limit: int,
) -> list[int]:
    """Return the ids of the newest matching messages in rows of `_MINE`, newest first."""
    if query.rooms:
        named = _rooms_named(session, viewer, query.rooms)
        searched = [each for each in searched if each[0] in named]
    authors: list[int] = []
    if query.authors:
        authors = _author_ids(session, query.authors)
    spans = [Span(room_id, 1, last, newest) for room_id, last, newest in searched]
    if query.since or query.until:
        spans = _within_days(session, spans, query, zone)
    enough = PAGE_SIZE + 1 if order is Order.BEST else MAX_RESULTS + 1
    return engines.of(session).newest(session, query, authors, spans, limit, enough)


def _author_ids(session: Session, keys: Sequence[str]) -> list[int]:
    user_ids = list(session.exec(select(User.id).where(col(User.username_key).in_(keys))))
    if not user_ids:
        raise ServiceError(_("There is no account with this username. Check the spelling."))
    return [user_id or 0 for user_id in user_ids]


def _rooms_named(session: Session, viewer: CurrentUser, names: Sequence[str]) -> set[int]:
    """Return the person's rooms with these names; `@name` is the conversation with someone.

    An exact name wins over names that contain it. Raises `ServiceError` when there is neither.
    """
    statement = access.rooms_of(viewer.user_id, col(Room.id), col(Room.search_name))
    mine = session.connection().execute(statement).all()
    room_ids: set[int] = set()
    for name in names:
        wanted = indexed(name.removeprefix("#"))
        matching = {room_id or 0 for room_id, folded in mine if wanted and folded == wanted}
        matching = matching or {
            room_id or 0 for room_id, folded in mine if wanted and wanted.strip() in folded
        }
        if name.startswith("@"):
            matching = _direct_with(session, viewer, name[1:])
        if not matching:
            raise ServiceError(_("None of your rooms is called “{name}”.").format(name=name))
        room_ids |= matching
    return room_ids


def _direct_with(session: Session, viewer: CurrentUser, username: str) -> set[int]:
    other = select(User.id).where(User.username_key == username_key(username)).scalar_subquery()
    statement = access.rooms_of(viewer.user_id, col(Room.id)).where(
        col(Room.kind) == RoomKind.DIRECT, col(Room.id).in_(access.room_ids_of(other))
    )
    return set(session.connection().execute(statement).scalars())


def _within_days(session: Session, spans: list[Span], query: Query, zone: Any) -> list[Span]:
    """Narrow the spans to the days of the query."""
    index = engines.of(session)
    if query.since:
        first = index.seqs_at(session, spans, _midnight(query.since, zone))
        spans = [span._replace(first=first.get(span.room_id, 1)) for span in spans]
    if query.until:
        end = index.seqs_at(session, spans, _midnight(query.until, zone))
        spans = [span._replace(last=end.get(span.room_id, 1) - 1) for span in spans]
    return index.with_newest(session, spans)


def _midnight(day: date, zone: Any) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


# -- results ---------------------------------------------------------------------------------


def _ranked(session: Session, ids: Sequence[int], query: Query) -> list[int]:
    """Sort by how often the words occur relative to the length; newest first among equals.

    FTS5's own bm25 reads every occurrence of a word to know how rare it is: 250 ms for a word
    that is in a third of a million messages.
    """
    texts = session.connection().execute(_TEXTS, {"ids": list(ids)})
    count = highlight.counter(query.words)
    score = {message_id: _score(count(text), len(text)) for message_id, text in texts}
    return sorted(ids, key=lambda message_id: (-score.get(message_id, 0), -message_id))


# The indexed text of a message: its own, and the name of its file.
_TEXTS: Any = (
    sqlalchemy.select(
        col(Message.id), col(Message.text) + " " + func.coalesce(col(Attachment.name), "")
    )
    .outerjoin(Attachment, col(Attachment.message_id) == Message.id)
    .where(col(Message.id).in_(bindparam("ids", expanding=True)))
)


def _score(occurrences: int, length: int) -> float:
    """Rate a text, with a diminishing gain for each further occurrence."""
    return occurrences / (occurrences + 0.5 + length / 200)


def _hits(session: Session, viewer: CurrentUser, ids: Sequence[int], query: Query) -> list[Hit]:
    found = queries.some(session, ids)
    titles = room_queries.titles(session, viewer, {each.room_id for each in found.values()})
    keys = [(each.room_id, each.seq) for each in found.values()]
    neighbours = queries.some(session, engines.of(session).neighbours(session, keys))
    by_seq = {(each.room_id, each.seq): each for each in neighbours.values()}
    return [_hit(found[each], titles, by_seq, query) for each in ids if each in found]


def _hit(
    message: MessageView,
    titles: dict[int, str],
    neighbours: dict[tuple[int, int], MessageView],
    query: Query,
) -> Hit:
    return Hit(
        message=message,
        room_title=titles[message.room_id],
        excerpt=_excerpt(message, query),
        name=_marked(message.file.name, query) if message.file else (),
        before=neighbours.get((message.room_id, message.seq - 1)),
        after=neighbours.get((message.room_id, message.seq + 1)),
    )


def _excerpt(message: MessageView, query: Query) -> Marked:
    """Return what was said, without marks of formatting unless only they match: an address does."""
    plain = text.plain_of(message.text, message.html)
    spans = highlight.find(plain, query.words)
    if not spans and plain != message.text:
        typed = highlight.find(message.text, query.words)
        return highlight.excerpt(message.text if typed else plain, typed)
    return highlight.excerpt(plain, spans)


def _marked(content: str, query: Query) -> Marked:
    return highlight.excerpt(content, highlight.find(content, query.words))
