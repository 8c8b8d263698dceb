"""Which HTTP connections are open, and how many anybody may hold.

A connection belongs to the address it comes from, until a request with a live session comes on it;
then it belongs to that session. Where there are too many, the oldest that waits for its other
side is dropped, and the new one is let in. So those that are half open, or take no answer, push out
each other, and people who send whole requests are served.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol

from services.core.limits.rate_limits import site

log = logging.getLogger(__name__)
PER_ADDRESS = 256
"""Connections of strangers from one address. A class of forty opens six each."""
PER_SITE = 1024
"""The same from all addresses of one IPv6 site, which has many networks."""
PER_SESSION = 64
"""Connections of one session. A browser opens six to a host."""
MIN_STRANGERS, MAX_STRANGERS = 32, 4096
DESCRIPTOR_SHARE = 4
"""Strangers get one in so many of the file descriptors; members and files have the others."""
CHECK_SECONDS = 1.0
Key = str | int
"""A network, as rate limits count it, or the id of a session."""


class Connection(Protocol):
    """What is asked of a connection."""

    network: str
    """The address it comes from, as rate limits count it; empty for a proxy, which counts itself."""

    def is_idle(self) -> bool:
        """Return whether no request is arriving, and nothing is answered."""

    def is_waiting(self) -> bool:
        """Return whether it waits for the other side: for a request, or to take an answer."""

    def end_if_overdue(self) -> None:
        """End it if its sender has taken too long."""

    def drop(self) -> None:
        """End it at once."""


class OpenConnections:
    """The open HTTP connections, the oldest first: all of them, and by owner."""

    def __init__(self) -> None:
        self.max_strangers = MAX_STRANGERS
        self._keys: dict[Connection, tuple[Key, ...]] = {}
        self._strangers: dict[Connection, None] = {}
        self._by_key: defaultdict[Key, dict[Connection, None]] = defaultdict(dict)

    def share_descriptors(self, number: int) -> None:
        """Leave most of the file descriptors that this process may open to members and files."""
        self.max_strangers = min(MAX_STRANGERS, max(MIN_STRANGERS, number // DESCRIPTOR_SHARE))

    def admit(self, connection: Connection) -> bool:
        """Add a connection that has been opened; return False if there is no room for it."""
        limits = {connection.network: PER_ADDRESS, site(connection.network): PER_SITE}
        limits.pop("", None)
        for key, most in limits.items():
            here = self._by_key.get(key, {})
            if len(here) >= most and not self._drop_first(
                each for each in here if each.is_waiting()
            ):
                return False
        is_full = len(self._strangers) >= self.max_strangers
        if is_full and not self._drop_first(each for each in self._strangers if each.is_waiting()):
            return False
        self._strangers[connection] = None
        self._add(connection, *limits)
        return True

    def recognise(self, connection: Connection, session_id: int) -> None:
        """Count a connection for a session from now on: a request of that session came on it."""
        if self._keys.get(connection, (session_id,)) == (session_id,):  # or it has ended already
            return
        self.remove(connection)
        here = self._by_key.get(session_id, {})
        if len(here) >= PER_SESSION:
            self._drop_first(each for each in here if each.is_idle())
        self._add(connection, session_id)

    def remove(self, connection: Connection) -> None:
        """Forget a connection that has ended, or that is a websocket from now on."""
        self._strangers.pop(connection, None)
        for key in self._keys.pop(connection, ()):
            del self._by_key[key][connection]
            if not self._by_key[key]:
                del self._by_key[key]

    async def watch(self) -> None:
        """End the connections whose sender takes too long, as long as the server runs."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            for connection in tuple(self._keys):
                try:
                    connection.end_if_overdue()
                except Exception:  # one that cannot be ended must not keep the others
                    log.exception("Failed to check a connection")

    def _add(self, connection: Connection, *keys: Key) -> None:
        self._keys[connection] = keys
        for key in keys:
            self._by_key[key][connection] = None

    def _drop_first(self, candidates: Iterator[Connection]) -> bool:
        first = next(candidates, None)
        if first is None:
            return False
        self.remove(first)
        first.drop()
        return True
