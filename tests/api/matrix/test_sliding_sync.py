"""The sliding sync: what an app is told of the rooms that it shows."""

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.accounts.sessions import sessions
from services.core.dto import CurrentUser
from services.messages import messages
from services.rooms import rooms, settings, typing
from services.rooms.members import direct_messages, member_settings, memberships
from services.rooms.reading import read_positions
from services.sync import connections, polls, windows
from services.sync import sync as sync_service
from tests.api.matrix import test_convergence as convergence
from tests.api.matrix.app import App, Room, app_of, room_id, user_id
from tests.api.matrix.keys import SIGNED, claim, identity, upload
from tests.api.matrix.test_bad_input import refused
from tests.conftest import People, add_member

PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
EVERYTHING = [["*", "*"]]
EXTENSIONS = ("account_data", "typing", "receipts", "to_device", "e2ee")


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    connections.clear()
    yield
    connections.clear()


def listed(first: int, last: int, limit: int = 5, state: Any = None, **more: Any) -> dict[str, Any]:
    """Return a request for a list of rooms."""
    required = EVERYTHING if state is None else state
    each = {"ranges": [[first, last]], "timeline_limit": limit, "required_state": required, **more}
    enabled = {name: {"enabled": True} for name in EXTENSIONS}
    return {"conn_id": "main", "lists": {"all": each}, "extensions": enabled}


async def ask(app: App, body: Any, **query: str) -> httpx.Response:
    """Send a request."""
    content = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    return await app.http.request("POST", PATH, content=content, params=query)


