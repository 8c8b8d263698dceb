import time

import pytest

from services.core.errors import RateLimited
from services.core.limits.rate_limits import (
    SITE_SHARE,
    Budget,
    RateLimit,
    RateLimits,
    network,
    parse_rate,
    site,
)
from services.core.settings import Settings


def rate_limits() -> RateLimits:
    """Return the rate limits of a new app, with the default for sending."""
    return RateLimits(message=RateLimit(Settings().message_rate), text=Budget(1000, per_second=10))


class Clock:
    """A clock for rate limits that tests advance by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def wait_of(limit: RateLimit, *key: str) -> int:
    """Return the seconds that `key` has to wait, or 0."""
    try:
        limit.check(*key)
    except RateLimited as error:
        return error.retry_after
    return 0


def test_a_full_window_refuses_with_the_seconds_to_wait(clock: Clock) -> None:
    limit = RateLimit("3 per 10 seconds")
    for _ in range(3):
        limit.consume("asha")
    assert wait_of(limit, "asha") == 10
    clock.now += 4.5
    assert wait_of(limit, "asha") == 6
    assert wait_of(limit, "ben") == 0
    clock.now += 5.5
    assert wait_of(limit, "asha") == 0


def test_what_is_refused_is_counted(clock: Clock) -> None:
    limit, budget = RateLimit("1 per minute"), Budget(10, per_second=1)
    limit.consume("asha")
    budget.require(1)
    assert (limit.refused, budget.refused) == (0, 0)
    budget.spend(1, 20)
    for _ in range(2):
        with pytest.raises(RateLimited):
            limit.consume("asha")
        with pytest.raises(RateLimited):
            budget.require(1)
    limit.consume("ben")
    assert (limit.refused, budget.refused) == (2, 2)


def test_checking_counts_nothing(clock: Clock) -> None:
    limit = RateLimit("1 per minute")
    for _ in range(5):
        limit.check("asha")
    limit.hit("asha")
    assert wait_of(limit, "asha") == 60


def test_refused_attempts_do_not_prolong_the_wait(clock: Clock) -> None:
    limit = RateLimit("2 per 10 seconds", "4 per minute")
    limit.consume("asha")
    limit.consume("asha")
    for _ in range(50):
        with pytest.raises(RateLimited):
            limit.consume("asha")
    clock.now += 10
    limit.consume("asha")
    limit.consume("asha")


def test_delays_grow_up_to_the_longest_window_and_end(clock: Clock) -> None:
    limit = rate_limits().login_account
    waits = []
    for _ in range(25):
        if wait := wait_of(limit, "asha", "10.0.0.7"):
            waits.append(wait)
            clock.now += wait
        limit.hit("asha", "10.0.0.7")
    assert waits == [10, 50, 10, 530]
    clock.now += 600
    assert wait_of(limit, "asha", "10.0.0.7") == 0


def test_forgetting_a_key_resets_its_count(clock: Clock) -> None:
    limit = RateLimit("1 per 10 seconds", "1 per minute")
    limit.hit("asha", "10.0.0.7")
    limit.hit("ben", "10.0.0.7")
    limit.forget("asha", "10.0.0.7")
    assert wait_of(limit, "asha", "10.0.0.7") == 0
    assert wait_of(limit, "ben", "10.0.0.7") == 60


def test_keys_may_be_anything_and_are_counted_separately() -> None:
    limit = RateLimit("1 per minute")
    limit.hit("a", "b")
    limit.hit("x" * 1_000_000, "\ud800\x00/")
    assert wait_of(limit, "ab") == wait_of(limit, "a", "b", "") == wait_of(limit, "b") == 0
    assert wait_of(limit, "a", "b") > 0


def test_only_the_latest_keys_are_remembered() -> None:
    limit = RateLimit("1 per hour", "2 per day", max_keys=100)
    for number in range(1_000):
        limit.hit(str(number))
    assert sum(wait_of(limit, str(number)) > 0 for number in range(1_000)) == 100
    assert wait_of(limit, "999") > 0
    assert len(limit._windows) == 100


def test_keys_whose_windows_are_over_are_dropped(clock: Clock) -> None:
    limit = RateLimit("1 per minute", "5 per hour")
    for number in range(100):
        limit.hit(number)
    clock.now += 3599
    limit.hit("late")
    assert len(limit._windows) == 101
    clock.now += 2
    limit.hit("later")
    assert len(limit._windows) == 2
    never = RateLimit()
    never.hit("anybody")
    never.check("anybody")


def test_a_budget_is_refilled_with_time(clock: Clock) -> None:
    budget = Budget(10, per_second=2)
    budget.require(1)
    budget.spend(1, 16)  # what a job costs is known when it is done
    with pytest.raises(RateLimited) as refused:
        budget.require(1)
    assert refused.value.retry_after == 3
    budget.require(2)
    clock.now += 3.5
    budget.require(1)
    clock.now += 1000
    budget.spend(1, 9)
    budget.require(1)


def test_a_budget_remembers_few_users(clock: Clock) -> None:
    budget = Budget(10, per_second=1, max_keys=3)
    for user_id in range(5):
        budget.spend(user_id, 10)
    assert len(budget._full_at) == 3
    clock.now += 11
    budget.spend(9, 0)
    budget.spend(9, 5)
    assert list(budget._full_at) == [9]


def test_every_app_starts_with_empty_limits() -> None:
    rate_limits().room.hit("asha")
    assert rate_limits().room is not rate_limits().room
    for limit in vars(rate_limits()).values():
        if isinstance(limit, RateLimit):
            assert wait_of(limit, "asha") == 0
        else:
            limit.require(1)


def test_a_class_of_forty_registers_and_logs_in_from_one_address(clock: Clock) -> None:
    limits = rate_limits()
    for number in range(40):
        for _ in range(3):
            limits.visit.consume("10.0.0.7")
        limits.register.consume("10.0.0.7")
        # One mistyped password each, then the right one.
        limits.login_address.consume("10.0.0.7")
        limits.login_account.consume(f"student{number}", "10.0.0.7")
        limits.login_address.check("10.0.0.7")
        limits.login_account.check(f"student{number}", "10.0.0.7")
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
def test_rates_are_parsed(words: str, rate: tuple[int, int]) -> None:
    assert parse_rate(words) == rate


@pytest.mark.parametrize("words", ["", "lots", "5", "5 per", "5 per fortnight", "-1 per minute"])
def test_other_text_is_no_rate(words: str) -> None:
    with pytest.raises(ValueError, match="no rate"):
        parse_rate(words)


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


def test_the_networks_of_one_site_have_a_larger_limit_together() -> None:
    limit = RateLimit("2 per hour")

    def consume(number: int) -> None:
        one = network(f"2001:db8:1:{number:x}::5")
        limit.consume(one, wider=(site(one),))

    for number in range(2 * SITE_SHARE):
        consume(number)
    with pytest.raises(RateLimited):
        consume(999)
    limit.consume(network("2001:db8:2::5"), wider=(site("2001:db8:2::/64"),))


@pytest.mark.parametrize(
    ("address", "around"),
    [
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("192.0.2.7", ""),
        ("::ffff:192.0.2.7", ""),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_only_an_ipv6_network_has_a_site(address: str, around: str) -> None:
    assert site(network(address)) == around
