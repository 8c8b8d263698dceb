"""Writing: messages, edits, reactions and deletions; and reading a room's history."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec

from api.matrix import encoding, filters, ids, media_ids, state, sync, transactions
from api.matrix.errors import Malformed, MatrixError
from api.matrix.requests import Answer, Call, part_of, text_of
from models import RoomEventKind
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.i18n import _
from services.files import pending
from services.files.pending import MediaFields
from services.messages import edits, encrypted, messages, reactions
from services.messages.emoji import emoji
from services.sync import items, lookup, positions, timeline
from services.sync.items import EVERYTHING, Post, Slice

TEXTS = ("m.text", "m.notice", "m.emote")
FILES = ("m.image", "m.file", "m.audio", "m.video")
USUAL = 10
"""Items of a slice of history, unless an app asks for another number."""
MAX_ANSWERED = 10_000
"""Transactions of edits and the like that are remembered."""
_answered: OrderedDict[tuple[int, str], str] = OrderedDict()
"""The event of a transaction, by session and transaction id."""


async def send(call: Call) -> Answer:
    """Send an event: a message, an edit, or a reaction."""
    room_id = ids.room(call.path("room"))
    match call.path("type"):
        case "m.room.message":
            return {"event_id": await _send_message(call, room_id)}
        case "m.room.encrypted":
            return {"event_id": await _send_encrypted(call, room_id)}
        case "m.sticker":
            return {"event_id": await _send_file(call, room_id)}
        case "m.reaction":
            return {"event_id": await _once(call, _react(call, room_id))}
    raise MatrixError(400, "M_UNKNOWN", _("This chat takes only messages and reactions from apps."))


async def redact(call: Call) -> Answer:
    """Delete a message, or take a reaction back."""
    room_id = ids.room(call.path("room"))
    return {"event_id": await _once(call, _redact(call, room_id))}


async def history(call: Call) -> Answer:
    """Return a slice of a room's history."""
    room_id = ids.room(call.path("room"))
    most = call.number("limit", USUAL)
    start = call.query("from")
    is_forward = call.query("dir") == "f"
    if is_forward:
        at = positions.parse(start) if start else positions.Position()
        found = await timeline.after(call.viewer, room_id, at, most)
    else:
        at = positions.parse(start) if start else EVERYTHING
        found = await timeline.before(call.viewer, room_id, at, most)
    room = None
    if items.show_state(found.items):
        room = await timeline.state(call.viewer, room_id)
    shown = encoding.events(found.items, room, call.viewer)
    made: dict[str, Any] = {
        "start": start or at.token,
        "chunk": shown if is_forward else shown[::-1],
    }
    if filters.wants_writers(call.query("filter")):
        people = {room_id: sync.writers(found.items)}
        members = await timeline.members_among(call.viewer, people)
        made["state"] = state.some_members(room_id, members.get(room_id, ()))
    if found.has_more:
        made["end"] = (found.after if is_forward else found.before).token
    return made


async def one(call: Call) -> Answer:
    """Return one event."""
    room_id, event = ids.room(call.path("room")), ids.event(call.path("event"))
    if event.is_message:
        return {**_decoded(await lookup.post(call.viewer, room_id, event.number), call.viewer)}
    found = await lookup.happening(call.viewer, room_id, event.number)
    room = await timeline.state(call.viewer, room_id) if items.show_state([found]) else None
    return {**encoding.event(found, room)}