class Sliding:
    """An app that asks with a sliding sync, and puts together what it is told."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.pos = ""
        self.known: dict[str, dict[str, Any]] = {}
        """All that was said of a room, the last of each."""

    async def sync(self, body: Any, **query: str) -> dict[str, Any]:
        """Ask for what is new, and take it over; return it."""
        answer = await ask(self.app, body, **({"pos": self.pos} if self.pos else {}), **query)
        assert answer.status_code == 200, answer.text
        news: dict[str, Any] = answer.json()
        self.pos = news["pos"]
        for name, told in news["rooms"].items():
            self._take(name, told)
        return news

    def _take(self, name: str, told: dict[str, Any]) -> None:
        own = ("m.room.member", self.app.user)
        if told.get("initial"):
            self.known.pop(name, None)
            self.app.rooms.pop(name, None)
        if "invite_state" in told:
            self.app.invited[name] = told["invite_state"]
            return
        room = self.app.rooms.setdefault(name, Room())
        if told.get("limited"):
            room.gaps.append(told["prev_batch"])
        for event in told["timeline"]:
            if event["event_id"] in room.seen and told.get("unstable_expanded_timeline"):
                continue
            room.take({each: event[each] for each in event if each != "state_key"})
        for event in told["required_state"]:
            room.state[event["type"], event["state_key"]] = event["content"]
        self.known.setdefault(name, {}).update(told)
        if room.state.get(own, {}).get("membership") == "leave":
            del self.app.rooms[name], self.known[name]


async def sliding(viewer: CurrentUser) -> Sliding:
    """Return a new app of a person."""
    return Sliding(await app_of(viewer))


@pytest.mark.parametrize("number", range(6))
async def test_an_app_knows_what_a_page_shows(people: People, number: int, no_limits: None) -> None:
    dice = random.Random(number)
    public = await rooms.create(people.asha, name="Open", topic="", private=False)
    await memberships.join(people.chen, public)
    await add_member(people.asha, people.room, "chen")
    chat = convergence.Chat(people, public, dice)
    apps = [await sliding(each) for each in chat.people]
    who_is = {each.user_id: user_id(each) for each in chat.people}
    for _round in range(12):
        for _act in range(dice.randint(0, 12)):
            await chat.act()
        for app in apps:
            if dice.random() < 0.7:  # sometimes only the first room, so that others fall behind
                state = EVERYTHING if dice.random() < 0.7 else [["m.room.name", ""]]
                await app.sync(listed(0, dice.choice([0, 0, 9]), dice.choice([0, 1, 3, 20]), state))
            if dice.random() < 0.1:
                app.pos = ""
                app.app.rooms.clear()
    for app, viewer in zip(apps, chat.people, strict=True):
        await app.sync(listed(0, 9, 20))
        await convergence.check(app.app, viewer, who_is)
        assert (await app.sync(listed(0, 9, 20)))["rooms"] == {}, "told once"


async def test_a_room_is_told_whole_and_then_what_is_new(people: People) -> None:
    await messages.send(people.ben, people.room, "Hello, @asha", "number-000001")
    app, body = await sliding(people.asha), listed(0, 9, 5, [["m.room.member", "$LAZY"]])
    first = await app.sync(body)
    room = first["rooms"][room_id(people.room)]
    assert first["lists"] == {"all": {"count": 2}}
    assert (room["initial"], room["name"], room["joined_count"]) == (True, "Study group", 2)
    assert (room["num_live"], room["limited"], room["notification_count"]) == (0, False, 1)
    assert set(first["extensions"]) == set(EXTENSIONS)
    assert {each["type"] for each in first["extensions"]["account_data"]["global"]} == {
        "m.direct",
        "m.ignored_user_list",
        "m.push_rules",
    }
    await messages.send(people.ben, people.room, "Again, @asha", "number-000002")
    second = await app.sync(body)
    room = second["rooms"][room_id(people.room)]
    assert [each["content"]["body"] for each in room["timeline"]] == ["Again, @asha"]
    assert (room["num_live"], room["notification_count"], "initial" in room) == (1, 2, False)
    assert [each["state_key"] for each in room["required_state"]] == [user_id(people.ben)]
    assert second["extensions"]["account_data"] == {"global": [], "rooms": {}}
    # The answer did not arrive: it is told again.
    again = (await ask(app.app, body, pos=first["pos"])).json()
    assert again["rooms"] == second["rooms"]
    app.pos = again["pos"]
    await settings.change(people.asha, people.room, name="Renamed", topic="")
    room = (await app.sync(listed(0, 9, 5, [["m.room.name", ""]])))["rooms"][room_id(people.room)]
    assert room["name"] == "Renamed"
    assert [each["content"] for each in room["required_state"]] == [{"name": "Renamed"}]


async def test_only_what_is_in_the_window_is_told(people: People, no_limits: None) -> None:
    made = [
        await rooms.create(people.asha, name=f"Room {n}", topic="", private=True) for n in range(5)
    ]
    for number, room in enumerate(made):
        await messages.send(people.asha, room, "Hello", f"number-{number:06}")
    app = await sliding(people.asha)
    news = await app.sync(listed(0, 1))
    assert set(news["rooms"]) == {room_id(made[4]), room_id(made[3])}
    assert news["lists"]["all"]["count"] == 7
    await messages.send(people.asha, made[0], "New", "number-000010")  # it comes into the window
    news = await app.sync(listed(0, 1))
    assert list(news["rooms"]) == [room_id(made[0])]
    assert news["rooms"][room_id(made[0])]["initial"]
    await messages.send(people.asha, made[4], "Meanwhile", "number-000011")
    await messages.send(people.asha, made[3], "Missed", "number-000012")
    news = await app.sync(listed(0, 9))
    told = news["rooms"][room_id(made[3])]
    assert [each["content"]["body"] for each in told["timeline"]] == ["Missed"]
    assert "initial" not in told
    assert len(app.app.rooms) == 7


async def test_a_single_room_and_more_of_it(people: People) -> None:
    for number in range(6):
        await messages.send(people.ben, people.room, f"text {number}", f"number-{number:06}")
    app, chen = await sliding(people.asha), await sliding(people.chen)
    await app.sync(listed(0, 9, 1))
    wanted = {"timeline_limit": 20, "required_state": EVERYTHING}
    named = dict.fromkeys((room_id(people.room), "!9:elsewhere.example.org", "!x"), wanted)
    body = {**listed(0, 9, 1), "room_subscriptions": named}
    news = await app.sync(body)
    [told] = news["rooms"].values()
    assert told["unstable_expanded_timeline"]
    texts = [each["content"].get("body") for each in told["timeline"]]
    assert [each for each in texts if each] == [f"text {number}" for number in range(6)]
    assert (await app.sync(body))["rooms"] == {}
    only = {"conn_id": "main", "room_subscriptions": named}
    assert (await chen.sync(only))["rooms"] == {}, "chen is no member"
    await add_member(people.asha, people.room, "chen")
    assert list((await chen.sync(only, timeout="1000"))["rooms"]) == [room_id(people.room)]


async def test_who_is_invited_joins_and_leaves(people: People) -> None:
    room = await rooms.create(people.asha, name="Secret", topic="", private=True)
    app, body = await sliding(people.chen), listed(0, 9)
    await app.sync(body)
    await memberships.add(people.asha, room, "chen")
    news = await app.sync(body, timeout="1000")
    told = news["rooms"][room_id(room)]
    assert (told["initial"], news["lists"]["all"]["count"]) == (True, 2)
    own = [each for each in told["invite_state"] if each["state_key"] == app.app.user]
    assert own[0]["content"]["membership"] == "invite"
    await app.app.do("POST", f"/join/{room_id(room)}")
    told = (await app.sync(body))["rooms"][room_id(room)]
    assert (told["initial"], told["joined_count"]) == (True, 2)
    asha = await sliding(people.asha)
    await asha.sync(body)
    await memberships.remove(people.asha, room, people.chen.user_id)
    told = (await app.sync(body))["rooms"][room_id(room)]
    [left] = told["required_state"]
    assert (left["state_key"], left["content"]["membership"]) == (app.app.user, "leave")
    seen = (await asha.sync(body))["rooms"][room_id(room)]
    assert seen["joined_count"] == 1
    assert [each["content"]["membership"] for each in seen["required_state"]] == ["leave"]
    await messages.send(people.asha, room, "Among ourselves", "number-000001")
    assert (await app.sync(body))["rooms"] == {}
    await memberships.add(people.asha, room, "chen")
    await app.sync(body)
    await app.app.do("POST", f"/rooms/{room_id(room)}/leave")
    told = (await app.sync(body))["rooms"][room_id(room)]
    assert told["required_state"][0]["content"]["membership"] == "leave"
    assert (await app.sync(body))["lists"]["all"]["count"] == 1


async def test_direct_messages_and_filters(people: People) -> None:
    direct = await direct_messages.open(people.asha, ["ben"])
    app = await sliding(people.asha)
    told = (await app.sync(listed(0, 9)))["rooms"][room_id(direct)]
    assert (told["is_dm"], "name" in told) == (True, False)
    assert [each["user_id"] for each in told["heroes"]] == [user_id(people.ben)]
    for filters, count in (
        ({"is_dm": True}, 1),
        ({"is_dm": False}, 2),
        ({"is_encrypted": True}, 0),
        ({"is_encrypted": False}, 3),
        ({"is_invite": True}, 0),
        ({"room_types": ["m.space"]}, 0),
        ({"room_types": [None]}, 3),
        ({"not_room_types": ["m.space"]}, 3),
        ({"not_room_types": [None]}, 0),
        ({"room_name_like": "STUDY"}, 1),
        ({"made_up": 1}, 3),
    ):
        fresh = await sliding(people.asha)
        news = await fresh.sync(listed(0, 9, filters=filters))
        assert (filters, news["lists"]["all"]["count"]) == (filters, count)
        assert len(news["rooms"]) == count


async def test_what_is_read_elsewhere_typing_and_account_data(people: People) -> None:
    sent, _is_new = await messages.send(people.ben, people.room, "Hello", "number-000001")
    app, name = await sliding(people.asha), room_id(people.room)
    own = f"/user/{app.app.user}"
    await app.app.do("PUT", f"{own}/rooms/{name}/account_data/m.tag", {"tags": {}})
    news = await app.sync(listed(0, 9))
    assert news["extensions"]["account_data"]["rooms"] == {
        name: [{"type": "m.tag", "content": {"tags": {}}}]
    }
    waiting = asyncio.create_task(app.sync(listed(0, 9), timeout="20000"))
    await until_waits(1)
    await typing.publish(people.ben, people.room)
    news = await waiting
    said = news["extensions"]["typing"]["rooms"][name]
    assert said == {"type": "m.typing", "content": {"user_ids": [user_id(people.ben)]}}
    read_positions.mark_read(people.asha, people.room, sent.seq)
    await read_positions.flush()
    told = (await app.sync(listed(0, 9)))["rooms"][name]
    assert (told["notification_count"], told["timeline"]) == (0, [])
    without = {**listed(0, 9), "extensions": {}}
    await app.app.do("PUT", f"{own}/account_data/own.type", {"is": 1})
    assert (await app.sync(without))["extensions"] == {}
    again = (await app.sync(listed(0, 9)))["extensions"]["account_data"]["global"]
    assert {"type": "own.type", "content": {"is": 1}} in again, "it was off in between"


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ([], set()),
        ([["*", "*"]], None),
        ([["m.room.member", "$ME"]], {"asha"}),
        ([["m.room.member", "*"]], {"asha", "ben"}),
        ([["m.room.name", "*"], ["*", "$ME"]], {"asha", "m.room.name"}),
        ([["*", "*"], ["m.room.member", "$ME"]], {"asha", None}),
        ([["*", "*"], ["m.room.member", "$LAZY"]], {"ben", None}),
        ([["*", ""]], {None}),
        ([["made.up", "$LAZY"], ["m.room.topic", "x"]], set()),
    ],
)
async def test_required_state(people: People, state: Any, found: set[str | None] | None) -> None:
    await messages.send(people.ben, people.room, "Hello", "number-000001")
    app = await sliding(people.asha)
    told = (await app.sync(listed(0, 9, 1, state)))["rooms"][room_id(people.room)]
    others = {"m.room.create", "m.room.join_rules", "m.room.history_visibility"}
    others |= {"m.room.guest_access", "m.room.power_levels", "m.room.name"}
    names = {
        each["state_key"][1:].partition(":")[0] or each["type"] for each in told["required_state"]
    }
    expected = {"asha", "ben", None} if found is None else found
    wanted = (expected - {None}) | (others if None in expected else set())
    assert names == wanted


async def until_waits(number: int) -> None:
    """Return once so many requests wait."""
    while polls.count() < number:
        await asyncio.sleep(0)


async def test_bad_input(people: People, asha: App) -> None:
    for change in (
        {"ranges": [[0, 1]] * 10_000},
        {"ranges": [[-1, 5]]},
        {"ranges": [[0, True]]},
        {"ranges": [[0]]},
        {"ranges": 5},
        {"timeline_limit": -5},
        {"timeline_limit": "20"},
        {"required_state": [["m.room.member", str(n)] for n in range(1_000)]},
        {"required_state": [["m.room.member"]]},
        {"required_state": [[1, 2]]},
        {"required_state": {}},
        {"filters": {"is_dm": 1}},
        {"filters": {"room_types": 1}},
        {"filters": []},
    ):
        body = listed(0, 5)
        body["lists"]["all"] |= change
        refused(await ask(asha, body), 400, "M_BAD_JSON")
    for wrong in (
        {"lists": []},
        {"lists": {"x" * 65: {}}},
        {"lists": {str(n): {} for n in range(21)}},
        {"room_subscriptions": {f"!{n}:x": {} for n in range(201)}},
        {"room_subscriptions": {"!1:x": 5}},
        {"conn_id": 5},
        {"conn_id": "x" * 65},
        {"extensions": []},
        {"extensions": {"to_device": {"enabled": True, "since": 5}}},
    ):
        refused(await ask(asha, wrong), 400, "M_BAD_JSON")
    refused(await ask(asha, b"[]"), 400, "M_BAD_JSON")
    refused(await ask(asha, b"{"), 400, "M_NOT_JSON")
    refused(await ask(asha, b" " * 70_000), 413, "M_TOO_LARGE")
    many = listed(0, 5)
    many["lists"]["all"] |= {
        "ranges": [[10**12, 2**53], [5, 1], [0, 10**9]],
        "timeline_limit": 9**9,
    }
    news = (await ask(asha, many, timeout="x")).json()
    assert len(news["rooms"]) == 2
    assert (await ask(asha, {})).json()["rooms"] == {}


async def test_a_pos_of_another_is_unknown(people: People) -> None:
    app, ben, other = [await sliding(each) for each in (people.asha, people.ben, people.asha)]
    body = listed(0, 9)
    await app.sync(body)
    await ben.sync(body)
    wrong = (ben, app.pos), (other, app.pos), (app, "s1_0_0_0_0_0_0"), (app, "x" * 5_000)
    for asker, pos in wrong:
        refused(await ask(asker.app, body, pos=pos), 400, "M_UNKNOWN_POS")
    refused(await ask(app.app, {**body, "conn_id": "2"}, pos=app.pos), 400, "M_UNKNOWN_POS")
    first = app.pos
    await app.sync(body)
    await app.sync(body)
    refused(await ask(app.app, body, pos=first), 400, "M_UNKNOWN_POS")
    connections.clear()  # as after a restart
    refused(await ask(app.app, body, pos=app.pos), 400, "M_UNKNOWN_POS")


async def test_connections_are_bounded(
    people: People, no_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, body = await app_of(people.asha), listed(0, 9)
    given = [
        (await ask(app, {**body, "conn_id": str(n)})).json()["pos"]
        for n in range(connections.MAX_OF_PERSON + 1)
    ]
    refused(await ask(app, {**body, "conn_id": "0"}, pos=given[0]), 400, "M_UNKNOWN_POS")
    assert (await ask(app, {**body, "conn_id": "1"}, pos=given[1])).status_code == 200
    monkeypatch.setattr(connections, "MAX_KEPT", 3 * connections.CONNECTION_SIZE)
    assert (await ask(await app_of(people.ben), body)).status_code == 200
    kept = [
        (await ask(app, {**body, "conn_id": str(n)}, pos=pos)).status_code
        for n, pos in enumerate(given)
        if n > 1
    ]
    assert kept.count(200) <= 3


async def test_many_rooms_come_with_several_answers(
    people: People, no_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MAX_NEW", 2)
    for number in range(5):
        await rooms.create(people.asha, name=f"Room {number}", topic="", private=True)
    app = await sliding(people.asha)
    told = [len((await app.sync(listed(0, 99), timeout="30000"))["rooms"]) for _time in range(4)]
    assert told == [2, 2, 2, 1]
    state = [["m.room.name", ""]]
    told = [len((await app.sync(listed(0, 99, 5, state)))["rooms"]) for _time in range(4)]
    assert told == [2, 2, 2, 1]
    monkeypatch.setattr(windows, "MAX_ROOMS", 3)
    fresh = await sliding(people.asha)
    for _time in range(3):
        await fresh.sync(listed(0, 99))
    assert len(fresh.app.rooms) == 3


async def test_a_session_that_ends_while_it_waits(people: People) -> None:
    app, body = await sliding(people.asha), listed(0, 9)
    await app.sync(body)
    waiting = asyncio.create_task(ask(app.app, body, pos=app.pos, timeout="30000"))
    await until_waits(1)
    await sessions.end_others(people.asha)
    refused(await asyncio.wait_for(waiting, 2), 401, "M_UNKNOWN_TOKEN")
    refused(await ask(app.app, body, pos=app.pos), 401, "M_UNKNOWN_TOKEN")


async def test_a_new_request_of_a_connection_ends_the_one_before(people: People) -> None:
    app, body = await sliding(people.asha), listed(0, 9)
    await app.sync(body)
    given_up = asyncio.create_task(ask(app.app, body, pos=app.pos, timeout="30000"))
    await until_waits(1)
    assert (await ask(app.app, body, pos=app.pos, timeout="0")).json()["rooms"] == {}
    answer = await asyncio.wait_for(given_up, 2)
    assert (answer.status_code, answer.json()["pos"]) == (200, app.pos)


async def test_it_is_advertised(people: People, asha: App) -> None:
    versions = (await asha.http.get("/_matrix/client/versions")).json()
    assert versions["unstable_features"]["org.matrix.simplified_msc3575"] is True
    assert versions["versions"] == [f"v1.{minor}" for minor in range(1, 15)]


# -- encryption --------------------------------------------------------------------------------


class Encrypting(Sliding):
    """An app's second connection, which asks for no rooms: with it apps encrypt."""

    got = ""
    """Up to where it has got what was sent to its device."""
    body: dict[str, Any] = {"conn_id": "encryption"}

    async def ask(self, **query: str) -> dict[str, Any]:
        """Ask for what is new; return the extensions."""
        sent: dict[str, Any] = {"enabled": True, **({"since": self.got} if self.got else {})}
        body = self.body | {"extensions": {"to_device": sent, "e2ee": {"enabled": True}}}
        told: dict[str, Any] = (await self.sync(body, **query))["extensions"]
        return told

    async def take(self, **query: str) -> list[int]:
        """Ask for what is new, and take it over; return the numbers that were sent to it."""
        told = (await self.ask(**query))["to_device"]
        self.got = told["next_batch"]
        return [each["content"]["number"] for each in told["events"]]


