"""Forwarding says what was sent, and opens no conversation for what cannot be."""

from typing import Any

import pytest

from chat_ui.realtime import subscriptions
from chat_ui.search.quick_switcher import MAX_TARGETS
from services.core.errors import ServiceError
from services.messages import edits, history, messages
from services.rooms import rooms
from tests.pages.conftest import Guest
from tests.upload_client import new_message_id

Emitted = list[tuple[str, Any, str]]


@pytest.fixture
async def room(asha: Guest) -> int:
    """A room of asha's with a message."""
    viewer = await asha.viewer()
    made = await rooms.create(viewer, name="Study group", topic="", private=True)
    await messages.send(viewer, made, "hello", new_message_id())
    return made


async def forward(asha: Guest, emitted: Emitted, room: int, *targets: str) -> tuple[Any, Any]:
    """Forward the message with a note; return what was done, and what refused."""
    wanted = {"room": room, "seq": 1, "id": new_message_id(), "targets": targets, "note": "See"}
    emitted.clear()
    await asha.detail("forward", wanted)
    [answer] = [data for event, data, _to in emitted if event == "chat_forwarded"]
    return answer["done"], answer["refusals"]


async def test_a_note_that_is_refused_is_told_apart(
    asha: Guest, room: int, emitted: Emitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: object) -> None:
        raise ServiceError("Too long.")

    await asha.open("/")
    monkeypatch.setattr(messages, "send", refuse)
    done, refusals = await forward(asha, emitted, room, str(room))
    assert (done, refusals) == ([], ["Sent to Study group, but not the note: Too long."])
    assert [each.text for each in await sent(asha, room)] == ["hello", "hello"]


async def test_more_conversations_than_offered_are_refused(
    asha: Guest, room: int, emitted: Emitted
) -> None:
    await asha.open("/")
    many = [str(number) for number in range(room, room + MAX_TARGETS + 1)]
    done, refusals = await forward(asha, emitted, room, *many)
    assert (done, refusals) == ([], ["Forward a message to at most 5 conversations at a time."])
    assert [each.text for each in await sent(asha, room)] == ["hello"]


async def test_no_conversation_is_opened_for_a_message_that_is_gone(
    asha: Guest, ben: Guest, room: int, emitted: Emitted
) -> None:
    client = await asha.open("/")
    viewer = subscriptions.pages()[client.id].viewer
    await edits.delete(viewer, room, 1)
    before = await rooms.mine(viewer)
    done, refusals = await forward(asha, emitted, room, "@ben", str(room))
    assert (done, refusals) == ([], ["This message no longer exists."])
    assert len(await rooms.mine(viewer)) == len(before)


async def sent(guest: Guest, room: int) -> list[Any]:
    return list((await history.around(await guest.viewer(), room, 1)).messages)
