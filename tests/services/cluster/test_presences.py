"""Who is present on the pages of other processes, and for how long that holds."""

import asyncio
from collections.abc import Iterator

import pytest

from services.cluster import hints, presences
from services.cluster.presences import HOLDS_SECONDS, Presences
from services.core import events
from services.rooms import presence
from services.rooms.presence import State

ASHA, BEN = 1, 2
OTHER, THIRD = "other", "third"


class Told:
    """What a process tells, and by which clock."""

    def __init__(self) -> None:
        self.hints: list[hints.Hint] = []
        self.now = 1000.0
        self.silent: list[float] = []
        self.changed: list[int] = []
        self.presences = Presences(self.hints.append, lambda: self.silent.append(self.now))

    def hears(self, people: dict[int, bool], process: str = OTHER) -> None:
        """Hear all that another process says."""
        self.presences.hear(process, hints.Active(people, is_all=True))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    told = Told()
    monkeypatch.setattr(presences.time, "monotonic", lambda: told.now)
    unsubscribe = events.subscribe(
        events.PresenceChanged, lambda event: told.changed.append(event.user_id), everywhere=True
    )
    yield told
    unsubscribe()
    presence._elsewhere.clear()


def test_who_is_elsewhere_is_there(told: Told) -> None:
    told.hears({ASHA: True, BEN: False})
    assert [presence.state(who) for who in (ASHA, BEN, 3)] == [
        State.ACTIVE,
        State.AWAY,
        State.OFFLINE,
    ]
    assert presence.is_online(BEN)
    assert told.changed == [ASHA, BEN]
    told.hears({ASHA: True, BEN: False})
    assert told.changed == [ASHA, BEN]  # nothing is different


def test_changes_are_heard(told: Told) -> None:
    told.hears({ASHA: True, BEN: True})
    changes = hints.Active({BEN: False, 3: True}, is_all=False, gone=(ASHA,))
    told.presences.hear(OTHER, changes)
    assert [presence.state(who) for who in (ASHA, BEN, 3)] == [
        State.OFFLINE,
        State.AWAY,
        State.ACTIVE,
    ]


def test_a_change_of_a_process_that_nobody_has_heard_of_is_heard(told: Told) -> None:
    told.presences.hear(OTHER, hints.Active({}, is_all=False, gone=(ASHA,)))
    assert (presence._elsewhere, told.changed) == ({}, [])
    told.presences.hear(OTHER, hints.Active({ASHA: False}, is_all=False))
    told.presences.hear(OTHER, hints.Active({BEN: True}, is_all=False))
    assert [presence.state(who) for who in (ASHA, BEN)] == [State.AWAY, State.ACTIVE]
    assert told.changed == [ASHA, BEN]


def test_whoever_is_on_two_processes_is_there_until_both_say_otherwise(told: Told) -> None:
    told.hears({ASHA: True})
    told.hears({ASHA: False}, THIRD)
    assert presence.state(ASHA) is State.ACTIVE
    told.hears({})
    assert presence.state(ASHA) is State.AWAY
    told.hears({}, THIRD)
    assert presence.state(ASHA) is State.OFFLINE
    assert told.changed == [ASHA, ASHA, ASHA]


async def test_what_a_silent_process_has_said_holds_for_a_while(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = asyncio.Semaphore(0)

    async def sleep(_seconds: float) -> None:
        await passed.acquire()

    monkeypatch.setattr(presences.asyncio, "sleep", sleep)
    told.hears({ASHA: True})
    told.now += HOLDS_SECONDS / 2
    told.hears({BEN: True}, THIRD)
    running = asyncio.ensure_future(told.presences.run())
    for seconds, there in (
        (HOLDS_SECONDS / 2 - 1, [True, True]),
        (2, [False, True]),
        (HOLDS_SECONDS, [False, False]),
    ):
        told.now += seconds
        before = len(told.hints)
        passed.release()
        while len(told.hints) == before:
            await asyncio.wait_for(_turn(), 5)
        assert [presence.is_online(who) for who in (ASHA, BEN)] == there
    running.cancel()


async def _turn() -> None:
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)


def test_what_changes_here_is_told(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_pages", {ASHA: {"page": False}})
    told.presences.on_changed(events.PresenceChanged(ASHA))
    told.presences.on_changed(events.PresenceChanged(BEN))
    told.presences.tell_all()
    assert told.hints == [
        hints.Active({ASHA: False}, is_all=False),
        hints.Active({}, is_all=False, gone=(BEN,)),
        hints.Active({ASHA: False}, is_all=True),
    ]
