"""Rooms: making, joining and leaving them, inviting and removing people, and their state."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from msgspec import Raw

from api.matrix import ids, json_answer, people, state
from api.matrix.errors import Malformed, MatrixError
from api.matrix.requests import Answer, Call, object_of
from models import Role
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.messages import pins
from services.rooms import encryption, rooms, settings
from services.rooms.members import direct_messages, invitations, memberships
from services.sync import lookup, timeline
from services.sync.room_state import RoomState

MAX_INVITED = 50
OWNER, MODERATOR = state.POWER[Role.OWNER], state.POWER[Role.MODERATOR]


async def create(call: Call) -> Answer:
    """Make a room, or open direct messages."""
    body = call.body
    guests = body.get("invite", [])
    if not isinstance(guests, list) or len(guests) > MAX_INVITED:
        raise Malformed("invite")
    encrypted = _encryption(body)
    invited = [await ids.person(call.viewer, each) for each in guests]
    if body.get("is_direct") is True and not body.get("name"):
        names = [each.username for each in invited]
        room_id = await direct_messages.open(call.viewer, names, encryption=encrypted)
        return {"room_id": ids.of_room(room_id)}
    is_public = body.get("preset") == "public_chat" or body.get("visibility") == "public"
    room_id = await rooms.create(
        call.viewer,
        name=body.get("name") or _("Room"),
        topic=body.get("topic") or "",
        private=not is_public,
        encryption=encrypted,
    )
    for each in invited:
        with suppress(ServiceError):  # the room is there: who cannot be invited is not
            await memberships.add(call.viewer, room_id, each.username)
    return {"room_id": ids.of_room(room_id)}


async def join(call: Call) -> Answer:
    """Join a public room, or accept an invitation."""
    room_id = ids.room(call.path("room"))
    try:
        await invitations.accept(call.viewer, room_id)
    except NotFound:
        if room_id not in await timeline.room_ids(call.viewer):
            await memberships.join(call.viewer, room_id)
    return {"room_id": ids.of_room(room_id)}


async def leave(call: Call) -> Answer:
    """Leave a room, or decline an invitation."""
    room_id = ids.room(call.path("room"))
    try:
        await memberships.leave(call.viewer, room_id)
    except NotFound:
        await invitations.decline(call.viewer, room_id)
    return {}


async def forget(call: Call) -> Answer:
    """Forget a room that one has left: nothing is kept of it anyway."""
    room_id = ids.room(call.path("room"))
    if room_id in await timeline.room_ids(call.viewer):
        raise MatrixError(400, "M_UNKNOWN", _("Leave the room first."))
    return {}


async def invite(call: Call) -> Answer:
    """Add a person to a room, or invite them if they have to agree."""
    room_id = ids.room(call.path("room"))
    person = await ids.person(call.viewer, call.body.get("user_id"))
    await memberships.add(call.viewer, room_id, person.username)
    return {}


async def kick(call: Call) -> Answer:
    """Remove a person from a room."""
    room_id = ids.room(call.path("room"))
    person = await ids.person(call.viewer, call.body.get("user_id"))
    await memberships.remove(call.viewer, room_id, person.user_id, call.text("reason", ""))
    return {}


async def joined(call: Call) -> Answer:
    """Return the viewer's rooms."""
    return {"joined_rooms": [ids.of_room(each) for each in await timeline.room_ids(call.viewer)]}


async def joined_members(call: Call) -> Answer:
    """Return the members of a room by their ids."""
    return {"joined": await _told(call, _by_id)}


async def members(call: Call) -> Answer:
    """Return the members of a room as events."""
    return {"chunk": await _told(call, state.members)}


async def all_state(call: Call) -> Answer:
    """Return the state of a room."""
    return json_answer.made(await _told(call, state.events))


async def _told(call: Call, make: Callable[[RoomState], Any]) -> Raw:
    room = await timeline.whole_state(call.viewer, ids.room(call.path("room")))
    return await state.encoded(room, make)


def _by_id(room: RoomState) -> dict[str, Any]:
    return {ids.of_person(each): people.profile_of(each, "display_name") for each in room.members}


async def one_state(call: Call) -> Answer:
    """Return one part of the state of a room."""
    room = await timeline.state(call.viewer, ids.room(call.path("room")))
    found = state.content(room, call.path("type"), call.request.path_params.get("key", ""))
    if found is None:
        raise NotFound
    return found


