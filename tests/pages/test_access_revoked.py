"""Whoever is out of a room hears nothing more of it, whatever their page asked for before."""

from typing import Any

import pytest
from nicegui import core

from chat_ui.realtime import connections, subscriptions
from chat_ui.server.updates import page_updates
from services.messages import initial_state
from services.rooms import rooms, settings
from services.rooms.members import memberships
from tests.conftest import add_member
from tests.pages.conftest import Guest

Heard = set[str]


@pytest.fixture
async def heard(monkeypatch: pytest.MonkeyPatch, ben: Guest) -> Heard:
    """The Socket.IO rooms that ben's browser is in."""
    inside: Heard = set()

    async def enter_room(_sid: str, room: str, **_more: Any) -> None:
        inside.add(room)

    async def leave_room(_sid: str, room: str, **_more: Any) -> None:
        inside.discard(room)

    his = connections.Socket("his socket", "his page", await ben.viewer())
    monkeypatch.setattr(connections, "of_client", lambda _client: [his])
    monkeypatch.setattr(core.sio, "enter_room", enter_room)
    monkeypatch.setattr(core.sio, "leave_room", leave_room)
    return inside


async def shared_room(asha: Guest) -> int:
    viewer = await asha.viewer()
    room = await rooms.create(viewer, name="Study group", topic="", private=True)
    await add_member(viewer, room, "ben")
    return room


async def test_what_was_asked_before_the_removal_brings_nothing(
    asha: Guest, ben: Guest, heard: Heard
) -> None:
    room = await shared_room(asha)
    client = await ben.open(f"/rooms/{room}")
    page = subscriptions.pages()[client.id]
    await page.refresh_rooms()
    assert f"messages:{room}" in heard
    as_it_was = [each.room_id for each in await rooms.mine(page.viewer)]
    await memberships.remove(await asha.viewer(), room, page.viewer.user_id)
    # His page had read its rooms, and asked to listen, a moment before it heard of this.
    page.context.room_id = room
    await subscriptions.subscribe(client.id, room)
    await subscriptions.sync(client.id, as_it_was)
    assert not {f"messages:{room}", f"activity:{room}"} & heard


async def test_a_page_that_catches_up_after_the_removal_listens_no_more(
    asha: Guest, ben: Guest, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it was being built just then, and heard of nothing."""
    room = await shared_room(asha)
    client = await ben.open(f"/rooms/{room}")
    monkeypatch.setattr(page_updates, "_on_left", lambda _event: None)
    await memberships.remove(await asha.viewer(), room, (await ben.viewer()).user_id)
    subscriptions._revoked.clear()
    subscriptions.pages()[client.id].context.room_id = room
    await ben.detail("catch_up", {"room": room, "last": 0, "first": 0, "change": 0})
    assert f"messages:{room}" not in heard


async def test_a_room_that_one_is_going_to_is_heard_of_already(
    asha: Guest, ben: Guest, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else the page does while it reads the room's messages."""
    room = await shared_room(asha)
    client = await ben.open("/rooms/1")
    read, meanwhile = initial_state.read, []

    async def slowly(*arguments: Any) -> initial_state.Opening:
        found = await read(*arguments)
        await subscriptions.pages()[client.id].refresh_rooms()
        meanwhile.append(heard & {"messages:1", f"messages:{room}"})
        return found

    monkeypatch.setattr(initial_state, "read", slowly)
    await ben.detail("navigate", {"path": f"/rooms/{room}"})
    assert meanwhile == [{"messages:1", f"messages:{room}"}]
    assert heard & {"messages:1", f"messages:{room}"} == {f"messages:{room}"}


async def test_who_comes_back_hears_again(asha: Guest, ben: Guest, heard: Heard) -> None:
    room = await shared_room(asha)
    client = await ben.open("/")
    page = subscriptions.pages()[client.id]
    viewer = await asha.viewer()
    await memberships.remove(viewer, room, page.viewer.user_id)
    await add_member(viewer, room, "ben")
    await page.refresh_rooms()
    assert f"activity:{room}" in heard


async def test_a_deleted_room_is_heard_by_nobody(asha: Guest, ben: Guest, heard: Heard) -> None:
    room = await shared_room(asha)
    client = await ben.open(f"/rooms/{room}")
    page = subscriptions.pages()[client.id]
    await page.refresh_rooms()
    await settings.delete(await asha.viewer(), room, "Study group")
    await subscriptions.subscribe(client.id, room)
    await subscriptions.sync(client.id, [room])
    assert not {f"messages:{room}", f"activity:{room}"} & heard