async def send_number(sender: App, receiver: App, number: int) -> None:
    """Send a number to all devices of somebody."""
    body = {"messages": {receiver.user: {"*": {"number": number}}}}
    await sender.do("PUT", f"/sendToDevice/org.x/{number}", body)


async def test_what_is_sent_to_a_device_is_told_until_it_is_acknowledged(
    people: People, asha: App, no_limits: None
) -> None:
    app = Encrypting((await sliding(people.ben)).app)
    await send_number(asha, app.app, 1)
    first = (await app.ask())["to_device"]
    assert first["events"] == [
        {"type": "org.x", "sender": asha.user, "content": {"number": 1}},
    ]
    await send_number(asha, app.app, 2)
    # The answer did not arrive, whatever `pos` says, and also with no `pos`.
    assert [each["content"] for each in (await app.ask())["to_device"]["events"]] == [
        {"number": 1},
        {"number": 2},
    ]
    app.pos = ""
    assert await app.take() == [1, 2]
    assert await app.take() == []
    app.got = ""  # it was deleted
    assert await app.take() == []
    await send_number(asha, app.app, 3)
    app.pos = ""
    assert await app.take() == [3], "what was got is not told again by a new connection"
    # The lists of rooms of the same device say nothing of it, and take nothing away.
    rooms_alone = Sliding(app.app)
    await send_number(asha, app.app, 4)
    without = {**listed(0, 9), "extensions": {}}
    for _time in range(2):
        assert (await rooms_alone.sync(without))["extensions"] == {}
    assert await app.take() == [4]


