"""Messages that are sent later: what may be scheduled, and what their author does with them."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
from msgspec.structs import replace
from sqlmodel import Session, select, update

from models import ScheduledMessage
from models.clock import now
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, RateLimited, ServiceError
from services.core.limits.rate_limits import Budget, RateLimit
from services.core.text import MESSAGE_LIMIT
from services.db import database
from services.messages import edits, messages
from services.messages.scheduling import scheduled, scheduler
from services.messages.scheduling.scheduled import MAX_SCHEDULED, NotScheduled
from services.rooms import rooms, settings
from services.rooms.members import memberships
from tests.conftest import People

_keys = count()


def at(**ahead: float) -> str:
    """Return a moment that far ahead, as a browser sends it."""
    return (now() + timedelta(**ahead)).isoformat()


async def plan(people: People, text: object = "See you", when: object = "", **more: object) -> str:
    """Schedule a message of asha's; return its key."""
    key = f"later-{next(_keys):08}"
    await scheduled.schedule(people.asha, people.room, text, key, when or at(hours=1), **more)
    return key


async def texts(viewer: CurrentUser) -> list[str]:
    return [each.text for each in await scheduled.mine(viewer)]


async def test_they_are_listed_by_time_for_their_author_alone(people: People, published) -> None:
    await plan(people, "later :tada:", at(days=2))
    await plan(people, " *sooner* \r\n", at(hours=2))
    first, second = await scheduled.mine(people.asha)
    assert [first.text, second.text] == ["*sooner*", "later 🎉"]
    assert "<em>sooner</em>" in (first.html or "")
    assert (first.room_id, first.room_title, first.refusal) == (people.room, "Study group", "")
    assert first.send_at.tzinfo is not None
    assert await scheduled.mine(people.ben) == await scheduled.mine(people.chen) == []
    assert published == [events.ScheduledChanged(people.asha.user_id, people.room)] * 2
    assert (await rooms.get(people.asha, people.room)).scheduled == 2
    assert (await rooms.get(people.ben, people.room)).scheduled == 0


async def test_nothing_of_it_is_in_the_room_before(people: People) -> None:
    await plan(people)
    room = await rooms.get(people.ben, people.room)
    assert (room.last_seq, room.unread) == (0, 0)


async def test_scheduling_again_stores_it_once(people: People) -> None:
    moment = at(hours=1)
    for text in ("one", "two"):  # the answer was lost; the second is not looked at
        stored = await scheduled.schedule(people.asha, people.room, text, "same-key", moment)
        assert stored == datetime.fromisoformat(moment)
    assert await texts(people.asha) == ["one"]


async def test_keys_of_others_are_their_own(people: People) -> None:
    for viewer in (people.asha, people.ben):
        await scheduled.schedule(viewer, people.room, viewer.username, "same-key", at(hours=1))
    assert await texts(people.ben) == ["ben"]
    with pytest.raises(NotScheduled):
        await scheduled.remove(people.chen, "same-key")


@pytest.mark.parametrize(
    "when",
    [
        None,
        17,
        "",
        "tomorrow",
        "2026-13-40T09:00:00Z",
        "2999-01-01T09:00",  # without an offset
        "T" * 10_000,
        ["2999"],
        "0001-01-01T00:00:00+14:00",  # before the first year, in UTC
        "9999-12-31T23:59:59-14:00",
        "\ud800",
    ],
)
async def test_what_is_no_time_is_refused(people: People, when: object) -> None:
    with pytest.raises(ServiceError) as refused:
        await scheduled.schedule(people.asha, people.room, "Hello", "later-key", when)
    assert type(refused.value) is ServiceError
    assert refused.value.message[-1] == "."
    assert await texts(people.asha) == []


@pytest.mark.parametrize(
    ("ahead", "sentence"),
    [
        (timedelta(seconds=58), "too close"),
        (timedelta(days=-3), "has passed"),
        (timedelta(days=366, minutes=1), "more than a year"),
    ],
)
async def test_times_have_bounds(people: People, ahead: timedelta, sentence: str) -> None:
    with pytest.raises(ServiceError, match=sentence):
        await plan(people, when=(now() + ahead).isoformat())
    key = await plan(people)
    with pytest.raises(ServiceError, match=sentence):
        await scheduled.move(people.asha, key, (now() + ahead).isoformat())


