"""Whose password is hashed next.

A hash takes a fifth of a second of a core, on purpose. Those who are known, by their session or a
device on which they have logged in before, go first; strangers take turns by their address. So
whoever tries many passwords holds up strangers at the same address, and nobody else.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from services.core.dto import CurrentUser, Visitor
from services.core.errors import RateLimited
from services.core.limits.rate_limits import network, site
from services.core.limits.round_robin import RoundRobin

BUSY_SECONDS = 15
"""Roughly the time to work off all that can wait, on a small machine."""


class Caller(Struct, frozen=True):
    """Who waits for a turn."""

    key: str
    """What those who share turns have in common."""
    is_known: bool


def known(user_id: int) -> Caller:
    """Return the caller for a user who has proved who they are."""
    return Caller(f"user {user_id}", is_known=True)


def caller(by: CurrentUser | Visitor, known_device: str | None = None) -> Caller:
    """Return the caller for whoever asks, perhaps on a device known for this account."""
    if isinstance(by, CurrentUser):
        return known(by.user_id)
    if known_device:
        return Caller(known_device, is_known=True)
    address = network(by.address)
    return Caller(site(address) or address, is_known=False)


Line = RoundRobin[str, asyncio.Future[None]]


class Turns:
    """Hands out a few turns at a time. For use from one event loop."""

    def __init__(self, at_once: int, waiting: int) -> None:
        """`waiting` known and as many strange callers may wait."""
        self._free = at_once
        self._most = waiting
        self._known: Line = RoundRobin()
        self._strangers: Line = RoundRobin()

    @asynccontextmanager
    async def turn(self, by: Caller) -> AsyncIterator[None]:
        """Wait for a turn, which lasts as long as the block.

        Raises `RateLimited` when too many wait: whoever has most waiting is refused.
        """
        await self._wait(by)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, by: Caller) -> None:
        if self._free:
            self._free -= 1
            return
        line = self._known if by.is_known else self._strangers
        if len(line) >= self._most:
            self._refuse_one(line, by.key)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.add(by.key, turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._pass_on()  # it had come just then
            raise

    def _refuse_one(self, line: Line, key: str) -> None:
        longest = max(line.order(), key=line.count, default=key)
        if line.count(longest) <= line.count(key) + 1:
            raise RateLimited(BUSY_SECONDS)
        refused = line.take_newest(longest)
        if not refused.done():
            refused.set_exception(RateLimited(BUSY_SECONDS))

    def _pass_on(self) -> None:
        """Give a turn to the next one who waits."""
        for line in (self._known, self._strangers):
            while waiting := line.order():
                turn = line.take(waiting[0])
                if not turn.done():  # or who waited was cancelled
                    turn.set_result(None)
                    return
        self._free += 1