async def test_an_odd_since_is_the_beginning(people: People, asha: App, no_limits: None) -> None:
    app = Encrypting((await sliding(people.ben)).app)
    await send_number(asha, app.app, 1)
    odd = ("0", "x", "s" * 5_000, "s0_0_0_0_99_0_0", "s0_0_0_0_1_0_77", "s0_0_0_0_99_0_77")
    for app.got in odd:
        told = (await app.ask())["to_device"]
        assert [each["content"]["number"] for each in told["events"]] == [1], app.got
    app.got = told["next_batch"]
    assert await app.take() == []


async def test_many_are_told_with_several_answers(
    people: People, asha: App, no_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_service, "MAX_TO_DEVICE", 2)
    app = Encrypting((await sliding(people.ben)).app)
    for number in range(5):
        await send_number(asha, app.app, number)
    assert [await app.take() for _time in range(4)] == [[0, 1], [2, 3], [4], []]


async def test_an_app_is_told_what_is_left_of_its_keys(
    people: People, asha: App, no_limits: None
) -> None:
    app = Encrypting((await sliding(people.ben)).app)
    device = await upload(app.app, "a", "b", fallback="spare")
    left = {"device_one_time_keys_count": {SIGNED: 2}, "device_unused_fallback_key_types": [SIGNED]}
    nobody: dict[str, Any] = {"device_lists": {"changed": [], "left": []}}
    assert (await app.ask(timeout="30000"))["e2ee"] == nobody | left
    assert (await app.ask())["e2ee"] == nobody | left, "nothing else is new"
    waiting = asyncio.create_task(app.ask(timeout="30000"))
    await until_waits(1)
    polls.answer_all()
    assert (await asyncio.wait_for(waiting, 5))["e2ee"] == nobody | left
    assert await claim(asha, app.app, device) == "a"
    assert (await app.ask())["e2ee"]["device_one_time_keys_count"] == {SIGNED: 1}


