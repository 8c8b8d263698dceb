"""What happens to messages on one process is shown by the pages of the others."""

from secrets import token_hex

import httpx
import pytest
from msgspec import Struct

from services.messages import edits, messages, pins, polls, reactions
from services.rooms.members import direct_messages
from services.webhooks import webhooks
from tests.cluster.several import Person, SeveralProcesses, Tab, Tabs, register, room_of, seqs

pytestmark = pytest.mark.usefixtures("here")


class Talk(Struct):
    """asha's page on one process, ben's on another, in a room of theirs."""

    asha: Tab
    ben: Tab
    room: int

    @property
    def owner(self) -> Person:
        """asha."""
        return self.asha.person

    @property
    def tabs(self) -> tuple[Tab, Tab]:
        """Both pages."""
        return self.asha, self.ben

    def forget(self) -> None:
        """Look only at what comes from now on."""
        for each in self.tabs:
            each.forget()

    async def until_both_show(self, text: str) -> None:
        """Wait until both pages have got something with this text."""
        for each in self.tabs:
            await each.until_shown(text)


@pytest.fixture
async def talk(chat: SeveralProcesses, tabs: Tabs) -> Talk:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    path = f"/rooms/{room}"
    return Talk(await tabs.open(chat[0], asha, path), await tabs.open(chat[1], ben, path), room)


async def send(person: Person, room: int, text: str) -> int:
    """Send a message from this process."""
    message, _is_new = await messages.send(person.viewer, room, text, token_hex(16))
    return message.seq


def shown(tab: Tab) -> list[int]:
    """Return the numbers of the messages that a page got, in order."""
    return [seq for data in tab.all("chat_messages") for seq in seqs(data["html"])]


async def test_each_message_arrives_once(talk: Talk) -> None:
    for number in range(1, 6):
        assert await talk.asha.send(f"Number {number}") == number
        await talk.ben.until_shown(f"Number {number}")
    assert await talk.ben.send("From the other") == 6
    assert await send(talk.owner, talk.room, "From the third") == 7
    await talk.until_both_show("From the third")
    assert shown(talk.ben) == [1, 2, 3, 4, 5, 6, 7]
    assert shown(talk.asha) == [1, 2, 3, 4, 5, 6, 7]


async def test_those_sent_at_the_same_time_all_arrive(talk: Talk) -> None:
    for number in range(10):
        for tab in talk.tabs:
            await tab.emit("send", room=talk.room, id=token_hex(16), text=f"Number {number}")
    for tab in talk.tabs:
        await tab.wait(lambda tab=tab: len(set(shown(tab))) == 20, "all have come")
        assert sorted(shown(tab)) == list(range(1, 21))


async def test_what_a_program_posts_to_one_process_is_shown_by_all(
    chat: SeveralProcesses, talk: Talk
) -> None:
    token = await webhooks.create(talk.owner.viewer, talk.room, "Grafana")
    async with httpx.AsyncClient() as http:
        for server in (chat[0], chat[1]):
            address, text = f"{server.address}/hooks/{token}", f"To {server.port}"
            answer = await http.post(address, json={"text": text})
            assert answer.text == "ok"
            await talk.until_both_show(text)
    assert "bot-sign" in talk.asha.everything


async def test_a_message_is_edited_and_deleted(talk: Talk) -> None:
    seq = await talk.asha.send("Before")
    await talk.ben.until_shown("Before")
    talk.forget()
    await edits.edit(talk.owner.viewer, talk.room, seq, "Afterwards")
    await talk.until_both_show("Afterwards")
    talk.forget()
    await edits.delete(talk.owner.viewer, talk.room, seq)
    for tab in talk.tabs:
        changed = await tab.until("chat_message_changes")
        assert [each["kind"] for each in changed["summaries"]] == ["deleted"]
        assert "Afterwards" not in changed["html"]


