"""Profiles, finding people, presence, typing, and how far one has read."""

from typing import Any

from api.matrix import ids, media_ids
from api.matrix.errors import Malformed, MatrixError
from api.matrix.requests import Answer, Call
from models.clock import now
from services.accounts import accounts
from services.core.dto import UserSummary
from services.core.errors import NotFound
from services.core.i18n import _
from services.files import avatars
from services.rooms import presence, quick_search, typing
from services.rooms.presence import Presence, State
from services.rooms.quick_search import Among
from services.rooms.reading import read_positions
from services.sync import lookup

MAX_FOUND = 20
"""People whom an app finds, unless it asks for fewer."""
_PRESENCE = {
    State.ACTIVE: "online",
    State.AWAY: "unavailable",
    State.OFFLINE: "offline",
}


async def profile(call: Call) -> Answer:
    """Return what a person is called, and their picture."""
    return profile_of(await ids.person(call.viewer, call.path("user")))


async def display_name(call: Call) -> Answer:
    """Return what a person is called."""
    person = await ids.person(call.viewer, call.path("user"))
    return {"displayname": person.display_name}


async def avatar_url(call: Call) -> Answer:
    """Return the picture of a person."""
    person = await ids.person(call.viewer, call.path("user"))
    address = media_ids.of_person(person)
    return {"avatar_url": address} if address else {}


def profile_of(person: UserSummary, name: str = "displayname") -> dict[str, str]:
    """Return what others see of a person; `name` is what the name is called where it is told."""
    address = media_ids.of_person(person)
    return {name: person.display_name} | ({"avatar_url": address} if address else {})


async def set_display_name(call: Call) -> Answer:
    """Set what the viewer is called; nothing means their username."""
    ids.require_own(call.viewer, call.path("user"))
    name = _given(call, "displayname")
    await accounts.change_profile(call.viewer, display_name=name, hue=call.viewer.hue)
    return {}


async def set_avatar(call: Call) -> Answer:
    """Make a picture that was uploaded the viewer's; nothing means none."""
    ids.require_own(call.viewer, call.path("user"))
    url = _given(call, "avatar_url")
    if not url:
        await avatars.remove(call.viewer)
    elif url != media_ids.of_person(call.viewer):
        await avatars.use(call.viewer, media_ids.file_at(url))
    return {}


def _given(call: Call, name: str) -> str:
    """Return a text that may be missing where it is null. Raises `Malformed`."""
    return call.text(name) if call.body.get(name, "") is not None else ""


async def search(call: Call) -> Answer:
    """Find people by name, as the chat does while somebody types."""
    most = call.body.get("limit", MAX_FOUND)
    if type(most) is not int or most < 1:
        raise Malformed("limit")
    words = ids.name_typed(call.text("search_term"))
    found = await quick_search.find(call.viewer, words, among=Among.PEOPLE)
    people = [person for each in found for person in each.people][: min(most, MAX_FOUND)]
    return {
        "results": [
            {"user_id": ids.of_person(each), **profile_of(each, "display_name")} for each in people
        ],
        "limited": len(found) >= MAX_FOUND or len(found) > len(people),
    }


async def presence_of(call: Call) -> Answer:
    """Return whether a person is here. Raises `NotFound` for those whose presence is hidden."""
    person = await ids.person(call.viewer, call.path("user"))
    found = (await presence.of(call.viewer, [person.user_id])).get(person.user_id)
    if found is None:
        raise NotFound
    return presence_content(found)


def presence_content(found: Presence) -> dict[str, Any]:
    """Return whether a person is here, or when they were last."""
    state = State(found.state)
    made: dict[str, Any] = {
        "presence": _PRESENCE[state],
        "currently_active": state is State.ACTIVE,
    }
    if found.last_seen_at:
        made["last_active_ago"] = int((now() - found.last_seen_at).total_seconds() * 1000)
    return made


async def set_presence(call: Call) -> Answer:
    """Note whether the viewer uses the app; that they have left shows by itself after a while."""
    ids.require_own(call.viewer, call.path("user"))
    presence.set_by_app(call.viewer, _state(call.text("presence"), "presence"))
    return {}


def note_presence(call: Call) -> None:
    """Note the same of an app that says it with its sync; "offline" leaves it as it is."""
    if wanted := call.query("set_presence"):
        state = _state(wanted, "set_presence")
        if state is not State.OFFLINE:
            presence.set_by_app(call.viewer, state)


def _state(wanted: str, name: str) -> State:
    """Return the state that a word means. Raises `Malformed`, with the `name` of the field."""
    state = next((each for each, word in _PRESENCE.items() if word == wanted), None)
    if state is None:
        raise Malformed(name)
    return state


async def type_in(call: Call) -> Answer:
    """Show others that the viewer types; that they have stopped shows by itself."""
    room_id = ids.room(call.path("room"))
    ids.require_own(call.viewer, call.path("user"))
    if call.body.get("typing") is True:
        await typing.publish(call.viewer, room_id)
    return {}


async def receipt(call: Call) -> Answer:
    """Note how far the viewer has read."""
    await _read(call, call.path("event"))
    return {}


async def markers(call: Call) -> Answer:
    """Note the same, from the other address for it."""
    for name in ("m.read", "m.read.private", "m.fully_read"):
        if event := call.body.get(name):
            if not isinstance(event, str):
                raise MatrixError(400, "M_BAD_JSON", _("This is not the id of an event."))
            await _read(call, event)
            break
    return {}


async def _read(call: Call, event: str) -> None:
    room_id, found = ids.room(call.path("room")), ids.event(event)
    if found.is_message:
        number = found.number
    else:
        number = (await lookup.happening(call.viewer, room_id, found.number)).after_id
    seq = await lookup.seq_upto(call.viewer, room_id, number)
    if seq:
        read_positions.mark_read(call.viewer, room_id, seq)
