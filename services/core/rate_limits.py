"""Rate limits with growing delays, which never lock anybody out for good."""

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
"""Keys that one rate limit remembers, less than 0.5 kB each; then it drops the oldest."""
_RATE = re.compile(r"(\d{1,9}) *(?:per|/) *(\d{0,9}) *(second|minute|hour|day)s?")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def parse_rate(text: str) -> tuple[int, int]:
    """Return a rate as (attempts, seconds): (5, 10) for `"5 per 10 seconds"`.

    Raises `ValueError` for any other text.
    """
    match = _RATE.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no rate such as '60 per 10 seconds'")
    return int(match[1]), int(match[2] or 1) * _SECONDS[match[3]]


class RateLimit:
    """Counts attempts by key in fixed windows, given as rates such as `"5 per 10 seconds"`.

    A window opens at the first attempt. Several windows make the delay grow: further attempts
    fill the longer ones too, and the longest wait is the longest window. Refused attempts are
    not counted. Held in memory, for use from one event loop.
    """

    def __init__(self, *rates: str, max_keys: int = MAX_KEYS) -> None:
        self._rates = [parse_rate(rate) for rate in rates]
        self._max_keys = max_keys
        self._windows: OrderedDict[str, list[tuple[float, int]]] = OrderedDict()
        """(closing time, attempts) of each window, by hashed key, the last counted at the end."""

    def check(self, *key: str | int) -> None:
        """Raise `RateLimited`, with the whole seconds to wait, if a window is full for `key`."""
        moment = time.monotonic()
        windows = self._windows.get(_hashed(key)) or self._empty_windows()
        waits = [
            closes - moment
            for (limit, _seconds), (closes, count) in zip(self._rates, windows, strict=True)
            if count >= limit and closes > moment
        ]
        if waits:
            raise RateLimited(ceil(max(waits)))

    def hit(self, *key: str | int) -> None:
        """Count one attempt of `key`."""
        moment = time.monotonic()
        hashed = _hashed(key)
        windows = self._windows.pop(hashed, None) or self._empty_windows()
        self._windows[hashed] = [
            (closes, count + 1) if closes > moment else (moment + seconds, 1)
            for (_limit, seconds), (closes, count) in zip(self._rates, windows, strict=True)
        ]
        while len(self._windows) > self._max_keys or self._oldest_is_over(moment):
            self._windows.popitem(last=False)

    def consume(self, *key: str | int) -> None:
        """Count one attempt of `key`, or raise `RateLimited` without counting it."""
        self.check(*key)
        self.hit(*key)

    def forget(self, *key: str | int) -> None:
        """Reset the count of `key`, as after a successful login."""
        self._windows.pop(_hashed(key), None)

    def _oldest_is_over(self, moment: float) -> bool:
        """Return whether all windows of the oldest key are over, so that it can be dropped."""
        oldest = next(iter(self._windows.values()), None)
        return oldest is not None and all(closes <= moment for closes, _count in oldest)

    def _empty_windows(self) -> list[tuple[float, int]]:
        return [(0.0, 0)] * len(self._rates)


def network(address: str) -> str:
    """Return the key to count an address by: itself, or its /64 for IPv6.

    A household gets 2^64 IPv6 addresses (RFC 6177), so counting single ones would limit
    nothing. Text that is no address is returned unchanged.
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
    """All rate limits of the app, each with its key.

    A class of forty can register and log in from one address within five minutes.
    """

    message: RateLimit
    """Messages that one user sends, edits, deletes, pins or saves.

    The only one that hosts set: `message_rate` in `services/core/settings.py`.
    """
    login_address: RateLimit = field(
        default_factory=partial(RateLimit, "100 per minute", "600 per hour")
    )
    """Login attempts from one address, except by known devices."""
    login_account: RateLimit = field(
        default_factory=partial(RateLimit, "5 per 10 seconds", "10 per minute", "20 per 10 minutes")
    )
    """Login attempts for one username, from one address or known device; reset by a success."""
    register: RateLimit = field(
        default_factory=partial(RateLimit, "120 per 5 minutes", "400 per day")
    )
    """Registrations and uses of password reset links from one address."""
    visit: RateLimit = field(default_factory=partial(RateLimit, "300 per minute"))
    """Pages opened from one address by people without a session."""
    file: RateLimit = field(default_factory=partial(RateLimit, "60 per minute"))
    """Files that one user sends."""
    download: RateLimit = field(default_factory=partial(RateLimit, "1000 per minute"))
    """Files and previews that one user downloads."""
    reaction: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Reactions and votes of one user."""
    page: RateLimit = field(default_factory=partial(RateLimit, "120 per minute"))
    """Pages that one user opens."""
    event: RateLimit = field(default_factory=partial(RateLimit, "1000 per 10 seconds"))
    """Events of all kinds from the pages of one session."""
    history: RateLimit = field(default_factory=partial(RateLimit, "120 per 10 seconds"))
    """Batches of messages that one user loads."""
    read: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Other reads by one user, such as rooms and profiles."""
    search: RateLimit = field(default_factory=partial(RateLimit, "30 per 10 seconds"))
    """Full-text searches by one user."""
    room: RateLimit = field(default_factory=partial(RateLimit, "10 per minute", "60 per hour"))
    """Rooms that one user creates."""
    direct: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "100 per hour"))
    """Direct messages that one user starts."""
    presence: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Typing events of one user, and their reads of presence and receipts."""
    unread: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Rooms that one user marks as unread, and changes of their notification level."""
    complete: RateLimit = field(default_factory=partial(RateLimit, "100 per 10 seconds"))
    """Mention suggestions for one user."""
    invite: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "200 per day"))
    """Invites and password reset links that one user creates."""
    member: RateLimit = field(default_factory=partial(RateLimit, "120 per minute", "600 per hour"))
    """Rooms that one user joins, and people that one user adds to rooms."""
    password: RateLimit = field(default_factory=partial(RateLimit, "5 per minute", "20 per hour"))
    """Password changes by one user, including wrong guesses of the old one."""
    account: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "100 per hour"))
    """Other changes of their account by one user."""


def _hashed(key: tuple[str | int, ...]) -> str:
    # Hashed, as a hostile client may send keys of any length. `repr` tells ("a", "b") from ("ab",).
    # As text, so that an id counts the same as a number and as a string.
    return blake2b(repr([str(part) for part in key]).encode(), digest_size=16).hexdigest()
