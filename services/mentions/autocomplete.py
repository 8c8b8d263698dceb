"""Suggestions while a mention is typed, and mentions in a sent message that notify nobody."""

from collections.abc import Sequence

from msgspec import Struct
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import Membership, RoomKind, User
from services.accounts import bots
from services.accounts.names.name_rules import username_key
from services.accounts.names.name_search import word_starts
from services.accounts.people import summary
from services.core.collation import fold
from services.core.dto import CurrentUser, UserSummary
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.mentions import mentions, parser
from services.mentions.parser import Candidate
from services.rooms import access

MAX_SUGGESTIONS = 8
"""How many people are suggested for a prefix."""


@rate_limited("complete")
async def complete(viewer: CurrentUser, room_id: int, prefix: object) -> list[UserSummary]:
    """Return the members of a room whose username, or a word of whose name, starts with `prefix`.

    For those who may use them, `room` and `here` follow, as users with the id 0. Raises `NotFound`
    for those who are not in the room.
    """
    typed = prefix if isinstance(prefix, str) else ""
    key = username_key(typed)

    def query(session: Session) -> list[UserSummary]:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        names = parser.GROUPS if mentions.may_mention_all(room, membership) else ()
        users = session.exec(_starting_with(viewer, room_id, typed)) if key or not typed else ()
        groups = [
            UserSummary(0, name, name, 0, "") for name in names if name.startswith(key or typed)
        ]
        return [*map(summary, users), *groups]

    return await database.read(query)


class UndeliveredMentions(Struct, frozen=True):
    """The mentions in a text that notify nobody."""

    people: tuple[UserSummary, ...] = ()
    """Those who are not in the room."""
    may_add: bool = False
    """Whether the author may add them."""
    denied: tuple[str, ...] = ()
    """`room` or `here`, where the author may not mention everybody."""


async def undelivered(
    viewer: CurrentUser, room_id: int, names: Sequence[Candidate]
) -> UndeliveredMentions:
    """Return which of these names in a message that the user has sent to a room notify nobody.

    Raises `NotFound` for those who are not in the room.
    """
    if not names:
        return UndeliveredMentions()

    def query(session: Session) -> UndeliveredMentions:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        may_mention_all = mentions.may_mention_all(room, membership)
        found = mentions.resolve(
            session, room_id, viewer.user_id, names, may_mention_all=may_mention_all
        )
        outsiders = select(User).where(col(User.username).in_(found.outsiders[:MAX_SUGGESTIONS]))
        people = session.exec(outsiders.order_by(col(User.sort_key), col(User.id))).all()
        may_add = room.kind != RoomKind.DIRECT and not room.archived_at
        return UndeliveredMentions(tuple(map(summary, people)), may_add, found.denied)

    return await database.read(query)


def _starting_with(viewer: CurrentUser, room_id: int, typed: str) -> SelectOfScalar[User]:
    key = username_key(typed)
    return (
        select(User)
        .join(Membership, col(Membership.user_id) == User.id)
        .where(Membership.room_id == room_id, User.id != viewer.user_id, bots.IS_PERSON)
        .where(word_starts(col(User.search_name), fold(typed)))
        .order_by(~col(User.username_key).startswith(key, autoescape=True), col(User.sort_key))
        .limit(MAX_SUGGESTIONS)
    )
