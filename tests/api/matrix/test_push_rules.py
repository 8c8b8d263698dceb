"""What notifies of a room is seen, and set, as push rules; what apps are told agrees with it."""

from typing import Any
from urllib.parse import quote

import pytest

from services.messages import messages
from services.rooms.members import direct_messages, member_settings
from services.rooms.reading import read_positions
from tests.api.matrix.app import App, app_of, room_id
from tests.conftest import People

RULES = "/pushrules/global"


def rule(kind: str, name: str) -> str:
    return f"{RULES}/{kind}/{quote(name)}"


async def level(people: People, room: int = 0) -> str:
    levels = {each.room_id: each.level for each in await member_settings.levels(people.ben)}
    return levels[room or people.room]


def of_rooms(rules: dict[str, Any], kind: str) -> list[str]:
    return [each["rule_id"] for each in rules["global"][kind] if not each["default"]]


async def test_rooms_are_told_with_what_they_are_set_to(people: People, ben: App) -> None:
    direct = await direct_messages.open(people.asha, ["ben"])
    assert of_rooms(await ben.do("GET", "/pushrules/"), "room") == [room_id(direct)]
    await member_settings.set_level(people.ben, people.room, "everything")
    rules = await ben.do("GET", "/pushrules/")
    assert of_rooms(rules, "room") == [room_id(people.room), room_id(direct)]
    assert of_rooms(rules, "override") == []
    await member_settings.set_level(people.ben, people.room, "nothing")
    await member_settings.set_level(people.ben, direct, "nothing")
    rules = await ben.do("GET", "/pushrules/")
    assert of_rooms(rules, "room") == []
    assert of_rooms(rules, "override") == [room_id(people.room), room_id(direct)]
    assert rules["global"] == await ben.do("GET", f"{RULES}/")
    mute = await ben.do("GET", rule("override", room_id(direct)))
    match = {"kind": "event_match", "key": "room_id", "pattern": room_id(direct)}
    assert mute["conditions"] == [match]
    assert mute["actions"] == []
    assert (await ben.do("GET", rule("override", room_id(direct)) + "/enabled"))["enabled"] is True
    assert (await ben.do("GET", rule("override", room_id(direct)) + "/actions"))["actions"] == []
    assert "content" not in of_rooms(
        await ben.do("GET", "/user/" + quote(ben.user) + "/account_data/m.push_rules"), "room"
    )


async def test_setting_a_rule_sets_the_room(people: People, ben: App) -> None:
    name = room_id(people.room)
    loud = {"actions": ["notify", {"set_tweak": "sound", "value": "default"}]}
    mute = {
        "actions": [],
        "conditions": [{"kind": "event_match", "key": "room_id", "pattern": name}],
    }
    assert await level(people) == "mentions"
    await ben.do("PUT", rule("room", name), loud)
    assert await level(people) == "everything"
    await ben.do("PUT", rule("override", name), mute)
    assert await level(people) == "nothing"
    await ben.do("DELETE", rule("override", name))
    assert await level(people) == "mentions"
    await ben.do("PUT", rule("room", name), loud)
    await ben.do("PUT", rule("room", name), {"actions": ["dont_notify"]})
    assert await level(people) == "mentions"
    await ben.do("PUT", rule("room", name), loud)
    await ben.do("PUT", rule("room", name) + "/actions", {"actions": []})
    assert await level(people) == "mentions"
    await ben.do("PUT", rule("override", name), mute)
    await ben.do("PUT", rule("override", name) + "/enabled", {"enabled": False})
    assert await level(people) == "mentions"


