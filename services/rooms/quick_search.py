"""Finding a conversation or a person by some letters of their name, as one types."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import Membership, Room, RoomKind, User
from services.accounts.name_rules import check_search_text
from services.core.dto import CurrentUser, UserSummary
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.views import title


@dataclass(frozen=True)
class QuickSearchResult:
    """A conversation or a person that somebody looks for by name."""

    title: str
    kind: str
    """That of the room; `person` for somebody with whom there is no conversation yet."""
    room_id: int
    """0 for such a person."""
    people: tuple[UserSummary, ...] = ()
    """Who it is, or who is in these direct messages."""
    topic: str = ""
    is_mine: bool = True
    """Whether one is in it, or has talked with them."""


PERSON = "person"
MAX_RESULTS = 20
"""How many are shown; who wants another types one more letter."""
MAX_WORDS = 5
_ESCAPE = "\\"
_IS_PAIR = and_(col(Room.people_key).like("%,%"), col(Room.people_key).not_like("%,%,%"))


@rate_limited("complete")
async def find(
    viewer: CurrentUser, words: object, *, people_only: bool = False
) -> list[QuickSearchResult]:
    """Return conversations and people in whose name each of the `words` is: first where it
    begins a word of the name, and among these one's own, the latest first. Without words
    these are one's latest conversations. Raises `ServiceError` for words that no name can hold.
    """
    sought = check_search_text(words).removeprefix("@").split()[:MAX_WORDS]

    def query(session: Session) -> list[QuickSearchResult]:
        if not sought and not people_only:
            return [found for _order, found in _rooms(session, viewer, sought)][:MAX_RESULTS]
        ranked = list(_people(session, viewer, sought))
        if not people_only:
            ranked += _rooms(session, viewer, sought)
            ranked += _public(session, sought, viewer)
        # What begins so comes first, then what is one's own: each kind is in order already.
        ranked.sort(key=lambda each: each[0])
        return [found for _order, found in ranked][:MAX_RESULTS]

    return await database.read(query)


def _moment(when: datetime | None) -> float:
    return when.timestamp() if when else 0.0


_Ranked = tuple[tuple[bool, bool, float], QuickSearchResult]


def _people(session: Session, viewer: CurrentUser, words: Sequence[str]) -> Iterator[_Ranked]:
    """Everybody, with the conversation between the two, if there is one."""
    names = [col(User.display_name), col(User.username)]
    begins = _begins(names, words)
    known = {user.id: (room_id, met) for user, room_id, met in _pairs(session, viewer, words)}
    found = session.exec(
        select(User, begins)
        .where(_holds(names, words))
        .order_by(col(User.id).in_(known).desc(), begins.desc(), col(User.display_name))
        .limit(MAX_RESULTS)
    )
    for user, first in found:
        room_id, met = known.get(user.id, (None, None))
        person = UserSummary(user.id or 0, user.username, user.display_name, user.hue)
        kind = RoomKind.DIRECT if room_id else PERSON
        yield (
            (not first, not room_id, -_moment(met)),
            QuickSearchResult(
                _title(person, viewer), kind, room_id or 0, (person,), is_mine=bool(room_id)
            ),
        )


def _pairs(
    session: Session, viewer: CurrentUser, words: Sequence[str]
) -> Iterator[tuple[User, int | None, datetime | None]]:
    """With whom one has talked alone, and the conversation with oneself; the latest first."""
    mine: Any = aliased(Membership)
    theirs: Any = aliased(Membership)
    alone = col(Room.people_key) == str(viewer.user_id)
    yield from session.exec(
        select(User, Room.id, mine.last_read_at)
        .select_from(mine)
        .join(Room, col(Room.id) == mine.room_id)
        .join(theirs, and_(theirs.room_id == Room.id, or_(theirs.user_id != mine.user_id, alone)))
        .join(User, col(User.id) == theirs.user_id)
        .where(mine.user_id == viewer.user_id, or_(_IS_PAIR, alone))
        .where(_holds([col(User.display_name), col(User.username)], words))
        .order_by(mine.last_read_at.desc())
        .limit(MAX_RESULTS)
    )


def _title(person: UserSummary, viewer: CurrentUser) -> str:
    if person.user_id != viewer.user_id:
        return person.display_name
    return _("{name} (you)").format(name=person.display_name)


def _rooms(session: Session, viewer: CurrentUser, words: Sequence[str]) -> list[_Ranked]:
    """One's own rooms and groups; with no words also what is between two."""
    begins = _begins([col(Room.name)], words)
    met: Any = col(Membership.last_read_at)
    named = _holds([col(Room.name)], words)
    found = session.exec(
        access.rooms_of(viewer.user_id, Room, begins, met)
        .where(or_(and_(col(Room.kind) != RoomKind.DIRECT, named), _with(viewer, words)))
        .order_by(begins.desc(), met.desc(), col(Room.name))
        .limit(MAX_RESULTS)
    ).all()
    people = _others(session, viewer, [room.id for room, *_ in found if not room.name])
    return [
        (
            (bool(room.name) and not first, False, -_moment(when)),
            QuickSearchResult(
                room.name or title(each.display_name for each in there),
                room.kind,
                room.id or 0,
                there,
                room.topic,
            ),
        )
        for room, first, when in found
        for there in [people.get(room.id or 0, ())]
    ]


