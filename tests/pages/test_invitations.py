"""Invitations to rooms on the page of who is invited."""

from typing import Any

from services.rooms import rooms
from services.rooms.members import memberships
from tests.pages.conftest import Guest


def lists(emitted: list[tuple[str, Any, str]]) -> list[str]:
    """Return the lists of rooms that were sent."""
    return [data["html"] for event, data, _to in emitted if event == "chat_room_list"]


async def invite(asha: Guest, name: str) -> int:
    viewer = await asha.viewer()
    room = await rooms.create(viewer, name=name, topic="", private=True)
    assert not await memberships.add(viewer, room, "ben")
    return room


async def test_an_invitation_is_accepted(
    asha: Guest, ben: Guest, emitted: list[tuple[str, Any, str]]
) -> None:
    await ben.open("/invitations")
    await ben.user.should_see("No invitations.")
    room = await invite(asha, "Chess")
    await ben.open("/invitations")
    await ben.user.should_see("Chess")
    await ben.press("Accept")
    assert (await rooms.get(await ben.viewer(), room)).name == "Chess"
    await ben.user.should_not_see("No invitations.")


async def test_an_invitation_is_declined(asha: Guest, ben: Guest) -> None:
    await invite(asha, "Chess")
    await ben.open("/invitations")
    await ben.press("Decline")
    await ben.user.should_see("No invitations.")


async def test_the_sender_is_told_of_the_invitation_only(asha: Guest, ben: Guest) -> None:
    viewer = await asha.viewer()
    room = await rooms.create(viewer, name="Chess", topic="", private=True)
    await asha.open(f"/rooms/{room}")
    await asha.detail("navigate", {"path": f"/rooms/{room}/members"})
    await asha.detail("filled", {"username": "ben"})
    assert asha.notifications == ["Invitation sent. They join when they accept."]
