"""New messages for pages that show another room: enough to count them and to notify.

The event is the same for all pages: each one decides what its user is notified of.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict

from chat_ui.realtime.protocol import RoomActivity
from models import FileKind, MessageKind
from services.core.dto import MessageView
from services.messages import summary

MAX_MESSAGES = 50
"""Maximum number of messages in one event that mention somebody."""
MAX_PLAIN = 5
"""Maximum number of messages in one event that mention nobody."""
MAX_TEXT = 140
"""Maximum number of characters of a message in a notification."""


def describe(room_id: int, new: Sequence[MessageView]) -> RoomActivity:
    """Return the event about new messages of a room, in order of `seq`."""
    left = [message for message in new if _counts(message)]
    mentioning = [message for message in left if message.mentions][-MAX_MESSAGES:]
    plain = [message for message in left if not message.mentions][-MAX_PLAIN:]
    chosen = sorted([*mentioning, *plain], key=lambda message: message.seq)
    described = [_describe(each) for each in chosen]
    seqs = {message.seq for message in chosen}
    others = [
        (message.seq, message.author.user_id if _counts(message) else 0)
        for message in new
        if message.seq not in seqs
    ]
    return RoomActivity(room_id, new[-1].seq, described, others, summarise(new[-1]))


def summarise(message: MessageView) -> dict[str, Any]:
    """Return a message in one line, as the list of rooms shows it."""
    return asdict(summary.of(message))


def changes(changed: Sequence[MessageView]) -> list[dict[str, Any]]:
    """Return the summaries of changed messages that say something else now."""
    return [summarise(each) for each in changed if each.edited_at or each.deleted]


def _counts(message: MessageView) -> bool:
    return not message.deleted and message.kind != MessageKind.ENCRYPTED_EDIT


def _describe(message: MessageView) -> dict[str, Any]:
    words = summary.plain(message.text, message.html, MAX_TEXT)
    return {
        "seq": message.seq,
        "by": message.author.user_id,
        "name": message.author.display_name,
        "text": words or (message.file.name if message.file else ""),
        "sticker": bool(message.file and message.file.kind == FileKind.STICKER),
        "encrypted": message.kind == MessageKind.ENCRYPTED,
        "names": dict(message.mentions),
    }
