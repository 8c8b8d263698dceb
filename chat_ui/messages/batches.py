"""Sending several messages to one page."""

from chat_ui.messages import bubble
from chat_ui.realtime import protocol, push
from services.messages.history import MessageBatch


async def send(client_id: str, room_id: int, batch: MessageBatch, *, how: str, at: int = 0) -> None:
    """Send messages to one page; `how` is explained at `protocol.Messages`."""
    await push.to_page(
        client_id,
        protocol.Messages(
            room=room_id,
            html=await bubble.draw_all(batch.messages),
            how=how,
            at=at,
            more=batch.more,
            rest=batch.rest,
            read=batch.last_read_seq,
            change=batch.change,
            changed=await bubble.draw_all(batch.changed),
        ),
    )
