"""Quick search: find conversations and people by name while typing."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import Membership, Role, Room, RoomKind, User
from models.room import people_key
from services.accounts import bots
from services.accounts.names.name_rules import check_search_text
from services.accounts.names.name_search import contains, word_starts, words_of
from services.accounts.people import summary
from services.core.dto import CurrentUser, UserSummary
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.views import title


class QuickSearchResult(Struct, frozen=True):
    """A conversation or a person found by name."""

    title: str
    kind: str
    """The kind of the room; `person` for a user without a conversation with the viewer."""
    room_id: int
    """0 for kind `person`."""
    people: tuple[UserSummary, ...] = ()
    """The person, or the others in direct messages."""
    topic: str = ""
    is_encrypted: bool = False
    is_mine: bool = True
    """Whether the viewer is a member, or has a conversation with the person."""


class Among(StrEnum):
    """What is looked for."""

    ALL = ""
    PEOPLE = "people"
    TARGETS = "targets"
    """People, and the viewer's conversations in which they may write."""


PERSON = "person"
MAX_RESULTS = 20
"""Maximum number of results; typing more narrows them down."""
_IS_PLAIN_PAIR = and_(
    col(Room.people_key).like("%,%"),
    col(Room.people_key).not_like("%,%,%"),
    col(Room.encryption) == "",  # beside it there may be one that is not encrypted
)


@rate_limited("complete")
async def find(
    viewer: CurrentUser, words: object, *, among: Among = Among.ALL
) -> list[QuickSearchResult]:
    """Return conversations and people with all `words` in their name, at most `MAX_RESULTS`.

    Names with a word that starts with the first of `words` rank first, then the viewer's own
    conversations, the most recent first. Without words, return the viewer's most recent
    conversations. Raises `ServiceError` for text that no name can contain.
    """
    sought = words_of(check_search_text(words).lstrip("@＠"))

    def query(session: Session) -> list[QuickSearchResult]:
        mine = [] if among is Among.PEOPLE else _rooms(session, viewer, sought, among)
        if not sought and among is not Among.PEOPLE:
            return [result for _rank, result in mine][:MAX_RESULTS]
        ranked = [*_people(session, viewer, sought), *mine]
        if among is Among.ALL:
            ranked += _public(session, sought, viewer)
        ranked.sort(key=lambda each: each[0])  # stable: each kind is in order already
        return [result for _rank, result in ranked][:MAX_RESULTS]

    return await database.read(query)


def _timestamp(when: datetime | None) -> float:
    return when.timestamp() if when else 0.0


_Ranked = tuple[tuple[bool, bool, float], QuickSearchResult]


def _people(session: Session, viewer: CurrentUser, words: Sequence[str]) -> Iterator[_Ranked]:
    """Return matching users, each with their conversation with the viewer, if any."""
    starts_with = _first_starts(col(User.search_name), words)
    known = {user.id: (room_id, met) for user, room_id, met in _direct_with(session, viewer, words)}
    found = session.exec(
        select(User, starts_with)
        .where(contains([col(User.search_name)], words), bots.IS_PERSON)
        .order_by(col(User.id).in_(known).desc(), starts_with.desc(), col(User.sort_key))
        .limit(MAX_RESULTS)
    )
    for user, first in found:
        room_id, met = known.get(user.id, (None, None))
        person = summary(user)
        kind = RoomKind.DIRECT if room_id else PERSON
        yield (
            (not first, not room_id, -_timestamp(met)),
            QuickSearchResult(
                _title(person, viewer), kind, room_id or 0, (person,), is_mine=bool(room_id)
            ),
        )


def _direct_with(
    session: Session, viewer: CurrentUser, words: Sequence[str]
) -> Iterator[tuple[User, int | None, datetime | None]]:
    """Return matching users with a one-to-one conversation, notes to oneself included.

    Each comes with the room id and the time of last reading; the most recent first.
    """
    mine: Any = aliased(Membership)
    theirs: Any = aliased(Membership)
    alone = col(Room.people_key) == people_key([viewer.user_id])
    yield from session.exec(
        select(User, Room.id, mine.last_read_at)
        .select_from(mine)
        .join(Room, col(Room.id) == mine.room_id)
        .join(theirs, and_(theirs.room_id == Room.id, or_(theirs.user_id != mine.user_id, alone)))
        .join(User, col(User.id) == theirs.user_id)
        .where(mine.user_id == viewer.user_id, or_(_IS_PLAIN_PAIR, alone))
        .where(contains([col(User.search_name)], words))
        .order_by(mine.last_read_at.desc().nulls_last())
        .limit(MAX_RESULTS)
    )


