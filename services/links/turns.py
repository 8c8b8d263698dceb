"""Which link is asked for next: a few at a time, and no site or author twice at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from msgspec import Struct

MAX_WAITING = 100
"""Links that wait at a time; further ones are not asked for."""
MAX_OF_AUTHOR = 10
"""How many of them may be of one author."""


class Link(Struct, frozen=True):
    """The link of a message."""

    message_id: int
    author_id: int
    address: str

    @property
    def host(self) -> str:
        """The host of the address, without its port."""
        return urlsplit(self.address).hostname or ""


class Turns:
    """Links that wait, first come first served. For use from one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[int, Link] = {}
        """By message, in order."""
        self._busy: list[Link] = []
        self._changed = asyncio.Event()

    def add(self, link: Link) -> None:
        """Let a link wait, instead of the former one of its message; not if too many do."""
        self._waiting.pop(link.message_id, None)
        of_author = sum(each.author_id == link.author_id for each in self._waiting.values())
        if len(self._waiting) < MAX_WAITING and of_author < MAX_OF_AUTHOR:
            self._waiting[link.message_id] = link
            self._changed.set()

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
            self._busy.remove(link)
            self._changed.set()

    def _first_free(self) -> Link | None:
        hosts = {each.host for each in self._busy}
        authors = {each.author_id for each in self._busy}
        waiting = self._waiting.values()
        free = (each for each in waiting if not (each.host in hosts or each.author_id in authors))
        return next(free, None)
