"""The state of a room as events of Matrix: made of what the room is now, never stored."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Raw

from api.matrix import ids, json_answer, media_ids
from models import Role, RoomEventKind, RoomKind
from services.core.dto import CurrentUser, UserSummary
from services.rooms.members.invitations import InvitationView
from services.rooms.views import title
from services.sync.items import Happening
from services.sync.room_state import RoomState

POWER: dict[str, int] = {Role.OWNER: 100, Role.MODERATOR: 50}
MAX_HEROES = 5
MANY = 100
"""Members of a large room."""


async def encoded(room: RoomState, make: Callable[[RoomState], Any]) -> Raw:
    """Return what `make` makes of a room, as JSON.

    Of a large one it is made on a thread, so that others need not wait for it.
    """
    if len(room.members) <= MANY:
        return _encoded(room, make)
    return await asyncio.to_thread(_encoded, room, make)


def _encoded(room: RoomState, make: Callable[[RoomState], Any]) -> Raw:
    return Raw(msgspec.json.encode(make(room)))


def events(room: RoomState, only: set[int] | None = None) -> list[dict[str, Any]]:
    """Return all state of a room; of its members perhaps only some, by their ids."""
    by, at = creator(room), _at(room)
    return [
        *(
            _event(room.room_id, kind, "", content, by, at)
            for kind, content in contents(room).items()
        ),
        *members(room, only),
    ]


def members(room: RoomState, only: set[int] | None = None) -> list[dict[str, Any]]:
    """Return the members of a room, or only some, by their ids."""
    found = (each for each in room.members if only is None or each.user_id in only)
    return some_members(room.room_id, found, _at(room))


def some_members(room_id: int, people: Iterable[UserSummary], at: int = 0) -> list[dict[str, Any]]:
    """Return some members of a room; `at` is when they are said to have joined."""
    return [
        _event(room_id, "m.room.member", name := ids.of_person(each), member(each), name, at)
        for each in people
    ]


def gone(room: RoomState, person: UserSummary) -> dict[str, Any]:
    """Return the membership of somebody who is in a room no longer."""
    name = ids.of_person(person)
    left = {"membership": "leave"}
    return _event(room.room_id, "m.room.member", name, left, name, _at(room))


def contents(room: RoomState) -> dict[str, dict[str, Any]]:
    """Return what the state says that is about nobody, by its type."""
    found: dict[str, dict[str, Any]] = {
        "m.room.create": {"creator": creator(room), "room_version": "10"},
        "m.room.join_rules": {"join_rule": "public" if room.kind == RoomKind.PUBLIC else "invite"},
        "m.room.history_visibility": {"history_visibility": "shared"},
        "m.room.guest_access": {"guest_access": "forbidden"},
        "m.room.power_levels": power_levels(room),
    }
    if room.name:
        found["m.room.name"] = {"name": room.name}
    if room.topic:
        found["m.room.topic"] = {"topic": room.topic}
    if room.encryption:
        found["m.room.encryption"] = msgspec.json.decode(room.encryption)
    if room.pins:
        found["m.room.pinned_events"] = pinned(room)
    return found


def content(room: RoomState, kind: str, key: str) -> dict[str, Any] | None:
    """Return what one part of the state says; None without it."""
    if kind == "m.room.member":
        found = (each for each in room.members if ids.of_person(each) == key)
        person = next(found, None)
        return member(person) if person else None
    return None if key else contents(room).get(kind)


def member(person: UserSummary) -> dict[str, Any]:
    """Return the content of a membership."""
    return {"membership": "join", **_profile(person)}


def _profile(person: UserSummary | CurrentUser) -> dict[str, Any]:
    address = media_ids.of_person(person)
    return {"displayname": person.display_name} | ({"avatar_url": address} if address else {})


def creator(room: RoomState) -> str:
    """Return who stands for the room where somebody has to: its owner."""
    if not room.members:
        return ids.of_room(room.room_id).replace("!", "@r/")
    return ids.of_person(max(room.members, key=lambda each: POWER.get(each.role, 0)))


def power_levels(room: RoomState) -> dict[str, Any]:
    """Return who may do what: roles as levels."""
    is_direct = room.kind == RoomKind.DIRECT
    speak = 101 if room.is_archived else 50 if room.is_announcement else 0
    return {
        "users": {
            ids.of_person(each): POWER[each.role] for each in room.members if each.role in POWER
        },
        "users_default": 0,
        "events": {
            "m.room.name": 101 if is_direct else 100,
            "m.room.topic": 101 if is_direct else 100,
            "m.room.power_levels": 101 if is_direct else 100,
            "m.room.encryption": 101 if is_direct else 100,
            "m.room.pinned_events": 0 if is_direct else 50,
            "m.reaction": 101 if room.is_archived else 0,
        },
        "events_default": speak,
        "state_default": 101,
        "ban": 101,
        "kick": 101 if is_direct else 50,
        "redact": 50,
        "invite": 101 if is_direct else 0,
    }


def pinned(room: RoomState) -> dict[str, Any]:
    """Return which messages are pinned."""
    return {"pinned": [ids.of_message(each) for each in room.pins]}


def summary(room: RoomState, viewer_id: int) -> dict[str, Any]:
    """Return how many are in a room, and a few of them, who make its title if it has none."""
    made: dict[str, Any] = {
        "m.joined_member_count": len(room.members),
        "m.invited_member_count": 0,
    }
    if not room.name:
        others = [each for each in room.members if each.user_id != viewer_id]
        made["m.heroes"] = [ids.of_person(each) for each in others[:MAX_HEROES]]
    return made


def invitation(found: InvitationView, viewer: Any) -> dict[str, Any]:
    """Return the little of a room's state that an invited person gets."""
    by, kind = found.invited_by, found.kind
    own, inviter = ids.of_person(viewer), ids.of_person(by)
    invited: dict[str, Any] = {"membership": "invite", **_profile(viewer)}
    if kind == RoomKind.DIRECT:
        invited["is_direct"] = True
    rule = "public" if kind == RoomKind.PUBLIC else "invite"
    parts: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("m.room.create", "", inviter, {"creator": inviter, "room_version": "10"}),
        ("m.room.join_rules", "", inviter, {"join_rule": rule}),
        ("m.room.name", "", inviter, {"name": found.name or title([by.display_name])}),
        ("m.room.member", inviter, inviter, member(by)),
        ("m.room.member", own, inviter, invited),
    )
    if found.encryption:
        said = msgspec.json.decode(found.encryption)
        parts = (*parts, ("m.room.encryption", "", inviter, said))
    return {
        "invite_state": {
            "events": [
                {"type": each, "state_key": key, "sender": sender, "content": said}
                for each, key, sender, said in parts
            ]
        }
    }


