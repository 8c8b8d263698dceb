"""What happens to messages on one process is shown by the pages of the others."""

import pytest

from services.rooms import rooms
from tests.cluster.several import Person, SeveralProcesses, Tab, Tabs, register, seqs
from tests.conftest import add_member

pytestmark = pytest.mark.usefixtures("here")


class Talk:
    """asha's page on one process, ben's on another, in a room of theirs."""

    def __init__(self, asha: Tab, ben: Tab, room: int) -> None:
        self.asha, self.ben, self.room = asha, ben, room


async def room_of(owner: Person, *others: Person) -> int:
    """Make a private room."""
    room = await rooms.create(
        owner.viewer, name=f"Room of {owner.username}", topic="", private=True
    )
    for other in others:
        await add_member(owner.viewer, room, other.username)
    return room


@pytest.fixture
async def talk(chat: SeveralProcesses, tabs: Tabs) -> Talk:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    path = f"/rooms/{room}"
    return Talk(await tabs.open(chat[0], asha, path), await tabs.open(chat[1], ben, path), room)


async def test_a_message_arrives_once(talk: Talk) -> None:
    for number in range(5):
        assert await talk.asha.send(f"Number {number}") == number + 1
        await talk.ben.until_shown(f"Number {number}")
    await talk.ben.send("Last")
    await talk.asha.until_shown("Last")
    shown = [seq for data in talk.ben.all("chat_messages") for seq in seqs(data["html"])]
    assert shown == [1, 2, 3, 4, 5, 6]
