"""What happens to rooms and their members on one process is shown by the pages of the others."""

from secrets import token_hex

import pytest
from msgspec import Struct

from models import Role
from services.rooms import rooms, settings
from services.rooms.members import direct_messages, invitations, member_settings, memberships
from tests.cluster.several import Person, SeveralProcesses, Tab, Tabs, register, room_of

pytestmark = pytest.mark.usefixtures("here")


class Room(Struct):
    """A room of asha's and ben's, and two pages of ben's on different processes."""

    asha: Person
    ben: Person
    room_id: int
    inside: Tab
    beside: Tab
    """ben's page, which shows another room."""

    async def until_listed(self, text: str, *, is_there: bool = True) -> None:
        """Wait until both pages list rooms with this text in it, or without it."""
        for tab in (self.inside, self.beside):
            await tab.until("chat_room_list", lambda data: (text in data["html"]) == is_there)


@pytest.fixture
async def room(chat: SeveralProcesses, tabs: Tabs) -> Room:
    asha, ben = await register("asha"), await register("ben")
    room_id, own = await room_of(asha, ben), await room_of(ben)
    inside = await tabs.open(chat[0], ben, f"/rooms/{room_id}")
    beside = await tabs.open(chat[1], ben, f"/rooms/{own}")
    inside.forget()
    beside.forget()
    return Room(asha, ben, room_id, inside, beside)


def entry(room_id: int) -> str:
    """Return what a list of rooms has for each of them."""
    return f'data-room-id="{room_id}"'


async def test_a_room_gets_another_name(room: Room) -> None:
    name = f"Renamed {token_hex(4)}"
    await settings.change(room.asha.viewer, room.room_id, name=name, topic="About that")
    await room.until_listed(name)
    await room.inside.until_shown("About that")


async def test_a_room_is_announced_and_archived(room: Room) -> None:
    await settings.announce(room.asha.viewer, room.room_id, on=True)
    await room.inside.until("update")
    room.inside.forget()
    await settings.archive(room.asha.viewer, room.room_id, on=True)
    await room.inside.until("update")


async def test_a_room_is_deleted(room: Room) -> None:
    name = (await rooms.get(room.asha.viewer, room.room_id)).name
    await settings.delete(room.asha.viewer, room.room_id, name)
    await room.until_listed(entry(room.room_id), is_there=False)
    await room.inside.until_shown("A room and all its messages were deleted.")
    await room.inside.until("chat_address")  # it shows another one


async def test_a_member_is_removed(room: Room) -> None:
    name = (await rooms.get(room.asha.viewer, room.room_id)).name
    await memberships.remove(room.asha.viewer, room.room_id, room.ben.user_id)
    await room.until_listed(entry(room.room_id), is_there=False)
    await room.inside.until_shown(f"You were removed from {name}.")


async def test_a_member_leaves_and_is_added_again(
    room: Room, chat: SeveralProcesses, tabs: Tabs
) -> None:
    watching = await tabs.open(chat[0], room.asha, f"/rooms/{room.room_id}")
    await memberships.leave(room.ben.viewer, room.room_id)
    await room.until_listed(entry(room.room_id), is_there=False)
    assert (await watching.until("chat_room_members"))["count"] == 1
    for each in (watching, room.inside, room.beside):
        each.forget()
    await memberships.add(room.asha.viewer, room.room_id, room.ben.username)
    await invitations.accept(room.ben.viewer, room.room_id)
    await room.until_listed(entry(room.room_id))
    assert (await watching.until("chat_room_members"))["count"] == 2
    await watching.send("Welcome back")
    for tab in (room.inside, room.beside):
        await tab.until("chat_room_activity", lambda data: data["room"] == room.room_id)


async def test_a_new_room_is_listed(room: Room) -> None:
    created = await rooms.create(
        room.ben.viewer, name=f"New {token_hex(4)}", topic="", private=False
    )
    await room.until_listed(entry(created))


async def test_a_role_is_given(room: Room) -> None:
    await memberships.change_role(room.asha.viewer, room.room_id, room.ben.user_id, Role.MODERATOR)
    await room.inside.until("update")
    await room.inside.until("chat_room_list")


async def test_a_favourite_is_one_everywhere(room: Room) -> None:
    await room.inside.emit("favourite", room=str(room.room_id), set="on")
    await room.until_listed('data-home="favourites"')


async def test_an_invitation_comes_and_goes(room: Room) -> None:
    chen = await register("chen")
    other = await room_of(chen)
    assert not await memberships.add(chen.viewer, other, room.ben.username)
    await room.until_listed('href="/invitations"')
    for tab in (room.inside, room.beside):
        tab.forget()
    await invitations.decline(room.ben.viewer, other)
    await room.until_listed('href="/invitations"', is_there=False)


async def test_a_conversation_begins(room: Room) -> None:
    conversation = await direct_messages.open(room.ben.viewer, [room.asha.username])
    await room.inside.emit("send", room=conversation, id=token_hex(16), text="Just between us")
    await room.beside.until("chat_room_list", lambda data: entry(conversation) in data["html"])


async def test_a_level_and_a_mark_are_shown(room: Room) -> None:
    await member_settings.set_level(room.ben.viewer, room.room_id, "nothing")
    for tab in (room.inside, room.beside):
        data = await tab.until("chat_membership_changed")
        assert (data["room"], data["notify"]) == (room.room_id, "nothing")
