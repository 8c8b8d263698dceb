"""Attempts to log in and the like: counted by all processes, wherever they were made.

Each counts what it is told, so a browser is refused everywhere within a moment. While the bus is
away, each counts its own.
"""

from collections.abc import Callable
from functools import partial

from services.cluster import hints
from services.core.limits.rate_limits import RateLimit, RateLimits

SHARED = ("login_account", "login_address", "register", "second_factor", "session")
"""The limits that strangers, or who knows a password, could otherwise try once for each process."""


def tell(limits: RateLimits, tell: Callable[[hints.Hint], None]) -> None:
    """Have each attempt told to the other processes."""

    def on_hit(name: str, key: str) -> None:
        tell(hints.Attempt(name, key))

    def on_forget(name: str, key: str) -> None:
        tell(hints.Success(name, key))

    for name in SHARED:
        limit: RateLimit = getattr(limits, name)
        limit.on_hit = partial(on_hit, name)
        limit.on_forget = partial(on_forget, name)


def hear(limits: RateLimits, told: hints.Attempt | hints.Success) -> None:
    """Count what another process tells."""
    if told.limit not in SHARED:
        return
    limit: RateLimit = getattr(limits, told.limit)
    if isinstance(told, hints.Success):
        limit.forget_hashed(told.key)
    else:
        limit.hit_hashed(told.key)
