"""Attempts to log in and the like, counted by all processes."""

import pytest

from services.cluster import attempts, hints
from services.core.errors import RateLimited
from services.core.limits.rate_limits import Budget, RateLimit, RateLimits


class Process:
    """One process's limits, which tell the others."""

    def __init__(self) -> None:
        self.limits = RateLimits(RateLimit("5 per minute"), Budget(1, 1))
        self.told: list[hints.Hint] = []
        attempts.tell(self.limits, self.told.append)

    def tell(self, *others: "Process") -> None:
        """Have the others hear, over the bus, what was told."""
        for hint in self.told:
            for other in others:
                attempts.hear(other.limits, hints.decode(hints.encode(hint)))
        self.told.clear()


def test_attempts_are_counted_together() -> None:
    processes = [Process(), Process(), Process()]
    for at in range(5):
        here = processes[at % 3]
        here.limits.login_account.consume("asha", "10.0.0.1")
        here.tell(*(other for other in processes if other is not here))
    for each in processes:
        with pytest.raises(RateLimited):
            each.limits.login_account.check("asha", "10.0.0.1")
        each.limits.login_account.check("ben", "10.0.0.1")


def test_a_success_lets_all_begin_again() -> None:
    here, there = Process(), Process()
    for _attempt in range(5):
        here.limits.login_account.hit("asha")
    here.limits.login_account.forget("asha")
    here.tell(there)
    there.limits.login_account.check("asha")


def test_what_is_heard_is_not_told_again() -> None:
    here, there = Process(), Process()
    here.limits.register.hit("10.0.0.1")
    here.tell(there)
    assert there.told == []


@pytest.mark.parametrize("name", ["message", "text", "__class__", "no limit", ""])
def test_only_the_shared_ones_are_heard(name: str) -> None:
    process = Process()
    for hint in (hints.Attempt(name, "key"), hints.Success(name, "key")):
        attempts.hear(process.limits, hint)
    process.limits.message.hit("asha")
    assert process.told == []


def test_no_name_or_address_is_told() -> None:
    process = Process()
    for name in attempts.SHARED:
        getattr(process.limits, name).hit("asha", "10.0.0.1")
        getattr(process.limits, name).forget("asha", "10.0.0.1")
    told = b"".join(map(hints.encode, process.told))
    assert len(process.told) == 2 * len(attempts.SHARED)
    assert b"asha" not in told
    assert b"10.0.0" not in told
