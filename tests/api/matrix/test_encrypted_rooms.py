"""Encrypted rooms, as apps see them: the chat passes on what it cannot read.

That real apps encrypt and decrypt in them is in `test_encrypted_with_nio.py`.
"""

import json
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlmodel import Session, func, select

from models import EncryptedMessage, Message, Role, Room
from services.db import database
from services.messages import messages
from services.rooms import encryption, rooms
from services.rooms.members import direct_messages, memberships
from services.sync import standing
from services.sync.positions import Position
from tests.api.matrix.app import App, app_of, room_id
from tests.api.matrix.test_bad_input import path, refused
from tests.api.matrix.test_relations import related
from tests.api.matrix.test_sliding_sync import listed, sliding
from tests.conftest import People
from tests.roles import set_role, set_room

MEGOLM: dict[str, Any] = {"algorithm": encryption.ALGORITHM}
STATE = [{"type": "m.room.encryption", "state_key": "", "content": MEGOLM}]
_numbers = count(1)


def secret(ciphertext: str = "AwgBEn", **more: Any) -> dict[str, Any]:
    """Return what an app has encrypted, as far as the chat cares."""
    about = {"sender_key": "key", "device_id": "PHONE", "session_id": "session"}
    return {**MEGOLM, "ciphertext": ciphertext, **about, **more}


def edit_of(event: str, ciphertext: str = "AwgEdit") -> dict[str, Any]:
    """Return an edit of an encrypted message."""
    return secret(ciphertext, **{"m.relates_to": {"rel_type": "m.replace", "event_id": event}})


def reply_to(event: str) -> dict[str, Any]:
    """Return a reply to a message."""
    return secret("AwgReply", **{"m.relates_to": {"m.in_reply_to": {"event_id": event}}})


async def try_to_send(app: App, room: int, content: Any, kind: str = "m.room.encrypted") -> Any:
    where = path(room, f"send/{kind}/encrypted-{next(_numbers)}")
    return await app.ask("PUT", where, content)


async def send(app: App, room: int, content: Any = None) -> str:
    """Send something encrypted; return its event id."""
    answer = await try_to_send(app, room, content or secret())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["event_id"])


async def encrypt(app: App, room: int) -> None:
    await app.do("PUT", path(room, "state/m.room.encryption"), MEGOLM)


async def stored() -> tuple[int, int]:
    """Return how many messages there are, and how many ciphertexts."""

    def query(session: Session) -> tuple[int, int]:
        found = [
            session.exec(select(func.count()).select_from(model)).one()
            for model in (Message, EncryptedMessage)
        ]
        return found[0], found[1]

    return await database.read(query)


def said(news: dict[str, Any], room: int) -> list[dict[str, Any]]:
    """Return the events of messages of a room that a sync tells."""
    told = news["rooms"]["join"][room_id(room)]["timeline"]["events"]
    return [each for each in told if each["type"].startswith("m.room.encrypted")]


# -- making rooms encrypted -----------------------------------------------------------------------


async def test_the_owner_encrypts_a_room_once_and_for_good(
    people: People, asha: App, ben: App
) -> None:
    await ben.sync()
    where = path(people.room, "state/m.room.encryption")
    content = {**MEGOLM, "rotation_period_msgs": 50, "rotation_period_ms": True, "more": "x"}
    event = await asha.do("PUT", where, content)
    kept = {**MEGOLM, "rotation_period_msgs": 50}
    assert await asha.do("GET", where) == kept
    assert await asha.do("PUT", where, kept) == event
    news = await ben.sync()
    told = news["rooms"]["join"][room_id(people.room)]["timeline"]["events"]
    assert [
        (each["type"], each["state_key"], each["content"], each["sender"]) for each in told
    ] == [("m.room.encryption", "", kept, asha.user)]
    for other in (MEGOLM, {**MEGOLM, "rotation_period_msgs": 51}):
        refused(await asha.ask("PUT", where, other), 403, "M_FORBIDDEN")
    assert await asha.do("GET", where) == kept
    assert (await rooms.get(people.ben, people.room)).is_encrypted


