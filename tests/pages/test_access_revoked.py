"""Whoever is out of a room hears nothing more of it, whatever their page asked for before."""

from typing import Any

import pytest
from nicegui import core

from chat_ui.realtime import connections, push
from services.rooms import initial_state, memberships, rooms, settings
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
    await memberships.add(viewer, room, "ben")
    return room


async def test_what_was_asked_before_the_removal_brings_nothing(
    asha: Guest, ben: Guest, heard: Heard
) -> None:
    room = await shared_room(asha)
    client = await ben.open(f"/rooms/{room}")
    page = push.pages()[client.id]
    await page.refresh_rooms()
    assert f"look:{room}" in heard
    as_it_was = [each.room_id for each in await rooms.mine(page.viewer)]
    await memberships.remove(await asha.viewer(), room, page.viewer.user_id)
    # His page had read its rooms, and asked to listen, a moment before it heard of this.
    page.room_id = room
    await push.subscribe(client.id, room)
    await push.sync_subscriptions(client.id, as_it_was)
    assert not {f"look:{room}", f"nudge:{room}"} & heard


async def test_a_page_that_catches_up_after_the_removal_listens_no_more(
    asha: Guest, ben: Guest, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it was being built just then, and heard of nothing."""
    room = await shared_room(asha)
    client = await ben.open(f"/rooms/{room}")
    monkeypatch.setattr(push, "_on_left", lambda _event: None)
    await memberships.remove(await asha.viewer(), room, (await ben.viewer()).user_id)
    push._revoked.clear()
    push.pages()[client.id].room_id = room
    await ben.detail("catchup", {"room": room, "last": 0, "first": 0, "change": 0})
    assert f"look:{room}" not in heard


async def test_a_room_that_one_is_going_to_is_heard_of_already(
    asha: Guest, ben: Guest, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else the page does while it reads the room's messages."""
    room = await shared_room(asha)
    client = await ben.open("/rooms/1")
    read, meanwhile = initial_state.read, []

    async def slowly(*arguments: Any) -> initial_state.Opening:
        found = await read(*arguments)
        await push.pages()[client.id].refresh_rooms()
        meanwhile.append(heard & {"look:1", f"look:{room}"})
        return found

    monkeypatch.setattr(initial_state, "read", slowly)
    await ben.detail("navigate", {"path": f"/rooms/{room}"})
    assert meanwhile == [{"look:1", f"look:{room}"}]
    assert heard & {"look:1", f"look:{room}"} == {f"look:{room}"}


async def test_who_comes_back_hears_again(asha: Guest, ben: Guest, heard: Heard) -> None:
    room = await shared_room(asha)
    client = await ben.open("/")
    page = push.pages()[client.id]
    viewer = await asha.viewer()
    await memberships.remove(viewer, room, page.viewer.user_id)
    await memberships.add(viewer, room, "ben")
    await page.refresh_rooms()
    assert f"nudge:{room}" in heard


async def test_a_deleted_room_is_heard_by_nobody(asha: Guest, ben: Guest, heard: Heard) -> None:
    room = await shared_room(asha)
    client = await ben.open(f"/rooms/{room}")
    page = push.pages()[client.id]
    await page.refresh_rooms()
    await settings.delete(await asha.viewer(), room, "Study group")
    await push.subscribe(client.id, room)
    await push.sync_subscriptions(client.id, [room])
    assert not {f"look:{room}", f"nudge:{room}"} & heard
