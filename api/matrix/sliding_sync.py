"""`POST sync` as a sliding window (MSC4186): what is new of the rooms that an app shows.

It says the same as `GET sync`, from the same service, in another shape.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Raw

from api.matrix import encoding, ids, keys, requests, sliding_request, state, sync
from api.matrix.errors import MatrixError
from api.matrix.people import note_presence
from api.matrix.requests import Answer, Call
from api.matrix.required_state import MEMBER, Required
from models import RoomKind
from services.accounts.sessions import sessions
from services.core.dto import CurrentUser, UserSummary
from services.keys import key_devices
from services.keys.device_lists import ListNews
from services.keys.key_devices import KeyCounts
from services.rooms.members.invitations import InvitationView
from services.sync import connections, timeline, windows
from services.sync.connections import UnknownPosition
from services.sync.items import Happening
from services.sync.positions import InvalidPosition
from services.sync.room_state import RoomState
from services.sync.windows import RoomTold, Told

Members = Mapping[int, Sequence[UserSummary]]


async def answer(call: Call) -> Answer:
    """Answer with what is new in an app's lists and rooms."""
    asked, name = sliding_request.asked(call), sliding_request.connection(call)
    note_presence(call)
    pos, seconds = call.query("pos"), call.number("timeout", 0) / 1000
    try:
        connection = connections.find(call.viewer, name, pos)
        known = connection.at(pos) if pos else connections.State()
        told = await windows.wait(call.viewer, asked, connection, known, seconds, call.when_gone)
    except (UnknownPosition, InvalidPosition) as error:
        raise MatrixError(400, "M_UNKNOWN_POS", UnknownPosition().message) from error
    is_empty = told is None or told.is_empty
    if is_empty and not await sessions.resume_bearer(call.token):  # ended while it waited
        raise await requests.unknown_token(call.token)
    if told is None:
        nothing = {"pos": pos, "lists": {}, "rooms": {}}
        return nothing | {"extensions": await _early(call.viewer, asked.extensions)}
    shown = {
        "lists": {each: {"count": count} for each, count in told.counts.items()},
        "rooms": await _rooms(call.viewer, told),
        "extensions": await _extensions(call, told),
    }
    return {"pos": connections.keep(call.viewer, name, connection, told.state), **shown}


async def _rooms(viewer: CurrentUser, told: Told) -> dict[str, Any]:
    people = await _lazy_members(viewer, told)
    made = {
        ids.of_room(each.news.room_id): await _room(viewer, each, people) for each in told.rooms
    }
    made |= {
        ids.of_room(each.room_id): _invited(viewer, each, told.position.message_id)
        for each in told.news.invitations
    }
    return made | {ids.of_room(each.room_id): _left(each) for each in told.left}


async def _lazy_members(viewer: CurrentUser, told: Told) -> Members:
    """Return, by room, who wrote what is shown, where that is not in the state that is told.

    They are told again each time, as in `GET sync`.
    """
    doers = {
        each.news.room_id: sync.writers(each.news.timeline.items)
        for each in told.rooms
        if each.news.timeline.items and not each.is_whole
        if Required(each.wanted.parts, viewer).is_lazy
    }
    return await timeline.members_among(viewer, doers) if doers else {}


