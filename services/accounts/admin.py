"""The permission check for administrators."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from services.core.dto import CurrentUser
from services.core.errors import Forbidden
from services.core.i18n import _

P = ParamSpec("P")
T = TypeVar("T")


def require_admin(user: CurrentUser) -> None:
    """Raise `Forbidden` unless the user is an administrator."""
    if not user.is_admin:
        raise Forbidden(_("Only administrators can do this."))


def admins_only(
    function: Callable[Concatenate[CurrentUser, P], Awaitable[T]],
) -> Callable[Concatenate[CurrentUser, P], Coroutine[Any, Any, T]]:
    """Have a service function raise `Forbidden` for anyone but administrators, its first argument.

    Above `@rate_limited`, so that a refused call does not count.
    """

    @wraps(function)
    async def checked(viewer: CurrentUser, /, *args: P.args, **kwargs: P.kwargs) -> T:
        require_admin(viewer)
        return await function(viewer, *args, **kwargs)

    return checked
