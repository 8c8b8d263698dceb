"""What each operation does, as an app sees it and as the services say afterwards."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest

from services.accounts import blocks
from services.accounts.sessions import sessions
from services.core import events
from services.core.dto import CurrentUser
from services.db import database
from services.messages import history, messages, polls
from services.rooms import rooms, settings, typing
from services.rooms.members import invitations, memberships
from services.rooms.reading import read_positions
from services.sync import typing_people
from services.sync.polls import MAX_OF_PERSON
from services.webhooks import webhooks
from tests.api.matrix.app import App, Room, app_of, room_id, user_id
from tests.conftest import PASSWORD, People, add_member, person


async def texts(viewer: CurrentUser, room: int) -> list[str]:
    return [each.text for each in (await history.older(viewer, room, 10**6)).messages]


def path(room: int, rest: str) -> str:
    return f"/rooms/{quote(room_id(room))}/{rest}"


async def told(app: App, room: int) -> Room:
    """Return a room as the app knows it now."""
    await app.sync()
    return app.rooms[room_id(room)]


# -- logging in ----------------------------------------------------------------------------------


async def test_an_app_logs_in_and_out(people: People) -> None:
    stranger = App(None)
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "asha"},
        "password": PASSWORD,
        "device_id": "PHONE",
        "initial_device_display_name": "Asha's phone",
    }
    found = await stranger.do("POST", "/login", body)
    assert (found["user_id"], found["device_id"]) == (user_id(people.asha), "PHONE")
    app = App(people.asha, found["access_token"])
    assert await app.do("GET", "/account/whoami") == {
        "user_id": app.user,
        "device_id": "PHONE",
        "is_guest": False,
    }
    [device] = (await app.do("GET", "/devices"))["devices"]
    assert (device["device_id"], device["display_name"]) == ("PHONE", "Asha's phone")
    await app.do("PUT", "/devices/PHONE", {"display_name": "Old phone"})
    assert (await app.do("GET", "/devices/PHONE"))["display_name"] == "Old phone"
    await app.do("POST", "/logout", {})
    answer = await app.ask("GET", "/account/whoami")
    assert (answer.status_code, answer.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    assert answer.json()["soft_logout"] is False


async def test_a_full_id_logs_in_and_a_wrong_password_does_not(people: People) -> None:
    stranger = App(None)
    body = {"type": "m.login.password", "user": user_id(people.asha), "password": PASSWORD}
    assert (await stranger.ask("POST", "/login", body)).status_code == 200
    answer = await stranger.ask("POST", "/login", {**body, "password": "wrong"})
    assert (answer.status_code, answer.json()["errcode"]) == (403, "M_FORBIDDEN")


async def test_only_a_browser_ends_other_devices(people: People, asha: App) -> None:
    other = await app_of(people.asha)
    theirs = (await other.do("GET", "/account/whoami"))["device_id"]
    assert (await asha.ask("DELETE", f"/devices/{theirs}", {})).status_code == 403
    name = {"display_name": "Mine"}
    assert (await asha.ask("PUT", f"/devices/{theirs}", name)).status_code == 403
    assert (await asha.ask("POST", "/logout/all", {})).status_code == 403
    own = (await asha.do("GET", "/account/whoami"))["device_id"]
    assert (await asha.ask("DELETE", f"/devices/{own}", {})).status_code == 200
    assert (await asha.ask("GET", "/account/whoami")).status_code == 401
    await other.do("GET", "/account/whoami")


# -- messages ------------------------------------------------------------------------------------


async def test_messages_go_both_ways(people: People, asha: App) -> None:
    await asha.sync()
    event = await asha.send(people.room, "**Hello** @ben")
    assert await texts(people.ben, people.room) == ["**Hello** @ben"]
    await messages.send(people.ben, people.room, "Hello back", "number-0001", reply_to=1)
    news = await asha.sync()
    [own, reply] = news["rooms"]["join"][room_id(people.room)]["timeline"]["events"]
    assert own["event_id"] == event
    assert "<strong>Hello</strong>" in own["content"]["formatted_body"]
    assert own["content"]["m.mentions"] == {"user_ids": [user_id(people.ben)]}
    assert reply["sender"] == user_id(people.ben)
    assert reply["content"] == {
        "msgtype": "m.text",
        "body": "Hello back",
        "m.relates_to": {"m.in_reply_to": {"event_id": event}},
    }
    assert news["rooms"]["join"][room_id(people.room)]["unread_notifications"] == {
        "notification_count": 0,  # only mentions notify there
        "highlight_count": 0,
    }


async def test_the_same_transaction_stores_nothing_twice(people: People, asha: App) -> None:
    where = path(people.room, "send/m.room.message/a strange%2Fid")
    body = {"msgtype": "m.text", "body": "once"}
    answers = [await asha.do("PUT", where, body) for _time in range(2)]
    assert answers[0] == answers[1]
    assert await texts(people.asha, people.room) == ["once"]
    second = await app_of(people.asha)  # another device has transactions of its own
    assert await second.do("PUT", where, body) != answers[0]


async def test_an_edit_a_reaction_and_deletions(people: People, asha: App, ben: App) -> None:
    await ben.sync()
    event = await asha.send(people.room, "First")
    new = {"msgtype": "m.text", "body": "Second"}
    relation = {"rel_type": "m.replace", "event_id": event}
    edit = await asha.send(
        people.room, "* Second", **{"m.new_content": new, "m.relates_to": relation}
    )
    assert edit.startswith("$e")
    room = await told(ben, people.room)
    assert room.texts == {event: "Second"}
    like = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "👍"}}
    reaction = await ben.do("PUT", path(people.room, "send/m.reaction/1"), like)
    assert (await told(asha, people.room)).reactions == {
        reaction["event_id"]: (event, "👍", user_id(people.ben))
    }
    refused = await asha.ask("PUT", path(people.room, f"redact/{reaction['event_id']}/2"), {})
    assert refused.status_code == 403
    await ben.do("PUT", path(people.room, f"redact/{reaction['event_id']}/3"), {})
    assert (await told(asha, people.room)).reactions == {}
    where = path(people.room, f"redact/{event}/4")
    deletions = [await asha.do("PUT", where, {"reason": "a slip"}) for _time in range(2)]
    assert deletions[0] == deletions[1]
    assert (await told(ben, people.room)).texts == {event: None}
    found = await ben.do("GET", path(people.room, f"event/{event}"))
    assert found["content"] == {}
    assert "Second" not in str(await ben.do("GET", path(people.room, "messages"), dir="b"))


async def test_a_repeated_reaction_is_the_one_that_is_there(
    people: People, asha: App, ben: App
) -> None:
    event = await asha.send(people.room, "First")

    async def react(key: str, number: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
        where = path(people.room, f"send/m.reaction/{number}")
        return (await ben.do("PUT", where, {"m.relates_to": relation}))["event_id"]

    like, cheer = await react("👍", "1"), await react("🎉", "2")
    assert await react("👍", "3") == like
    # The same number of a transaction is another one for another operation.
    await ben.do("PUT", path(people.room, f"redact/{like}/1"), {})
    assert (await told(asha, people.room)).reactions == {cheer: (event, "🎉", user_id(people.ben))}
    again = await react("👍", "4")
    assert again not in (like, cheer)


async def test_older_apps_quote_what_they_reply_to(people: People, asha: App) -> None:
    event = await asha.send(people.room, "First")
    relation = {"m.in_reply_to": {"event_id": event}}
    await asha.send(
        people.room, "> <@asha:x> First\n> more\n\nSecond", **{"m.relates_to": relation}
    )
    assert await texts(people.asha, people.room) == ["First", "Second"]


async def test_polls_are_told_as_text(people: People, asha: App) -> None:
    await asha.sync()
    await polls.send(people.ben, people.room, "Tea?", ["Yes", "No"], "number-0001")
    [text] = (await told(asha, people.room)).texts.values()
    assert text == "Tea?\n1. Yes\n2. No"


async def test_history_is_read_in_slices_both_ways(people: People, asha: App) -> None:
    sent = [await asha.send(people.room, f"number {each}") for each in range(7)]
    found: list[str] = []
    at = {}
    while True:
        slice = await asha.do("GET", path(people.room, "messages"), dir="b", limit="3", **at)
        found += [each["event_id"] for each in slice["chunk"]]
        if "end" not in slice:
            break
        at = {"from": slice["end"]}
    assert found[:7] == sent[::-1]
    assert len(found) == len(set(found))
    forward = await asha.do("GET", path(people.room, "messages"), dir="f", limit="50")
    assert [each["event_id"] for each in forward["chunk"]] == found[::-1]
    around = await asha.do("GET", path(people.room, f"context/{sent[3]}"), limit="4")
    assert [each["event_id"] for each in around["events_before"]] == sent[1:3][::-1]
    assert [each["event_id"] for each in around["events_after"]] == sent[4:6]


# -- rooms ---------------------------------------------------------------------------------------


async def test_a_room_is_made_and_left(people: People, asha: App, chen: App) -> None:
    await asha.sync()
    await chen.sync()
    body = {"name": "Bots", "topic": "Tests", "preset": "public_chat", "invite": [chen.user]}
    made = (await asha.do("POST", "/createRoom", body))["room_id"]
    await chen.sync()
    assert made in chen.invited
    await chen.do("POST", f"/join/{quote(made)}", {})
    await asha.sync()
    assert asha.rooms[made].members == {asha.user, chen.user}
    assert asha.rooms[made].name == "Bots"
    await asha.do("PUT", f"/rooms/{quote(made)}/state/m.room.name", {"name": "Robots"})
    await asha.do("PUT", f"/rooms/{quote(made)}/state/m.room.topic/", {"topic": "New"})
    await chen.sync()
    assert chen.rooms[made].name == "Robots"
    assert await chen.do("GET", f"/rooms/{quote(made)}/state/m.room.topic") == {"topic": "New"}
    levels = {"users": {asha.user: 100, chen.user: 50}}
    await asha.do("PUT", f"/rooms/{quote(made)}/state/m.room.power_levels", levels)
    await asha.sync()
    assert asha.rooms[made].moderators == {asha.user, chen.user}
    await chen.do("POST", f"/rooms/{quote(made)}/leave", {})
    await chen.sync()
    assert made not in chen.rooms
    await asha.sync()
    assert asha.rooms[made].members == {asha.user}
    await chen.do("POST", f"/rooms/{quote(made)}/forget", {})


async def test_roles_are_all_that_power_levels_change(people: People, asha: App, ben: App) -> None:
    where = path(people.room, "state/m.room.power_levels")
    owner = {asha.user: 100}

    async def put(app: App, **levels: Any) -> int:
        return (await app.ask("PUT", where, levels)).status_code

    known = await asha.do("GET", where)
    assert await put(asha, **{**known, "users": {**owner, ben.user: 50}}) == 200
    assert (await told(asha, people.room)).moderators == {asha.user, ben.user}
    for refused in (
        {**known, "ban": 50},
        {"users": owner, "events_default": 50},
        {"users": owner, "notifications": {"room": 0}},
        {"users": {**owner, ben.user: 100}},
        {"users": {**owner, ben.user: 75}},
        {"users": {**owner, user_id(people.chen): 50}},
        {"users": {asha.user: 50}},
        {"users": {}},
    ):
        assert await put(asha, **refused) == 403, refused
        assert await asha.do("GET", where) == {**known, "users": {**owner, ben.user: 50}}
    assert await put(ben, users=owner) == 403
    assert await put(asha, users=owner) == 200, "who is missing is a member"
    assert (await told(asha, people.room)).moderators == {asha.user}


async def test_direct_messages_are_one_room_for_each_set_of_people(
    people: People, asha: App, ben: App
) -> None:
    body = {"is_direct": True, "invite": [ben.user], "preset": "trusted_private_chat"}
    made = [(await asha.do("POST", "/createRoom", body))["room_id"] for _time in range(2)]
    assert made[0] == made[1]
    await ben.sync()
    assert ben.data["m.direct"] == {asha.user: [made[0]]}
    assert ben.rooms[made[0]].members == {asha.user, ben.user}


async def test_bots_of_webhooks_come_and_go(people: People, ben: App) -> None:
    await ben.sync()
    before = ben.rooms[room_id(people.room)].members
    await webhooks.create(people.asha, people.room, "Weather")
    [hook] = await webhooks.of_room(people.asha, people.room)
    assert (await told(ben, people.room)).members - before == {user_id(hook.bot)}
    await webhooks.remove(people.asha, people.room, hook.webhook_id)
    assert (await told(ben, people.room)).members == before


async def test_an_invitation_is_over_when_it_is_declined(
    people: People, asha: App, chen: App
) -> None:
    where = room_id(people.room)
    await asha.sync()
    await chen.sync()
    await asha.do("POST", path(people.room, "invite"), {"user_id": chen.user})
    assert where in (await chen.sync())["rooms"]["invite"]
    waiting = asyncio.create_task(chen.sync(timeout="30000"))
    await waits(1)
    await invitations.decline(people.chen, people.room)
    async with asyncio.timeout(5):
        news = await waiting
    assert news["rooms"].keys() == {"leave"}
    assert where in news["rooms"]["leave"]
    assert (await asha.sync())["rooms"] == {}, "others are told nothing of it"
    await invitations.restore(people.chen, people.room)
    assert (await chen.sync())["rooms"].keys() == {"invite"}
    # What is declined and restored between two syncs is an invitation, not both.
    await invitations.decline(people.chen, people.room)
    await invitations.restore(people.chen, people.room)
    assert (await chen.sync())["rooms"].keys() == {"invite"}
    await chen.do("POST", path(people.room, "leave"), {})
    assert (await chen.sync())["rooms"].keys() == {"leave"}


async def test_a_removed_member_gets_nothing_more(people: People, asha: App, ben: App) -> None:
    await ben.sync()
    await asha.do("POST", path(people.room, "kick"), {"user_id": ben.user})
    secret = await asha.send(people.room, "without ben")
    news = await ben.sync()
    assert room_id(people.room) in news["rooms"]["leave"]
    assert "without ben" not in str(news)
    for rest in ("messages", "state", "members", f"event/{secret}", f"context/{secret}"):
        assert (await ben.ask("GET", path(people.room, rest))).status_code == 404
    assert "without ben" not in str(await ben.sync())
    assert "without ben" not in str(await (await app_of(people.ben)).sync())


async def test_who_is_gone_is_told_by_whom(people: People, asha: App, ben: App) -> None:
    for app in (asha, ben):
        await app.sync()
    told = []
    for _time in range(2):
        await asha.do("POST", path(people.room, "kick"), {"user_id": ben.user})
        news = await ben.sync()
        [leave] = news["rooms"]["leave"][room_id(people.room)]["timeline"]["events"]
        assert (leave["sender"], leave["state_key"]) == (asha.user, ben.user)
        assert leave["content"] == {"membership": "leave"}
        news = await asha.sync()
        events = news["rooms"]["join"][room_id(people.room)]["timeline"]["events"]
        assert {**leave, "room_id": room_id(people.room)} in events
        told.append(leave["event_id"])
        await add_member(people.asha, people.room, "ben")
        await ben.sync()
    assert told[0] != told[1]


async def test_a_deleted_room_is_left(people: People, asha: App, ben: App) -> None:
    await ben.sync()
    await settings.delete(
        people.asha, people.room, (await rooms.get(people.asha, people.room)).name
    )
    news = await ben.sync()
    [leave] = news["rooms"]["leave"][room_id(people.room)]["timeline"]["events"]
    assert (leave["sender"], leave["state_key"]) == (asha.user, ben.user)
    assert ben.rooms.keys() == {room_id(1)}


async def test_another_state_has_another_id(people: People, asha: App) -> None:
    async def known() -> dict[str, str]:
        found = await asha.do("GET", path(people.room, "state"))
        return {each["event_id"]: each["type"] for each in found}

    before = await known()
    where = path(people.room, "state/m.room.name")
    new = (await asha.do("PUT", where, {"name": "Another"}))["event_id"]
    after = await known()
    assert after[new] == "m.room.name"
    assert new not in before
    assert before.keys() - after.keys() == {
        each for each, kind in before.items() if kind == "m.room.name"
    }
    assert len(after) == len(before)


async def test_pins(people: People, asha: App) -> None:
    event = await asha.send(people.room, "Important")
    where = path(people.room, "state/m.room.pinned_events")
    await asha.do("PUT", where, {"pinned": [event]})
    assert (await told(asha, people.room)).pinned == [event]
    await asha.do("PUT", where, {"pinned": []})
    assert (await told(asha, people.room)).pinned == []


async def test_public_rooms_are_found(people: People, chen: App) -> None:
    made = await rooms.create(people.asha, name="Chess", topic="", private=False)
    found = (await chen.do("GET", "/publicRooms"))["chunk"]
    assert {each["name"] for each in found} == {"Lobby", "Chess"}
    body = {"filter": {"generic_search_term": "chess"}}
    assert [each["room_id"] for each in (await chen.do("POST", "/publicRooms", body))["chunk"]] == [
        room_id(made)
    ]
    assert room_id(made) not in (await chen.do("GET", "/joined_rooms"))["joined_rooms"]
    members = await (await app_of(people.asha)).do("GET", path(made, "joined_members"))
    assert members["joined"] == {user_id(people.asha): {"display_name": "asha"}}


@pytest.mark.parametrize("limit", [20, 1])
async def test_who_writes_is_told_with_it_to_apps_that_want_only_those(
    people: People, asha: App, ben: App, limit: int
) -> None:
    await add_member(people.asha, people.room, "chen")
    await messages.send(people.chen, people.room, "Before", "number-0001")
    only = {"lazy_load_members": True}
    first, wanted = (
        json.dumps({"room": {"state": only, "timeline": {"limit": each}}}) for each in (1, limit)
    )
    name, chen = room_id(people.room), user_id(people.chen)
    await asha.sync(filter=first)
    assert ben.user not in asha.rooms[name].members
    await ben.send(people.room, "Hello")
    await ben.send(people.room, "Hello again")
    await asha.sync(filter=wanted)
    assert {ben.user, asha.user} <= asha.rooms[name].members
    await messages.send(people.chen, people.room, "Bye", "number-0002")
    await memberships.leave(people.chen, people.room)
    await asha.sync(filter=wanted)
    assert chen not in asha.rooms[name].members
    history = await asha.do("GET", path(people.room, "messages"), dir="b", filter=json.dumps(only))
    assert ben.user in {each["state_key"] for each in history["state"]}
    assert chen not in {each["state_key"] for each in history["state"]}
    assert "state" not in await asha.do("GET", path(people.room, "messages"), dir="b")


# -- people --------------------------------------------------------------------------------------


async def test_somebody_types_and_stops_when_they_have_sent(
    people: People, asha: App, ben: App
) -> None:
    await asha.sync()
    await ben.do("PUT", path(people.room, f"typing/{ben.user}"), {"typing": True})
    news = await asha.sync()
    told = news["rooms"]["join"][room_id(people.room)]["ephemeral"]["events"]
    assert told == [{"type": "m.typing", "content": {"user_ids": [ben.user]}}]
    await ben.send(people.room, "Hello")
    news = await asha.sync()
    told = news["rooms"]["join"][room_id(people.room)]["ephemeral"]["events"]
    assert told == [{"type": "m.typing", "content": {"user_ids": []}}]
    refused = await ben.ask("PUT", path(people.room, f"typing/{asha.user}"), {"typing": True})
    assert refused.status_code == 403


async def test_who_must_not_see_that_somebody_types_is_told_nothing(
    people: People, asha: App, ben: App, chen: App
) -> None:
    await add_member(people.asha, people.room, "chen")
    await blocks.block(people.ben, "asha")
    for app in (asha, ben, chen):
        await app.sync()
    since = asha.since, ben.since
    waiting = [asyncio.create_task(app.sync(timeout="30000")) for app in (asha, ben, chen)]
    await waits(3)
    await typing.publish(await sessions.current(people.ben), people.room)
    async with asyncio.timeout(5):
        assert typing_in(people.room, await waiting[2]) == [user_id(people.ben)]
    await messages.send(people.chen, people.room, "Now", "number-0001")
    for task in waiting[:2]:
        async with asyncio.timeout(5):
            assert typing_in(people.room, await task) is None
    # That they have stopped is told to the same people.
    typing_people.forget(people.room, people.ben.user_id)
    for app, at in zip((asha, ben), since, strict=True):
        news = await app.do("GET", "/sync", since=at)
        assert typing_in(people.room, news) is None
    assert typing_in(people.room, await chen.sync()) == []


def typing_in(room: int, news: dict[str, Any]) -> list[str] | None:
    """Return who types in a room as an answer has it; None if it does not say."""
    events = news["rooms"]["join"][room_id(room)]["ephemeral"]["events"]
    return events[0]["content"]["user_ids"] if events else None


async def test_typing_in_many_rooms_is_bounded() -> None:
    for room in range(typing_people.MAX_ROOMS + 5):
        typing_people.hear(events.Typing(room, 1, "asha", "asha"))
        typing_people.hear(events.Typing(room, 2, "ben", "ben"))
    assert len(typing_people._rooms) == typing_people.MAX_ROOMS
    assert all(typing_people._rooms.values())
    for person_id in range(typing_people.MAX_PEOPLE + 5):
        typing_people.hear(events.Typing(1, person_id, "asha", "asha"))
    assert len(typing_people._rooms[1]) == typing_people.MAX_PEOPLE
    typing_people.clear()


async def test_what_is_read_counts_as_read(people: People, asha: App, ben: App) -> None:
    event = await asha.send(people.room, "Hello")
    assert (await rooms.get(people.ben, people.room)).unread == 1
    await ben.do("POST", path(people.room, f"receipt/m.read/{event}"), {})
    await read_positions.flush()
    assert (await rooms.get(people.ben, people.room)).unread == 0
    later = await asha.send(people.room, "Hello again")
    await ben.do("POST", path(people.room, "read_markers"), {"m.fully_read": later})
    await read_positions.flush()
    assert (await rooms.get(people.ben, people.room)).unread == 0


async def test_what_is_read_elsewhere_is_told_to_other_apps(
    people: People, asha: App, ben: App
) -> None:
    name = room_id(people.room)
    for text in ("One @ben", "Two @ben"):
        await asha.send(people.room, text)
    await ben.sync()
    waiting = asyncio.create_task(ben.sync(timeout="30000"))
    await waits(1)
    await read(people.ben, people.room, 1)
    async with asyncio.timeout(5):
        news = await waiting
    assert news["rooms"]["join"][name]["unread_notifications"] == {
        "notification_count": 1,
        "highlight_count": 1,
    }
    assert news["rooms"]["join"][name]["timeline"]["events"] == []
    await read(people.ben, people.room, 2)  # no request waits now
    news = await ben.sync()
    assert news["rooms"]["join"][name]["unread_notifications"]["notification_count"] == 0
    assert name not in (await ben.sync())["rooms"].get("join", {})
    await asha.sync()
    assert name not in (await asha.sync())["rooms"].get("join", {})


async def read(viewer: CurrentUser, room: int, seq: int) -> None:
    """Read a room on a page, up to a message."""
    read_positions.mark_read(viewer, room, seq)
    await read_positions.flush()


async def test_profiles_and_names_of_other_scripts(people: People, asha: App) -> None:
    maya = await person("माया")
    name = f"@u/{maya.user_id}:{asha.user.partition(':')[2]}"
    assert await asha.do("GET", f"/profile/{quote(name, safe='')}") == {"displayname": "माया"}
    await asha.do("POST", path(people.room, "invite"), {"user_id": name})
    app = await app_of(maya)
    assert (await app.do("GET", "/account/whoami"))["user_id"] == name
    await app.do("POST", path(people.room, "join"), {})
    assert name in (await told(asha, people.room)).members


async def test_blocked_people_are_those_whom_apps_ignore(people: People, asha: App) -> None:
    await blocks.block(people.asha, "ben")
    await asha.sync()
    assert asha.data["m.ignored_user_list"] == {"ignored_users": {user_id(people.ben): {}}}
    await blocks.unblock(people.asha, "ben")
    await asha.sync()
    assert asha.data["m.ignored_user_list"] == {"ignored_users": {}}
    waiting = asyncio.create_task(asha.sync(timeout="30000"))
    await waits(1)
    await blocks.block(people.asha, "chen")
    async with asyncio.timeout(5):
        await waiting
    assert asha.data["m.ignored_user_list"] == {"ignored_users": {user_id(people.chen): {}}}
    assert (await asha.sync())["account_data"]["events"] == []


async def test_account_data_is_kept_and_told(people: People, asha: App, ben: App) -> None:
    other = await app_of(people.asha)
    await other.sync()
    where = f"/user/{quote(asha.user)}/account_data/org.example.colours"
    await asha.do("PUT", where, {"accent": "red"})
    assert await asha.do("GET", where) == {"accent": "red"}
    await other.sync()
    del other.data["m.push_rules"]
    assert other.data == {
        "org.example.colours": {"accent": "red"},
        "m.direct": {},
        "m.ignored_user_list": {"ignored_users": {}},
    }
    assert (await ben.ask("GET", where)).status_code == 403
    in_room = f"/user/{quote(asha.user)}/rooms/{quote(room_id(people.room))}/account_data/org.x"
    await asha.do("PUT", in_room, {"order": 1})
    news = await other.sync()
    told = news["rooms"]["join"][room_id(people.room)]["account_data"]["events"]
    assert told == [{"type": "org.x", "content": {"order": 1}}]


# -- waiting -------------------------------------------------------------------------------------


async def test_a_request_waits_until_something_happens(people: People, asha: App) -> None:
    await asha.sync()
    waiting = asyncio.create_task(asha.sync(timeout="30000"))
    await waits(1)
    assert not waiting.done()
    await messages.send(people.ben, people.room, "Now", "number-0001")
    async with asyncio.timeout(5):
        news = await waiting
    assert "Now" in str(news)


async def waits(number: int) -> None:
    """Wait until this many requests wait."""
    from services.sync import polls as open_polls

    async with asyncio.timeout(5):
        while open_polls.count() < number:
            await asyncio.sleep(0.01)


async def test_the_end_of_a_session_ends_what_waits(people: People, asha: App) -> None:
    await asha.sync()
    waiting = asyncio.create_task(asha.ask("GET", "/sync", timeout="30000", since=asha.since))
    await waits(1)
    await asyncio.sleep(0)
    await sessions.end_others(people.asha)
    async with asyncio.timeout(1):
        answer = await waiting
    assert (answer.status_code, answer.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")


async def test_the_oldest_of_too_many_that_wait_is_answered(people: People, asha: App) -> None:
    await asha.sync()
    query = {"timeout": "30000", "since": asha.since}
    waiting = [asyncio.create_task(asha.ask("GET", "/sync", **query))]
    await waits(1)
    more = range(MAX_OF_PERSON)
    waiting += [asyncio.create_task(asha.ask("GET", "/sync", **query)) for _each in more]
    async with asyncio.timeout(5):
        first = await waiting[0]
    assert first.json()["rooms"] == {}
    assert not any(each.done() for each in waiting[1:])
    await messages.send(people.ben, people.room, "Now", "number-0001")
    async with asyncio.timeout(5):
        for each in await asyncio.gather(*waiting[1:]):
            assert "Now" in each.text


async def test_who_is_in_no_room_is_told_when_they_are(people: People, chen: App) -> None:
    for room in await rooms.mine(people.chen):
        await memberships.leave(people.chen, room.room_id)
    await chen.sync()
    assert chen.rooms == {}
    waiting = asyncio.create_task(chen.sync(timeout="30000"))
    await waits(1)
    await memberships.join(people.chen, 1)
    async with asyncio.timeout(5):
        await waiting
    assert chen.rooms.keys() == {room_id(1)}


async def test_who_joins_while_their_app_asks_gets_the_room(
    people: People, chen: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in await rooms.mine(people.chen):
        await memberships.leave(people.chen, room.room_id)
    await chen.sync()
    read, joined = database.look_each_cached, []

    async def and_join(*given: Any) -> Any:
        found = await read(*given)
        if not joined:
            joined.append(True)
            await memberships.join(people.chen, 1)
        return found

    monkeypatch.setattr(database, "look_each_cached", and_join)
    await chen.sync()
    await chen.sync()
    assert chen.rooms[room_id(1)].name == "Lobby"


@pytest.mark.parametrize("token", ["s999999_0_0_0_0_0_0", "s0_999999_0_0_0_0_0", "s0_0_99_0_0_0_0"])
async def test_a_position_of_a_restored_database_begins_anew(
    people: People, asha: App, token: str
) -> None:
    asha.since = token
    await asha.sync()
    assert room_id(people.room) in asha.rooms
