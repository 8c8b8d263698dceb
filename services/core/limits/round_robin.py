"""A queue by owner: each owner has a turn before any of them has a second."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

Key = TypeVar("Key")
Item = TypeVar("Item")


class RoundRobin(Generic[Key, Item]):
    """Items by key; the keys take turns."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Key, deque[Item]] = OrderedDict()
        """By key, whose turn is next first."""

    def __len__(self) -> int:
        """Return how many items wait."""
        return sum(map(len, self._waiting.values()))

    def add(self, key: Key, item: Item) -> None:
        """Let an item wait behind the others of its key."""
        self._waiting.setdefault(key, deque()).append(item)

    def order(self) -> list[Key]:
        """Return the keys of which something waits, whose turn is next first."""
        return list(self._waiting)

    def count(self, key: Key) -> int:
        """Return how many items of a key wait."""
        return len(self._waiting.get(key, ()))

    def take(self, key: Key) -> Item:
        """Remove and return the oldest item of a key, which goes behind all other keys."""
        items = self._waiting.pop(key)
        item = items.popleft()
        if items:
            self._waiting[key] = items
        return item

    def take_newest(self, key: Key) -> Item:
        """Remove and return the newest item of a key, which keeps its place."""
        items = self._waiting[key]
        item = items.pop()
        if not items:
            del self._waiting[key]
        return item
