"""Which links have had no preview lately: these are not asked for again at once.

Held in memory, so that they cannot push previews out of the database.
"""

import time
from collections import OrderedDict

MAX_KEPT = 1000
"""Links that are remembered; then the oldest are forgotten."""


class Failures:
    """Links that have failed, by the hash of their address. For use from one event loop."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, tuple[float, bool]] = OrderedDict()
        """By hash, the latest last: until when it is not asked for, and whether then it is."""

    def note(self, key: str, seconds: float, *, may_pass: bool) -> None:
        """Remember a link for so long; `may_pass` tells whether it is worth another try then."""
        self._until[key] = time.monotonic() + seconds, may_pass
        self._until.move_to_end(key)
        while len(self._until) > MAX_KEPT:
            self._until.popitem(last=False)

    def of(self, key: str) -> tuple[float, bool] | None:
        """Return for how many more seconds a link is not asked for, and whether it may pass."""
        until, may_pass = self._until.get(key, (0.0, False))
        left = until - time.monotonic()
        if left > 0:
            return left, may_pass
        self._until.pop(key, None)
        return None
