"""What is deleted, or by somebody blocked, counts for nothing."""

from models import Block
from services.core import events
from services.core.dto import CurrentUser
from services.db import database
from services.messages import edits, messages
from services.rooms import rooms
from services.rooms.members import member_settings
from services.rooms.reading import read_positions
from services.rooms.views import RoomView
from tests.query_counter import statements
from tests.services.messages.test_messages import fresh


async def say(people, *texts: str) -> None:
    """Send messages by asha in the room."""
    for text in texts:
        await messages.send(people.asha, people.room, text, fresh())


async def view(viewer: CurrentUser, room: int) -> RoomView:
    """Return the room as it is in this user's list."""
    return next(each for each in await rooms.mine(viewer) if each.room_id == room)


async def block(viewer: CurrentUser, other: CurrentUser) -> None:
    pair = Block(user_id=viewer.user_id, blocked_id=other.user_id)
    await database.write(lambda session: session.add(pair))


async def test_a_deleted_message_is_not_unread(people) -> None:
    await say(people, "one", "two", "three")
    await edits.delete(people.asha, people.room, 2)
    there = await view(people.ben, people.room)
    assert (there.unread, there.uncounted) == (2, (2,))
    await edits.delete(people.asha, people.room, 1)
    await edits.delete(people.asha, people.room, 3)
    assert (await view(people.ben, people.room)).unread == 0
    assert (await rooms.get(people.ben, people.room)).unread == 0
    await say(people, "four")
    assert (await view(people.ben, people.room)).unread == 1


async def test_only_what_is_after_the_position_is_taken_off(people) -> None:
    await say(people, "one", "two", "three")
    await edits.delete(people.asha, people.room, 1)
    read_positions.mark_read(people.ben, people.room, 2)
    there = await view(people.ben, people.room)  # before it is stored
    assert there.unread == 1
    await read_positions.flush()
    there = await view(people.ben, people.room)
    assert (there.unread, there.uncounted) == (1, ())


async def test_a_position_beyond_the_end_is_the_end(people) -> None:
    await say(people, "one", "two")
    read_positions.mark_read(people.ben, people.room, 9)
    assert (await view(people.ben, people.room)).last_read_seq == 2  # before it is stored
    await read_positions.flush()
    assert (await view(people.ben, people.room)).last_read_seq == 2


async def test_a_mark_counts_from_its_message_on(people, published) -> None:
    await say(people, "one", "two", "three")
    read_positions.mark_read(people.ben, people.room, 3)
    await read_positions.flush()
    await edits.delete(people.asha, people.room, 2)
    assert (await view(people.ben, people.room)).uncounted == ()
    await member_settings.mark_unread(people.ben, people.room, 1)
    assert (await view(people.ben, people.room)).unread == 2
    marked = [each for each in published if isinstance(each, events.MembershipChanged)]
    assert marked[-1].uncounted == (2,)


async def test_what_somebody_blocked_says_counts_for_nothing(people) -> None:
    await say(people, "one", "@ben two", "three")
    await block(people.ben, people.asha)
    there = await view(people.ben, people.room)
    assert (there.unread, there.mentions) == (0, 0)
    await edits.delete(people.asha, people.room, 2)  # not taken off twice
    await block(people.asha, people.ben)
    assert (await view(people.ben, people.room)).unread == 0


async def test_a_deleted_mention_is_published_for_those_who_have_not_read_it(
    people, published
) -> None:
    await say(people, "@ben one", "@room two", "three")
    published.clear()
    await edits.delete(people.asha, people.room, 1)
    assert events.MentionsChanged(frozenset({people.ben.user_id})) in published
    assert (await view(people.ben, people.room)).mentions == 1
    published.clear()
    await edits.delete(people.asha, people.room, 2)
    assert events.MentionsChanged(frozenset({people.ben.user_id})) in published
    assert (await view(people.ben, people.room)).mentions == 0
    await say(people, "@ben four")
    read_positions.mark_read(people.ben, people.room, 4)
    await read_positions.flush()
    published.clear()
    await edits.delete(people.asha, people.room, 3)
    await edits.delete(people.asha, people.room, 4)
    assert not [each for each in published if isinstance(each, events.MentionsChanged)]


async def test_a_message_that_is_sent_costs_nothing_more(people) -> None:
    """Unread messages are counted by positions: only who has some asks which do not count."""
    await say(people, "one")
    with statements() as seen:
        await rooms.mine(people.asha)
    assert not [each for each in seen if "deleted_at IS NOT NULL" in each and "blocks" in each]
    with statements() as seen:
        await rooms.mine(people.ben)
    assert (
        len([each for each in seen if "deleted_at IS NOT NULL" in each and "blocks" in each]) == 1
    )