async def context(call: Call) -> Answer:
    """Return a message with what came before and after it."""
    room_id, event = ids.room(call.path("room")), ids.event(call.path("event"))
    if not event.is_message:
        raise NotFound
    post = await lookup.post(call.viewer, room_id, event.number)
    most = max(1, call.number("limit", USUAL) // 2)
    number = event.number
    newest = await timeline.event_before(call.viewer, room_id, number)
    at = positions.Position(number, newest)
    earlier: Slice = await timeline.before(
        call.viewer, room_id, positions.Position(number - 1, newest), most
    )
    later = await timeline.after(call.viewer, room_id, at, most)
    room = await timeline.whole_state(call.viewer, room_id)
    return {
        "event": encoding.events([post], room, call.viewer)[0],
        "events_before": encoding.events(earlier.items, room, call.viewer)[::-1],
        "events_after": encoding.events(later.items, room, call.viewer),
        "start": earlier.before.token,
        "end": later.after.token,
        "state": await state.encoded(room, state.events),
    }


async def _send_message(call: Call, room_id: int) -> str:
    content = call.body
    relation = part_of(content, "m.relates_to")
    if relation.get("rel_type") == "m.replace":
        return await _once(call, _edit(call, room_id, content, relation))
    if content.get("msgtype") in FILES:
        return await _send_file(call, room_id)
    if content.get("msgtype") not in TEXTS:
        raise MatrixError(400, "M_BAD_JSON", _("This chat takes only text and files from apps."))
    text, seq = call.text("body"), await _replied_to(call, room_id)
    if seq is not None:
        text = without_quote(text)
    sent, _is_new = await messages.send(
        call.viewer, room_id, text, transactions.begin(call), reply_to=seq
    )
    return ids.of_message(sent.message_id)


async def _send_encrypted(call: Call, room_id: int) -> str:
    """Send what is encrypted, of which only the relation to another message can be read."""
    relation = part_of(call.body, "m.relates_to")
    replaces = seq = None
    if relation.get("rel_type") == "m.replace":
        original = ids.event(relation.get("event_id"))
        if not original.is_message:
            raise Malformed("m.relates_to.event_id")
        replaces = original.number
    else:
        seq = await _replied_to(call, room_id)
    sent, _is_new = await encrypted.send(
        call.viewer,
        room_id,
        transactions.begin(call),
        call.body,
        reply_to=seq,
        replaces=replaces,
    )
    return ids.of_message(sent.message_id)


async def _send_file(call: Call, room_id: int) -> str:
    """Send a file that was uploaded, or one of another message."""
    if not isinstance(call.body.get("url"), str):
        raise Malformed("url")
    name, text = name_and_caption(call.body)
    fields = MediaFields(name, text, transactions.begin(call), await _replied_to(call, room_id))
    media_id = media_ids.file_at(call.body["url"])
    sent, _is_new = await pending.send(call.viewer, room_id, media_id, fields)
    return ids.of_message(sent.message_id)


def name_and_caption(content: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of a file and its caption, which may be empty.

    Raises `Malformed` without either.
    """
    body = text_of(content, "body")
    name = text_of(content, "filename", body)
    return name, "" if name == body else body


async def _replied_to(call: Call, room_id: int) -> int | None:
    """Return the number of the message that this one replies to, if it does."""
    relation = part_of(call.body, "m.relates_to")
    reply_to = part_of(relation, "m.in_reply_to").get("event_id")
    if reply_to is None:
        return None
    original = ids.event(reply_to)
    if not original.is_message:
        raise NotFound
    return await lookup.seq(call.viewer, room_id, original.number)


async def _edit(call: Call, room_id: int, content: dict[str, Any], relation: dict[str, Any]) -> str:
    original = ids.event(relation.get("event_id"))
    new = part_of(content, "m.new_content")
    text = new.get("body")
    if not original.is_message or not isinstance(text, str):
        raise Malformed("m.new_content.body")
    if new.get("msgtype") in FILES:  # the file stays, and its caption is another one
        _name, text = name_and_caption(new)
    elif new.get("msgtype") not in TEXTS:
        raise Malformed("m.new_content.msgtype")
    seq = await lookup.seq(call.viewer, room_id, original.number)
    await edits.edit(call.viewer, room_id, seq, text)
    return await _last(call, room_id, original.number, RoomEventKind.EDIT)


async def _react(call: Call, room_id: int) -> str:
    relation = part_of(call.body, "m.relates_to")
    original = ids.event(relation.get("event_id"))
    if relation.get("rel_type") != "m.annotation" or not original.is_message:
        raise Malformed("m.relates_to")
    seq = await lookup.seq(call.viewer, room_id, original.number)
    sign = emoji.check(relation.get("key"))
    await reactions.add(call.viewer, room_id, seq, sign)
    said = {"emoji": sign}
    found = await lookup.last_of(
        call.viewer, room_id, original.number, RoomEventKind.REACTION, said
    )
    if found is None:  # they have reacted so before what happens was recorded
        raise MatrixError(
            400, "M_DUPLICATE_ANNOTATION", _("You have already reacted with this emoji.")
        )
    return ids.of_happening(found)


async def _redact(call: Call, room_id: int) -> str:
    event = ids.event(call.path("event"))
    if event.is_message:
        reason = call.text("reason", "")
        seq = await lookup.seq(call.viewer, room_id, event.number)
        await edits.delete(call.viewer, room_id, seq, reason)
        return await _last(call, room_id, event.number, RoomEventKind.DELETION)
    found = await lookup.happening(call.viewer, room_id, event.number)
    if found.kind != RoomEventKind.REACTION or found.by.user_id != call.viewer.user_id:
        raise MatrixError(
            403, "M_FORBIDDEN", _("Only messages, and your own reactions, can be deleted.")
        )
    message_id = found.message_id or 0
    if found.content:
        seq = await lookup.seq(call.viewer, room_id, message_id)
        await reactions.remove(call.viewer, room_id, seq, found.content.get("emoji"))
    said = {"event": event.number}
    return await _last(call, room_id, message_id, RoomEventKind.REACTION_REMOVED, said)


async def _last(
    call: Call,
    room_id: int,
    message_id: int,
    kind: RoomEventKind,
    said: dict[str, Any] | None = None,
) -> str:
    """Return the id of what was just done to a message, or of the message if nothing had to be."""
    found = await lookup.last_of(call.viewer, room_id, message_id, kind, said)
    return ids.of_happening(found) if found else ids.of_message(message_id)


async def _once(call: Call, work: Any) -> str:
    """Do it, unless this transaction has been done; return its event."""
    key = (call.viewer.session_id, transactions.key(call))
    if key in _answered:
        work.close()
        return _answered[key]
    _answered[key] = await work
    while len(_answered) > MAX_ANSWERED:
        _answered.popitem(last=False)
    return _answered[key]


def without_quote(text: str) -> str:
    """Return a reply without the quote that older apps put before it."""
    lines = text.split("\n")
    if not lines[0].startswith("> <@"):
        return text
    rest = next((at for at, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    return "\n".join(lines[rest:]).lstrip("\n")


def _decoded(post: Post, viewer: CurrentUser) -> dict[str, Any]:
    [told] = encoding.events([post], viewer=viewer)
    decoded: dict[str, Any] = msgspec.json.decode(told)
    return decoded