async def test_direct_messages_notify_of_all_or_nothing(people: People, ben: App) -> None:
    direct = await direct_messages.open(people.asha, ["ben"])
    name = room_id(direct)
    answer = await ben.ask("PUT", rule("room", name), {"actions": []})
    assert (answer.status_code, answer.json()["errcode"]) == (400, "M_UNKNOWN")
    assert answer.json()["error"].startswith("In direct messages, choose all messages or nothing")
    await ben.do("DELETE", rule("room", name))
    assert of_rooms(await ben.do("GET", "/pushrules/"), "room") == [name]
    await member_settings.set_level(people.ben, direct, "nothing")
    await ben.do("PUT", rule("room", name), {"actions": ["notify"]})
    assert await level(people, direct) == "everything"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/room/{other}", None, 404, "M_NOT_FOUND"),
        ("GET", "/made-up/{room}", None, 404, "M_NOT_FOUND"),
        ("GET", "/override/.m.rule.made_up", None, 404, "M_NOT_FOUND"),
        ("GET", "/override/.m.rule.made_up/enabled", None, 404, "M_NOT_FOUND"),
        ("DELETE", "/room/{room}", None, 404, "M_NOT_FOUND"),
        ("DELETE", "/underride/.m.rule.message", None, 400, "M_UNKNOWN"),
        ("PUT", "/room/{other}", {"actions": ["notify"]}, 404, "M_NOT_FOUND"),
        ("PUT", "/room/!7:elsewhere.org", {"actions": ["notify"]}, 404, "M_NOT_FOUND"),
        ("PUT", "/room/{room}", {}, 400, "M_BAD_JSON"),
        ("PUT", "/room/{room}", {"actions": "notify"}, 400, "M_BAD_JSON"),
        ("PUT", "/room/{room}", {"actions": [7]}, 400, "M_BAD_JSON"),
        ("PUT", "/override/{room}", {"actions": []}, 400, "M_UNKNOWN"),
        ("PUT", "/override/{room}", {"actions": ["notify"]}, 400, "M_UNKNOWN"),
        ("PUT", "/override/mine", {"actions": [], "conditions": []}, 400, "M_UNKNOWN"),
        ("PUT", "/content/cake", {"actions": ["notify"], "pattern": "cake"}, 400, "M_UNKNOWN"),
        ("PUT", "/sender/@asha:here", {"actions": []}, 400, "M_UNKNOWN"),
        ("PUT", "/override/.m.rule.master/enabled", {"enabled": True}, 400, "M_UNKNOWN"),
        ("PUT", "/override/.m.rule.master/enabled", {"enabled": 1}, 400, "M_BAD_JSON"),
        ("PUT", "/underride/.m.rule.message/enabled", {"enabled": True}, 400, "M_UNKNOWN"),
        ("PUT", "/underride/.m.rule.message/actions", {"actions": []}, 400, "M_UNKNOWN"),
        ("PUT", "/room/{room}/enabled", {"enabled": False}, 404, "M_NOT_FOUND"),
    ],
)
async def test_what_no_setting_says_is_refused(
    people: People, ben: App, method: str, path: str, body: Any, status: int, code: str
) -> None:
    named = path.format(room=room_id(people.room), other=room_id(9_999))
    answer = await ben.ask(method, f"{RULES}{quote(named)}", body)
    assert (answer.status_code, answer.json()["errcode"]) == (status, code), answer.text
    assert answer.json()["error"].endswith(".")
    assert await level(people) == "mentions"


async def test_rules_that_are_as_wanted_can_be_set(people: People, ben: App) -> None:
    path = rule("underride", ".m.rule.message")
    await ben.do("PUT", f"{path}/enabled", {"enabled": False})
    await ben.do("PUT", f"{path}/actions", {"actions": ["notify"]})


async def test_apps_are_told_of_the_rules_at_first_and_on_change(people: People, ben: App) -> None:
    await ben.sync()
    assert of_rooms(ben.data.pop("m.push_rules"), "room") == []
    await ben.sync()
    assert "m.push_rules" not in ben.data
    await member_settings.set_level(people.ben, people.room, "everything")
    await ben.sync()
    assert of_rooms(ben.data.pop("m.push_rules"), "room") == [room_id(people.room)]
    direct = await direct_messages.open(people.asha, ["ben"])
    await ben.sync()
    names = [room_id(people.room), room_id(direct)]
    assert of_rooms(ben.data.pop("m.push_rules"), "room") == names


async def _counts(app: App, room: int) -> tuple[int, int]:
    told = (await app.sync())["rooms"]["join"][room_id(room)]["unread_notifications"]
    return told["notification_count"], told["highlight_count"]


async def test_counts_agree_with_the_rules(people: People, ben: App) -> None:
    await ben.sync()

    async def say(text: str, number: int) -> None:
        await messages.send(people.asha, people.room, text, f"number-{number:06}")

    await say("one", 1)
    assert await _counts(ben, people.room) == (0, 0)
    await say("@ben two", 2)
    assert await _counts(ben, people.room) == (1, 1)
    await say("three", 3)
    assert await _counts(ben, people.room) == (1, 1)
    await member_settings.set_level(people.ben, people.room, "everything")
    assert await _counts(ben, people.room) == (3, 1)
    await say("four", 4)
    assert await _counts(ben, people.room) == (4, 1)
    await member_settings.set_level(people.ben, people.room, "nothing")
    assert await _counts(ben, people.room) == (0, 0)
    await say("@ben five", 5)
    assert await _counts(ben, people.room) == (0, 0)
    await member_settings.set_level(people.ben, people.room, "mentions")
    assert await _counts(ben, people.room) == (2, 2)
    assert await _counts(await app_of(people.ben), people.room) == (2, 2)
    read_positions.mark_read(people.ben, people.room, 3)
    await read_positions.flush()
    assert await _counts(ben, people.room) == (1, 1)
    await member_settings.mark_unread(people.ben, people.room, 2)
    assert await _counts(ben, people.room) == (2, 2)
