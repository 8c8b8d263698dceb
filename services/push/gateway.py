"""What the push gateway of an app is sent, and what it answers (Push Gateway API of Matrix).

It learns that there is something new in a room, and how much is unread; not what it says.
"""

import json
from typing import TYPE_CHECKING, Any

from services.sync import room_ids

if TYPE_CHECKING:  # it takes a while to load: not at every start
    from aiohttp import ClientResponse

MAX_ANSWER = 16 * 1024
"""Bytes of an answer that are read: it names one device at the most."""


def notification(row: Any, unread: int) -> bytes:
    """Return what tells of a message. `row` is one of the queue, `unread` the badge of the app."""
    return _encoded(
        row,
        event_id=room_ids.of_message(row.message_id),
        room_id=room_ids.of_room(row.room_id),
        counts={"unread": unread},
        prio="high",
    )


def badge(row: Any, unread: int) -> bytes:
    """Return what tells that something was read elsewhere: the badge is another one.

    A badge of zero is told as such: gateways know no other sign that it is to be taken away.
    """
    return _encoded(row, counts={"unread": unread}, prio="low")


async def rejects(answer: "ClientResponse", pushkey: str) -> bool:
    """Return whether a gateway says, in its answer, that it does not know a device any more."""
    content = bytearray()
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > MAX_ANSWER:
            return False  # it has taken what it was sent, and that is what counts
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return False
    rejected = said.get("rejected") if isinstance(said, dict) else None
    return isinstance(rejected, list) and pushkey in rejected


def _encoded(row: Any, **fields: Any) -> bytes:
    device = {
        "app_id": row.app_id,
        "pushkey": row.pushkey,
        "pushkey_ts": int(row.pushkey_set_at.timestamp()),
        "data": json.loads(row.pusher_data),
    }
    return json.dumps({"notification": {**fields, "devices": [device]}}).encode()
