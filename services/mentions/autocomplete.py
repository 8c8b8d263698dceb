"""Naming people: whom one may mean while one types a name, and who was named in vain."""

from dataclasses import dataclass

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import Membership, RoomKind, User
from services.accounts.name_rules import username_key
from services.accounts.people import summary
from services.core.dto import CurrentUser, UserSummary
from services.core.rate_limited import rate_limited
from services.db import database
from services.mentions import mentions, parser
from services.rooms import access

MAX_OFFERED = 8
"""How many people are offered for the beginning of a name."""


@rate_limited("complete")
async def complete(viewer: CurrentUser, room_id: int, start: object) -> list[UserSummary]:
    """Return members of a room whose username, or a word of whose name, begins with `start`;
    with it what calls everybody, for who may. Raises `NotFound` when one is not in the room.
    """
    typed = start if isinstance(start, str) else ""
    key = username_key(typed)

    def query(session: Session) -> list[UserSummary]:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        called = parser.EVERYBODY if mentions.may_call(room, membership) else ()
        found = session.exec(_beginning(viewer, room_id, key)).all() if key or not typed else []
        everybody = [
            UserSummary(0, word, word, 0) for word in called if word.startswith(key or typed)
        ]
        return [*map(summary, found), *everybody]

    return await database.read(query)


@dataclass(frozen=True)
class Unreached:
    """Whom somebody has named in vain."""

    people: tuple[UserSummary, ...] = ()
    """Those outside the room: they are not told."""
    may_add: bool = False
    """Whether the writer may bring them in."""
    uncalled: tuple[str, ...] = ()
    """What would call everybody, which only moderators may."""


async def unreached(viewer: CurrentUser, room_id: int, text: str) -> Unreached:
    """Return whom a text names in vain that somebody has sent to a room; nothing was lost.

    Raises `NotFound` when one is not in the room.
    """
    if not any(parser.spots(parser.without_code(text))):
        return Unreached()

    def query(session: Session) -> Unreached:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        may_call = mentions.may_call(room, membership)
        named = mentions.find(session, room_id, viewer.user_id, text, may_call=may_call)
        outside = select(User).where(col(User.username).in_(named.outside[:MAX_OFFERED]))
        people = session.exec(outside.order_by(col(User.display_name))).all()
        may_add = room.kind != RoomKind.DIRECT and not room.archived_at
        return Unreached(tuple(map(summary, people)), may_add, named.uncalled)

    return await database.read(query)


def _beginning(viewer: CurrentUser, room_id: int, key: str) -> SelectOfScalar[User]:
    return (
        select(User)
        .join(Membership, col(Membership.user_id) == User.id)
        .where(Membership.room_id == room_id, User.id != viewer.user_id)
        .where(
            col(User.username_key).startswith(key, autoescape=True)
            | col(User.display_name).istartswith(key, autoescape=True)
            | col(User.display_name).icontains(f" {key}", autoescape=True)
        )
        .order_by(~col(User.username_key).startswith(key, autoescape=True), col(User.username_key))
        .limit(MAX_OFFERED)
    )
