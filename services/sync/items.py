"""What a room's history consists of for apps: messages, and what else happened, in one order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, takewhile
from typing import Any, TypeVar

import sqlalchemy
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam
from sqlmodel import Session

from models import EncryptedMessage, Message, MessageKind, RoomEvent, RoomEventKind, User
from models.base import table
from services.accounts.people import summary_columns
from services.core.dto import MessageView, UserSummary
from services.messages import queries
from services.sync import ciphertexts
from services.sync.ciphertexts import Secret
from services.sync.positions import MAX_ID, Position

ROOM_SIZE = queries.BATCH_BYTES
"""Characters of a slice, after which it ends early, so that no answer is large."""
SHARED_SIZE = 4 * 2**20
"""Characters that are read for everybody at once."""
ITEM_SIZE = 300
"""Characters that are counted for an item besides its text: names, ids and times."""


class Post(Struct, frozen=True):
    """A message, as it is now."""

    message: MessageView
    reply_to_id: int | None
    length: int = 0
    """Characters of what it says, and of its newest edit, if it is encrypted."""
    secret: Secret | None = None
    """What it says, if it is encrypted and not deleted."""

    @property
    def order(self) -> tuple[int, int]:
        """Its place among all that happened."""
        return self.message.message_id, 0

    @property
    def size(self) -> int:
        """About how many characters it takes to tell it."""
        return ITEM_SIZE + _size_of(self.message) + self.length


class Happening(Struct, frozen=True):
    """Something else that happened in a room."""

    event_id: int
    room_id: int
    after_id: int
    kind: str
    message_id: int | None
    content: dict[str, Any] | None
    """None where it says nothing, or no longer."""
    at: datetime
    by: UserSummary
    person: UserSummary | None
    """Whom it is about."""
    message: MessageView | None = None
    """The message that was edited, as it is now."""

    @property
    def order(self) -> tuple[int, int]:
        """As of a message."""
        return self.after_id, self.event_id

    @property
    def size(self) -> int:
        """As of a message; an edit tells its text twice."""
        return ITEM_SIZE + (2 * _size_of(self.message) if self.message else 0)


Item = Post | Happening
_Items = TypeVar("_Items", Post, Item)
_OF_STATE = (RoomEventKind.PERMISSIONS, RoomEventKind.PINS)


EVERYTHING = Position(queries.HIGHEST, queries.HIGHEST)
"""After all there is."""


class Slice(Struct, frozen=True):
    """A part of a room's history, in order."""

    items: Sequence[Item]
    before: Position
    """Everything before the first of them, and `after` the last."""
    after: Position
    has_more: bool
    """Whether there is more in the direction that was asked for."""

    @property
    def size(self) -> int:
        """About how many characters it takes to tell it."""
        return sum(each.size for each in self.items)


_MESSAGES, _EVENTS = table(Message), table(RoomEvent)
_SECRETS = table(EncryptedMessage)
_BY, _PERSON = table(User).alias(), table(User).alias()
_IDS: Any = sqlalchemy.select(_MESSAGES.c.id, _MESSAGES.c.reply_to_id).where(
    _MESSAGES.c.id > bindparam("message"), _MESSAGES.c.id <= bindparam("last_message")
)
_IDS_IN_ROOM = _IDS.where(_MESSAGES.c.room_id == bindparam("room"))
_OF_ALL_KINDS: Any = (
    sqlalchemy.select(
        *summary_columns(_BY),
        *summary_columns(_PERSON),
        _EVENTS.c.id,
        _EVENTS.c.room_id,
        _EVENTS.c.after_id,
        _EVENTS.c.kind,
        _EVENTS.c.message_id,
        _EVENTS.c.content,
        _EVENTS.c.created_at,
    )
    .join(_BY, _BY.c.id == _EVENTS.c.user_id)
    .outerjoin(_PERSON, _PERSON.c.id == _EVENTS.c.person_id)
)
_HAPPENINGS = _OF_ALL_KINDS.where(
    _EVENTS.c.id > bindparam("event"),
    _EVENTS.c.id <= bindparam("last_event"),
    # Of an invitation only the invited person knows.
    _EVENTS.c.kind.not_in([RoomEventKind.INVITE, RoomEventKind.DECLINE]),
)
_HAPPENINGS_IN_ROOM = _HAPPENINGS.where(_EVENTS.c.room_id == bindparam("room"))
_RELATED = _HAPPENINGS.where(
    _EVENTS.c.message_id == bindparam("about"),
    _EVENTS.c.kind.in_(bindparam("kinds", expanding=True)),
    # What was taken back says nothing any more.
    (_EVENTS.c.kind != RoomEventKind.REACTION) | _EVENTS.c.content.is_not(None),
)
_EDITS_OF = _IDS.join(_SECRETS, _SECRETS.c.message_id == _MESSAGES.c.id).where(
    _SECRETS.c.replaces_id == bindparam("about")
)
_NUMBERED = _OF_ALL_KINDS.where(_EVENTS.c.id.in_(bindparam("ids", expanding=True))).order_by(
    _EVENTS.c.id
)