def of_happening(item: Happening, room: RoomState | None) -> dict[str, Any]:
    """Return the type, key and content of an event that changed the state of a room."""
    said = item.content or {}
    match item.kind:
        case RoomEventKind.JOIN | RoomEventKind.PROFILE:
            person = item.person or item.by
            return _part("m.room.member", member(person), ids.of_person(person))
        case RoomEventKind.LEAVE | RoomEventKind.REMOVAL | RoomEventKind.DECLINE:
            person = item.person or item.by
            return _part("m.room.member", {"membership": "leave"}, ids.of_person(person))
        case RoomEventKind.NAME:
            return _part("m.room.name", {"name": said.get("name", "")})
        case RoomEventKind.TOPIC:
            return _part("m.room.topic", {"topic": said.get("topic", "")})
        case RoomEventKind.ENCRYPTION:
            return _part("m.room.encryption", said)
        case RoomEventKind.PINS:
            return _part("m.room.pinned_events", pinned(room) if room else {"pinned": []})
    return _part("m.room.power_levels", power_levels(room) if room else {})


def event_id(room_id: int, kind: str, key: str, content: dict[str, Any]) -> str:
    """Return the id of a part of the state: it is another one for another content."""
    about = f"{kind.removeprefix('m.room.')}{'-' + key[1:].partition(':')[0] if key else ''}"
    digest = hashlib.blake2b(msgspec.json.encode(content), digest_size=6).hexdigest()
    return f"$s{room_id}-{about}-{digest}"


def _part(kind: str, content: dict[str, Any], key: str = "") -> dict[str, Any]:
    return {"type": kind, "state_key": key, "content": content}


def _at(room: RoomState) -> int:
    return json_answer.milliseconds(room.created_at)


def _event(
    room_id: int, kind: str, key: str, content: dict[str, Any], sender: str, at: int
) -> dict[str, Any]:
    return {
        "type": kind,
        "event_id": event_id(room_id, kind, key, content),
        "room_id": ids.of_room(room_id),
        "sender": sender,
        "origin_server_ts": at,
        "state_key": key,
        "content": content,
    }