async def test_reactions_pins_and_votes_are_shown(talk: Talk) -> None:
    seq = await talk.asha.send("What do you think?")
    await talk.ben.until_shown("What do you think?")
    await talk.ben.emit("react", room=talk.room, seq=seq, on=True, emoji="👍")
    await talk.until_both_show("👍")
    talk.forget()
    await reactions.remove(talk.ben.person.viewer, talk.room, seq, "👍")
    for tab in talk.tabs:
        assert "👍" not in (await tab.until("chat_message_changes"))["html"]
    talk.forget()
    await pins.pin(talk.owner.viewer, talk.room, seq)
    for tab in talk.tabs:
        assert "pinned" in (await tab.until("chat_message_changes"))["html"]
    talk.forget()
    poll, _is_new = await polls.send(
        talk.owner.viewer, talk.room, "Tea or coffee?", ["Tea", "Coffee"], token_hex(16)
    )
    await talk.until_both_show("Tea or coffee?")
    talk.forget()
    await talk.ben.emit("vote", room=talk.room, seq=poll.seq, numbers=[1])
    for tab in talk.tabs:
        data = await tab.until("chat_message_changes")
        assert str(talk.ben.person.user_id) in data["html"]


async def test_many_changes_at_a_time_are_shown(talk: Talk) -> None:
    """Each frame begins where the one before has ended, or the page asks."""
    seq = await talk.asha.send("Look")
    talk.forget()
    signs = "👍👎🎉😀😢🚀👀🔥"
    for sign in signs:
        await talk.asha.emit("react", room=talk.room, seq=seq, on=True, emoji=sign)
        await reactions.add(talk.ben.person.viewer, talk.room, seq, sign)
    for tab in talk.tabs:
        await tab.wait(
            lambda tab=tab: any(data["change"] == 16 for data in tab.all("chat_message_changes")),
            "the last change has come",
        )
        [last] = tab.all("chat_message_changes", lambda data: data["change"] == 16)
        assert all(sign in last["html"] for sign in signs)


async def test_a_page_in_another_room_counts(
    talk: Talk, chat: SeveralProcesses, tabs: Tabs
) -> None:
    other = await room_of(talk.ben.person)
    tab = await tabs.open(chat[1], talk.ben.person, f"/rooms/{other}")
    tab.forget()
    await talk.asha.send(f"Hello @{talk.ben.person.username}")
    data = await tab.until("chat_room_activity")
    assert (data["room"], data["last"]) == (talk.room, 1)
    assert list(data["messages"][0]["names"].values()) == [talk.ben.person.user_id]
    await edits.edit(talk.owner.viewer, talk.room, 1, "Hello you")
    changed = await tab.until("chat_room_summaries")
    assert changed["summaries"][0]["text"] == "Hello you"


async def test_what_was_read_on_another_process_is_read(
    talk: Talk, chat: SeveralProcesses, tabs: Tabs
) -> None:
    other = await room_of(talk.ben.person)
    tab = await tabs.open(chat[0], talk.ben.person, f"/rooms/{other}")
    await talk.asha.send("Hello")
    await talk.ben.until_shown("Hello")
    await talk.ben.emit("read", room=talk.room, seq=1)
    assert (await tab.until("chat_read_elsewhere"))["seq"] == 1


async def test_what_one_sends_oneself_is_read_on_another_process(
    talk: Talk, chat: SeveralProcesses, tabs: Tabs
) -> None:
    other = await room_of(talk.owner)
    tab = await tabs.open(chat[1], talk.owner, f"/rooms/{other}")
    await talk.asha.send("Hello")
    assert (await tab.until("chat_read_elsewhere"))["seq"] == 1


async def test_receipts_cross_processes(talk: Talk) -> None:
    await talk.asha.send("Hello")
    await talk.ben.until_shown("Hello")
    talk.asha.forget()
    await talk.ben.emit("read", room=talk.room, seq=1)
    ben = talk.ben.person.user_id
    await talk.asha.until("chat_receipts", lambda data: [ben, 1] in data["read"])


async def test_typing_crosses_processes(talk: Talk) -> None:
    await talk.ben.emit("typing", room=talk.room)
    data = await talk.asha.until("chat_typing")
    assert data["people"][0]["author"] == talk.ben.person.username


async def test_the_first_message_of_a_conversation_lists_it(
    chat: SeveralProcesses, tabs: Tabs
) -> None:
    asha, ben = await register("asha"), await register("ben")
    shared = await room_of(asha, ben)
    tab = await tabs.open(chat[1], ben, f"/rooms/{shared}")
    own = await tabs.open(chat[0], asha, "/rooms/1")
    room = await direct_messages.open(asha.viewer, [ben.username])
    tab.forget()
    await own.emit("send", room=room, id=token_hex(16), text="Just between us")
    await tab.until("chat_room_list", lambda data: f'data-room-id="{room}"' in data["html"])
