"""A session whose events are being handled, so that others of it wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chat_ui.realtime import session_queue


@asynccontextmanager
async def busy(session_id: int, events: int = session_queue.AT_ONCE) -> AsyncIterator[None]:
    """Have so many events of a session handled or waiting: as a rule, as many as are handled."""
    over = asyncio.Event()

    async def handle() -> None:
        async with session_queue.turn(session_id):
            await over.wait()

    tasks = [asyncio.create_task(handle()) for _each in range(events)]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*tasks)
