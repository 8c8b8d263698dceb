"""The page of a room: for its members, and for nobody else."""

from typing import Any

import pytest
from sqlmodel import Session

from chat_ui.realtime import protocol, push, subscriptions
from services.db import database
from services.messages import history, messages
from services.rooms import memberships, rooms
from tests.pages.conftest import Guest

Emitted = list[tuple[str, Any, str]]


async def make_room(owner: Guest, *members: str) -> int:
    viewer = await owner.viewer()
    room = await rooms.create(viewer, name="Study group", topic="Chapter 4", private=True)
    for member in members:
        await memberships.add(viewer, room, member)
    return room


async def test_a_member_sees_it(asha: Guest, ben: Guest, emitted: Emitted) -> None:
    room = await make_room(asha, "ben")
    for guest in (asha, ben):
        client = await guest.open(f"/rooms/{room}")
        await guest.user.should_see("Study group")
        await guest.user.should_see("Chapter 4")
        (timeline,) = guest.elements(data_testid="timeline")
        assert timeline.props["data-me"] == guest.name
        assert timeline.props["data-room"] == str(room)
        assert len(guest.elements(data_composer=True)) == 1
        await subscriptions.pages()[client.id].refresh_rooms()
        *_before, listed = [data for event, data, _to in emitted if event == "chat_room_list"]
        assert f'data-room-id="{room}"' in listed["html"]


async def test_somebody_outside_does_not_find_it(asha: Guest, chen: Guest) -> None:
    room = await make_room(asha)
    assert await asha.status(f"/rooms/{room}") == 200
    answer = await chen.user.http_client.get(f"/rooms/{room}")
    nowhere = await chen.user.http_client.get("/rooms/4711")
    assert answer.status_code == nowhere.status_code == 404
    assert "Study group" not in answer.text


async def test_somebody_outside_hears_nothing_of_it_by_asking_its_events(
    asha: Guest, chen: Guest, emitted: Emitted
) -> None:
    room = await make_room(asha)
    await messages.send(await asha.viewer(), room, "a secret", "message-1")
    client = await chen.open("/")
    emitted.clear()
    await chen.detail("catch_up", {"room": room, "last": 0})
    await chen.detail("load_older", {"room": room, "before": 9})
    await chen.detail("read", {"room": room, "seq": 1})
    await chen.detail("send", {"room": room, "id": "message-2", "text": "let me in"})
    await chen.detail("navigate", {"path": f"/rooms/{room}"})
    heard = {event for event, _data, to in emitted if to == client.id and "chat" in event}
    assert heard - {"chat_room_list"} == {"chat_send_refused"}
    assert "a secret" not in str(emitted)
    assert f'data-room-id="{room}"' not in str(emitted)
    await chen.user.should_see("Not here")
    page = await history.since(await asha.viewer(), room, history.ShownRange())
    assert [each.text for each in page.messages] == ["a secret"]


async def test_a_new_page_is_brought_what_belongs_in_it(asha: Guest, emitted: Emitted) -> None:
    viewer = await asha.viewer()
    room = await make_room(asha)
    for number in range(1, 56):
        await messages.send(viewer, room, f"message {number}", f"message-{number}")
    for address, at, first in [("", 0, 6), ("/messages/20", 20, 1)]:
        emitted.clear()
        client = await asha.open(f"/rooms/{room}{address}")
        [(rooms_event, listed), (event, shown), *_receipts] = [
            (event, data) for event, data, to in emitted if to == client.id and "chat_" in event
        ]
        assert (rooms_event, event) == ("chat_room_list", "chat_messages")
        assert f'data-room-id="{room}"' in listed["html"]
        assert (shown["room"], shown["how"], shown["at"]) == (room, "start", at)
        assert f'data-seq="{first}"' in shown["html"]
    emitted.clear()
    await subscriptions.pages()[client.id].connected()  # the line was down: now the browser asks
    assert [event for event, _data, to in emitted if to == client.id] == ["chat_room_list"]


async def test_what_happens_before_its_line_is_up_leaves_no_page_empty(
    asha: Guest, emitted: Emitted
) -> None:
    room = await make_room(asha)
    await messages.send(await asha.viewer(), room, "hello", "message-1")
    answer = await asha.user.http_client.get(f"/rooms/{room}")
    assert answer.status_code == 200
    (page,) = subscriptions.pages().values()
    await page.refresh_rooms()
    emitted.clear()
    await page.connected()
    assert [event for event, *_ in emitted][:2] == ["chat_room_list", "chat_messages"]