async def test_any_offset_is_the_same_moment(people: People) -> None:
    moment = now() + timedelta(hours=3)
    india = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    key = await plan(people, when=india.isoformat())
    assert (await scheduled.get(people.asha, key)).send_at == moment
    await scheduled.move(people.asha, key, f"{moment:%Y-%m-%dT%H:%M:%S}.000Z")
    assert (await scheduled.get(people.asha, key)).send_at == moment.replace(microsecond=0)
    assert (await scheduled.get(people.asha, key)).send_at.tzinfo == UTC


@pytest.mark.parametrize("text", ["", " \n", None, 7, "x" * (MESSAGE_LIMIT + 1), "a\ud800b"])
async def test_texts_are_as_those_of_messages(people: People, text: object) -> None:
    with pytest.raises(ServiceError):
        await plan(people, text)
    assert await texts(people.asha) == []


@pytest.mark.parametrize(
    "key", ["", None, "short", "x" * 65, "späte-nachricht", 12345678, "\ud800" * 20, ["x" * 20]]
)
async def test_invalid_keys_are_refused(people: People, key: object) -> None:
    for verb in (scheduled.get, scheduled.remove, scheduler.send_now):
        with pytest.raises(ServiceError, match="Something went wrong"):
            await verb(people.asha, key)
    with pytest.raises(ServiceError, match="Something went wrong"):
        await scheduled.schedule(people.asha, people.room, "Hello", key, at(hours=1))


async def test_a_hundred_may_wait(people: People) -> None:
    def fill(session: Session) -> None:
        for number in range(MAX_SCHEDULED - 1):
            session.add(
                ScheduledMessage(
                    user_id=people.asha.user_id,
                    client_message_id=f"filled-{number}",
                    room_id=people.room,
                    text="x",
                    language="en",
                    send_at=now() + timedelta(days=1),
                )
            )

    await database.write(fill)
    key = await plan(people)
    with pytest.raises(ServiceError, match="100 scheduled messages"):
        await plan(people)
    assert len(await scheduled.mine(people.asha)) == MAX_SCHEDULED
    removed = await scheduled.remove(people.asha, key)
    await plan(people)
    with pytest.raises(ServiceError, match="100 scheduled messages"):
        await scheduled.restore(people.asha, removed)
    await scheduled.schedule(people.ben, people.room, "mine", "later-ben", at(hours=1))


async def test_who_may_not_write_now_cannot_schedule(people: People) -> None:
    with pytest.raises(NotFound):
        await scheduled.schedule(people.chen, people.room, "Hello", "later-chen", at(hours=1))
    await settings.announce(people.asha, people.room, on=True)
    with pytest.raises(Forbidden, match="announcements"):
        await scheduled.schedule(people.ben, people.room, "Hello", "later-ben1", at(hours=1))
    await settings.archive(people.asha, people.room, on=True)
    with pytest.raises(Forbidden, match="archived"):
        await plan(people)


async def test_a_reply_knows_its_original_as_long_as_that_is_there(people: People) -> None:
    sent, _new = await messages.send(people.ben, people.room, "Question?", "question-1")
    key = await plan(people, "Answer", reply_to=sent.seq)
    quote = (await scheduled.get(people.asha, key)).quote
    assert quote is not None
    assert (quote.text, quote.author.username) == ("Question?", "ben")
    await edits.delete(people.ben, people.room, sent.seq)
    found = await scheduled.get(people.asha, key)
    assert (found.quote, found.reply_to) == (None, sent.seq)
    with pytest.raises(ServiceError, match="no longer exists"):
        await plan(people, "Answer", reply_to=sent.seq)
    with pytest.raises(ServiceError, match="no longer exists"):
        await plan(people, "Answer", reply_to=2**60)


