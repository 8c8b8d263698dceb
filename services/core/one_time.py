"""Values that are waiting to be taken once, such as a challenge for its answer."""

import secrets
import time
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")
MAX_VALUES = 10_000
"""Values that one store holds; then it drops the oldest."""


class OneTimeStore(Generic[T]):
    """Holds each value under a random token for some seconds, until it is taken.

    In memory, for use from one event loop: a restart forgets them, and people start again.
    """

    def __init__(self, seconds: float, max_values: int = MAX_VALUES) -> None:
        self._seconds = seconds
        self._max_values = max_values
        self._values: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def add(self, value: T) -> str:
        """Hold a value; return its token, of 256 random bits."""
        self._drop_old()
        token = secrets.token_urlsafe(32)
        self._values[token] = (time.monotonic() + self._seconds, value)
        return token

    def get(self, token: str) -> T | None:
        """Return the value, which stays; None if it was taken or is too old."""
        ends, value = self._values.get(token, (0.0, None))
        return value if ends > time.monotonic() else None

    def take(self, token: str) -> T | None:
        """Return the value and forget it."""
        value = self.get(token)
        self._values.pop(token, None)
        return value

    def _drop_old(self) -> None:
        moment = time.monotonic()
        while self._values:
            ends, _value = next(iter(self._values.values()))
            if ends > moment and len(self._values) < self._max_values:
                break
            self._values.popitem(last=False)
