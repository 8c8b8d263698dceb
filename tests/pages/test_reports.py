"""Reporting a message, and handling reports, on the page."""

from services.core.errors import NotFound
from services.messages import messages, reports
from services.rooms import rooms
from tests.conftest import add_member
from tests.pages.conftest import Guest


async def reported(asha: Guest, ben: Guest, chen: Guest) -> tuple[int, int]:
    """Have ben say something in asha's room, and chen report it on the page."""
    viewer = await asha.viewer()
    room = await rooms.create(viewer, name="Chess", topic="", private=True)
    for name in ("ben", "chen"):
        await add_member(viewer, room, name)
    sent, _new = await messages.send(await ben.viewer(), room, "Silly thing", "said-by-ben-1")
    await chen.open(f"/rooms/{room}")
    await chen.detail("message_action", {"action": "report", "room": room, "seq": sent.seq})
    await chen.user.should_see("Report this message?")
    await chen.detail("filled", {"reason": "Not kind"})
    assert chen.notifications == ["Reported. Thank you."]
    return room, sent.seq


async def test_an_administrator_deletes_what_was_reported(
    asha: Guest, ben: Guest, chen: Guest
) -> None:
    room, seq = await reported(asha, ben, chen)
    assert await ben.status("/reports") == 404
    await asha.open("/reports")
    for words in ("Silly thing", "Not kind", "Reported by @chen", "Chess"):
        await asha.user.should_see(words)
    await asha.press("Delete message")
    await asha.user.should_see("Resolved by @asha")
    try:
        await messages.get(await asha.viewer(), room, seq)
    except NotFound:
        return
    raise AssertionError("the message is still there")


async def test_a_moderator_handles_it_in_the_room(asha: Guest, ben: Guest, chen: Guest) -> None:
    room, _seq = await reported(asha, ben, chen)
    await asha.open(f"/rooms/{room}")
    await asha.detail("room_settings", {})
    await asha.press("Reported messages")
    await asha.user.should_see("Silly thing")
    await asha.press("Mark as resolved")
    await asha.user.should_see("Resolved by @asha")
    [found] = await reports.of_room(await asha.viewer(), room)
    assert found.handled_by is not None
