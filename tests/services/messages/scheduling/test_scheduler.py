"""Sending what was scheduled: when its time has come, once, and as any other message."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session, update

from models import Membership, ScheduledMessage, User
from models.clock import now
from services import lifecycle
from services.accounts import administration, blocks
from services.core import app_context, events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, Unavailable
from services.core.limits.rate_limited import by_itself
from services.core.limits.rate_limits import RateLimit
from services.core.settings import Settings
from services.db import database
from services.messages import edits, history, inbox, messages
from services.messages.scheduling import scheduled, scheduler
from services.messages.scheduling.scheduled import NotScheduled
from services.rooms import rooms, settings
from services.rooms.members import direct_messages, memberships
from services.rooms.reading import read_positions
from services.search import search
from tests import killed
from tests.conftest import People, run_app
from tests.query_counter import statements
from tests.services.messages.scheduling.test_scheduled import at, plan, replace_context


async def come(key: str, **ago: float) -> None:
    """Have the time of a scheduled message come, and the task look."""
    moment = now() - timedelta(**(ago or {"seconds": 1}))
    await database.write(
        lambda session: session.exec(
            update(ScheduledMessage)
            .where(ScheduledMessage.client_message_id == key)
            .values(send_at=moment)
        )
    )
    scheduler._work.request()


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.01)


async def a_round() -> None:
    """Have the task look at all that is due, and wait until it has: it begins a second time."""

    async def has_begun() -> bool:
        return not scheduler._work.requested.is_set()

    for _time in range(2):
        scheduler._work.request()
        await until(has_begun)


async def is_gone(viewer: CurrentUser, key: str) -> bool:
    return all(each.client_message_id != key for each in await _mine(viewer))


async def refusal(viewer: CurrentUser, key: str) -> str:
    return next(each.refusal for each in await _mine(viewer) if each.client_message_id == key)


async def _mine(viewer: CurrentUser) -> list[scheduled.ScheduledView]:
    with by_itself():
        return await scheduled.mine(viewer)


async def sent(people: People, key: str, **ago: float) -> None:
    """Have a message of asha's sent by the task."""
    await come(key, **ago)
    await until(lambda: is_gone(people.asha, key))


async def refused(people: People, key: str) -> str:
    """Have a message of asha's refused by the task; return why."""
    await come(key)
    await until(lambda: refusal(people.asha, key))
    return await refusal(people.asha, key)


async def said(people: People, viewer: CurrentUser | None = None) -> list[str]:
    page = await history.since(viewer or people.asha, people.room, history.ShownRange())
    return [each.text for each in page.messages]


async def test_it_is_sent_as_any_other_message(people: People, published) -> None:
    question, _new = await messages.send(people.ben, people.room, "When?", "question-1")
    key = await plan(people, "At **noon**, @ben :tada:", reply_to=question.seq)
    await sent(people, key)
    page = await history.since(people.ben, people.room, history.ShownRange())
    [_question, message] = page.messages
    assert (message.text, message.author.username) == ("At **noon**, @ben 🎉", "asha")
    assert (message.client_message_id, message.seq) == (key, 2)
    assert "<strong>noon</strong>" in (message.html or "")
    assert message.mentions == (("ben", people.ben.user_id),)
    assert message.quote is not None
    assert message.quote.text == "When?"
    assert [each.message.seq for each in (await inbox.mine(people.ben)).found] == [2]
    assert [each.message.seq for each in (await search.find(people.ben, "noon")).hits] == [2]
    [told] = [
        each for each in published if isinstance(each, events.MessageSent) and each.message.seq == 2
    ]
    assert (told.is_scheduled, told.author_has_read) == (True, False)
    assert published[-1] == events.ScheduledChanged(people.asha.user_id, people.room)


async def test_it_waits_for_its_time(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "SOONEST", timedelta(0))
    key = await plan(people, "Now", at(seconds=3))
    other = await plan(people, "Tomorrow", at(days=1))
    await a_round()
    assert await said(people) == []
    await until(lambda: is_gone(people.asha, key))
    assert not await is_gone(people.asha, other)
    assert await said(people) == ["Now"]


async def test_several_are_sent_in_the_order_of_their_times(people: People) -> None:
    keys = [await plan(people, text, at(hours=hours)) for text, hours in (("2", 2), ("1", 1))]
    await scheduler.stop()
    for hours, key in zip((1, 2), keys, strict=True):
        await come(key, hours=hours)
    scheduler.start()
    await until(lambda: is_gone(people.asha, keys[0]))
    assert await said(people) == ["1", "2"]