def everywhere(session: Session, after: Position, upto: Position, most: int) -> list[Item] | None:
    """Return all that happened after one position and up to another, in all rooms, in order.

    None if there are more than `most` messages or other events, or if they are large. The caller
    keeps what is not of the viewer's rooms to itself.
    """
    messages, events = _IDS.order_by(_MESSAGES.c.id), _HAPPENINGS.order_by(_EVENTS.c.id)
    posts = _posts(session, messages.limit(most + 1), _bounds(after, upto))
    happened = _happenings(session, events.limit(most + 1), _bounds(after, upto))
    if max(len(posts), len(happened)) > most:
        return None
    found = _in_order(posts, happened)
    if sum(each.size for each in found) > SHARED_SIZE:
        return None
    return _with_secrets(session, found)


def newest(session: Session, room_id: int, after: Position, upto: Position, most: int) -> Slice:
    """Return the newest `most` items of a room after one position and up to another.

    Fewer, but at least one, if they are large.
    """
    values = {"room": room_id, **_bounds(after, upto)}
    messages = _IDS_IN_ROOM.order_by(_MESSAGES.c.seq.desc()).limit(most + 1)
    if seq := _seq_of(session, room_id, upto.message_id):
        messages = messages.where(_MESSAGES.c.seq <= seq)
    posts = _posts(session, messages, values)
    events = _HAPPENINGS_IN_ROOM.order_by(_EVENTS.c.id.desc()).limit(most + 1)
    found = _in_order(posts, _happenings(session, events, values))
    kept, dropped = found[-most:], found[:-most]
    part = Slice(kept, _last_of(dropped, after), upto, bool(dropped))
    part = newest_within(part, max(ROOM_SIZE, kept[-1].size if kept else 0))
    return replace(part, items=_with_secrets(session, part.items))


def following(session: Session, room_id: int, after: Position, upto: Position, most: int) -> Slice:
    """Return the first `most` items of a room after one position and up to another.

    Fewer, but at least one, if they are large.
    """
    values = {"room": room_id, **_bounds(after, upto)}
    messages = _IDS_IN_ROOM.order_by(_MESSAGES.c.seq).limit(most + 1)
    if seq := _seq_of(session, room_id, after.message_id):
        messages = messages.where(_MESSAGES.c.seq > seq)
    posts = _posts(session, messages, values)
    events = _HAPPENINGS_IN_ROOM.order_by(_EVENTS.c.id).limit(most + 1)
    found = _in_order(posts, _happenings(session, events, values))
    kept = found[: max(1, min(most, how_many(found, ROOM_SIZE)))]
    shown = _with_secrets(session, kept)
    return Slice(shown, after, _last_of(kept, after), len(found) > len(kept))


def show_state(items: Iterable[Item]) -> bool:
    """Return whether any of them says what the state of the room is now: its roles, or its pins."""
    return any(isinstance(each, Happening) and each.kind in _OF_STATE for each in items)


def newest_within(part: Slice, size: int) -> Slice:
    """Return a slice without its oldest items, so that it takes at most so many characters."""
    items = list(part.items)
    first = len(items) - how_many(reversed(items), size)
    if not first:
        return part
    return Slice(items[first:], _last_of(items[:first], part.before), part.after, True)


def how_many(items: Iterable[Item], size: int) -> int:
    """Return how many of the first items take at most so many characters together."""
    sizes = accumulate(each.size for each in items)
    return sum(1 for _each in takewhile(lambda sum_: sum_ <= size, sizes))


def _size_of(message: MessageView) -> int:
    return len(message.text) + len(message.html or "")


def leavers(session: Session, room_id: int, after: Position, upto: Position) -> list[UserSummary]:
    """Return who left a room after one position and up to another; some may be back."""
    left = _EVENTS.c.kind.in_([RoomEventKind.LEAVE, RoomEventKind.REMOVAL])
    values = {"room": room_id, **_bounds(after, upto)}
    found = _happenings(session, _HAPPENINGS_IN_ROOM.where(left), values)
    return list({each.person.user_id: each.person for each in found if each.person}.values())


def numbered(session: Session, event_ids: Collection[int]) -> list[Happening]:
    """Return some of the other events, in order. The caller has checked who may see them."""
    return _happenings(session, _NUMBERED, {"ids": list(event_ids)})


