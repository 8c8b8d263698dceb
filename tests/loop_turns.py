"""Counting the turns of an event loop."""

import asyncio


class LoopTurns:
    """Counts the turns of the running event loop, until it is stopped."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.number = 0
        self._next = self._loop.call_soon(self._count)

    def _count(self) -> None:
        self.number += 1
        self._next = self._loop.call_soon(self._count)

    def stop(self) -> None:
        """Count no further."""
        self._next.cancel()