async def test_only_the_owner_of_an_ordinary_room(people: People, asha: App, ben: App) -> None:
    where = path(people.room, "state/m.room.encryption")
    refused(await ben.ask("PUT", where, MEGOLM), 403, "M_FORBIDDEN")
    await set_role(people.room, people.ben, Role.MODERATOR)
    refused(await ben.ask("PUT", where, MEGOLM), 403, "M_FORBIDDEN")
    refused(await (await app_of(people.chen)).ask("PUT", where, MEGOLM), 404, "M_NOT_FOUND")
    direct = await direct_messages.open(people.asha, ["ben"])
    answer = await asha.ask("PUT", path(direct, "state/m.room.encryption"), MEGOLM)
    refused(answer, 403, "M_FORBIDDEN")
    await set_role(1, people.asha, Role.OWNER)
    answer = await asha.ask("PUT", path(1, "state/m.room.encryption"), MEGOLM)
    refused(answer, 403, "M_FORBIDDEN")
    for content in ({}, {"algorithm": "m.olm.v1.curve25519-aes-sha2"}, {"algorithm": [1]}):
        refused(await asha.ask("PUT", where, content), 400, "M_BAD_JSON")
    assert not await database.read(
        lambda session: session.exec(select(Room.id).where(Room.encryption != "")).all()
    )


async def test_rooms_are_made_encrypted(people: People, asha: App, ben: App) -> None:
    made = await asha.do("POST", "/createRoom", {"name": "Secrets", "initial_state": STATE})
    state = await asha.do("GET", f"/rooms/{quote(made['room_id'])}/state/m.room.encryption")
    assert state == MEGOLM
    await ben.sync()
    room = int(made["room_id"][1:].partition(":")[0])
    await memberships.add(people.asha, room, "ben")
    await ben.sync()
    assert ben.rooms[made["room_id"]].state["m.room.encryption", ""] == MEGOLM
    for wrong in ([{"type": "m.room.encryption"}], [{**STATE[0], "content": {}}]):
        body = {"name": "No secrets", "initial_state": wrong}
        refused(await asha.ask("POST", "/createRoom", body), 400, "M_BAD_JSON")


async def test_beside_a_plain_conversation_there_is_one_encrypted(
    people: People, asha: App, ben: App
) -> None:
    async def open_with(app: App, other: App, **more: Any) -> str:
        body = {"is_direct": True, "invite": [other.user], "preset": "trusted_private_chat", **more}
        return str((await app.do("POST", "/createRoom", body))["room_id"])

    plain = await open_with(asha, ben)
    encrypted = await open_with(asha, ben, initial_state=STATE)
    assert plain != encrypted
    assert await open_with(ben, asha) == plain
    assert await open_with(ben, asha, initial_state=STATE) == encrypted
    await asha.sync()
    assert asha.data["m.direct"] == {ben.user: [plain, encrypted]}
    room = int(encrypted[1:].partition(":")[0])
    answer = await asha.ask("POST", f"/rooms/{quote(encrypted)}/leave", {})
    refused(answer, 403, "M_FORBIDDEN")
    await send(asha, room)


async def test_an_invitation_says_that_a_room_is_encrypted(
    people: People, asha: App, chen: App
) -> None:
    await encrypt(asha, people.room)
    await asha.do("POST", path(people.room, "invite"), {"user_id": chen.user})
    await chen.sync()
    shown = chen.invited[room_id(people.room)]["invite_state"]["events"]
    assert [each["content"] for each in shown if each["type"] == "m.room.encryption"] == [MEGOLM]


# -- messages -------------------------------------------------------------------------------------


