"""What an event of the hub says: its text as this chat shows it, or what it does to another."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.text import MESSAGE_LIMIT, clean
from services.messages.emoji import emoji

FILES = {"m.image", "m.file", "m.audio", "m.video"}


class Text(Struct, frozen=True):
    """A new message."""

    text: str
    reply_to: str = ""


class Edit(Struct, frozen=True):
    """Another text of a message."""

    target: str
    text: str


class Reaction(Struct, frozen=True):
    """An emoji on a message."""

    target: str
    sign: str


class Redaction(Struct, frozen=True):
    """A message is deleted, or a reaction taken back."""

    target: str


class Secret(Struct, frozen=True):
    """A message whose key is not here."""

    session_id: str
    reply_to: str = ""


Told = Text | Edit | Reaction | Redaction | Secret


def by(event: dict[str, Any]) -> Told | None:
    """Return what an event says; None if nothing that is shown."""
    content = event.get("content")
    if not isinstance(content, dict) or not content or "state_key" in event:
        return None
    match event.get("type"):
        case "m.room.message" | "m.sticker":
            return _message(content)
        case "m.reaction":
            relation = _relation(content)
            target, sign = relation.get("event_id"), relation.get("key")
            return _reaction(target, sign)
        case "m.room.encrypted":
            session_id = content.get("session_id")
            if _relation(content).get("rel_type") == "m.replace":
                return None  # an edit of something that cannot be read either
            return Secret(session_id if isinstance(session_id, str) else "", _replied(content))
    return None


def redaction(event: dict[str, Any]) -> Redaction | None:
    """Return which event is taken back by one; None if it is no such event."""
    content = event.get("content")
    named = content.get("redacts") if isinstance(content, dict) else None
    target = event.get("redacts") or named
    is_one = event.get("type") == "m.room.redaction" and isinstance(target, str)
    return Redaction(str(target)) if is_one else None


def moment(event: dict[str, Any]) -> datetime:
    """Return when it was sent, as the hub says."""
    sent = event.get("origin_server_ts")
    milliseconds = sent if isinstance(sent, int) and 0 < sent < 10**14 else 0
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _message(content: dict[str, Any]) -> Told | None:
    relation = _relation(content)
    target = relation.get("event_id")
    if relation.get("rel_type") == "m.replace" and isinstance(target, str):
        new = content.get("m.new_content")
        return Edit(target, _text(new)) if isinstance(new, dict) else None
    return Text(_text(content), _replied(content))


def _text(content: dict[str, Any]) -> str:
    body = content.get("body")
    body = body if isinstance(body, str) else ""
    kind = content.get("msgtype")
    if kind in FILES or "url" in content or "file" in content:
        name = content.get("filename")
        name = name if isinstance(name, str) and name else body
        shown = _("File: {name}. Open it in an app or on the hub's pages.").format(name=name[:200])
        return _clean(shown if name == body else f"{shown}\n\n{body}")
    if _replied(content):
        body = _without_fallback(body)
    return _clean(f"*{body}*" if kind == "m.emote" else body)


def _clean(text: str) -> str:
    """Return a text as this chat takes one; what it does not take, as a sentence."""
    try:
        return emoji.replace_codes(clean(text[:MESSAGE_LIMIT], MESSAGE_LIMIT, name=""))
    except ServiceError:
        return _("This message cannot be shown here.")


def _without_fallback(body: str) -> str:
    """Return a reply without the quotation before it, for apps that do not know replies."""
    lines = body.split("\n")
    if not lines[0].startswith("> <"):
        return body
    while lines and lines[0].startswith(">"):
        lines.pop(0)
    return "\n".join(lines[1:] if lines and not lines[0] else lines)


def _reaction(target: object, sign: object) -> Reaction | None:
    if not isinstance(target, str):
        return None
    try:
        return Reaction(target, emoji.check(sign))
    except ServiceError:
        return None


def _relation(content: dict[str, Any]) -> dict[str, Any]:
    found = content.get("m.relates_to")
    return found if isinstance(found, dict) else {}


def _replied(content: dict[str, Any]) -> str:
    found = _relation(content).get("m.in_reply_to")
    target = found.get("event_id") if isinstance(found, dict) else None
    return target if isinstance(target, str) else ""
