import time

import pytest

from services.core.errors import RateLimited
from services.core.rate_limits import RateLimit, RateLimits, network, read_rate


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


def wait_of(throttle: RateLimit, *key: str) -> int:
    """Return the seconds that `key` has to wait, 0 if it may go on."""
    try:
        throttle.check(*key)
    except RateLimited as refusal:
        return refusal.retry_after
    return 0


def test_a_full_window_refuses_and_says_how_long(clock: Clock) -> None:
    throttle = RateLimit("3 per 10 seconds")
    for _ in range(3):
        throttle.consume("asha")
    assert wait_of(throttle, "asha") == 10
    clock.now += 4.5
    assert wait_of(throttle, "asha") == 6
    assert wait_of(throttle, "ben") == 0
    clock.now += 5.5
    assert wait_of(throttle, "asha") == 0


def test_looking_counts_nothing(clock: Clock) -> None:
    throttle = RateLimit("1 per minute")
    for _ in range(5):
        throttle.check("asha")
    throttle.hit("asha")
    assert wait_of(throttle, "asha") == 60


def test_hammering_does_not_prolong_the_wait(clock: Clock) -> None:
    throttle = RateLimit("2 per 10 seconds", "4 per minute")
    throttle.consume("asha")
    throttle.consume("asha")
    for _ in range(50):
        with pytest.raises(RateLimited):
            throttle.consume("asha")
    clock.now += 10
    throttle.consume("asha")
    throttle.consume("asha")


def test_delays_grow_up_to_the_longest_window_and_end(clock: Clock) -> None:
    throttle = RateLimits().login_account
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
    throttle = RateLimit("1 per 10 seconds", "1 per minute")
    throttle.hit("asha", "10.0.0.7")
    throttle.hit("ben", "10.0.0.7")
    throttle.forget("asha", "10.0.0.7")
    assert wait_of(throttle, "asha", "10.0.0.7") == 0
    assert wait_of(throttle, "ben", "10.0.0.7") == 60


def test_keys_may_be_anything_and_are_kept_apart() -> None:
    throttle = RateLimit("1 per minute")
    throttle.hit("a", "b")
    throttle.hit("x" * 1_000_000, "\ud800\x00/")
    assert wait_of(throttle, "ab") == wait_of(throttle, "a", "b", "") == wait_of(throttle, "b") == 0
    assert wait_of(throttle, "a", "b") > 0


def test_it_remembers_only_so_many_keys_the_latest() -> None:
    throttle = RateLimit("1 per hour", "2 per day", most_keys=100)
    for number in range(1_000):
        throttle.hit(str(number))
    assert sum(wait_of(throttle, str(number)) > 0 for number in range(1_000)) == 100
    assert wait_of(throttle, "999") > 0
    assert len(throttle._windows) == 100


def test_it_forgets_keys_whose_windows_have_closed(clock: Clock) -> None:
    throttle = RateLimit("1 per minute", "5 per hour")
    for number in range(100):
        throttle.hit(number)
    clock.now += 3599
    throttle.hit("late")
    assert len(throttle._windows) == 101
    clock.now += 2
    throttle.hit("later")
    assert len(throttle._windows) == 2
    never = RateLimit()
    never.hit("anybody")
    never.check("anybody")


def test_every_app_starts_with_empty_throttles() -> None:
    RateLimits().room.hit("asha")
    assert RateLimits().room is not RateLimits().room
    for throttle in vars(RateLimits()).values():
        assert wait_of(throttle, "asha") == 0


def test_a_class_of_forty_registers_and_signs_in_from_one_address(clock: Clock) -> None:
    throttles = RateLimits()
    for number in range(40):
        for _ in range(3):
            throttles.visit.consume("10.0.0.7")
        throttles.register.consume("10.0.0.7")
        # One mistyped password each, then the right one.
        throttles.login_address.consume("10.0.0.7")
        throttles.login_account.consume(f"student{number}", "10.0.0.7")
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
