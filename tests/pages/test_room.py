"""The page of a room: for its members, and for nobody else."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from nicegui import ui
from sqlmodel import Session

from chat_ui.handlers import receive
from chat_ui.realtime import protocol, push, subscriptions
from chat_ui.realtime.protocol import ServerEvent
from chat_ui.realtime.turns import own_turn
from chat_ui.rooms.settings_handlers import SettingsHandlers
from services.db import database
from services.messages import history, messages
from services.rooms import rooms
from tests.conftest import add_member
from tests.pages.conftest import Guest

Emitted = list[tuple[str, Any, str]]


async def make_room(owner: Guest, *members: str) -> int:
    viewer = await owner.viewer()
    room = await rooms.create(viewer, name="Study group", topic="Chapter 4", private=True)
    for member in members:
        await add_member(viewer, room, member)
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
    await chen.user.should_see("Not found")
    page = await history.since(await asha.viewer(), room, history.ShownRange())
    assert [each.text for each in page.messages] == ["a secret"]


async def test_each_press_of_the_key_for_the_next_unread_room_counts(
    asha: Guest, ben: Guest
) -> None:
    first, *unread = [await make_room(asha, "ben") for _ in range(3)]
    for room in unread:
        await messages.send(await ben.viewer(), room, "hello", f"message-{room}")
    client = await asha.open(f"/rooms/{first}")
    page = subscriptions.pages()[client.id]
    press = SimpleNamespace(args={"detail": {"event": "next_unread", "detail": {}}})
    await receive(page.context, press)
    after_one = page.path
    await page.go(f"/rooms/{first}")
    await asyncio.gather(receive(page.context, press), receive(page.context, press))
    assert {after_one, page.path} == {f"/rooms/{room}" for room in unread}


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
    told = [event for event, _data, to in emitted if to == page.client.id]
    assert told[:2] == ["chat_room_list", "chat_messages"]


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
    assert said == ["Not found. It may have been moved or deleted."]
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
            client_id = f"message-{number}"
            messages.insert(session, viewer, room, f"message {number}", client_id, html=None)

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
    for text in ["", "x" * 4001, None, 5, ["x"], {"a": 1}, "z" + "\u0335" * 31]:
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


async def test_the_messages_of_a_room_and_its_view_share_a_turn(
    asha: Guest, emitted: Emitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await make_room(asha)
    client = await asha.open("/")
    page: Any = subscriptions.pages()[client.id]
    others, show, order = 20, page.show, list[str]()

    async def draw_pages() -> None:
        while True:
            await own_turn()
            order.append("other")

    def note(*shown: object) -> None:
        order.append("view")
        show(*shown)

    async def sent(event: ServerEvent, _channel: str) -> None:
        if event.EVENT == "chat_messages":
            order.append("messages")

    monkeypatch.setattr(page, "show", note)
    monkeypatch.setattr(push, "broadcast", sent)
    drawing = [asyncio.create_task(draw_pages()) for _other in range(others)]
    await page.open(f"/rooms/{room}")
    for each in drawing:
        each.cancel()
    first, then = order.index("messages"), order.index("view")
    assert 0 < first < then < first + others


async def test_a_link_to_a_message_that_is_gone_leads_those_who_join_to_the_room(
    asha: Guest, chen: Guest
) -> None:
    room = await rooms.create(await asha.viewer(), name="Open", topic="Roses", private=False)
    client = await chen.open(f"/rooms/{room}/messages/4711")
    await chen.press("Join")
    page = subscriptions.pages()[client.id]
    assert (page.room_id, page.path) == (room, f"/rooms/{room}")


async def test_undo_goes_with_the_room_that_it_is_about(asha: Guest) -> None:
    room = await make_room(asha)
    client = await asha.open(f"/rooms/{room}")
    page = subscriptions.pages()[client.id]
    # Called directly: `tell` would wait until the sentence has gone by itself.
    await SettingsHandlers(page.context).on_archive(room, True)
    await asha.user.should_see("Study group is archived")
    await page.go("/rooms/1")
    await asha.user.should_not_see("is archived")


@pytest.mark.parametrize(
    ("private", "others", "hints"),
    [
        (True, True, ["until a member adds you", "joined first, becomes the owner"]),
        (True, False, ["no one can open this room"]),
        (False, False, ["You can come back", "Whoever joins next becomes the owner"]),
    ],
)
async def test_leaving_says_what_it_means(
    asha: Guest, ben: Guest, *, private: bool, others: bool, hints: list[str]
) -> None:
    viewer = await asha.viewer()
    room = await rooms.create(viewer, name="Plans", topic="", private=private)
    if others:
        await add_member(viewer, room, "ben")
    await asha.open(f"/rooms/{room}")
    await asha.detail("room_settings", {})
    (leave,) = asha.elements(data_testid="leave-room")
    assert leave.parent_slot is not None
    shown = [each.text for each in leave.parent_slot.children if isinstance(each, ui.label)]
    assert len(shown) == len(hints)
    assert all(hint in text for hint, text in zip(hints, shown, strict=True))
