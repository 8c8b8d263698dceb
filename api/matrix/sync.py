"""`GET sync`: what is new since a position, at once or when something is."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Raw

from api.matrix import (
    derived_data,
    encoding,
    filters,
    ids,
    json_answer,
    keys,
    people,
    requests,
    state,
)
from api.matrix.filters import Filter
from api.matrix.requests import Answer, Call
from services.accounts.sessions import sessions
from services.core.dto import CurrentUser, UserSummary
from services.core.events import Typing
from services.keys.to_device import ToDevice
from services.rooms.presence import Companion
from services.rooms.reading.receipts import Receipt
from services.sync import polls, positions, sync, timeline
from services.sync.items import Happening, Item, Post
from services.sync.news import News, RoomNews
from services.sync.room_state import RoomState


async def answer(call: Call) -> Answer:
    """Answer with what is new."""
    people.note_presence(call)
    wanted = filters.parse(call.query("filter"))
    since = call.query("since")
    if not since:
        news = await sync.since(call.viewer, None, wanted.limit)
        return await _shown(call.viewer, news, wanted, is_first=True)
    position = positions.parse(since)
    seconds = call.number("timeout", 0) / 1000
    news = await polls.wait(call.viewer, position, wanted.limit, seconds, call.when_gone)
    if news.is_empty and not await sessions.resume_bearer(call.token):  # ended while it waited
        raise await requests.unknown_token(call.token)
    return await _shown(call.viewer, news, wanted, is_first=False)


async def _shown(
    viewer: CurrentUser, news: News, wanted: Filter, *, is_first: bool
) -> dict[str, Any]:
    told = await _unknown_writers(viewer, news) if wanted.is_lazy else {}
    joined = {}
    for each in news.rooms:
        joined[ids.of_room(each.room_id)] = await _room(viewer, each, wanted, told)
        if each.is_new:
            await asyncio.sleep(0)  # a first answer takes long: others come in between
    for room_id, kind, text in news.account_data:
        if room_id in news.room_ids:
            stored = joined.setdefault(ids.of_room(room_id), {}).setdefault("account_data", {})
            stored.setdefault("events", []).append({"type": kind, "content": Raw(text.encode())})
    ephemeral = [(room_id, typing_event(found)) for room_id, found in news.typing.items()]
    ephemeral += [(room_id, receipt_event(found)) for room_id, found in news.receipts.items()]
    for room_id, event in ephemeral:
        told_there = joined.setdefault(ids.of_room(room_id), {}).setdefault("ephemeral", {})
        told_there.setdefault("events", []).append(event)
    rooms = {
        "join": joined,
        "invite": {
            ids.of_room(each.room_id): state.invitation(each, viewer) for each in news.invitations
        },
        "leave": {ids.of_room(each.room_id): _left(each) for each in news.left},
    }
    derives = is_first or any(each.is_new for each in news.rooms)
    return {
        "next_batch": news.position.token,
        "rooms": {name: found for name, found in rooms.items() if found},
        "account_data": {"events": await general_data(viewer, news, derives=derives)},
        "presence": {"events": [presence_event(each) for each in news.presence]},
        "to_device": {"events": [sent(each) for each in news.to_device]},
        "device_lists": keys.lists(news.device_lists),
        **keys.counts(news.keys),
    }


def sent(message: ToDevice) -> dict[str, Any]:
    """Return what another device has sent."""
    content = Raw(message.content.encode())
    return {"type": message.type, "sender": ids.of_person(message.sender), "content": content}


def typing_event(typing: Iterable[Typing]) -> dict[str, Any]:
    """Return who types in a room."""
    names = [ids.of_name(each.username, each.user_id) for each in typing]
    return {"type": "m.typing", "content": {"user_ids": names}}


def presence_event(companion: Companion) -> dict[str, Any]:
    """Return whether somebody is here."""
    return {
        "type": "m.presence",
        "sender": ids.of_name(companion.username, companion.user_id),
        "content": people.presence_content(companion),
    }


def receipt_event(receipts: Iterable[Receipt]) -> dict[str, Any]:
    """Return how far people have read in a room."""
    content: dict[str, dict[str, Any]] = {}
    for each in receipts:
        readers = content.setdefault(ids.of_message(each.message_id), {}).setdefault("m.read", {})
        at = {"ts": json_answer.milliseconds(each.at)} if each.at else {}
        readers[ids.of_name(each.username, each.user_id)] = at
    return {"type": "m.receipt", "content": content}


async def general_data(viewer: CurrentUser, news: News, *, derives: bool) -> list[dict[str, Any]]:
    """Return account data that is of no room; what the chat derives only if it `derives`."""
    made: list[dict[str, Any]] = [
        {"type": kind, "content": Raw(text.encode())}
        for room_id, kind, text in news.account_data
        if not room_id and kind not in derived_data.DERIVED
    ]
    if derives:
        made += await derived_data.account_data(viewer)
    elif any(
        not room_id and kind == derived_data.IGNORED for room_id, kind, _text in news.account_data
    ):
        content = await derived_data.content(viewer, derived_data.IGNORED)
        made.append({"type": derived_data.IGNORED, "content": content})
    if news.has_levels and not any(each["type"] == derived_data.RULES for each in made):
        made.append(
            {
                "type": derived_data.RULES,
                "content": await derived_data.content(viewer, derived_data.RULES),
            }
        )
    return made


async def _room(
    viewer: CurrentUser,
    room: RoomNews,
    wanted: Filter,
    writers_of: Mapping[int, Sequence[UserSummary]],
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "timeline": {
            "events": encoding.events(room.timeline.items, room.state, viewer),
            "limited": room.timeline.has_more,
            "prev_batch": room.timeline.before.token,
        },
        "state": {"events": state.some_members(room.room_id, writers_of.get(room.room_id, ()))},
        "ephemeral": {"events": []},
        "unread_notifications": {
            "notification_count": room.unread,
            "highlight_count": room.mentions,
        },
    }
    if _tells_state(room) and room.state:
        only = writers(room.timeline.items) | {viewer.user_id} if wanted.is_lazy else None
        made["state"]["events"] = await state.encoded(room.state, partial(_state, room, only))
        made["summary"] = state.summary(room.state, viewer.user_id)
    return made


def _tells_state(room: RoomNews) -> bool:
    return room.is_new or room.timeline.has_more


async def _unknown_writers(viewer: CurrentUser, news: News) -> Mapping[int, Sequence[UserSummary]]:
    """Return, by room, the members whom an app may not have been told of, but who did something.

    It is told of them again each time: what it was told before, we do not know.
    """
    found = {
        each.room_id: writers(each.timeline.items) for each in news.rooms if not _tells_state(each)
    }
    found = {room_id: doers for room_id, doers in found.items() if doers}
    return await timeline.members_among(viewer, found) if found else {}


def _state(room: RoomNews, only: set[int] | None, now: RoomState) -> list[dict[str, Any]]:
    return [*state.events(now, only), *(state.gone(now, each) for each in room.gone)]


def writers(items: Iterable[Item]) -> set[int]:
    """Return the ids of those who have done something."""
    return {
        each.message.author.user_id if isinstance(each, Post) else each.by.user_id for each in items
    }


def _left(how: Happening) -> dict[str, Any]:
    return {
        "timeline": {"events": [encoding.event(how)], "limited": False},
        "state": {"events": []},
        "account_data": {"events": []},
    }
