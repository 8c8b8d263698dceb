"""Background tasks: when they begin."""

import asyncio

import pytest

from services.core import events, tasks


async def test_a_job_that_may_be_later_lets_the_start_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "AFTER_START", 0.05)
    at_once, later = asyncio.Event(), asyncio.Event()

    async def begin(begun: asyncio.Event) -> None:
        begun.set()

    works = tasks.BackgroundTask(), tasks.BackgroundTask()
    works[0].start(lambda: begin(at_once))
    works[1].start(lambda: begin(later), later=True)
    await asyncio.sleep(0)
    assert at_once.is_set()
    assert not later.is_set()
    await asyncio.wait_for(later.wait(), 5)


async def test_a_job_that_has_not_begun_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AFTER_START", 60)

    async def fail() -> None:
        raise AssertionError("it has begun")

    work = tasks.BackgroundTask()
    work.start(fail, later=True)
    await asyncio.wait_for(work.stop(), 5)
    assert not work.is_running


@pytest.mark.parametrize(
    "event", [events.RoomChanged(7), events.HintsLost(), events.OthersUnheard()]
)
async def test_a_job_is_asked_by_events_and_when_some_may_be_missed(event: object) -> None:
    done = asyncio.Event()
    work = tasks.RequestedTask(events.RoomChanged)

    async def run() -> None:
        while True:
            await work.requested.wait()
            work.requested.clear()
            done.set()

    work.start(run)
    for publish in (events.publish, events.publish_from_elsewhere):
        publish(event)
        await asyncio.wait_for(done.wait(), 5)
        done.clear()
    events.publish(events.RoomsPurged())
    await asyncio.sleep(0)
    assert not done.is_set()
    await work.stop()
