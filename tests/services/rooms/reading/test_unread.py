"""Unread marks, notification levels and mention counts."""

import pytest
from sqlmodel import Session, select

from models import Block, Mention, Message, Notify
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.errors import NotFound, RateLimited, ServiceError
from services.core.limits.rate_limits import RateLimit
from services.db import database
from services.messages import inbox, messages
from services.rooms import rooms
from services.rooms.members import member_settings
from services.rooms.reading import read_positions
from services.rooms.views import RoomView
from tests.conftest import add_member
from tests.query_counter import statements


async def view(viewer: CurrentUser, room: int) -> RoomView:
    """Return the room as it is in this user's list."""
    return next(each for each in await rooms.mine(viewer) if each.room_id == room)


async def say(people, *texts: str) -> None:
    """Send messages by asha in the room."""
    for text in texts:
        await messages.send(people.asha, people.room, text, text.replace(" ", "-").lstrip("@"))


async def read(viewer: CurrentUser, room: int, seq: int) -> None:
    """Read a room up to `seq`, and wait until that is stored."""
    read_positions.mark_read(viewer, room, seq)
    await read_positions.flush()


async def name(people, seq: int, user_id: int | None) -> None:
    """Insert a mention of a user, or of everybody."""

    def add(session: Session) -> None:
        number = session.exec(
            select(Message.id).where(Message.room_id == people.room, Message.seq == seq)
        ).one()
        session.add(Mention(message_id=number, user_id=user_id, room_id=people.room, seq=seq))

    await database.write(add)


# -- marking as unread -------------------------------------------------------------------------


async def test_a_room_is_unread_from_the_marked_message_on(people, published) -> None:
    await say(people, "message one", "message two", "message three")
    await read(people.ben, people.room, 3)
    assert (await view(people.ben, people.room)).unread == 0
    await member_settings.mark_unread(people.ben, people.room, 2)
    there = await view(people.ben, people.room)
    assert (there.unread, there.read_up_to, there.last_read_seq) == (2, 1, 3)
    marked = [each for each in published if isinstance(each, events.MembershipChanged)]
    assert [(each.user_id, each.read_up_to) for each in marked] == [(people.ben.user_id, 1)]
    assert (await view(people.asha, people.room)).unread == 0


async def test_only_reading_to_the_end_clears_the_mark(people) -> None:
    await say(people, "message one", "message two", "message three")
    await member_settings.mark_unread(people.ben, people.room, 1)
    await read(people.ben, people.room, 2)
    there = await view(people.ben, people.room)
    assert (there.unread_from, there.last_read_seq) == (1, 2)
    await read(people.ben, people.room, 3)
    assert (await view(people.ben, people.room)).unread_from == 0


async def test_a_pending_position_does_not_clear_the_mark(people) -> None:
    await say(people, "message one", "message two")
    read_positions.mark_read(people.ben, people.room, 2)
    await member_settings.mark_unread(people.ben, people.room, 2)
    await read_positions.flush()
    there = await view(people.ben, people.room)
    assert (there.unread, there.last_read_seq) == (1, 2)


async def test_sending_a_message_clears_the_mark(people) -> None:
    await say(people, "message one")
    await member_settings.mark_unread(people.ben, people.room, 1)
    await messages.send(people.ben, people.room, "an answer", "message-answer")
    assert (await view(people.ben, people.room)).unread == 0


@pytest.mark.parametrize("seq", [0, -1, 2, 2**60])
async def test_an_unknown_message_cannot_be_marked(people, seq: int) -> None:
    await say(people, "message one")
    with pytest.raises(ServiceError, match="no longer exists"):
        await member_settings.mark_unread(people.ben, people.room, seq)


async def test_outsiders_are_refused(people) -> None:
    await say(people, "message one")
    with pytest.raises(NotFound):
        await member_settings.mark_unread(people.chen, people.room, 1)
    with pytest.raises(NotFound):
        await member_settings.set_level(people.chen, people.room, Notify.NOTHING)


# -- levels ------------------------------------------------------------------------------------


async def test_a_level_is_stored_and_published(people, published) -> None:
    for level in Notify:
        await member_settings.set_level(people.ben, people.room, level.value)
        assert (await view(people.ben, people.room)).notify == level
        assert published[-1].notify == level
    assert (await view(people.asha, people.room)).notify == Notify.MENTIONS


@pytest.mark.parametrize("level", ["", "loud", None, 3, ["nothing"], {}])
async def test_an_unknown_level_is_refused(people, level: object) -> None:
    with pytest.raises(ServiceError, match="Choose all messages"):
        await member_settings.set_level(people.ben, people.room, level)


async def test_marks_are_rate_limited(people) -> None:
    object.__setattr__(app_context.current().rate_limits, "unread", RateLimit("1 per minute"))
    await member_settings.set_level(people.ben, people.room, Notify.NOTHING)
    with pytest.raises(RateLimited):
        await member_settings.set_level(people.ben, people.room, Notify.NOTHING)


# -- mention counts ----------------------------------------------------------------------------


async def test_only_unread_mentions_by_others_count(people) -> None:
    await say(people, "message one", "message two", "message three")
    await name(people, 1, people.ben.user_id)
    await name(people, 3, None)
    assert (await view(people.ben, people.room)).mentions == 2
    assert (await view(people.asha, people.room)).mentions == 0
    await read(people.ben, people.room, 1)
    assert (await view(people.ben, people.room)).mentions == 1
    await read(people.ben, people.room, 3)
    assert (await view(people.ben, people.room)).mentions == 0
    await member_settings.mark_unread(people.ben, people.room, 3)
    assert (await view(people.ben, people.room)).mentions == 1


async def test_mentions_by_blocked_users_do_not_count(people) -> None:
    await say(people, "message one")
    await name(people, 1, people.ben.user_id)
    block = Block(user_id=people.ben.user_id, blocked_id=people.asha.user_id)
    await database.write(lambda session: session.add(block))
    there = await view(people.ben, people.room)
    assert (there.unread, there.mentions) == (0, 0)  # see test_uncounted.py


async def test_mentions_of_everybody_before_joining_do_not_count(people) -> None:
    await say(people, "@room message one", "message two")
    await add_member(people.asha, people.room, "chen")
    for viewer in (people.ben, people.chen):
        await member_settings.mark_unread(viewer, people.room, 1)
    counted = [(await view(each, people.room)).mentions for each in (people.ben, people.chen)]
    listed = [len((await inbox.mine(each)).unread) for each in (people.ben, people.chen)]
    assert (counted, listed) == ([1, 0], [1, 0])


async def test_marking_writes_one_row_and_queries_no_members(people) -> None:
    await say(people, "message one")
    with statements() as seen:
        await member_settings.mark_unread(people.ben, people.room, 1)
    assert len([each for each in seen if each.startswith(("UPDATE", "INSERT"))]) == 1
    assert len(seen) == 4  # select, update, mentions, and what does not count