async def test_who_has_left_sees_their_text_and_nothing_of_the_room(people: People) -> None:
    sent, _new = await messages.send(people.asha, people.room, "Secret", "question-2")
    await scheduled.schedule(
        people.ben, people.room, "Mine", "later-ben2", at(hours=1), reply_to=sent.seq
    )
    await memberships.leave(people.ben, people.room)
    [found] = await scheduled.mine(people.ben)
    assert (found.text, found.room_title, found.quote) == ("Mine", "", None)


async def test_deleting_and_putting_back(people: People) -> None:
    key = await plan(people)
    before = await scheduled.get(people.asha, key)
    removed = await scheduled.remove(people.asha, key)
    assert removed == before
    assert await texts(people.asha) == []
    for _twice in range(2):
        await scheduled.restore(people.asha, removed)
    assert await scheduled.mine(people.asha) == [before]
    for verb in (scheduled.remove, scheduled.get):
        with pytest.raises(NotScheduled):
            await verb(people.asha, "no-such-key")
    with pytest.raises(NotScheduled):
        await scheduled.move(people.ben, key, at(hours=1))


async def test_what_was_refused_waits_again_with_another_time(people: People) -> None:
    key = await plan(people)
    assert await scheduled.count(people.asha) == 1
    await database.write(
        lambda session: session.exec(update(ScheduledMessage).values(refusal="No."))
    )
    assert (await rooms.get(people.asha, people.room)).scheduled == 0
    assert await scheduled.count(people.asha) == 0
    assert await database.read(lambda s: scheduled.count_refused(s, people.asha.user_id)) == 1
    await scheduled.move(people.asha, key, at(hours=5))
    assert (await scheduled.get(people.asha, key)).refusal == ""
    assert await database.read(lambda s: scheduled.count_refused(s, people.asha.user_id)) == 0


async def test_a_deleted_room_takes_them_along(people: People) -> None:
    key = await plan(people)
    removed = await scheduled.remove(people.asha, await plan(people))
    await scheduled.schedule(people.ben, people.room, "Mine", "later-ben3", at(hours=1))
    await scheduled.schedule(people.ben, 1, "In the Lobby", "later-ben4", at(hours=1))
    await settings.delete(people.asha, people.room, "Study group")
    assert await texts(people.ben) == ["In the Lobby"]
    with pytest.raises(NotScheduled):
        await scheduled.get(people.asha, key)
    with pytest.raises(NotFound):
        await scheduled.restore(people.asha, removed)


async def test_rate_limits_are_those_of_sending(people: People) -> None:
    limits = app_context.current().rate_limits
    limited = {"message": RateLimit("3 per minute"), "text": Budget(100, per_second=0.01)}
    app_context._current = replace_context(limits, **limited)
    await plan(people)
    await messages.send(people.asha, people.room, "Hi", "said-by-asha")
    await plan(people, "x" * 90)
    with pytest.raises(RateLimited):
        await plan(people)
    with pytest.raises(ServiceError, match="has passed"):  # what is invalid counts for nothing
        await plan(people, when=at(hours=-1))
    app_context._current = replace_context(limits, text=Budget(100, per_second=0.01))
    await plan(people, "x" * 101)
    with pytest.raises(RateLimited):
        await plan(people, "x")


def replace_context(limits: object, **changes: object) -> object:
    import dataclasses

    context = app_context.current()
    return dataclasses.replace(context, rate_limits=dataclasses.replace(limits, **changes))


async def test_many_at_a_time_stay_within_the_bound(people: People) -> None:
    context = app_context.current()
    app_context._current = replace_context(context.rate_limits, message=RateLimit("900 per minute"))
    done = await asyncio.gather(
        *[plan(people, f"number {n}") for n in range(MAX_SCHEDULED + 20)], return_exceptions=True
    )
    assert sum(isinstance(each, ServiceError) for each in done) == 20
    stored = await database.read(lambda session: len(session.exec(select(ScheduledMessage)).all()))
    assert stored == MAX_SCHEDULED


async def test_a_viewer_cannot_restore_for_another(people: People) -> None:
    removed = await scheduled.remove(people.asha, await plan(people, "of asha"))
    await scheduled.restore(people.ben, replace(removed, text="of ben"))
    assert await texts(people.asha) == []
    assert await texts(people.ben) == ["of ben"]
