"""`@rate_limited`: how often a person may call a verb."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

from services.core import app_context
from services.core.dto import CurrentUser
from services.core.rate_limits import RateLimits

Verb = TypeVar("Verb", bound=Callable[..., Any])
_NAMES = frozenset(field.name for field in fields(RateLimits))


def rate_limited(name: str) -> Callable[[Verb], Verb]:
    """Count each call of a verb by who calls it, its first argument, against one of `RateLimits`.

    The verb then raises `RateLimited` where it is called too often, before it does anything. A
    name that is not in `RateLimits` raises `ValueError`, when the verb's module is imported.
    """
    if name not in _NAMES:
        raise ValueError(f"RateLimits has no {name!r}")

    def decorate(verb: Verb) -> Verb:
        if inspect.iscoroutinefunction(verb):

            @wraps(verb)
            async def limited(viewer: CurrentUser, *args: Any, **kwargs: Any) -> Any:
                _consume(name, viewer)
                return await verb(viewer, *args, **kwargs)
        else:

            @wraps(verb)
            def limited(viewer: CurrentUser, *args: Any, **kwargs: Any) -> Any:
                _consume(name, viewer)
                return verb(viewer, *args, **kwargs)

        return limited  # type: ignore[return-value]

    return decorate


def _consume(name: str, viewer: CurrentUser) -> None:
    getattr(app_context.current().rate_limits, name).consume(viewer.user_id)
