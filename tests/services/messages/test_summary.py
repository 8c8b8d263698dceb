"""The line that a list of rooms shows of the last message."""

from services.messages import edits, messages, summary
from services.rooms import rooms
from tests.services.rooms.reading.test_unread import say


async def last(viewer, room_id: int) -> summary.Summary:
    found = next(room for room in await rooms.mine(viewer) if room.room_id == room_id)
    assert found.last is not None
    return summary.of_last(found.last)


async def test_it_has_no_markdown_and_is_the_same_as_that_of_the_message(people) -> None:
    text = "**Bring** the `ruler`, [please](https://example.org), @asha\n\n- and a *pen*"
    sent, _new = await messages.send(people.ben, people.room, text, "summary-message")
    found = await last(people.asha, people.room)
    assert found.text == "Bring the ruler, please, @asha and a pen"
    assert (found.kind, found.by, found.seq) == ("text", people.ben.user_id, sent.seq)
    assert summary.of(sent) == found


async def test_long_text_is_cut_even_where_its_html_is(people) -> None:
    await messages.send(people.ben, people.room, "**word** " * 400, "summary-message")
    found = await last(people.asha, people.room)
    assert found.text.startswith("word word")
    assert found.text.endswith("…")
    assert len(found.text) <= summary.LENGTH + 1


async def test_nothing_is_left_of_a_deleted_message(people) -> None:
    await say(people, "message one")
    sent, _new = await messages.send(people.ben, people.room, "a *secret*", "summary-message")
    await edits.delete(people.ben, people.room, sent.seq)
    found = await last(people.asha, people.room)
    assert (found.kind, found.text) == ("deleted", "")
    assert "secret" not in str(await rooms.mine(people.asha))


async def test_a_room_without_messages_has_none(people) -> None:
    assert all(room.last is None for room in await rooms.mine(people.asha))
