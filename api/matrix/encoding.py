"""Messages, and what else happened in a room, as events of Matrix.

A message is encoded once for all who ask, as JSON, until it is changed.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw

from api.matrix import ids, json_answer, media_ids, state, transactions
from models import ENCRYPTED_KINDS, FileKind, RoomEventKind
from services.core.dto import CurrentUser, FileView, MessageView
from services.sync import server_name
from services.sync.ciphertexts import Secret
from services.sync.items import Happening, Item, Post
from services.sync.room_state import RoomState

CACHE_SIZE = 4_000
"""Encoded messages that are kept: mostly a few hundred bytes each."""
MAX_KEPT_BYTES = 4_096
"""A longer one is encoded each time."""
_TYPES: dict[str, str] = {
    FileKind.PICTURE: "m.image",
    FileKind.AUDIO: "m.audio",
    FileKind.VIDEO: "m.video",
}
"""How files are told; others as `m.file`."""
_encoder = msgspec.json.Encoder()
_cache: OrderedDict[tuple[str, int, int, datetime], Raw] = OrderedDict()


def event(item: Item, room: RoomState | None = None) -> Any:
    """Return an item of a room's history as an event.

    `room` is its state now, which events of pins and roles show; without it they show nothing.
    """
    if isinstance(item, Post):
        return _cached(item)
    return _happening(item, room)


def events(
    items: Sequence[Item], room: RoomState | None = None, viewer: CurrentUser | None = None
) -> list[Any]:
    """Return items as events. An app of the `viewer` is told which messages are its own."""
    made = [event(each, room) for each in items]
    if viewer is None:
        return made
    return [transactions.add(told, item, viewer) for told, item in zip(made, items, strict=True)]


def _cached(post: Post) -> Raw:
    message = post.message
    key = (server_name.get(), message.message_id, message.change, message.created_at)
    if key in _cache:
        _cache.move_to_end(key)
        return _cache[key]
    encoded = Raw(_encoder.encode(_message(post)))
    if len(encoded) <= MAX_KEPT_BYTES:
        _cache[key] = encoded
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    return encoded


def _message(post: Post) -> dict[str, Any]:
    message = post.message
    made: dict[str, Any] = {
        "type": _type(message),
        "event_id": ids.of_message(message.message_id),
        "room_id": ids.of_room(message.room_id),
        "sender": ids.of_person(message.author),
        "origin_server_ts": json_answer.milliseconds(message.created_at),
        "content": {},
    }
    if message.deleted:
        made["unsigned"] = {"redacted_because": _because(made)}
        return made
    if post.secret:
        return made | _encrypted(made, post.secret)
    made["content"] = content(message)
    if post.reply_to_id:
        reply = {"event_id": ids.of_message(post.reply_to_id)}
        made["content"]["m.relates_to"] = {"m.in_reply_to": reply}
    return made


def _type(message: MessageView) -> str:
    if message.kind in ENCRYPTED_KINDS:
        return "m.room.encrypted"
    return "m.sticker" if is_sticker(message) else "m.room.message"


def _encrypted(event: dict[str, Any], secret: Secret) -> dict[str, Any]:
    """Return what an encrypted message says, as it was sent, with its newest edit."""
    made: dict[str, Any] = {"content": Raw(secret.content.encode())}
    if secret.edit:
        edit = {
            **event,
            "event_id": ids.of_message(secret.edit.message_id),
            "origin_server_ts": json_answer.milliseconds(secret.edit.at),
            "content": Raw(secret.edit.content.encode()),
        }
        made["unsigned"] = {"m.relations": {"m.replace": edit}}
    return made


def _because(redacted: dict[str, Any]) -> dict[str, Any]:
    """Return a deletion in short: apps look only whether there is one."""
    return {
        "type": "m.room.redaction",
        "event_id": f"$d{redacted['event_id'][1:]}",
        "room_id": redacted["room_id"],
        "sender": redacted["sender"],
        "origin_server_ts": redacted["origin_server_ts"],
        "redacts": redacted["event_id"],
        "content": {},
    }


def content(message: MessageView) -> dict[str, Any]:
    """Return what a message says, as the content of an event."""
    text, html = message.text, message.html
    if message.poll:
        options = [option.text for option in message.poll.options]
        text = "\n".join([text, *(f"{at}. {each}" for at, each in enumerate(options, 1))])
        html = None
    made: dict[str, Any] = {"msgtype": "m.text", "body": text}
    if message.file:
        made = _file(message, message.file)
    if html:
        made |= {"format": "org.matrix.custom.html", "formatted_body": html}
    if message.mentions:
        named = [ids.of_name(name, number) for name, number in message.mentions if number]
        made["m.mentions"] = {"user_ids": named} if named else {}
        if len(named) < len(message.mentions):
            made["m.mentions"]["room"] = True
    return made


def is_sticker(message: MessageView) -> bool:
    """Return whether a message is a sticker."""
    return message.file is not None and message.file.kind == FileKind.STICKER


def _file(message: MessageView, file: FileView) -> dict[str, Any]:
    """Return what a message with a file says, but for the HTML of its caption."""
    url = media_ids.of_message(message)
    info: dict[str, Any] = {"size": file.size, "mimetype": file.media_type}
    if file.width and file.height:
        info |= {"w": file.width, "h": file.height}
    if file.seconds:
        info["duration"] = file.seconds * 1000
    if file.has_preview:
        preview = media_ids.preview_of(message)
        info |= {"thumbnail_url": preview, "thumbnail_info": {"mimetype": "image/webp"}}
    made = {"body": message.text or file.name, "url": url, "info": info}
    if is_sticker(message):
        return made
    return {"msgtype": _TYPES.get(file.kind, "m.file"), "filename": file.name, **made}


def _happening(item: Happening, room: RoomState | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "event_id": ids.of_happening(item.event_id),
        "room_id": ids.of_room(item.room_id),
        "sender": ids.of_person(item.by),
        "origin_server_ts": json_answer.milliseconds(item.at),
    }
    match item.kind:
        case RoomEventKind.EDIT:
            made |= {"type": "m.room.message", "content": _edit(item)}
        case RoomEventKind.REACTION:
            made |= {"type": "m.reaction", "content": _reaction(item)}
        case RoomEventKind.DELETION | RoomEventKind.REACTION_REMOVED:
            redacted = _redacted(item)
            made |= {"type": "m.room.redaction", "redacts": redacted}
            made["content"] = {"redacts": redacted}
        case _:
            return made | state.of_happening(item, room)
    if not made["content"]:
        made["unsigned"] = {"redacted_because": _because(made)}
    return made


def _edit(item: Happening) -> dict[str, Any]:
    message = item.message
    if message is None or message.deleted:
        return {}
    new = content(message)
    return {
        **new,
        "body": f"* {new['body']}",
        "m.new_content": new,
        "m.relates_to": {
            "rel_type": "m.replace",
            "event_id": ids.of_message(message.message_id),
        },
    }


def _reaction(item: Happening) -> dict[str, Any]:
    if not item.content or item.message_id is None:
        return {}
    return {
        "m.relates_to": {
            "rel_type": "m.annotation",
            "event_id": ids.of_message(item.message_id),
            "key": item.content.get("emoji", ""),
        }
    }


def _redacted(item: Happening) -> str:
    if item.kind == RoomEventKind.DELETION:
        return ids.of_message(item.message_id or 0)
    return ids.of_happening((item.content or {}).get("event", 0))