async def test_without_any_it_asks_the_database_nothing(people: People) -> None:
    await asyncio.sleep(0.05)
    with statements() as ran:
        await asyncio.sleep(0.3)
    assert [each for each in ran if "scheduled_messages" in each] == []


async def test_while_one_waits_it_asks_the_database_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "CHECK_SECONDS", 0.01)
    await plan(people)
    await asyncio.sleep(0.3)
    with statements() as ran:
        await asyncio.sleep(0.3)
    assert [each for each in ran if "scheduled_messages" in each] == []


async def test_a_clock_that_is_set_forward_is_noticed(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "CHECK_SECONDS", 0.05)
    key = await plan(people, "Later", at(days=3))
    await asyncio.sleep(0.1)
    monkeypatch.setattr(scheduler, "now", lambda: now() + timedelta(days=4))
    await until(lambda: is_gone(people.asha, key))


async def test_a_clock_that_is_set_back_loses_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "CHECK_SECONDS", 0.05)
    key = await plan(people)
    monkeypatch.setattr(scheduler, "now", lambda: now() - timedelta(days=400))
    await come(key)
    await asyncio.sleep(0.2)
    assert not await is_gone(people.asha, key)
    monkeypatch.setattr(scheduler, "now", now)
    await until(lambda: is_gone(people.asha, key))


async def test_what_was_due_while_the_server_was_off_is_sent_at_the_start(
    people: People, app_settings: Settings
) -> None:
    key = await plan(people, "Good morning")
    await scheduler.stop()
    await come(key, days=2)
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    await until(lambda: is_gone(people.asha, key))
    assert await said(people, people.ben) == ["Good morning"]


# -- exactly once ----------------------------------------------------------------------------------


def _send_and_die(data: Path, key: str, moment: str) -> None:
    """Run the app until the message is sent, and die before or after the write that does it."""

    async def work() -> None:
        write = database.current().write

        async def deadly(fn: Callable[[Session], object], **options: bool) -> object:
            if "_send" in fn.__qualname__:
                return await killed.deadly_async(write, moment)(fn, **options)
            return await write(fn, **options)

        database.current().write = deadly  # type: ignore[method-assign,assignment]
        await come(key)
        await asyncio.sleep(30)

    run_app(data, work)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_server_that_is_killed_sends_it_once(fill_folder, moment: str) -> None:
    async def fill(people: People) -> tuple[People, str]:
        return people, await plan(people, "Once")

    data, (people, key) = fill_folder(fill)
    killed.run_until_killed(_send_and_die, data, key, moment)

    async def look() -> tuple[list[str], bool]:
        await until(lambda: is_gone(people.asha, key))
        await asyncio.sleep(0.1)
        return await said(people), await is_gone(people.asha, key)

    for _start in range(2):
        assert run_app(data, look) == (["Once"], True)


async def test_a_message_that_is_there_already_is_not_sent_again(people: People) -> None:
    """Should a row have come back, as from a backup of the moment before."""
    key = await plan(people, "Once")
    removed = await scheduled.get(people.asha, key)
    await sent(people, key)
    await scheduled.restore(people.asha, removed)
    await sent(people, key)
    assert await said(people) == ["Once"]


async def test_sending_now_at_its_time_sends_it_once(people: People) -> None:
    key = await plan(people, "Once")
    await come(key)
    with suppress(NotScheduled):
        await asyncio.gather(*[scheduler.send_now(people.asha, key) for _ in range(3)])
    await until(lambda: is_gone(people.asha, key))
    assert await said(people) == ["Once"]


async def test_what_is_taken_back_in_the_meantime_is_not_sent(people: People) -> None:
    await scheduler.stop()
    keys = [await plan(people, text) for text in ("deleted", "moved")]
    for key in keys:
        await come(key)
    found = await database.read(partial(scheduler._due, moment=now()))
    await scheduled.remove(people.asha, keys[0])
    await scheduled.move(people.asha, keys[1], at(hours=1))
    for waiting, author in found:
        with pytest.raises(NotScheduled):
            await scheduler._send(waiting, author)
    assert await said(people) == []
    scheduler.start()


# -- sending now -----------------------------------------------------------------------------------


async def test_sending_now(people: People) -> None:
    key = await plan(people, "Now, after all")
    message = await scheduler.send_now(people.asha, key)
    assert await said(people) == [message.text] == ["Now, after all"]
    assert await is_gone(people.asha, key)
    for viewer in (people.asha, people.ben):
        with pytest.raises(NotScheduled):
            await scheduler.send_now(viewer, key)


