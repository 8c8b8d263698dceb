"""What relates to a message: reactions that stand, and edits, in parts."""

from typing import Any
from urllib.parse import quote

import pytest

from services.messages import reactions
from services.rooms.members import memberships
from tests.api.matrix.app import App, room_id
from tests.api.matrix.test_bad_input import refused
from tests.conftest import People

V1 = "/_matrix/client/v1"
EMOJI = ("👍", "🎉", "❤️", "😀", "🚀")


async def related(app: App, room: int, event: str, rest: str = "", **query: Any) -> Any:
    path = f"{V1}/rooms/{quote(room_id(room))}/relations/{quote(event)}{rest}"
    return await app.http.get(path, params=query)


async def keys(app: App, room: int, event: str, rest: str = "", **query: Any) -> list[str]:
    answer = await related(app, room, event, rest, **query)
    assert answer.status_code == 200, answer.text
    return [
        each["content"]["m.relates_to"].get("key", each["content"].get("body"))
        for each in answer.json()["chunk"]
    ]


async def edit(app: App, room: int, event: str, text: str) -> None:
    await app.send(
        room,
        f"* {text}",
        **{
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event},
        },
    )


async def test_reactions_and_edits(people: People, asha: App, ben: App) -> None:
    event = await asha.send(people.room, "Helo")
    await asha.send(people.room, "Elsewhere")
    for sign in EMOJI[:3]:
        await reactions.add(people.ben, people.room, 1, sign)
    await edit(asha, people.room, event, "Hello")
    await reactions.remove(people.ben, people.room, 1, EMOJI[1])
    await ben.send(people.room, "Hi", **{"m.relates_to": {"m.in_reply_to": {"event_id": event}}})
    assert await keys(ben, people.room, event) == ["* Hello", EMOJI[2], EMOJI[0]]
    assert await keys(ben, people.room, event, dir="f") == [EMOJI[0], EMOJI[2], "* Hello"]
    assert await keys(ben, people.room, event, "/m.annotation") == [EMOJI[2], EMOJI[0]]
    assert await keys(ben, people.room, event, "/m.annotation/m.reaction") == [EMOJI[2], EMOJI[0]]
    assert await keys(ben, people.room, event, "/m.replace/m.room.message") == ["* Hello"]
    for nothing in ("/m.thread", "/m.replace/m.reaction", "/m.annotation/m.room.message"):
        assert await keys(ben, people.room, event, nothing) == []


async def test_they_come_in_parts(people: People, asha: App) -> None:
    event = await asha.send(people.room, "Hello")
    for sign in EMOJI:
        await reactions.add(people.ben, people.room, 1, sign)
    for way, order in (("b", EMOJI[::-1]), ("f", EMOJI)):
        found, start, parts = [], "", 0
        while True:
            query = {"from": start} if start else {}
            answer = (await related(asha, people.room, event, limit=2, dir=way, **query)).json()
            found += [each["content"]["m.relates_to"]["key"] for each in answer["chunk"]]
            assert len(answer["chunk"]) <= 2
            assert answer.get("prev_batch", "") == start
            parts += 1
            if "next_batch" not in answer:
                break
            start = answer["next_batch"]
        assert (tuple(found), parts) == (order, 3)
    # Up to where an app has got already.
    first = (await related(asha, people.room, event, limit=2)).json()["next_batch"]
    assert await keys(asha, people.room, event, to=first) == list(EMOJI[:2:-1])
    assert await keys(asha, people.room, event, **{"from": first, "dir": "f"}) == list(EMOJI[3:])


async def test_nothing_is_left_of_a_deleted_message(people: People, asha: App) -> None:
    event = await asha.send(people.room, "Hello")
    await reactions.add(people.ben, people.room, 1, EMOJI[0])
    await edit(asha, people.room, event, "Secret")
    await asha.do("PUT", f"/rooms/{quote(room_id(people.room))}/redact/{quote(event)}/1", {})
    assert await keys(asha, people.room, event) == []


async def test_only_members_see_them(people: People, asha: App, ben: App, chen: App) -> None:
    event = await asha.send(people.room, "Hello")
    await reactions.add(people.asha, people.room, 1, EMOJI[0])
    refused(await related(chen, people.room, event), 404, "M_NOT_FOUND")
    refused(await related(chen, 1, event), 404, "M_NOT_FOUND")
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    refused(await related(ben, people.room, event), 404, "M_NOT_FOUND")


@pytest.mark.parametrize(
    ("event", "query", "status", "code"),
    [
        ("$m999999999", {}, 404, "M_NOT_FOUND"),
        ("$m0", {}, 404, "M_NOT_FOUND"),
        ("$e999999999", {}, 404, "M_NOT_FOUND"),
        ("$x", {}, 404, "M_NOT_FOUND"),
        ("$m1", {"from": "x"}, 400, "M_INVALID_PARAM"),
        ("$m1", {"to": "s1_2"}, 400, "M_INVALID_PARAM"),
    ],
)
async def test_questions_that_are_malformed(
    people: People, asha: App, event: str, query: Any, status: int, code: str
) -> None:
    await asha.send(people.room, "Hello")
    refused(await related(asha, people.room, event, **query), status, code)


async def test_what_no_message_is_has_none(people: People, asha: App) -> None:
    await asha.send(people.room, "Hello")
    await reactions.add(people.asha, people.room, 1, EMOJI[0])
    [number] = [
        each["event_id"] for each in (await related(asha, people.room, "$m1")).json()["chunk"]
    ]
    assert await keys(asha, people.room, number) == []