def related(
    session: Session,
    post: Post,
    kinds: Collection[RoomEventKind],
    bounds: tuple[Position, Position],
    most: int,
    *,
    is_forward: bool,
) -> tuple[list[Item], bool]:
    """Return what was done to a message, after one position and up to another, the newest first.

    With `is_forward` the oldest first. There are at most `most`, and fewer, but at least one, if
    they are large; return as well whether there are more. The caller has checked who may see it.
    """
    about = {"about": post.message.message_id, **_bounds(*bounds)}
    order = _EVENTS.c.id if is_forward else _EVENTS.c.id.desc()
    found: list[Item] = [
        *_happenings(
            session, _RELATED.order_by(order).limit(most + 1), about | {"kinds": list(kinds)}
        )
    ]
    if post.message.kind == MessageKind.ENCRYPTED and RoomEventKind.EDIT in kinds:
        order = _MESSAGES.c.id if is_forward else _MESSAGES.c.id.desc()
        found += _posts(session, _EDITS_OF.order_by(order).limit(most + 1), about)
    found.sort(key=lambda item: item.order, reverse=not is_forward)
    kept = found[: max(1, min(most, how_many(found, ROOM_SIZE)))]
    return _with_secrets(session, kept), len(found) > len(kept)


def next_of(
    part: Sequence[Item], bounds: tuple[Position, Position], *, is_forward: bool
) -> Position:
    """Return the position behind a part of what `related` returned, where the next one begins."""
    if is_forward:
        return _last_of(part, bounds[0])
    messages = [each.message.message_id for each in part if isinstance(each, Post)]
    happened = [each.event_id for each in part if isinstance(each, Happening)]
    message_id, event_id = bounds[1].message_id, bounds[1].event_id
    return Position(
        min(messages, default=min(message_id, MAX_ID) + 1) - 1,
        min(happened, default=min(event_id, MAX_ID) + 1) - 1,
    )


def one_happening(session: Session, room_id: int, event_id: int) -> Happening | None:
    """Return one of the other events of a room."""
    at = Position(0, event_id - 1), Position(0, event_id)
    found = _happenings(session, _HAPPENINGS_IN_ROOM, {"room": room_id, **_bounds(*at)})
    return found[0] if found else None


def one_post(session: Session, room_id: int, message_id: int) -> Post | None:
    """Return one message of a room."""
    at = Position(message_id - 1), Position(message_id)
    found = _posts(session, _IDS_IN_ROOM, {"room": room_id, **_bounds(*at)})
    return _with_secrets(session, found)[0] if found else None


def _bounds(after: Position, upto: Position) -> dict[str, int]:
    return {
        "message": after.message_id,
        "last_message": upto.message_id,
        "event": after.event_id,
        "last_event": upto.event_id,
    }


def _seq_of(session: Session, room_id: int, message_id: int) -> int:
    """Return the number of a message in the room, so that an index finds what is around it."""
    found = session.connection().scalar(
        sqlalchemy.select(_MESSAGES.c.seq).where(
            _MESSAGES.c.id == message_id, _MESSAGES.c.room_id == room_id
        )
    )
    return found or 0


def _posts(session: Session, query: Any, values: dict[str, int]) -> list[Post]:
    """Return messages, as yet without what encrypted ones say."""
    reply_to = {row[0]: row[1] for row in session.connection().execute(query, values)}
    views = queries.some(session, list(reply_to)) if reply_to else {}
    lengths = ciphertexts.lengths(session, views.values())
    return [
        Post(views[each], original, lengths.get(each, 0)) for each, original in reply_to.items()
    ]


def _with_secrets(session: Session, found: Sequence[_Items]) -> list[_Items]:
    """Return items with what encrypted messages among them say."""
    ids = [each.message.message_id for each in found if isinstance(each, Post) and each.length]
    if not ids:
        return list(found)
    secrets = ciphertexts.read(session, ids)
    return [
        replace(each, secret=secrets.get(each.message.message_id))
        if isinstance(each, Post) and each.length
        else each
        for each in found
    ]


def _happenings(session: Session, query: Any, values: Mapping[str, Any]) -> list[Happening]:
    rows = session.connection().execute(query, values).all()
    edited = {row[14] for row in rows if row[13] == RoomEventKind.EDIT}
    views = queries.some(session, list(edited)) if edited else {}
    return [_happening(row[:5], row[5:10], *row[10:], views=views) for row in rows]


def _happening(
    by: Sequence[Any], person: Sequence[Any], *columns: Any, views: dict[int, MessageView]
) -> Happening:
    event_id, room_id, after_id, kind, message_id, content, at = columns
    about = UserSummary(*person) if person[0] is not None else None
    edited = views.get(message_id) if kind == RoomEventKind.EDIT else None
    return Happening(
        event_id,
        room_id,
        after_id,
        kind,
        message_id,
        content,
        at,
        UserSummary(*by),
        about,
        edited,
    )


def _in_order(posts: Iterable[Post], happenings: Iterable[Happening]) -> list[Item]:
    return sorted([*posts, *happenings], key=lambda item: item.order)


def _last_of(items: Sequence[Item], otherwise: Position) -> Position:
    """Return the position after the last of `items`."""
    message = max((each.message.message_id for each in items if isinstance(each, Post)), default=0)
    event = max((each.event_id for each in items if isinstance(each, Happening)), default=0)
    return Position(message or otherwise.message_id, event or otherwise.event_id)
