"""Encrypted rooms: made so, or encrypted by their owner, once and for good.

The chat stores what apps have encrypted, and cannot read it: it holds no keys. What was said before
stays as it is.
"""

import json
from collections.abc import Collection
from contextvars import copy_context
from typing import Any

from sqlmodel import Session, col, select, update

from models import Action, Room, RoomEventKind, RoomKind, ScheduledMessage
from services.accounts.security import audit
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _, set_language
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access, room_events
from services.rooms.permissions import not_plain, require_open, require_owner
from services.rooms.room_names import LOBBY_ID

ALGORITHM = "m.megolm.v1.aes-sha2"
"""How messages are encrypted: the only way that is accepted."""
ROTATION = ("rotation_period_ms", "rotation_period_msgs")
"""How long, and for how many messages, apps use a key."""
MAX_ROTATION = 2**53


class WrongAlgorithm(ServiceError):
    """An app encrypts in a way that others might not decrypt."""

    def __init__(self) -> None:
        super().__init__(_("Only the encryption m.megolm.v1.aes-sha2 works here. Update your app."))


def check(content: object) -> str:
    """Return the content of an `m.room.encryption` event as it is stored.

    What is not known is left out. Raises `WrongAlgorithm`.
    """
    if not isinstance(content, dict) or content.get("algorithm") != ALGORITHM:
        raise WrongAlgorithm
    kept = {"algorithm": ALGORITHM}
    kept |= {name: content[name] for name in ROTATION if _is_sound(content.get(name))}
    return json.dumps(kept, separators=(",", ":"))


def _is_sound(number: Any) -> bool:
    return type(number) is int and 0 < number < MAX_ROTATION


@rate_limited("room")
async def switch_on(viewer: CurrentUser, room_id: int, content: object = None) -> None:
    """Encrypt a room from now on, for good; nothing happens if it is encrypted so already.

    `content` is that of the `m.room.encryption` event. What waits to be sent to the room is refused
    now, and its authors are told. Raises `WrongAlgorithm`, `NotFound` for non-members, `Forbidden`
    for anyone but the owner, in direct messages, the Lobby and an archived room, and if it is
    encrypted otherwise already.
    """
    encryption = check({"algorithm": ALGORITHM} if content is None else content)

    def encrypt(session: Session) -> Collection[int] | None:
        room, membership = access.require_member(session, viewer.user_id, room_id)
        if room.kind == RoomKind.DIRECT and not room.is_encrypted:
            raise Forbidden(
                _("A direct conversation stays as it is. Start an encrypted one in your app.")
            )
        if room.kind != RoomKind.DIRECT:
            require_owner(membership)
        if room.encryption == encryption:
            return None
        if room.is_encrypted:
            raise Forbidden(_("This room is encrypted already, and how cannot be changed."))
        require_open(room)
        if room.id == session.exec(select(LOBBY_ID)).one():
            raise Forbidden(_("Everyone starts in this room, so it can't be encrypted."))
        room.encryption = encryption
        session.add(room)
        audit.record(session, viewer, Action.ROOM_ENCRYPTED, room=room)
        said = json.loads(encryption)
        room_events.record(session, room_id, RoomEventKind.ENCRYPTION, viewer.user_id, content=said)
        return _refuse_scheduled(session, room)

    authors = await database.write(encrypt)
    if authors is None:
        return
    events.publish(events.RoomChanged(room_id))
    for author in authors:
        events.publish(events.ScheduledChanged(author, room_id, is_refused=True))


def _refuse_scheduled(session: Session, room: Room) -> set[int]:
    """Note with what waits to be sent to a room why it cannot be; return whose it is."""
    waiting = (col(ScheduledMessage.room_id) == room.id, col(ScheduledMessage.refusal) == "")
    which = select(ScheduledMessage.user_id, ScheduledMessage.language).where(*waiting)
    found = session.exec(which.distinct()).all()
    for language in {language for _author, language in found}:
        mine = update(ScheduledMessage).where(*waiting, col(ScheduledMessage.language) == language)
        session.exec(mine.values(refusal=copy_context().run(_refusal, language)))
    return {author for author, _language in found}


def _refusal(language: str) -> str:
    """Return why nothing goes to an encrypted room, in a language; its caller keeps its own."""
    set_language(language)
    return not_plain()