async def test_what_is_sent_is_told_as_it_was(people: People, asha: App, ben: App) -> None:
    await encrypt(asha, people.room)
    await ben.sync()
    content = secret("AwgBEn/+=", **{"org.example": {"ü": [1, None, "\u0000"]}})
    event = await send(asha, people.room, content)
    answered = await send(ben, people.room, reply_to(event))
    shown = {event: content, answered: reply_to(event)}
    for app in (ben, await app_of(people.ben)):
        news = said(await app.sync(), people.room)
        assert {each["event_id"]: each["content"] for each in news} == shown
        assert {each["type"] for each in news} == {"m.room.encrypted"}
    for found in (
        (await ben.do("GET", path(people.room, "messages"), dir="b"))["chunk"],
        (await ben.do("GET", path(people.room, "messages"), dir="f"))["chunk"],
        [(await ben.do("GET", path(people.room, f"context/{event}")))["event"]],
        [await ben.do("GET", path(people.room, f"event/{answered}"))],
    ):
        told = [each for each in found if each["type"] == "m.room.encrypted"]
        assert told
        for each in told:
            assert each["content"] == shown[each["event_id"]]
    app = await sliding(people.ben)
    timeline = (await app.sync(listed(0, 9, limit=5)))["rooms"][room_id(people.room)]
    assert [each["content"] for each in timeline["timeline"] if each["event_id"] in shown] == [
        *shown.values()
    ]


async def test_a_repeated_transaction_is_one_message(people: People, asha: App) -> None:
    await encrypt(asha, people.room)
    event = await send(asha, people.room)
    before = await stored()
    for content in (secret("Once"), secret("Twice"), edit_of(event)):
        first = await asha.do("PUT", path(people.room, "send/m.room.encrypted/same"), content)
        assert first["event_id"] == f"$m{int(event[2:]) + 1}"
    assert await stored() == (before[0] + 1, before[1] + 1)


async def test_edits(people: People, asha: App, ben: App) -> None:
    await encrypt(asha, people.room)
    event = await send(asha, people.room)
    await ben.sync()
    edits = [await send(asha, people.room, edit_of(event, f"Awg{number}")) for number in range(3)]
    news = await ben.sync()
    assert [each["event_id"] for each in said(news, people.room)] == edits
    counts = news["rooms"]["join"][room_id(people.room)]["unread_notifications"]
    assert counts["notification_count"] == 0
    view = await rooms.get(people.ben, people.room)
    assert (view.unread, view.last_seq) == (1, 4)

    original = await messages.get(people.ben, people.room, 1)
    assert original.edited_at
    told = await ben.do("GET", path(people.room, f"event/{event}"))
    newest = told["unsigned"]["m.relations"]["m.replace"]
    assert (newest["event_id"], newest["content"]) == (edits[2], edit_of(event, "Awg2"))
    assert told["content"] == secret()
    for rest in ("", "/m.replace", "/m.replace/m.room.encrypted"):
        found = (await related(ben, people.room, event, rest)).json()["chunk"]
        assert [each["event_id"] for each in found] == edits[::-1]
    assert (await related(ben, people.room, event, "/m.annotation")).json()["chunk"] == []


async def test_only_so_many_unread_edits_are_looked_for(people: People, asha: App) -> None:
    await encrypt(asha, people.room)
    event = await send(asha, people.room)
    for _time in range(2):
        await send(asha, people.room, edit_of(event))

    def edit_often(session: Session) -> None:
        edit = session.exec(select(Message).where(Message.kind == "encrypted_edit")).first()
        assert edit is not None
        room = session.get_one(Room, people.room)
        for number in range(standing.MAX_EDITS):
            room.last_seq += 1
            copied = edit.model_dump(exclude={"id", "seq", "client_message_id"})
            name = f"number-{number:07}"
            session.add(Message(**copied, seq=room.last_seq, client_message_id=name))

    before = await standing.read(people.ben, Position())
    assert before.places[people.room].unread == 1
    await database.write(edit_often)
    after = await standing.read(people.ben, Position())
    assert after.places[people.room].unread == 3


async def test_edits_and_reactions_come_in_parts(people: People, asha: App) -> None:
    await encrypt(asha, people.room)
    event = await send(asha, people.room)
    done = []
    for number, emoji in enumerate("😀😁😂🤣😃"):
        done.append(await send(asha, people.room, edit_of(event, f"Awg{number}")))
        relation = {"rel_type": "m.annotation", "event_id": event, "key": emoji}
        answer = await try_to_send(asha, people.room, {"m.relates_to": relation}, "m.reaction")
        done.append(answer.json()["event_id"])
    for way, order in (("b", done[::-1]), ("f", done)):
        found: list[str] = []
        query: dict[str, Any] = {}
        while True:
            answer = (await related(asha, people.room, event, limit=3, dir=way, **query)).json()
            found += [each["event_id"] for each in answer["chunk"]]
            if "next_batch" not in answer:
                break
            query = {"from": answer["next_batch"]}
        assert found == order


