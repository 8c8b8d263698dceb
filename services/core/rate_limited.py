"""`@rate_limited`: limit how often a user may call a service function."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

from services.core import app_context
from services.core.dto import CurrentUser
from services.core.rate_limits import RateLimits

F = TypeVar("F", bound=Callable[..., Any])
_NAMES = frozenset(field.name for field in fields(RateLimits))


def rate_limited(name: str) -> Callable[[F], F]:
    """Count the calls of a function per user, its first argument, against a limit in `RateLimits`.

    Over the limit, the function raises `RateLimited` before it does anything. So where invalid
    input should not count, as in `messages.send`, an outer function validates it.

    Raises `ValueError`, at import, for a `name` that is not in `RateLimits`.
    """
    if name not in _NAMES:
        raise ValueError(f"RateLimits has no {name!r}")

    def decorate(function: F) -> F:
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def limited(viewer: CurrentUser, *args: Any, **kwargs: Any) -> Any:
                _consume(name, viewer)
                return await function(viewer, *args, **kwargs)
        else:

            @wraps(function)
            def limited(viewer: CurrentUser, *args: Any, **kwargs: Any) -> Any:
                _consume(name, viewer)
                return function(viewer, *args, **kwargs)

        return limited  # type: ignore[return-value]

    return decorate


def _consume(name: str, viewer: CurrentUser) -> None:
    getattr(app_context.current().rate_limits, name).consume(viewer.user_id)
