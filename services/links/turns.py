"""Which link is asked for next: a few at a time, and no site or author twice at once."""

import asyncio
from asyncio import TimerHandle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

MAX_WAITING = 100
"""Links that wait at a time; further ones are not asked for."""
MAX_OF_AUTHOR = 10
"""How many of them may be of one author.

The same bounds hold for links that wait for a later time."""


class Link(Struct, frozen=True):
    """The link of a message."""

    message_id: int
    author_id: int
    address: str
    tries: int = 0
    """How often it was asked for in vain."""

    @property
    def host(self) -> str:
        """The host of the address, without its port."""
        return urlsplit(self.address).hostname or ""


class Turns:
    """Links that wait, first come first served. For use from one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[int, Link] = {}
        """By message, in order."""
        self._later: dict[int, tuple[Link, TimerHandle]] = {}
        """By message."""
        self._busy: list[Link] = []
        self._changed = asyncio.Event()

    def add(self, link: Link) -> None:
        """Let a link wait, instead of the former one of its message; not if too many do."""
        self._forget(link.message_id)
        if _has_room(link, list(self._waiting.values())):
            self._waiting[link.message_id] = link
            self._changed.set()

    def add_later(self, link: Link, seconds: float) -> None:
        """Let a link wait after so many seconds, unless its message has another one by then."""
        if link.message_id in self._waiting:
            return
        self._forget(link.message_id)
        if _has_room(link, [each for each, _timer in self._later.values()]):
            timer = asyncio.get_running_loop().call_later(seconds, self.add, link)
            self._later[link.message_id] = link, timer

    def close(self) -> None:
        """Let no link wait for a later time any more."""
        for message_id in list(self._later):
            self._forget(message_id)

    def _forget(self, message_id: int) -> None:
        self._waiting.pop(message_id, None)
        _link, timer = self._later.pop(message_id, (None, None))
        if timer:
            timer.cancel()

    @asynccontextmanager
    async def next(self) -> AsyncIterator[Link]:
        """Wait for a link whose host and author are not busy; they are within the block."""
        while (link := self._first_free()) is None:
            self._changed.clear()
            await self._changed.wait()
        del self._waiting[link.message_id]
        self._busy.append(link)
        try:
            yield link
        finally:
            self._free(link)

    def keep_busy(self, link: Link, until: "asyncio.Future[Any]") -> None:
        """Let the host and the author of a link stay busy until something has ended."""
        self._busy.append(link)
        until.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # not logged
        until.add_done_callback(lambda _ended: self._free(link))

    def _free(self, link: Link) -> None:
        self._busy.remove(link)
        self._changed.set()

    def _first_free(self) -> Link | None:
        hosts = {each.host for each in self._busy}
        authors = {each.author_id for each in self._busy}
        waiting = self._waiting.values()
        free = (each for each in waiting if not (each.host in hosts or each.author_id in authors))
        return next(free, None)


def _has_room(link: Link, others: list[Link]) -> bool:
    of_author = sum(each.author_id == link.author_id for each in others)
    return len(others) < MAX_WAITING and of_author < MAX_OF_AUTHOR
