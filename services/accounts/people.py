"""User profiles, and finding users by name."""

from typing import Any

from msgspec import Struct
from sqlmodel import Session, col, select

from models import Block, Membership, Room, RoomKind, User
from models.clock import now
from services.accounts.names.name_rules import typed_key
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database


class RoomName(Struct, frozen=True):
    """What a link to a room shows."""

    room_id: int
    kind: str
    name: str


class Profile(UserSummary, frozen=True):
    """A user's profile, as another user sees it."""

    about: str
    time_zone: str
    rooms: tuple[RoomName, ...]
    """Rooms that both users are in; at most `MAX_ROOMS`, without direct messages."""
    is_blocked: bool
    """Whether the viewer has blocked them."""
    is_bot: bool
    """Whether it is a program."""


_SUMMARY = ("id", "username", "display_name", "hue", "avatar")
SUMMARY_COLUMNS: tuple[Any, ...] = tuple(col(getattr(User, name)) for name in _SUMMARY)
"""What a query selects of a user for a `UserSummary`."""
MAX_ROOMS = 50
"""How many common rooms a profile lists."""


def summary_columns(users: Any) -> list[Any]:
    """Return the same of an alias of the table: for a query that has more than one user."""
    return [users.c[name] for name in _SUMMARY]


@rate_limited("read")
async def profile(viewer: CurrentUser, username: object) -> Profile:
    """Return the profile of a user. Raises `NotFound` for an unknown name."""

    def query(session: Session) -> Profile:
        user = find_user(session, username)
        blocked = session.get(Block, (viewer.user_id, user.id))
        return Profile(
            user_id=user.id or 0,
            username=user.username,
            display_name=user.display_name,
            hue=user.hue,
            avatar=user.avatar,
            about=user.about,
            time_zone=user.time_zone,
            rooms=_common_rooms(session, viewer, user),
            is_blocked=blocked is not None,
            is_bot=user.is_bot,
        )

    return await database.read(query)


def summary(user: User) -> UserSummary:
    """Return a user as others see them."""
    return UserSummary(user.id or 0, user.username, user.display_name, user.hue, user.avatar)


def author(user: User) -> CurrentUser:
    """Return a user as services know those who are logged in, which they need not be.

    So is written for who wrote it before, or elsewhere. They are nobody's administrator.
    """
    return CurrentUser(
        user_id=user.id or 0,
        username=user.username,
        display_name=user.display_name,
        hue=user.hue,
        avatar=user.avatar,
        theme=user.theme,
        is_admin=False,
        session_id=0,
        expires_at=now(),
    )


def find_user(session: Session, username: object) -> User:
    """Return the user of that name, in any case, with or without `@`. Raises `NotFound`."""
    key = typed_key(username)
    user = session.exec(select(User).where(User.username_key == key)).first()
    if user is None:
        raise NotFound(_("There is no account with this username. Check the spelling."))
    return user


def _common_rooms(session: Session, viewer: CurrentUser, user: User) -> tuple[RoomName, ...]:
    if user.id == viewer.user_id:
        return ()
    theirs = select(Membership.room_id).where(Membership.user_id == user.id)
    rows = session.exec(
        select(Room.id, Room.kind, Room.name)
        .join(Membership, col(Membership.room_id) == Room.id)
        .where(
            Membership.user_id == viewer.user_id,
            col(Room.id).in_(theirs),
            Room.kind != RoomKind.DIRECT,
        )
        .order_by(col(Room.sort_key), col(Room.id))
        .limit(MAX_ROOMS)
    )
    return tuple(RoomName(room_id or 0, kind, name) for room_id, kind, name in rows)