async def test_what_cannot_be_sent_now_stays_as_it_is(people: People) -> None:
    key = await plan(people)
    await settings.archive(people.asha, people.room, on=True)
    with pytest.raises(Forbidden, match="archived"):
        await scheduler.send_now(people.asha, key)
    assert await refusal(people.asha, key) == ""


# -- refusals --------------------------------------------------------------------------------------


async def test_an_archived_room(people: People, published) -> None:
    key = await plan(people)
    await settings.archive(people.asha, people.room, on=True)
    assert await refused(people, key) == "This room is archived: you can only read it."
    told = events.ScheduledChanged(people.asha.user_id, people.room, is_refused=True)
    assert published.count(told) == 1
    assert await said(people) == []
    await a_round()  # it is not tried again by itself
    assert published.count(told) == 1
    await settings.archive(people.asha, people.room, on=False)
    await scheduler.send_now(people.asha, key)
    assert await said(people) == ["See you"]


@pytest.mark.parametrize("how", ["leave", "removed"])
async def test_who_is_no_longer_in_the_room(people: People, how: str) -> None:
    key = "later-of-ben"
    await scheduled.schedule(people.ben, people.room, "Hello", key, at(hours=1))
    if how == "leave":
        await memberships.leave(people.ben, people.room)
    else:
        await memberships.remove(people.asha, people.room, people.ben.user_id)
    await come(key)
    await until(lambda: refusal(people.ben, key))
    assert await refusal(people.ben, key) == "You are no longer in this room."
    assert await said(people) == []


async def test_who_may_no_longer_write(people: People) -> None:
    key = "later-of-ben"
    await scheduled.schedule(people.ben, people.room, "Hello", key, at(hours=1))
    await settings.announce(people.asha, people.room, on=True)
    await come(key)
    await until(lambda: refusal(people.ben, key))
    assert "announcements" in await refusal(people.ben, key)


async def test_who_was_blocked(people: People) -> None:
    room = await direct_messages.open(people.asha, ["ben"])
    key = "later-to-ben"
    await scheduled.schedule(people.asha, room, "Hello", key, at(hours=1))
    await blocks.block(people.ben, "asha")
    assert await refused(people, key) == "You can't send direct messages to ben."


async def test_a_reply_to_what_is_gone(people: People) -> None:
    question, _new = await messages.send(people.ben, people.room, "When?", "question-1")
    key = await plan(people, reply_to=question.seq)
    await edits.delete(people.ben, people.room, question.seq)
    assert "no longer exists" in await refused(people, key)


async def test_a_disabled_account_sends_nothing_also_not_later(people: People) -> None:
    key = "later-of-ben"
    await scheduled.schedule(people.ben, people.room, "Hello", key, at(hours=1))
    await administration.disable(people.asha, people.ben.user_id)
    await come(key)
    await until(lambda: refusal(people.ben, key))
    await administration.enable(people.asha, people.ben.user_id)
    await a_round()
    assert await refusal(people.ben, key) == "Your account was disabled at that time."
    assert await said(people) == []


async def test_the_reason_is_in_the_language_of_the_author(people: People) -> None:
    from services.core.i18n import set_language

    set_language("hi")
    key = await plan(people)
    set_language("en")
    await settings.archive(people.asha, people.room, on=True)
    assert "आप" in await refused(people, key)


async def test_an_account_that_ends_takes_them_along(people: People) -> None:
    await scheduled.schedule(people.chen, 1, "Hello", "later-of-chen", at(hours=1))

    def delete(session: Session) -> None:
        connection = session.connection()
        connection.exec_driver_sql("DELETE FROM sessions WHERE user_id = 3")
        connection.exec_driver_sql("DELETE FROM memberships WHERE user_id = 3")
        session.delete(session.get_one(User, people.chen.user_id))

    await database.write(delete)
    assert await _mine(people.chen) == []


# -- short faults ----------------------------------------------------------------------------------


