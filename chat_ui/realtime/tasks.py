"""What goes on for a moment by itself, such as telling pages what has gathered for them.

Whoever sends something on an errand goes on at once. All of it ends with the server, before
what it works with is forgotten.
"""

import asyncio
from collections.abc import Awaitable

from nicegui import background_tasks

_under_way: set[asyncio.Task[None]] = set()


def send(work: Awaitable[None], name: str) -> None:
    """Have `work` done soon; an error in it is logged."""
    task = background_tasks.create(work, name=name)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


def stop() -> None:
    """End all of it where it waits for something."""
    for task in _under_way:
        task.cancel()
