"""Background tasks of this package, such as sending collected events.

They are cancelled when the server stops, before the state they use is cleared.
"""

import asyncio
from collections.abc import Awaitable

from nicegui import background_tasks

_running: set[asyncio.Task[None]] = set()


def spawn(work: Awaitable[None], name: str) -> None:
    """Run `work` in the background; an error in it is logged."""
    task = background_tasks.create(work, name=name)
    _running.add(task)
    task.add_done_callback(_running.discard)


def stop() -> None:
    """Cancel all tasks that are still running."""
    for task in _running:
        task.cancel()
