"""What processes tell each other of each event, and what they ignore."""

import types
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Struct

from services.cluster import hints
from services.core import events

CANARY = "Do not tell this"
CHOSEN = {(events.MembershipChanged, "notify")}
"""Fields of text that nobody writes: one of a few words of ours."""
EVENTS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Struct) and kind.__module__ == events.__name__
]


def filled(kind: Any) -> Any:
    """Return a value of a type, with the canary wherever there may be text."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return filled(next(each for each in arguments if each is not type(None)))
    if origin is not None and issubclass(origin, Mapping):
        return {filled(arguments[0]): filled(arguments[1])}
    if origin is tuple:
        return tuple(filled(each) for each in arguments if each is not ...)
    if origin is not None and issubclass(origin, frozenset):
        return frozenset([filled(arguments[0])])
    if origin is not None and issubclass(origin, Sequence):
        return (filled(arguments[0]),)
    if issubclass(kind, Struct):
        return kind(**{name: filled(each) for name, each in get_type_hints(kind).items()})
    if issubclass(kind, Enum):
        return next(iter(kind))
    return {str: CANARY, int: 4711, bool: True, datetime: datetime(2026, 1, 1, tzinfo=UTC)}[kind]


def named(kind: type) -> str:
    """Return the name of a test's case."""
    return kind.__name__


def test_all_events_are_known_here() -> None:
    assert len(EVENTS) > 30
    assert {events.MessageSent, events.HintsLost, events.Typing} <= set(EVENTS)
    assert CANARY in str(filled(events.MessageSent))


def test_each_event_is_told_in_one_way_or_not_at_all() -> None:
    ways = [*hints.AS_THEY_ARE, *hints.NOT_TOLD, *hints.READ_ANEW, events.MessageSent]
    assert sorted(ways, key=named) == sorted(EVENTS, key=named), (
        "services/cluster/hints.py says what other processes are told: list the event there"
    )
    assert set(EVENTS) - set(hints.NOT_TOLD) == hints.TOLD


@pytest.mark.parametrize("kind", sorted(hints.TOLD, key=named), ids=named)
def test_what_people_write_is_told_of_no_event(kind: type[Struct]) -> None:
    event = filled(kind)
    for owner, name in CHOSEN:
        if kind is owner:
            event = msgspec.structs.replace(event, **{name: "mentions"})
    told = hints.encode(hints.of(event))
    assert CANARY.encode() not in told
    assert len(told) < 300


@pytest.mark.parametrize("kind", hints.AS_THEY_ARE, ids=named)
def test_what_is_told_as_it_is_has_no_text(kind: type[Struct]) -> None:
    texts = {(kind, name) for name, hint in get_type_hints(kind).items() if "str" in str(hint)}
    assert texts <= CHOSEN


@pytest.mark.parametrize("kind", sorted(hints.TOLD, key=named), ids=named)
def test_what_is_told_is_heard(kind: type[Struct]) -> None:
    told = hints.of(filled(kind))
    heard = hints.decode(hints.encode(told))
    assert heard == told
    assert type(heard) is type(told)
    assert "4711" in str(heard) or kind in (
        events.BrandingChanged,
        events.DeviceAdded,
        events.LinkPreviewRemoved,
        events.RoomsPurged,
        events.SettingsChanged,
    )


@pytest.mark.parametrize(
    "told",
    [
        hints.Active({1: True, 2: False}, is_all=False, gone=(3,)),
        hints.Hello(),
        hints.Attempt("login_account", "0" * 32),
        hints.Success("login_account", "0" * 32),
    ],
)
def test_what_is_told_besides_events_is_heard(told: hints.Hint) -> None:
    assert hints.decode(hints.encode(told)) == told


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"no JSON",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"kind": "Sent"}',
        b'{"kind": "Sent", "hint": {}}',
        b'{"kind": "Sent", "hint": {"room_id": 1, "seq": "2"}}',
        b'{"kind": "Sent", "hint": [1, 2, true, true]}',
        b'{"kind": "RoomChanged", "hint": {"room_id": 1e400}}',
        b'{"kind": "OfTomorrow", "hint": {"room_id": 1}}',
        b'{"kind": "SessionEnded", "hint": null}',
        b'{"kind": 1, "hint": {"room_id": 1}}',
        # Those that exist, and are not told: no other process may make them up.
        b'{"kind": "HintsLost", "hint": {}}',
        b'{"kind": "SentElsewhere", "hint": {"room_id": 1, "seq": 1}}',
    ],
)
def test_what_is_not_understood_is_ignored(told: bytes) -> None:
    assert hints.decode(told) is None


def test_what_a_newer_process_adds_is_ignored() -> None:
    told = b'{"kind": "RoomChanged", "hint": {"room_id": 7, "colour": "red"}, "since": 2}'
    assert hints.decode(told) == events.RoomChanged(7)
