"""How often something may be tried: growing delays, and nobody locked out for good."""

import ipaddress
import re
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from math import ceil

from services.core.errors import RateLimited

MAX_KEYS = 10_000
"""The keys that one throttle remembers, less than 0.5 kB each; then the stalest is forgotten."""
_RATE = re.compile(r"(\d{1,9}) *(?:per|/) *(\d{0,9}) *(second|minute|hour|day)s?")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def read_rate(words: str) -> tuple[int, int]:
    """Return how often something may be in how many seconds: (5, 10) for `"5 per 10 seconds"`.

    Raises `ValueError` for what is no such rate.
    """
    found = _RATE.fullmatch(words.strip().lower())
    if found is None:
        raise ValueError(f"{words!r} is no rate such as '60 per 10 seconds'")
    return int(found[1]), int(found[2] or 1) * _SECONDS[found[3]]


class RateLimit:
    """Counts attempts by key in windows such as `"5 per 10 seconds"`, the shortest first.

    A window opens at the first attempt. Several make the delay grow: who goes on trying
    fills the longer ones too, and waits at most as long as the longest. Attempts that
    are refused are not counted, so that impatience costs nothing. It lives in the memory
    of one process and is to be used from one event loop.
    """

    def __init__(self, *rates: str, most_keys: int = MAX_KEYS) -> None:
        self._rates = [read_rate(rate) for rate in rates]
        self._most_keys = most_keys
        self._windows: OrderedDict[str, list[tuple[float, int]]] = OrderedDict()
        """By key, the one last counted at the end: when each window closes, and what is in it."""

    def check(self, *key: str | int) -> None:
        """Raise `RateLimited`, with the whole seconds to wait, if a window is full for `key`."""
        moment = time.monotonic()
        windows = self._windows.get(_short(key)) or self._closed()
        waits = [
            closes - moment
            for (most, _seconds), (closes, count) in zip(self._rates, windows, strict=True)
            if count >= most and closes > moment
        ]
        if waits:
            raise RateLimited(ceil(max(waits)))

    def hit(self, *key: str | int) -> None:
        """Count one attempt of `key`."""
        moment = time.monotonic()
        name = _short(key)
        windows = self._windows.pop(name, None) or self._closed()
        self._windows[name] = [
            (closes, count + 1) if closes > moment else (moment + seconds, 1)
            for (_most, seconds), (closes, count) in zip(self._rates, windows, strict=True)
        ]
        while len(self._windows) > self._most_keys or self._holds_what_is_over(moment):
            self._windows.popitem(last=False)

    def consume(self, *key: str | int) -> None:
        """Count one attempt of `key`, or raise `RateLimited` and count nothing."""
        self.check(*key)
        self.hit(*key)

    def forget(self, *key: str | int) -> None:
        """Begin afresh for `key`, as after a login that succeeded."""
        self._windows.pop(_short(key), None)

    def _holds_what_is_over(self, moment: float) -> bool:
        """Tell whether the stalest key is to us as one that was never counted."""
        stalest = next(iter(self._windows.values()), None)
        return stalest is not None and all(closes <= moment for closes, _count in stalest)

    def _closed(self) -> list[tuple[float, int]]:
        return [(0.0, 0)] * len(self._rates)


def network(address: str) -> str:
    """Return what to count an address by: itself, or the /64 of an IPv6 one.

    One IPv6 household is given 2^64 addresses (RFC 6177), so counting single ones would
    count nothing. What is no address is returned as it is.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


@dataclass(frozen=True)
class RateLimits:
    """Every throttle of one running app, and what its key is.

    They are wide enough for a class of forty that registers and signs in from one
    address within five minutes.
    """

    login_address: RateLimit = field(
        default_factory=partial(RateLimit, "100 per minute", "600 per hour")
    )
    """Logins tried from one network address, but for devices that are known."""
    login_account: RateLimit = field(
        default_factory=partial(RateLimit, "5 per 10 seconds", "10 per minute", "20 per 10 minutes")
    )
    """Logins tried for one username from one address, or one device that is known; forgotten
    when one succeeds."""
    register: RateLimit = field(
        default_factory=partial(RateLimit, "120 per 5 minutes", "400 per day")
    )
    """Registrations from one address."""
    visit: RateLimit = field(default_factory=partial(RateLimit, "300 per minute"))
    """Pages opened from one address by people without a session."""
    message: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Messages of one user."""
    file: RateLimit = field(default_factory=partial(RateLimit, "60 per minute"))
    """Files that one user sends."""
    download: RateLimit = field(default_factory=partial(RateLimit, "1000 per minute"))
    """Files, and pictures of them, that one user looks at."""
    reaction: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Reactions and votes of one user."""
    page: RateLimit = field(default_factory=partial(RateLimit, "120 per minute"))
    """Pages that one user opens."""
    event: RateLimit = field(default_factory=partial(RateLimit, "1000 per 10 seconds"))
    """Events of one session's pages, of whatever kind."""
    history: RateLimit = field(default_factory=partial(RateLimit, "120 per 10 seconds"))
    """Pages of messages that one user reads."""
    look: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Looks of one user at rooms, people and the like."""
    search: RateLimit = field(default_factory=partial(RateLimit, "30 per 10 seconds"))
    """Searches of one user among all messages."""
    room: RateLimit = field(default_factory=partial(RateLimit, "10 per minute", "60 per hour"))
    """Rooms that one user makes."""
    direct: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "100 per hour"))
    """Direct messages that one user begins."""
    hint: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Hints that one user is typing, and looks at who else is here or has read something."""
    mark: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Rooms that one user marks as unread, and what they choose to be called for."""
    complete: RateLimit = field(default_factory=partial(RateLimit, "100 per 10 seconds"))
    """Beginnings of names that one user types."""
    invite: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "200 per day"))
    """Invitations that one user makes."""
    member: RateLimit = field(default_factory=partial(RateLimit, "120 per minute", "600 per hour"))
    """Rooms that one user joins, and people that one user adds to rooms."""
    password: RateLimit = field(default_factory=partial(RateLimit, "5 per minute", "20 per hour"))
    """Changes of the password by one user, the wrong guesses at the old one included."""
    account: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "100 per hour"))
    """Other changes of one user's account."""


def _short(key: tuple[str | int, ...]) -> str:
    # A key may be as long as a hostile client likes; `repr` keeps ("a", "b") and ("ab",) apart.
    # As text, so that a person counts once, whether the id is a number or not.
    return blake2b(repr([str(part) for part in key]).encode(), digest_size=16).hexdigest()
