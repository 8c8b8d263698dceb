"""The permission check for administrators: in a browser, as their apps and bots may do less."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlmodel import Session, col, select

from models import User
from services.accounts.sessions.browsers_only import require_browser
from services.core.dto import CurrentUser
from services.core.errors import Forbidden
from services.core.i18n import _
from services.db import database

P = ParamSpec("P")
T = TypeVar("T")


def require_admin(user: CurrentUser) -> None:
    """Raise `Forbidden` unless the user was an administrator when this was last read.

    For what a page shows. A service asks the database: see `admins_only`.
    """
    require_browser(user)
    if not user.is_admin:
        raise _refusal()


def require_admin_in(session: Session, user: CurrentUser) -> None:
    """Raise `Forbidden` unless the user is an administrator now, within a read or a write."""
    require_browser(user)
    if not _is_admin(session, user.user_id):
        raise _refusal()


def admins_only(
    function: Callable[Concatenate[CurrentUser, P], Awaitable[T]],
) -> Callable[Concatenate[CurrentUser, P], Coroutine[Any, Any, T]]:
    """Have a service function raise `Forbidden` for anyone but administrators, its first argument.

    It asks the database, as a page may be older than the end of its user's role. Above
    `@rate_limited`, so that a refused call does not count.
    """

    @wraps(function)
    async def checked(viewer: CurrentUser, /, *args: P.args, **kwargs: P.kwargs) -> T:
        require_browser(viewer)
        user_id = viewer.user_id
        if not await database.read_cached(
            ("admin", user_id), lambda session: _is_admin(session, user_id)
        ):
            raise _refusal()
        return await function(viewer, *args, **kwargs)

    return checked


def _is_admin(session: Session, user_id: int) -> bool:
    found = select(User.id).where(
        User.id == user_id, col(User.is_admin), col(User.disabled_at).is_(None)
    )
    return session.exec(found).first() is not None


def _refusal() -> Forbidden:
    return Forbidden(_("Only administrators can do this."))
