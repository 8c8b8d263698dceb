"""Telling apart people who have the same display name, or one that looks the same.

People do share names, so none is refused. Instead, `@username`, which is unique, becomes part of
the display name of everyone who can be mistaken for somebody else: so it stands wherever a name
does, and is corrected the way a changed name is.
"""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from models import Membership, SessionKind, User
from models.base import table
from services.accounts import people, profile_events
from services.accounts.names.name_rules import is_reserved, likeness
from services.accounts.names.name_search import indexed
from services.core import app_context, events
from services.core.collation import sort_key
from services.core.dto import CurrentUser
from services.core.errors import Conflict
from services.core.i18n import _
from services.core.network import host_names
from services.db import database

HUE_DISTANCE = 30
"""Degrees between the colours of two people of one name: these are told apart at a glance."""
MAX_COMPARED = 24
"""How many others of the same name a colour is compared with."""


def refuse_reserved(name: str) -> None:
    """Raise `Conflict` for a name under which somebody could speak for the chat."""
    context = app_context.current()
    settings = context.settings
    site = settings.configured_hosts | (host_names.own_names() if settings.reachable else set())
    if is_reserved(name, site | {context.branding.name}):
        raise Conflict(
            _("{name} is reserved for administrators. Choose another.").format(name=name)
        )


def refuse_reserved_to(viewer: CurrentUser, name: str) -> None:
    """Raise `Conflict` as `refuse_reserved`, unless an administrator asks, in a browser."""
    if not viewer.is_admin or viewer.kind != SessionKind.BROWSER:
        refuse_reserved(name)


def rename(session: Session, user: User, own_name: str, hue: int) -> list[events.PersonChanged]:
    """Give a new or known user a display name, and the colour nearest to `hue` that is free.

    Return what is to be published about others: their names now differ from those they showed.
    """
    left, user.name_likeness = user.name_likeness, likeness(own_name)
    user.username_likeness = user.username_likeness or likeness(user.username)
    session.add(user)
    session.flush()
    user.hue = _free_hue(hue, _hues(session, user))
    _show_as(session, user, _unambiguous_name(session, user, own_name))
    affected = {user.name_likeness, user.username_likeness, left} - {""}
    return [
        changed(session, other)
        for other in _holders(session, affected)
        if other.id != user.id and _correct(session, other)
    ]


def changed(session: Session, user: User) -> events.PersonChanged:
    """Return the event that says how a user is shown now."""
    rooms = select(Membership.room_id).where(Membership.user_id == user.id)
    return events.PersonChanged(people.summary(user), session.exec(rooms).all())


async def fill() -> None:
    """Complete what belongs to the names of accounts that an earlier version created."""
    known = table(User).c
    incomplete = (known.name_likeness == "") | (known.search_name == "")

    def complete(session: Session) -> None:
        new = session.exec(select(User).where(incomplete)).all()
        for user in new:
            user.name_likeness = user.name_likeness or likeness(user.display_name)
            user.username_likeness = user.username_likeness or likeness(user.username)
        session.flush()
        for user in new:
            _correct(session, user)

    if await database.is_any(User, incomplete):
        await database.write(complete, uses_reserve=True)


def _holders(session: Session, keys: Iterable[str]) -> list[User]:
    """Return the first users whose display names have these keys.

    Two of each are enough: where there were more, all of them show their usernames already.
    """
    return [
        user
        for key in sorted(keys)
        for user in session.exec(
            select(User).where(User.name_likeness == key).order_by(col(User.id)).limit(3)
        )
    ]


def _correct(session: Session, user: User) -> bool:
    """Show a user's username beside their name or not, as is right; return whether that is new."""
    return _show_as(session, user, _unambiguous_name(session, user, people.summary(user).own_name))


def _show_as(session: Session, user: User, name: str) -> bool:
    """Give a user a display name; return whether it is another one."""
    is_other = name != user.display_name
    user.display_name = name
    user.search_name, user.sort_key = indexed(name, user.username), sort_key(name)
    session.add(user)
    if is_other:
        profile_events.record(session, user.id or 0)
    return is_other


def _unambiguous_name(session: Session, user: User, own_name: str) -> str:
    key = user.name_likeness
    same = (User.name_likeness == key) | (User.username_likeness == key)
    other = session.exec(select(User.id).where(same, User.id != user.id).limit(1)).first()
    return own_name if other is None else f"{own_name} @{user.username}"


def _hues(session: Session, user: User) -> Sequence[int]:
    key = user.name_likeness
    same = (User.name_likeness == key) | (User.username_likeness == key)
    return session.exec(select(User.hue).where(same, User.id != user.id).limit(MAX_COMPARED)).all()


def _free_hue(wanted: int, taken: Sequence[int]) -> int:
    """Return the hue nearest to `wanted` that is far from all others, or else the farthest one."""

    def distance(one: int, two: int) -> int:
        return min((one - two) % 360, (two - one) % 360)

    def room(hue: int) -> int:
        return min([HUE_DISTANCE, *(distance(hue, other) for other in taken)])

    return max(range(360), key=lambda hue: (room(hue), -distance(hue, wanted)))