async def _room(viewer: CurrentUser, told: RoomTold, people: Members) -> dict[str, Any]:
    """Return what is new in a room; what is not said of it is as it was."""
    news, part = told.news, told.news.timeline
    items = part.items if told.wanted.limit else ()
    required = Required(told.wanted.parts, viewer)
    made: dict[str, Any] = {
        "bump_stamp": told.bump,
        "notification_count": news.unread,
        "highlight_count": news.mentions,
        "timeline": encoding.events(items, news.state, viewer),
        "num_live": min(told.live, len(items)),
        "limited": part.has_more or len(items) < len(part.items),
        "prev_batch": part.before.token,
    }
    flags = {
        "initial": told.is_new,
        "is_dm": told.is_direct,
        "unstable_expanded_timeline": told.is_deeper,
    }
    made |= {name: True for name, is_so in flags.items() if is_so}
    if told.members is not None:
        made |= {"joined_count": told.members, "invited_count": 0}
    if told.is_whole and news.state:
        made |= _called(news.state, viewer)
        doers = sync.writers(items)
        made["required_state"] = await state.encoded(
            news.state, lambda room: required.of(room, doers, news.gone)
        )
        return made
    changed = required.changed(part.items, news.state)
    others = (
        each
        for each in people.get(news.room_id, ())
        if (MEMBER, ids.of_person(each)) not in changed
    )
    made["required_state"] = [*changed.values(), *state.some_members(news.room_id, others)]
    if renamed := Required([("m.room.name", "")], viewer).changed(part.items, news.state):
        made["name"] = renamed["m.room.name", ""]["content"]["name"]
    return made


def _called(room: RoomState, viewer: CurrentUser) -> dict[str, Any]:
    """Return what a room is called, or who makes its title if it has no name."""
    if room.name:
        return {"name": room.name}
    others = [each for each in room.members if each.user_id != viewer.user_id]
    heroes = others[: state.MAX_HEROES]
    return {
        "heroes": [
            {"user_id": ids.of_person(each), "displayname": each.display_name} for each in heroes
        ]
    }


def _invited(viewer: CurrentUser, view: InvitationView, bump: int) -> dict[str, Any]:
    shown = state.invitation(view, viewer)
    made = {
        "initial": True,
        "bump_stamp": bump,
        "notification_count": 0,
        "highlight_count": 0,
        "invite_state": shown["invite_state"]["events"],
    }
    return made | ({"is_dm": True} if view.kind == RoomKind.DIRECT else {})


def _left(how: Happening) -> dict[str, Any]:
    event = encoding.event(how)
    return {
        "bump_stamp": how.after_id,
        "notification_count": 0,
        "highlight_count": 0,
        "required_state": [event],
        "timeline": [event],
        "num_live": 1,
        "limited": False,
    }


async def _extensions(call: Call, told: Told) -> dict[str, Any]:
    """Return what an app is told besides rooms: of what it wants, and the chat has."""
    made: dict[str, Any] = {
        windows.TO_DEVICE: {
            "next_batch": told.got.token,
            "events": [sync.sent(each) for each in told.news.to_device],
        },
        windows.ENCRYPTION: _encryption(told.news.keys, told.news.device_lists),
        windows.RECEIPTS: {
            "rooms": {
                ids.of_room(room_id): sync.receipt_event(found)
                for room_id, found in told.news.receipts.items()
            }
        },
        "account_data": await _account_data(call.viewer, told),
        "typing": {
            "rooms": {
                ids.of_room(room_id): sync.typing_event(typing)
                for room_id, typing in told.news.typing.items()
            }
        },
    }
    return {name: found for name, found in made.items() if name in told.state.extensions}


async def _early(viewer: CurrentUser, wanted: Collection[str]) -> dict[str, Any]:
    """Return what an app is told also where it is told nothing new: else it would make new keys."""
    if windows.ENCRYPTION not in wanted:
        return {}
    return {windows.ENCRYPTION: _encryption(await key_devices.counts(viewer), ListNews())}


def _encryption(left: KeyCounts, lists: ListNews) -> dict[str, Any]:
    return {"device_lists": keys.lists(lists), **keys.counts(left)}


async def _account_data(viewer: CurrentUser, told: Told) -> dict[str, Any]:
    rooms: dict[str, list[Any]] = {}
    for room_id, kind, text in told.news.account_data:
        if room_id:
            content = Raw(text.encode())
            rooms.setdefault(ids.of_room(room_id), []).append({"type": kind, "content": content})
    has_new = any(each.is_new and each.is_direct for each in told.rooms)
    derives = told.is_first or has_new
    return {"global": await sync.general_data(viewer, told.news, derives=derives), "rooms": rooms}
