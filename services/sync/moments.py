"""The clock of what is only in memory: who types, what was read, what notifies."""

import time

_last = 0


def tick() -> int:
    """Return a number that is higher each time, also after a restart."""
    global _last
    _last = max(_last + 1, int(time.time() * 1000))
    return _last