async def test_what_is_of_devices_is_waited_for(people: People, asha: App, no_limits: None) -> None:
    app, chen = Encrypting((await sliding(people.ben)).app), await app_of(people.chen)
    await upload(chen, "a")
    await app.ask()

    async def told_after(what: Any) -> dict[str, Any]:
        waiting = asyncio.create_task(app.ask(timeout="30000"))
        await until_waits(1)
        await what
        return await asyncio.wait_for(waiting, 5)

    def lists(*changed: App) -> dict[str, list[str]]:
        return {"changed": [each.user for each in changed], "left": []}

    assert (await told_after(upload(asha, "a")))["e2ee"]["device_lists"] == lists(asha)
    before = app.pos
    sent = (await told_after(send_number(asha, app.app, 1)))["to_device"]
    assert len(sent["events"]) == 1
    app.got, app.pos = sent["next_batch"], before
    assert (await app.ask())["e2ee"]["device_lists"] == lists()
    joins = add_member(people.asha, people.room, "chen")
    assert (await told_after(joins))["e2ee"]["device_lists"] == lists(chen)
    # What changed while it was off is told when it is on again.
    off = app.body | {"extensions": {"to_device": {"enabled": True, "since": app.got}}}
    assert set((await app.sync(off))["extensions"]) == {"to_device"}
    await asha.do("POST", "/keys/upload", {"device_keys": await identity(asha, "second")})
    assert (await app.sync(off))["extensions"]["to_device"]["events"] == []
    assert asha.user in (await app.ask())["e2ee"]["device_lists"]["changed"]


async def test_another_level_of_notifications_is_told(people: People) -> None:
    app = await sliding(people.ben)
    body = {"conn_id": "rules", "extensions": {"account_data": {"enabled": True}}}  # of no room
    await app.sync(body)
    waiting = asyncio.create_task(app.sync(body, timeout="30000"))
    await until_waits(1)
    await member_settings.set_level(people.ben, people.room, "everything")
    told = (await asyncio.wait_for(waiting, 5))["extensions"]["account_data"]["global"]
    assert [each["type"] for each in told] == ["m.push_rules"]
    assert (await app.sync(body))["extensions"]["account_data"]["global"] == []