async def test_nothing_is_left_of_what_is_deleted(people: People, asha: App, ben: App) -> None:
    await encrypt(asha, people.room)
    event = await send(asha, people.room)
    edits = [await send(asha, people.room, edit_of(event)) for _time in range(2)]
    await ben.sync()

    redact = path(people.room, f"redact/{edits[1]}/1")
    await asha.do("PUT", redact, {})
    told = await ben.do("GET", path(people.room, f"event/{event}"))
    assert told["unsigned"]["m.relations"]["m.replace"]["event_id"] == edits[0]
    await asha.do("PUT", path(people.room, f"redact/{edits[0]}/2"), {})
    assert (await messages.get(people.ben, people.room, 1)).edited_at is None
    last = await send(asha, people.room, edit_of(event))

    await asha.do("PUT", path(people.room, f"redact/{event}/3"), {})
    for each in (event, *edits, last):
        found = await ben.do("GET", path(people.room, f"event/{each}"))
        assert (found["type"], found["content"]) == ("m.room.encrypted", {})
        assert "redacted_because" in found["unsigned"]
    assert (await related(ben, people.room, event)).json()["chunk"] == []
    assert (await stored())[1] == 0
    assert (await rooms.get(people.ben, people.room)).unread == 0
    redacted = [
        each["redacts"]
        for each in (await ben.sync())["rooms"]["join"][room_id(people.room)]["timeline"]["events"]
        if each["type"] == "m.room.redaction"
    ]
    assert redacted == [edits[1], edits[0], event]


# -- what is refused ------------------------------------------------------------------------------


async def test_edits_of_what_is_not_ones_own(people: People, asha: App, ben: App) -> None:
    plain = await asha.send(people.room, "Before")
    await encrypt(asha, people.room)
    event = await send(asha, people.room)
    edit = await send(asha, people.room, edit_of(event))
    elsewhere = await rooms.create(people.ben, name="Elsewhere", topic="", private=True)
    await encrypt(ben, elsewhere)
    of_ben = await send(ben, elsewhere)
    deleted = await send(asha, people.room)
    await asha.do("PUT", path(people.room, f"redact/{deleted}/1"), {})
    before = await stored()
    for app, target, status, code in (
        (ben, event, 403, "M_FORBIDDEN"),
        (asha, plain, 400, "M_BAD_JSON"),
        (asha, edit, 400, "M_BAD_JSON"),
        (asha, of_ben, 404, "M_NOT_FOUND"),
        (asha, deleted, 404, "M_NOT_FOUND"),
        (asha, "$m999999999999999", 404, "M_NOT_FOUND"),
        (asha, "$e1", 400, "M_BAD_JSON"),
        (asha, "$x", 404, "M_NOT_FOUND"),
        (asha, "", 404, "M_NOT_FOUND"),
    ):
        refused(await try_to_send(app, people.room, edit_of(target)), status, code)
    for target in (of_ben, "$m99999", "$e1", "$x"):
        refused(await try_to_send(asha, people.room, reply_to(target)), 404, "M_NOT_FOUND")
    refused(await try_to_send(asha, people.room, reply_to(deleted)), 400, "M_BAD_JSON")
    for odd in ("x", 7, [], {"rel_type": []}, {"m.in_reply_to": "x"}, {"event_id": event}):
        await send(asha, people.room, secret(**{"m.relates_to": odd}))
    assert await stored() == (before[0] + 6, before[1] + 6)
    assert (await messages.get(people.ben, people.room, 1)).edited_at is None


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ({}, 400, "M_BAD_JSON"),
        (secret(algorithm="m.olm.v1.curve25519-aes-sha2"), 400, "M_BAD_JSON"),
        (secret(ciphertext=""), 400, "M_BAD_JSON"),
        (secret(ciphertext={"key": {"type": 0, "body": "Awg"}}), 400, "M_BAD_JSON"),
        (secret(session_id=7), 400, "M_BAD_JSON"),
        (secret(device_id=None), 400, "M_BAD_JSON"),
        (secret(sender_key=["x"]), 400, "M_BAD_JSON"),
        ([secret()], 400, "M_BAD_JSON"),
        (secret(nested=json.loads("[" * 21 + "]" * 21)), 400, "M_BAD_JSON"),
        (secret("x" * 2**16), 413, "M_TOO_LARGE"),
    ],
)
async def test_what_is_not_encrypted_well(
    people: People, asha: App, content: Any, status: int, code: str
) -> None:
    await encrypt(asha, people.room)
    refused(await try_to_send(asha, people.room, content), status, code)
    assert await stored() == (0, 0)