async def set_state(call: Call) -> Answer:
    """Change the name, the topic, the pins or the roles of a room, or encrypt it."""
    room_id, kind = ids.room(call.path("room")), call.path("type")
    if call.request.path_params.get("key"):
        raise _not_settable()
    room = await timeline.state(call.viewer, room_id)
    if kind == "m.room.name":
        await settings.change(call.viewer, room_id, name=call.text("name"), topic=room.topic)
    elif kind == "m.room.topic":
        await settings.change(call.viewer, room_id, name=room.name, topic=call.text("topic"))
    elif kind == "m.room.pinned_events":
        await _pin(call, room_id, room.pins)
    elif kind == "m.room.power_levels":
        await _change_roles(call, room)
    elif kind == "m.room.encryption":
        await encryption.switch_on(call.viewer, room_id, call.body)
    else:
        raise _not_settable()
    said = state.content(await timeline.state(call.viewer, room_id), kind, "") or {}
    return {"event_id": state.event_id(room_id, kind, "", said)}


async def _pin(call: Call, room_id: int, pinned: tuple[int, ...]) -> None:
    wanted = call.body.get("pinned")
    if not isinstance(wanted, list) or len(wanted) > pins.MAX_PINS:
        raise Malformed("pinned")
    numbers = {ids.event(each).number for each in wanted if ids.event(each).is_message}
    for number in [each for each in pinned if each not in numbers]:
        await pins.unpin(call.viewer, room_id, await lookup.seq(call.viewer, room_id, number))
    for number in sorted(numbers - set(pinned)):
        await pins.pin(call.viewer, room_id, await lookup.seq(call.viewer, room_id, number))


async def _change_roles(call: Call, room: RoomState) -> None:
    """Make moderators and members of people. What else is left out of the body stays as it is."""
    wanted, known = call.body.get("users"), state.power_levels(room)
    if not isinstance(wanted, dict) or len(wanted) > MAX_INVITED:
        raise Malformed("users")
    levels = {}
    for name, level in wanted.items():
        if not isinstance(level, int):
            raise Malformed("users")
        levels[(await ids.person(call.viewer, name)).user_id] = level
    roles = {each.user_id: Role(each.role) for each in room.members}
    owners = {user_id for user_id, role in roles.items() if role == Role.OWNER}
    moderators = {user_id for user_id, level in levels.items() if level == MODERATOR} & roles.keys()
    made = dict.fromkeys(moderators, MODERATOR) | dict.fromkeys(owners, OWNER)
    others = {name: level for name, level in call.body.items() if name != "users"}
    if made != {user_id: level for user_id, level in levels.items() if level} or any(
        known.get(name) != level for name, level in others.items()
    ):
        raise _other_levels()
    for user_id, role in roles.items():
        new = Role.MODERATOR if user_id in moderators else Role.MEMBER
        if role not in (Role.OWNER, new):
            await memberships.change_role(call.viewer, room.room_id, user_id, new)


async def of_alias(_call: Call) -> Answer:
    """Return the room of an alias: rooms have none here."""
    raise NotFound


async def public(call: Call) -> Answer:
    """Return public rooms, which anybody may join; those with most members first."""
    words = ""
    if call.request.method == "POST":
        wanted = call.body.get("filter")
        words = wanted.get("generic_search_term") or "" if isinstance(wanted, dict) else ""
    found = await rooms.discover(call.viewer, words)
    chunk: list[dict[str, Any]] = [
        {
            "room_id": ids.of_room(each.room_id),
            "name": each.name,
            "topic": each.topic,
            "num_joined_members": each.members,
            "world_readable": False,
            "guest_can_join": False,
            "join_rule": "public",
        }
        for each in found
    ]
    return {"chunk": chunk, "total_room_count_estimate": len(chunk)}


def _encryption(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return how a new room is to be encrypted; None if it is not."""
    parts = body.get("initial_state", [])
    if not isinstance(parts, list):
        raise Malformed("initial_state")
    for each in parts:
        if isinstance(each, dict) and each.get("type") == "m.room.encryption":
            return object_of(each, "content")
    return None


def _not_settable() -> MatrixError:
    return MatrixError(
        403,
        "M_FORBIDDEN",
        _("Apps can set only the name, the topic, the pins, the roles and encryption."),
    )


def _other_levels() -> MatrixError:
    sentence = _("Apps can make somebody a moderator or a member, and change no other power level.")
    return MatrixError(403, "M_FORBIDDEN", sentence)
