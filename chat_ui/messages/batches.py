"""Sending several messages to one page."""

import time

from chat_ui.messages import bubble
from chat_ui.page_context import PageContext
from chat_ui.realtime import protocol, push
from services.core import app_context
from services.core.dto import CurrentUser
from services.messages.history import MessageBatch


def require_budget(viewer: CurrentUser) -> None:
    """Raise `RateLimited` if the viewer may load no more messages for now."""
    limits = app_context.current().rate_limits
    limits.history.consume(viewer.user_id)
    limits.drawing.require(viewer.user_id)
    limits.loading.require(viewer.user_id)


async def send(
    page: PageContext, room_id: int, batch: MessageBatch, *, how: str, at: int = 0
) -> None:
    """Send messages to one page; `how` is explained at `protocol.Messages`.

    What it costs to draw and to send them is taken from the viewer's budgets.
    """
    limits, user_id = app_context.current().rate_limits, page.viewer.user_id
    html = await bubble.draw_all(batch.messages, limits.drawing, user_id)
    changed = await bubble.draw_all(batch.changed, limits.drawing, user_id)
    limits.loading.spend(user_id, len(html) + len(changed))
    await push.to_page(
        page.client.id,
        protocol.Messages(
            room=room_id,
            html=html,
            how=how,
            at=at,
            more=batch.more,
            rest=batch.rest,
            read=batch.last_read_seq,
            change=batch.change,
            changed=changed,
            now=int(time.time() * 1000),
        ),
    )