async def test_only_where_one_may_write(people: People, asha: App, ben: App, chen: App) -> None:
    refused(await try_to_send(asha, people.room, secret()), 403, "M_FORBIDDEN")  # not encrypted
    await encrypt(asha, people.room)
    refused(await try_to_send(chen, people.room, secret()), 404, "M_NOT_FOUND")
    await set_room(people.room, is_announcement=True)
    refused(await try_to_send(ben, people.room, secret()), 403, "M_FORBIDDEN")
    await send(asha, people.room)
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    refused(await try_to_send(ben, people.room, secret()), 404, "M_NOT_FOUND")
    refused(await ben.ask("GET", path(people.room, "messages"), dir="b"), 404, "M_NOT_FOUND")
    assert await stored() == (1, 1)


async def test_a_hundred_of_the_largest(
    people: People, asha: App, ben: App, no_limits: None
) -> None:
    """An answer stays as small as of anything else, and nothing is missing in the end."""
    await encrypt(asha, people.room)
    await ben.sync()
    text = "x" * (60 * 1024)
    events = [await send(asha, people.room, secret(text)) for _time in range(100)]
    answer = await ben.ask("GET", "/sync", since=ben.since, timeout="0")
    assert len(answer.content) < 2**19
    await ben.sync()
    known = ben.rooms[room_id(people.room)]
    assert known.gaps
    at, found = known.gaps[0], [each for each in known.seen if each in set(events)]
    while at:
        part: httpx.Response = await ben.ask(
            "GET", path(people.room, "messages"), dir="b", limit="50", **{"from": at}
        )
        assert len(part.content) < 2**19
        found += [each["event_id"] for each in part.json()["chunk"]]
        at = part.json().get("end")
    assert set(events) <= set(found)


async def test_sliding_sync_lists_them_apart(people: People, asha: App) -> None:
    await encrypt(asha, people.room)
    app = await sliding(people.asha)
    body = listed(0, 9, filters={"is_encrypted": True}, state=[["m.room.encryption", ""]])
    told = await app.sync(body)
    assert told["lists"]["all"]["count"] == 1
    (shown,) = told["rooms"][room_id(people.room)]["required_state"]
    assert (shown["type"], shown["content"]) == ("m.room.encryption", MEGOLM)
    other = await (await sliding(people.asha)).sync(listed(0, 9, filters={"is_encrypted": False}))
    assert room_id(people.room) not in other["rooms"]


async def test_sliding_sync_tells_that_a_room_was_encrypted(people: People, asha: App) -> None:
    app = await sliding(people.ben)
    body = listed(0, 9, state=[["m.room.encryption", ""]])
    assert (await app.sync(body))["rooms"][room_id(people.room)]["required_state"] == []
    await encrypt(asha, people.room)
    told = (await app.sync(body))["rooms"][room_id(people.room)]
    assert [each["content"] for each in told["required_state"]] == [MEGOLM]


async def test_who_reads_up_to_an_edit_has_read_all(people: People, asha: App, ben: App) -> None:
    await encrypt(asha, people.room)
    event = await send(asha, people.room)
    edit = await send(asha, people.room, edit_of(event))
    await ben.do("POST", path(people.room, f"receipt/m.read/{edit}"), {})
    assert [each.unread for each in await rooms.mine(people.ben)] == [0, 0]
