"""Values that are taken once."""

import time

import pytest

from services.core.one_time import OneTimeStore


def test_a_value_is_taken_once() -> None:
    store: OneTimeStore[str] = OneTimeStore(60)
    token, other = store.add("one"), store.add("two")
    assert token != other
    assert (store.get(token), store.get(token)) == ("one", "one")
    assert store.take(token) == "one"
    assert (store.take(token), store.get(token)) == (None, None)
    assert store.take(other) == "two"
    assert store.take("made up") is None


def test_a_value_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    store: OneTimeStore[str] = OneTimeStore(60)
    token = store.add("one")
    began = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began + 59)
    assert store.get(token) == "one"
    monkeypatch.setattr(time, "monotonic", lambda: began + 61)
    assert (store.get(token), store.take(token)) == (None, None)


def test_the_oldest_make_room() -> None:
    store: OneTimeStore[int] = OneTimeStore(60, max_values=3)
    tokens = [store.add(number) for number in range(5)]
    assert [store.get(token) for token in tokens] == [None, None, 2, 3, 4]
