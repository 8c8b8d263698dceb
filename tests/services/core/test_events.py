"""Who hears events: those of this process, and those of others."""

from collections.abc import Iterator

import pytest

from services.core import events
from services.core.events import RoomChanged


@pytest.fixture
def heard() -> Iterator[dict[str, list[object]]]:
    """What a listener here, and one everywhere, have heard."""
    heard: dict[str, list[object]] = {"here": [], "everywhere": []}
    here, everywhere = events.Listeners(), events.Listeners(everywhere=True)
    here.add(RoomChanged, heard["here"].append)
    everywhere.add(RoomChanged, heard["everywhere"].append)
    yield heard
    here.remove_all()
    everywhere.remove_all()


def test_all_hear_what_happens_here(heard: dict[str, list[object]]) -> None:
    events.publish(RoomChanged(7))
    assert heard == {"here": [RoomChanged(7)], "everywhere": [RoomChanged(7)]}


def test_only_who_asks_for_it_hears_what_happens_elsewhere(heard: dict[str, list[object]]) -> None:
    events.publish_from_elsewhere(RoomChanged(7))
    assert heard == {"here": [], "everywhere": [RoomChanged(7)]}


def test_who_listens_no_more_hears_nothing() -> None:
    heard: list[object] = []
    listeners = events.Listeners(everywhere=True)
    listeners.add(RoomChanged, heard.append)
    unsubscribe = events.subscribe(RoomChanged, heard.append, everywhere=True)
    listeners.remove_all()
    unsubscribe()
    events.publish(RoomChanged(7))
    events.publish_from_elsewhere(RoomChanged(7))
    assert heard == []
