"""What a device gets for a row of the queue: a notification, one to take it back, or nothing."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from models import FileKind, MessageKind, RoomKind
from services.accounts import preferences
from services.core.dto import Preferences
from services.core.i18n import _, set_language
from services.core.timezones import time_zone_of
from services.messages import summary
from services.push import gateway
from services.push.recipients import MAX_AGE

NEVER_SILENT = "https://web.push.apple.com/"
"""Safari ends a subscription that takes a notification back: its service gets no such push."""
MAX_TEXT = 140
"""Characters of a message in a notification."""


class Push(Struct, frozen=True):
    """Something to send to a device; without a payload, something that is not sent after all."""

    subscription_id: int
    user_id: int
    room_id: int
    wanted_seq: int
    shown_seq: int
    """What the device shows afterwards: see `PushedRoom`."""
    endpoint: str
    p256dh: str
    auth: str
    payload: bytes | None
    pushkey: str | None = None
    """By which the gateway of an app knows the device; None for a browser."""


def make(
    row: Any, moment: datetime, *, is_looking: bool, count_unread: Callable[[int], int]
) -> Push:
    """Return what to send for a row, by what the database says now.

    `count_unread` tells how many messages a user has that notify them, and are unread.
    """
    chosen = Preferences(
        *(getattr(row, f"preference_{at}") for at in range(len(preferences.COLUMNS)))
    )
    is_there = row.last_read_seq is not None and row.created_at and row.deleted_at is None
    is_wanted = (
        is_there
        and max(row.last_read_seq, row.shown_seq) < row.wanted_seq
        and row.created_at > moment - MAX_AGE
        and not row.is_blocked
        and not is_looking
        and not is_quiet(chosen, moment)
    )
    is_outdated = row.shown_seq and (
        row.last_read_seq is None
        or row.last_read_seq >= row.shown_seq
        or (row.deleted_at is not None and row.wanted_seq == row.shown_seq)
    )

    is_for_app = row.pushkey is not None
    shown_seq, payload = row.shown_seq, None
    if is_wanted:
        shown_seq = row.wanted_seq
        if is_for_app:
            payload = gateway.notification(row, count_unread(row.user_id))
        else:
            payload = _message(row)
    elif is_outdated:
        shown_seq = 0
        if is_for_app:
            payload = gateway.badge(row, count_unread(row.user_id))
        elif not row.endpoint.startswith(NEVER_SILENT):
            payload = _payload(kind="read", room=row.room_id)
    return Push(
        subscription_id=row.subscription_id,
        user_id=row.user_id,
        room_id=row.room_id,
        wanted_seq=row.wanted_seq,
        shown_seq=shown_seq,
        endpoint=row.endpoint,
        p256dh=row.p256dh,
        auth=row.auth,
        payload=payload,
        pushkey=row.pushkey,
    )


def _message(row: Any) -> bytes:
    set_language(row.language)  # of this read: each runs in a context of its own
    place = "" if row.kind == RoomKind.DIRECT else f" · {row.name}"
    is_named = row.user_id in (row.mentions or {}).values()
    body = _("Mentions you") if is_named else _("New message")
    if row.message_kind == MessageKind.ENCRYPTED:
        body = _("Encrypted message")
    if row.shows_text:
        body = summary.plain(row.text, row.html, MAX_TEXT) or _name_of_file(row) or body
    title = f"{row.author_name}{place}"
    return _payload(kind="message", room=row.room_id, seq=row.wanted_seq, title=title, body=body)


def _name_of_file(row: Any) -> str:
    if row.file_kind == FileKind.STICKER:
        return _("Sticker: {text}").format(text=row.file_name)
    return row.file_name or ""


def _payload(**fields: str | int) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def is_quiet(chosen: Preferences, moment: datetime) -> bool:
    """Return whether it is in the user's hours of do-not-disturb, by their clock."""
    start, end = chosen.quiet_from, chosen.quiet_until
    if start is None or end is None:
        return False
    local = moment.astimezone(time_zone_of(chosen))
    minutes = local.hour * 60 + local.minute
    return start <= minutes < end if start < end else minutes >= start or minutes < end
