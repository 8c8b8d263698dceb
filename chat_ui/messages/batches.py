"""Drawing several messages, and sending them to one page."""

import asyncio
import time
from collections.abc import Iterable

from chat_ui.messages import bubble
from chat_ui.realtime import protocol, push
from services.core.dto import MessageView
from services.messages.messages import MessageBatch

YIELD_AFTER_SECONDS = 0.01
"""Seconds for which drawing may keep everything else waiting."""


async def draw(batch: Iterable[MessageView]) -> str:
    """Draw messages, letting other tasks run if it takes long."""
    drawn = []
    began = time.monotonic()
    for each in batch:
        drawn.append(bubble.draw(each))
        if time.monotonic() - began > YIELD_AFTER_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()
    return "".join(drawn)


async def send(client_id: str, room_id: int, batch: MessageBatch, *, how: str, at: int = 0) -> None:
    """Send messages to one page; `how` is explained at `protocol.Messages`."""
    await push.to_page(
        client_id,
        protocol.Messages(
            room=room_id,
            html=await draw(batch.messages),
            how=how,
            at=at,
            more=batch.more,
            rest=batch.rest,
            read=batch.last_read_seq,
            change=batch.change,
            changed=await draw(batch.changed),
        ),
    )