async def test_who_sends_too_fast_sends_the_rest_later(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [await plan(people, str(number)) for number in range(4)]
    await scheduled.schedule(people.ben, people.room, "of ben", "later-of-ben", at(hours=1))
    await scheduler.stop()
    for minutes, key in enumerate(keys):
        await come(key, minutes=10 - minutes)
    await come("later-of-ben")
    limits = app_context.current().rate_limits
    app_context._current = replace_context(limits, message=RateLimit("3 per second"))
    scheduler.start()
    await until(lambda: is_gone(people.ben, "later-of-ben"))
    assert await said(people) == ["0", "1", "2", "of ben"]
    await until(lambda: is_gone(people.asha, keys[3]))
    assert await said(people) == ["0", "1", "2", "of ben", "3"]
    assert scheduler._held == {}


async def test_a_full_disk_delays_it(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "RETRY_SECONDS", 0.05)
    disk = database.current()._backend
    key = await plan(people)
    monkeypatch.setattr(disk, "is_nearly_full", lambda: True)
    with pytest.raises(Unavailable):
        await scheduler.send_now(people.asha, key)
    await database.write(
        lambda session: session.exec(
            update(ScheduledMessage).values(send_at=now() - timedelta(seconds=1))
        ),
        uses_reserve=True,
    )
    scheduler._work.request()
    await asyncio.sleep(0.2)
    assert await refusal(people.asha, key) == ""
    assert await said(people) == []
    monkeypatch.setattr(disk, "is_nearly_full", lambda: False)
    await until(lambda: is_gone(people.asha, key))
    assert await said(people) == ["See you"]


async def test_an_error_of_ours_keeps_nobody_else_waiting(
    people: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    insert = messages.insert

    def faulty(session: Session, viewer: CurrentUser, *arguments: object, **more: object) -> object:
        if viewer.user_id == people.asha.user_id:
            raise ZeroDivisionError
        return insert(session, viewer, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(messages, "insert", faulty)
    monkeypatch.setattr(scheduler, "RETRY_SECONDS", 0.3)
    key = await plan(people, "of asha")
    await scheduled.schedule(people.ben, people.room, "of ben", "later-of-ben", at(hours=1))
    await scheduler.stop()
    await come(key, minutes=1)
    await come("later-of-ben")
    scheduler.start()
    await until(lambda: is_gone(people.ben, "later-of-ben"))
    assert "ZeroDivisionError" in caplog.text
    assert not await is_gone(people.asha, key)
    monkeypatch.setattr(messages, "insert", insert)
    await until(lambda: is_gone(people.asha, key))


# -- how far the author has read -------------------------------------------------------------------


async def position(viewer: CurrentUser, room_id: int) -> tuple[int, object, int]:
    row = await database.read(lambda s: s.get_one(Membership, (room_id, viewer.user_id)))
    return row.last_read_seq, row.last_read_at, row.unread_from


async def test_authors_who_have_read_all_have_read_their_own(people: People) -> None:
    await messages.send(people.asha, people.room, "Hello", "said-by-asha")
    await sent(people, await plan(people))
    assert (await rooms.get(people.asha, people.room)).unread == 0


async def test_what_was_deleted_need_not_be_read(people: People) -> None:
    await messages.send(people.asha, people.room, "Hello", "said-by-asha")
    gone, _new = await messages.send(people.ben, people.room, "Oops", "said-by-ben1")
    await edits.delete(people.ben, people.room, gone.seq)
    await sent(people, await plan(people))
    assert (await rooms.get(people.asha, people.room)).unread == 0


async def test_what_authors_have_not_read_stays_unread(people: People, published) -> None:
    await messages.send(people.asha, people.room, "Hello", "said-by-asha")
    await messages.send(people.ben, people.room, "Look @asha", "said-by-ben1")
    before = await position(people.asha, people.room)
    await sent(people, await plan(people))
    assert await position(people.asha, people.room) == before
    found = await rooms.get(people.asha, people.room)
    assert (found.last_read_seq, found.unread, found.mentions) == (1, 2, 1)
    [told] = [
        each for each in published if isinstance(each, events.MessageSent) and each.is_scheduled
    ]
    assert not told.author_has_read


async def test_a_room_that_is_marked_as_unread_stays_so(people: People) -> None:
    from services.rooms.members import member_settings

    await messages.send(people.asha, people.room, "Hello", "said-by-asha")
    await messages.send(people.ben, people.room, "Hello", "said-by-ben1")
    await member_settings.mark_unread(people.asha, people.room, 2)
    before = await position(people.asha, people.room)
    await sent(people, await plan(people))
    assert await position(people.asha, people.room) == before


async def test_a_position_that_is_not_stored_yet_counts(people: People) -> None:
    await messages.send(people.ben, people.room, "Hello", "said-by-ben1")
    read_positions.mark_read(people.asha, people.room, 1, soon=False)
    await sent(people, await plan(people))
    assert (await rooms.get(people.asha, people.room)).unread == 0