def _public(session: Session, words: Sequence[str], viewer: CurrentUser) -> Iterator[_Ranked]:
    """Public rooms that one is not in."""
    begins = _begins([col(Room.name)], words)
    mine = access.room_ids_of(viewer.user_id)
    found = session.exec(
        select(Room, begins)
        .where(Room.kind == RoomKind.PUBLIC, _holds([col(Room.name)], words))
        .where(
            col(Room.archived_at).is_(None),
            col(Room.deleted_at).is_(None),
            col(Room.id).not_in(mine),
        )
        .order_by(begins.desc(), col(Room.name))
        .limit(MAX_RESULTS)
    )
    for room, first in found:
        yield (
            (not first, True, 0.0),
            QuickSearchResult(room.name, room.kind, room.id or 0, (), room.topic, is_mine=False),
        )


def _with(viewer: CurrentUser, words: Sequence[str]) -> Any:
    """Direct messages in which each word is in the name of somebody; pairs come as people."""
    if not words:
        return col(Room.kind) == RoomKind.DIRECT
    each = [
        select(Membership.user_id)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.room_id == Room.id, Membership.user_id != viewer.user_id)
        .where(_holds([col(User.display_name), col(User.username)], [word]))
        .correlate(Room)
        .exists()
        for word in words
    ]
    return and_(
        col(Room.kind) == RoomKind.DIRECT, or_(col(Room.people_key).is_(None), ~_IS_PAIR), *each
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
            .order_by(col(User.display_name))
        )
        for room_id, user in found:
            person = UserSummary(user.id or 0, user.username, user.display_name, user.hue)
            people[room_id] = (*people.get(room_id, ()), person)
    return people


def _holds(columns: Sequence[Any], words: Sequence[str]) -> Any:
    """Each word is somewhere in one of the columns."""
    return and_(
        True,
        *(
            or_(
                *(
                    column.like(f"%{form}%", escape=_ESCAPE)
                    for column in columns
                    for form in _forms(word)
                )
            )
            for word in words
        ),
    )


def _begins(columns: Sequence[Any], words: Sequence[str]) -> Any:
    """The first word begins a word in one of the columns."""
    if not words:
        return literal(True)
    return or_(
        *(
            column.like(f"{before}{form}%", escape=_ESCAPE)
            for column in columns
            for form in _forms(words[0])
            for before in ("", "% ")
        )
    )


def _forms(word: str) -> set[str]:
    """Return a word in the cases of its letters: SQLite's LIKE only knows those of ASCII."""
    cases = {word, word.lower(), word.upper(), word.title()} if not word.isascii() else {word}
    return {
        form.replace(_ESCAPE, _ESCAPE * 2).replace("%", f"{_ESCAPE}%").replace("_", f"{_ESCAPE}_")
        for form in cases
    }
