"""Ids of Matrix, and what they stand for here.

`@asha:chat.example.org` is a person, by their username if it is ASCII, else by their number as
`@u/5:…`; `!7:…` a room; `$m12` a message, `$e3` what else happened. State has ids that are made of
what it is about, as it is not stored by itself.
"""

import re

from msgspec import Struct

from api.matrix.errors import MatrixError
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound
from services.core.i18n import _
from services.sync import lookup, room_ids, server_name

_PLAIN = re.compile(r"[a-z0-9._=+-]+", re.ASCII)
_NUMBERED = re.compile(r"u/(\d{1,15})", re.ASCII)
_ROOM = re.compile(r"!(\d{1,15})", re.ASCII)
_EVENT = re.compile(r"\$([me])(\d{1,15})", re.ASCII)


class EventId(Struct, frozen=True):
    """The id of a message, or of something else that happened."""

    is_message: bool
    number: int


def of_person(person: UserSummary | CurrentUser) -> str:
    """Return a person's id."""
    return of_name(person.username, person.user_id)


def of_name(username: str, user_id: int) -> str:
    """Return the id of a person by their username and number."""
    name = username.casefold()
    local = name if _PLAIN.fullmatch(name) else f"u/{user_id}"
    return f"@{local}:{server_name.get()}"


def of_room(room_id: int) -> str:
    """Return a room's id."""
    return room_ids.of_room(room_id)


def of_message(message_id: int) -> str:
    """Return a message's id."""
    return room_ids.of_message(message_id)


def of_happening(event_id: int) -> str:
    """Return the id of something else that happened."""
    return f"$e{event_id}"


def room(text: str) -> int:
    """Return the number of a room. Raises `NotFound` for what is no room here."""
    match = _ROOM.fullmatch(_local(text))
    if match is None:
        raise NotFound
    return int(match[1])


def event(text: object) -> EventId:
    """Return what an event's id stands for. Raises `NotFound` for what is none of ours."""
    match = _EVENT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise NotFound
    return EventId(match[1] == "m", int(match[2]))


async def person(viewer: CurrentUser, text: object) -> UserSummary:
    """Return the person with an id. Raises `NotFound`, and `MatrixError` for what is no id."""
    if not isinstance(text, str) or not text.startswith("@"):
        raise MatrixError(400, "M_INVALID_PARAM", _("This is not the id of a person."))
    local = _local(text)[1:]
    if local == of_person(viewer)[1:].partition(":")[0]:
        return viewer.person
    if match := _NUMBERED.fullmatch(local):
        return await lookup.person(viewer, user_id=int(match[1]))
    if not _PLAIN.fullmatch(local.casefold()):
        raise NotFound
    return await lookup.person(viewer, username=local)


def named(text: str) -> str | int | None:
    """Return the username or number that an id stands for; None for nobody of this chat."""
    try:
        local = _local(text)[1:] if text.startswith("@") else ""
    except NotFound:
        return None
    if match := _NUMBERED.fullmatch(local):
        return int(match[1])
    return local if _PLAIN.fullmatch(local.casefold()) else None


def require_own(viewer: CurrentUser, text: str) -> None:
    """Raise `Forbidden` unless an id is the viewer's own."""
    if text != of_person(viewer):
        raise Forbidden(_("This is not your account."))


def name_in(text: str) -> str:
    """Return what stands for a username in an id, or the text itself if it is none."""
    return _local(text)[1:] if text.startswith("@") else text


def name_typed(text: str) -> str:
    """Return what somebody types to find a person: of an id only the name."""
    return text.partition(":")[0] if text.startswith("@") else text


def _local(text: str) -> str:
    """Return an id without our server's name. Raises `NotFound` with another one."""
    local, _colon, server = text.partition(":")
    if server != server_name.get():
        raise NotFound
    return local
