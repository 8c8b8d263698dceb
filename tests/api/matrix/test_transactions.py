"""What an app calls what it sends is told to that app again, and to no other."""

from typing import Any

from tests.api.matrix.app import App, app_of, room_id
from tests.conftest import People


def transactions(news: dict[str, Any], room: int) -> list[Any]:
    """Return what the messages of an answer are called."""
    events = news["rooms"]["join"][room_id(room)]["timeline"]["events"]
    return [each.get("unsigned", {}).get("transaction_id") for each in events]


async def test_an_app_knows_its_own_messages_again(asha: App, ben: App, people: People) -> None:
    tablet = await app_of(people.asha)
    for app in (asha, ben, tablet):
        await app.sync()
    name = 'It\'s a "name", 1'
    text = {"msgtype": "m.text", "body": "Hello"}
    await asha.do("PUT", f"/rooms/{room_id(people.room)}/send/m.room.message/{name}", text)
    assert transactions(await asha.sync(), people.room) == [name]
    assert transactions(await ben.sync(), people.room) == [None]
    assert transactions(await tablet.sync(), people.room) == [None], "another device of the person"


async def test_the_sliding_sync_tells_it_too(asha: App, people: People) -> None:
    path = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
    wanted = {"all": {"ranges": [[0, 9]], "timeline_limit": 1, "required_state": []}}
    text = {"msgtype": "m.text", "body": "Hello"}
    await asha.do("PUT", f"/rooms/{room_id(people.room)}/send/m.room.message/one", text)
    answer = await asha.http.post(path, json={"lists": wanted})
    [told] = answer.json()["rooms"][room_id(people.room)]["timeline"]
    assert told["unsigned"] == {"transaction_id": "one"}


async def test_what_was_deleted_has_none(asha: App, people: People) -> None:
    await asha.sync()
    path = f"/rooms/{room_id(people.room)}"
    text = {"msgtype": "m.text", "body": "Hello"}
    sent = await asha.do("PUT", f"{path}/send/m.room.message/two", text)
    await asha.do("PUT", f"{path}/redact/{sent['event_id']}/three", {})
    assert transactions(await asha.sync(), people.room)[0] is None


async def test_one_that_is_too_long_is_forgotten(asha: App, people: People) -> None:
    await asha.sync()
    text = {"msgtype": "m.text", "body": "Hello"}
    await asha.do("PUT", f"/rooms/{room_id(people.room)}/send/m.room.message/{'x' * 300}", text)
    assert transactions(await asha.sync(), people.room) == [None]
