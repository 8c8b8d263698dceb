"""What pages that look elsewhere are told of a room's news: enough to count and to call.

It is the same for everybody: each page knows by itself what its reader is called for.
"""

from collections.abc import Sequence
from typing import Any

from services.core.dto import MessageView

MAX_MESSAGES = 50
"""How many messages one nudge tells of: those that name somebody before others."""
QUIET = 5
"""How many that name nobody."""
SHORT = 140
"""How many characters of a message a notification shows."""


def describe(room_id: int, news: Sequence[MessageView]) -> dict[str, Any]:
    """Return the news of a room, in order of `seq`."""
    naming = [message for message in news if message.mentions][-MAX_MESSAGES:]
    others = [message for message in news if not message.mentions][-QUIET:]
    told = sorted([*naming, *others], key=lambda message: message.seq)
    return {"room": room_id, "last": news[-1].seq, "said": [_describe(each) for each in told]}


def _describe(message: MessageView) -> dict[str, Any]:
    text = message.text or (message.file.name if message.file else "")
    words = " ".join(text[: 2 * SHORT].split())
    return {
        "seq": message.seq,
        "by": message.author.user_id,
        "name": message.author.display_name,
        "text": words if len(words) <= SHORT else f"{words[:SHORT]}…",
        "names": dict(message.mentions),
    }