async def test_who_is_out_of_a_room_before_its_line_is_up_is_told_and_hears_nothing(
    asha: Guest, chen: Guest, emitted: Emitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await make_room(asha)
    await messages.send(await asha.viewer(), room, "a secret", "message-1")
    client = await chen.open("/rooms")
    page, said = subscriptions.pages()[client.id], list[str]()
    page.context.room_id, page._is_new = room, True  # as if the page had been built a moment before
    monkeypatch.setattr(page.context, "notify", said.append)
    emitted.clear()
    await page.connected()
    assert said == ["That is not here. It may have been moved or removed."]
    assert [event for event, *_ in emitted] == ["chat_room_list"]
    assert f'data-room-id="{room}"' not in str(emitted)


async def test_the_page_catches_up_and_looks_further_back(asha: Guest, emitted: Emitted) -> None:
    viewer = await asha.viewer()
    room = await make_room(asha)
    for number in range(1, 56):
        await messages.send(viewer, room, f"message {number}", f"message-{number}")
    client = await asha.open(f"/rooms/{room}")
    emitted.clear()
    await asha.detail("catch_up", {"room": room, "last": 0})
    await asha.detail("catch_up", {"room": room, "last": 53})
    await asha.detail("load_older", {"room": room, "before": 6})
    # To this page alone: the live feed may still be telling everybody of the newest.
    shown = [data for event, data, to in emitted if (event, to) == ("chat_messages", client.id)]
    assert [data["how"] for data in shown] == ["start", "add", "older"]
    assert [data["html"].count("<article") for data in shown] == [50, 2, 5]
    assert [data["more"] for data in shown] == [True, True, False]


async def test_a_room_that_one_goes_to_brings_its_messages(asha: Guest, emitted: Emitted) -> None:
    viewer = await asha.viewer()
    room = await make_room(asha)

    def talk(session: Session) -> None:
        for number in range(1, 81):
            messages.insert(session, viewer, room, f"message {number}", f"message-{number}")

    await database.write(talk)
    client = await asha.open("/rooms")
    emitted.clear()
    await asha.detail("navigate", {"path": f"/rooms/{room}"})
    await asha.detail("navigate", {"path": f"/rooms/{room}/messages/30"})
    shown = [data for event, data, to in emitted if (event, to) == ("chat_messages", client.id)]
    assert [(data["room"], data["how"]) for data in shown] == [(room, "open")] * 2
    assert ["message 80<" in data["html"] for data in shown] == [True, False]
    assert ["message 30<" in data["html"] for data in shown] == [False, True]


async def test_what_one_sends_goes_to_everybody_who_looks(asha: Guest, emitted: Emitted) -> None:
    await asha.open("/")
    emitted.clear()
    await asha.detail("send", {"room": 1, "id": "message-1", "text": "hello **all**"})
    shown = [(data, to) for event, data, to in emitted if event == "chat_messages"]
    assert len(shown) == 1
    assert shown[0][1] == "messages:1"
    assert "<strong>all</strong>" in shown[0][0]["html"]
    await asha.detail("send", {"room": 1, "id": "message-1", "text": "hello **all**"})
    page = await history.since(await asha.viewer(), 1, history.ShownRange())
    assert len(page.messages) == 1


async def test_what_cannot_be_sent_comes_back_with_its_reason(
    asha: Guest, emitted: Emitted
) -> None:
    client = await asha.open("/")
    for text in ["", "x" * 4001, None, 5, ["x"], {"a": 1}, "nul\0"]:
        emitted.clear()
        await asha.detail("send", {"room": 1, "id": "message-1", "text": text})
        ((event, data, to),) = [each for each in emitted if each[0] != "chat_room_list"]
        assert (event, to) == ("chat_send_refused", client.id)
        assert data["id"] == "message-1"
        assert data["sentence"].endswith(".")


async def test_rooms_are_made_found_and_left_on_the_page(asha: Guest, ben: Guest) -> None:
    await asha.open("/")
    await asha.detail("new_room", {})
    await asha.detail("filled", {"name": "Gardeners", "topic": "Roses"})
    await asha.user.should_see("Roses")
    await ben.open("/rooms")
    await ben.user.should_see("Gardeners")
    await ben.press("Join")
    await ben.user.should_see("Roses")
    await ben.detail("room_settings", {})
    await ben.tell(ben.elements(data_testid="leave-room")[0], "click", {})
    assert ben.user.client is not None
    assert subscriptions.pages()[ben.user.client.id].room_id == 1  # the Lobby again


async def test_the_address_is_told_before_the_view_is_there(asha: Guest, monkeypatch) -> None:
    """Who is quick to follow a link in the view would otherwise get its address back."""
    await asha.open("/rooms")
    (page,) = subscriptions.pages().values()
    notifications = []

    async def to_page(_client_id: str, event: protocol.ServerEvent) -> None:
        if isinstance(event, protocol.Address):
            notifications.append((event.path, page.room_id))

    monkeypatch.setattr(push, "to_page", to_page)
    await page.go("/rooms/1")
    assert notifications == [("/rooms/1", None)]
    assert page.room_id == 1
