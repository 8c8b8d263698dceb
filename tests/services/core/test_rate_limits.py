import time

import pytest

from services.core.errors import TooMany
from services.core.rate_limits import Throttle, Throttles, network, read_rate


class Clock:
    """The time that a throttle reads, moved on by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def wait_of(throttle: Throttle, *key: str) -> int:
    """Return the seconds that `key` has to wait, 0 if it may go on."""
    try:
        throttle.check(*key)
    except TooMany as refusal:
        return refusal.retry_after
    return 0


def test_a_full_window_refuses_and_says_how_long(clock: Clock) -> None:
    throttle = Throttle("3 per 10 seconds")
    for _ in range(3):
        throttle.spend("asha")
    assert wait_of(throttle, "asha") == 10
    clock.now += 4.5
    assert wait_of(throttle, "asha") == 6
    assert wait_of(throttle, "ben") == 0
    clock.now += 5.5
    assert wait_of(throttle, "asha") == 0


def test_looking_counts_nothing(clock: Clock) -> None:
    throttle = Throttle("1 per minute")
    for _ in range(5):
        throttle.check("asha")
    throttle.hit("asha")
    assert wait_of(throttle, "asha") == 60


def test_hammering_does_not_prolong_the_wait(clock: Clock) -> None:
    throttle = Throttle("2 per 10 seconds", "4 per minute")
    throttle.spend("asha")
    throttle.spend("asha")
    for _ in range(50):
        with pytest.raises(TooMany):
            throttle.spend("asha")
    clock.now += 10
    throttle.spend("asha")
    throttle.spend("asha")


def test_delays_grow_up_to_the_longest_window_and_end(clock: Clock) -> None:
    throttle = Throttles().login_account
    waits = []
    for _ in range(25):
        if wait := wait_of(throttle, "asha", "10.0.0.7"):
            waits.append(wait)
            clock.now += wait
        throttle.hit("asha", "10.0.0.7")
    assert waits == [10, 50, 10, 530]
    clock.now += 600
    assert wait_of(throttle, "asha", "10.0.0.7") == 0


def test_success_begins_afresh(clock: Clock) -> None:
    throttle = Throttle("1 per 10 seconds", "1 per minute")
    throttle.hit("asha", "10.0.0.7")
    throttle.hit("ben", "10.0.0.7")
    throttle.forget("asha", "10.0.0.7")
    assert wait_of(throttle, "asha", "10.0.0.7") == 0
    assert wait_of(throttle, "ben", "10.0.0.7") == 60


def test_keys_may_be_anything_and_are_kept_apart() -> None:
    throttle = Throttle("1 per minute")
    throttle.hit("a", "b")
    throttle.hit("x" * 1_000_000, "\ud800\x00/")
    assert wait_of(throttle, "ab") == wait_of(throttle, "a", "b", "") == wait_of(throttle, "b") == 0
    assert wait_of(throttle, "a", "b") > 0


def test_it_remembers_only_so_many_keys_the_latest() -> None:
    throttle = Throttle("1 per hour", "2 per day", most_keys=100)
    for number in range(1_000):
        throttle.hit(str(number))
    assert sum(wait_of(throttle, str(number)) > 0 for number in range(1_000)) == 100
    assert wait_of(throttle, "999") > 0
    assert len(throttle._windows) == 100


def test_it_forgets_keys_whose_windows_have_closed(clock: Clock) -> None:
    throttle = Throttle("1 per minute", "5 per hour")
    for number in range(100):
        throttle.hit(number)
    clock.now += 3599
    throttle.hit("late")
    assert len(throttle._windows) == 101
    clock.now += 2
    throttle.hit("later")
    assert len(throttle._windows) == 2
    never = Throttle()
    never.hit("anybody")
    never.check("anybody")


def test_every_app_starts_with_empty_throttles() -> None:
    Throttles().room.hit("asha")
    assert Throttles().room is not Throttles().room
    for throttle in vars(Throttles()).values():
        assert wait_of(throttle, "asha") == 0


def test_a_class_of_forty_registers_and_signs_in_from_one_address(clock: Clock) -> None:
    throttles = Throttles()
    for number in range(40):
        for _ in range(3):
            throttles.visit.spend("10.0.0.7")
        throttles.register.spend("10.0.0.7")
        # One mistyped password each, then the right one.
        throttles.login_address.spend("10.0.0.7")
        throttles.login_account.spend(f"student{number}", "10.0.0.7")
        throttles.login_address.check("10.0.0.7")
        throttles.login_account.check(f"student{number}", "10.0.0.7")
        clock.now += 5


@pytest.mark.parametrize(
    ("words", "rate"),
    [
        ("60 per 10 seconds", (60, 10)),
        ("1 per 1 second", (1, 1)),
        ("5 per minute", (5, 60)),
        ("5/minute", (5, 60)),
        (" 400 Per 2 Days ", (400, 172_800)),
    ],
)
def test_a_rate_is_read_as_one_would_say_it(words: str, rate: tuple[int, int]) -> None:
    assert read_rate(words) == rate


@pytest.mark.parametrize("words", ["", "lots", "5", "5 per", "5 per fortnight", "-1 per minute"])
def test_what_is_no_rate_is_not_taken_for_one(words: str) -> None:
    with pytest.raises(ValueError, match="no rate"):
        read_rate(words)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_ipv6_household_counts_as_one_address(address: str, counted: str) -> None:
    assert network(address) == counted
