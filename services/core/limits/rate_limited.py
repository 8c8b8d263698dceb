"""`@rate_limited`: limit how often a user may call a service function."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

from services.core import app_context, events, hub
from services.core.dto import CurrentUser, Visitor
from services.core.errors import RateLimited
from services.core.limits.rate_limits import RateLimits, site

F = TypeVar("F", bound=Callable[..., Any])
_by_itself: ContextVar[bool] = ContextVar("by_itself", default=False)
_counted: ContextVar[str] = ContextVar("counted", default="")
"""Against which limit the next call is counted already."""
_NAMES = frozenset(field.name for field in fields(RateLimits))


def rate_limited(name: str, *, by_session: bool = False) -> Callable[[F], F]:
    """Count the calls of a function per user, its first argument, against a limit in `RateLimits`.

    With `by_session` for each session of the user apart: that is for what an owner needs to end a
    stolen one, which could otherwise use up their calls.

    Over the limit, the function raises `RateLimited` before it does anything. So where invalid
    input should not count, as in `messages.send`, an outer function validates it.

    Raises `ValueError`, at import, for a `name` that is not in `RateLimits`.
    """
    if name not in _NAMES:
        raise ValueError(f"RateLimits has no {name!r}")

    def key(viewer: CurrentUser) -> tuple[str | int, ...]:
        return ("session", viewer.session_id) if by_session else ()

    def decorate(function: F) -> F:
        whole_name = f"{function.__module__}.{function.__name__}"

        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def limited(viewer: CurrentUser, *args: Any, **kwargs: Any) -> Any:
                hub.require_local(whole_name, name)
                _count(name, viewer, *key(viewer))
                return await function(viewer, *args, **kwargs)
        else:

            @wraps(function)
            def limited(viewer: CurrentUser, *args: Any, **kwargs: Any) -> Any:
                hub.require_local(whole_name, name)
                _count(name, viewer, *key(viewer))
                return function(viewer, *args, **kwargs)

        return limited  # type: ignore[return-value]

    return decorate


@contextmanager
def by_itself() -> Iterator[None]:
    """What the server asks in this block by itself counts against no limit: nobody has asked it."""
    token = _by_itself.set(True)
    try:
        yield
    finally:
        _by_itself.reset(token)


@contextmanager
def counted(name: str, viewer: CurrentUser) -> Iterator[None]:
    """Count a call against the limit `name` before this block, and not once more in it.

    For where there is much to do before the call. Raises `RateLimited`.
    """
    consume(name, viewer)
    token = _counted.set(name)
    try:
        yield
    finally:
        _counted.reset(token)


def _count(name: str, viewer: CurrentUser, *key: str | int) -> None:
    if _counted.get() == name:
        _counted.set("")  # a second call counts
    else:
        consume(name, viewer, *key)


def consume(name: str, by: CurrentUser | Visitor, *key: str | int) -> None:
    """Count a request against the limit `name`, per user or address, or per `key` if there is one.

    What is counted for an IPv6 network is counted for the site around it, too. Raises
    `RateLimited`, after an event about it.
    """
    _ask("consume", name, by, key)


def require(name: str, by: CurrentUser | Visitor, *key: str | int) -> None:
    """Raise `RateLimited` where `consume` would, but count nothing: that follows if it fails."""
    _ask("require", name, by, key)


def _ask(what: str, name: str, by: CurrentUser | Visitor, key: tuple[str | int, ...]) -> None:
    if _by_itself.get():
        return
    if not key:
        key = (by.user_id if isinstance(by, CurrentUser) else by.address,)
    limit = getattr(app_context.current().rate_limits, name)
    try:
        getattr(limit, what)(*key, wider=_wider(by, key))
    except RateLimited as refused:
        events.publish(events.Throttled(name, by))
        if isinstance(by, Visitor):
            raise RateLimited(refused.retry_after, is_attempt=True) from None
        raise


def _wider(by: CurrentUser | Visitor, key: Sequence[str | int]) -> tuple[str | int, ...]:
    if not isinstance(by, Visitor) or by.address not in key:
        return ()
    around = site(by.address)
    return tuple(around if each == by.address else each for each in key) if around else ()