def _title(person: UserSummary, viewer: CurrentUser) -> str:
    if person.user_id != viewer.user_id:
        return person.display_name
    return _("{name} (you)").format(name=person.display_name)


def _rooms(
    session: Session, viewer: CurrentUser, words: Sequence[str], among: Among
) -> list[_Ranked]:
    """Return the viewer's matching rooms and groups; without words also one-to-one ones."""
    starts_with = _first_starts(col(Room.search_name), words)
    met: Any = col(Membership.last_read_at)
    named = contains([col(Room.search_name)], words)
    writes = _may_write() if among is Among.TARGETS else True
    found = session.exec(
        access.rooms_of(viewer.user_id, Room, starts_with, met)
        .where(or_(and_(col(Room.kind) != RoomKind.DIRECT, named), _matches_group(viewer, words)))
        .where(writes)
        .order_by(starts_with.desc(), met.desc().nulls_last(), col(Room.sort_key))
        .limit(MAX_RESULTS)
    ).all()
    people = _others(session, viewer, [room.id for room, *_ in found if not room.name])
    return [
        (
            (bool(room.name) and not first, False, -_timestamp(when)),
            QuickSearchResult(
                room.name or title(each.display_name for each in there),
                room.kind,
                room.id or 0,
                there,
                room.topic,
                room.is_encrypted,
            ),
        )
        for room, first, when in found
        for there in [people.get(room.id or 0, ())]
    ]


def _may_write() -> Any:
    """Return the condition that a member may write: see `permissions.may_write`."""
    is_heard = or_(col(Room.is_announcement).is_(False), col(Membership.role) != Role.MEMBER)
    return and_(col(Room.archived_at).is_(None), col(Room.encryption) == "", is_heard)


def _public(session: Session, words: Sequence[str], viewer: CurrentUser) -> Iterator[_Ranked]:
    """Return matching public rooms that the viewer is not in."""
    starts_with = _first_starts(col(Room.search_name), words)
    mine = access.room_ids_of(viewer.user_id)
    found = session.exec(
        select(Room, starts_with)
        .where(Room.kind == RoomKind.PUBLIC, contains([col(Room.search_name)], words))
        .where(
            col(Room.archived_at).is_(None),
            col(Room.deleted_at).is_(None),
            col(Room.id).not_in(mine),
        )
        .order_by(starts_with.desc(), col(Room.sort_key))
        .limit(MAX_RESULTS)
    )
    for room, first in found:
        yield (
            (not first, True, 0.0),
            QuickSearchResult(
                room.name, room.kind, room.id or 0, (), room.topic, room.is_encrypted, is_mine=False
            ),
        )


def _matches_group(viewer: CurrentUser, words: Sequence[str]) -> Any:
    """Return the condition that each word is in the name of another member of a group.

    One-to-one conversations are left out: `_people` finds them. Without words, all direct
    messages match.
    """
    if not words:
        return col(Room.kind) == RoomKind.DIRECT
    each = [
        select(Membership.user_id)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.room_id == Room.id, Membership.user_id != viewer.user_id)
        .where(contains([col(User.search_name)], [word]))
        .correlate(Room)
        .exists()
        for word in words
    ]
    return and_(
        col(Room.kind) == RoomKind.DIRECT,
        or_(col(Room.people_key).is_(None), ~_IS_PLAIN_PAIR),
        *each,
    )


def _others(
    session: Session, viewer: CurrentUser, room_ids: Sequence[int | None]
) -> dict[int, tuple[UserSummary, ...]]:
    people: dict[int, tuple[UserSummary, ...]] = {}
    if room_ids:
        found = session.exec(
            select(Membership.room_id, User)
            .join(User, col(User.id) == Membership.user_id)
            .where(col(Membership.room_id).in_(room_ids), Membership.user_id != viewer.user_id)
            .order_by(col(User.sort_key), col(User.id))
        )
        for room_id, user in found:
            people[room_id] = (*people.get(room_id, ()), summary(user))
    return people


def _first_starts(column: Any, words: Sequence[str]) -> Any:
    """Return the condition that a word of the column starts with the first of `words`."""
    return word_starts(column, words[0] if words else "")
