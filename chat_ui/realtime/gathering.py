"""Handles together what happens to one room, or to one user, within a moment."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from chat_ui.realtime import tasks

Item = TypeVar("Item")


class Gathering(Generic[Item]):
    """Collects items by a key, and handles those of each some seconds after the first."""

    def __init__(
        self, seconds: float, handle: Callable[[int, list[Item]], Awaitable[None]]
    ) -> None:
        self.seconds = seconds
        self.handle = handle
        self.waiting: dict[int, list[Item]] = {}
        """By key: what is not handled yet."""

    def add(self, key: int, items: Iterable[Item] = ()) -> None:
        """Collect items; none are needed where it matters only that something has happened."""
        if key not in self.waiting:
            self.waiting[key] = []
            tasks.spawn(self._handle_later(key), "push")
        self.waiting[key].extend(items)

    async def _handle_later(self, key: int) -> None:
        await asyncio.sleep(self.seconds)
        await self.handle(key, self.waiting.pop(key))

    def clear(self) -> None:
        """Forget what is not handled yet: `tasks.stop()` ends what waits."""
        self.waiting.clear()
