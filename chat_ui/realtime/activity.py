"""New messages for pages that show another room: enough to count them and to notify.

The event is the same for all pages: each one decides what its user is notified of.
"""

from collections.abc import Sequence
from typing import Any

from chat_ui.realtime.protocol import RoomActivity
from services.core.dto import MessageView

MAX_MESSAGES = 50
"""Maximum number of messages in one event that mention somebody."""
MAX_PLAIN = 5
"""Maximum number of messages in one event that mention nobody."""
MAX_TEXT = 140
"""Maximum number of characters of a message in a notification."""


def describe(room_id: int, new: Sequence[MessageView]) -> RoomActivity:
    """Return the event about new messages of a room, in order of `seq`."""
    mentioning = [message for message in new if message.mentions][-MAX_MESSAGES:]
    plain = [message for message in new if not message.mentions][-MAX_PLAIN:]
    chosen = sorted([*mentioning, *plain], key=lambda message: message.seq)
    return RoomActivity(room_id, last=new[-1].seq, messages=[_describe(each) for each in chosen])


def _describe(message: MessageView) -> dict[str, Any]:
    text = message.text or (message.file.name if message.file else "")
    words = " ".join(text[: 2 * MAX_TEXT].split())
    return {
        "seq": message.seq,
        "by": message.author.user_id,
        "name": message.author.display_name,
        "text": words if len(words) <= MAX_TEXT else f"{words[:MAX_TEXT]}…",
        "names": dict(message.mentions),
    }
