"""Rate limits with growing delays, which never lock anybody out for good."""

import ipaddress
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import blake2b
from math import ceil

from services.core.errors import RateLimited

SITE_SHARE = 8
"""How many times as many attempts a whole IPv6 site may make as one network in it."""
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
        self.refused = 0
        """How often it has refused something since the start."""
        self.on_hit: Callable[[str], None] | None = None
        """Called with the hashed key of each attempt, for other processes to count it, too."""
        self.on_forget: Callable[[str], None] | None = None
        """Called with the hashed key whose count begins again."""

    def check(self, *key: str | int, times: int = 1) -> None:
        """Raise `RateLimited`, with the whole seconds to wait, if a window is full for `key`.

        `times` the usual attempts are allowed.
        """
        self._check(_hashed(key), times)

    def _check(self, hashed: str, times: int = 1) -> None:
        windows = self._windows.get(hashed)
        if windows is None:
            return
        moment = time.monotonic()
        waits = [
            closes - moment
            for (limit, _seconds), (closes, count) in zip(self._rates, windows, strict=True)
            if count >= limit * times and closes > moment
        ]
        if waits:
            self.refused += 1
            raise RateLimited(ceil(max(waits)))

    def hit(self, *key: str | int) -> None:
        """Count one attempt of `key`."""
        self._hit(_hashed(key))

    def _hit(self, hashed: str) -> None:
        self.hit_hashed(hashed)
        if self.on_hit is not None:
            self.on_hit(hashed)

    def hit_hashed(self, hashed: str) -> None:
        """Count one attempt of a hashed key."""
        moment = time.monotonic()
        windows = self._windows.pop(hashed, None) or self._empty_windows()
        self._windows[hashed] = [
            (closes, count + 1) if closes > moment else (moment + seconds, 1)
            for (_limit, seconds), (closes, count) in zip(self._rates, windows, strict=True)
        ]
        while len(self._windows) > self._max_keys or self._oldest_is_over(moment):
            self._windows.popitem(last=False)

    def consume(self, *key: str | int, wider: Sequence[str | int] = ()) -> None:
        """Count one attempt of `key`, or raise `RateLimited` without counting it.

        It also counts for `wider`, a key that `key` shares with others, if there is one: together
        they may make `SITE_SHARE` times as many attempts.
        """
        hashed = _hashed(key)
        self._check(hashed)
        if wider:
            self.check(*wider, times=SITE_SHARE)
            self.hit(*wider)
        self._hit(hashed)

    def require(self, *key: str | int, wider: Sequence[str | int] = ()) -> None:
        """Raise `RateLimited` where `consume` would; count nothing."""
        self.check(*key)
        if wider:
            self.check(*wider, times=SITE_SHARE)

    def forget(self, *key: str | int) -> None:
        """Reset the count of `key`, as after a successful login."""
        hashed = _hashed(key)
        self.forget_hashed(hashed)
        if self.on_forget is not None:
            self.on_forget(hashed)

    def forget_hashed(self, hashed: str) -> None:
        """Reset the count of a hashed key."""
        self._windows.pop(hashed, None)

    def _oldest_is_over(self, moment: float) -> bool:
        """Return whether all windows of the oldest key are over, so that it can be dropped."""
        oldest = next(iter(self._windows.values()), None)
        return oldest is not None and all(closes <= moment for closes, _count in oldest)

    def _empty_windows(self) -> list[tuple[float, int]]:
        return [(0.0, 0)] * len(self._rates)


class Budget:
    """What a user may use of something, refilled with time: seconds of work, or bytes.

    What was used is counted afterwards, when it is known, so a user may get into debt; until it
    is paid back, `require` refuses. Held in memory, for use from one event loop.
    """

    def __init__(self, most: float, per_second: float, *, max_keys: int = MAX_KEYS) -> None:
        """`most` is what there is at the beginning, and after a rest."""
        self._most = most
        self._per_second = per_second
        self._max_keys = max_keys
        self._full_at: OrderedDict[int, float] = OrderedDict()
        """When a user's budget is full again, by a monotonic clock, the last used at the end."""
        self.refused = 0
        """How often it has refused something, or had it wait, since the start."""

    def require(self, user_id: int) -> None:
        """Raise `RateLimited`, with the whole seconds to wait, if nothing is left."""
        debt = self._used(user_id) - self._most
        if debt >= 0:
            self.refused += 1
            raise RateLimited(max(1, ceil(debt / self._per_second)))

    def spend(self, user_id: int, amount: float) -> None:
        """Count `amount` as used."""
        moment = time.monotonic()
        used = self._used(user_id) + amount
        self._full_at[user_id] = moment + used / self._per_second
        self._full_at.move_to_end(user_id)
        while len(self._full_at) > self._max_keys or self._oldest_is_full(moment):
            self._full_at.popitem(last=False)

    def _oldest_is_full(self, moment: float) -> bool:
        oldest = next(iter(self._full_at.values()), None)
        return oldest is not None and oldest <= moment

    def _used(self, user_id: int) -> float:
        return max(0.0, self._full_at.get(user_id, 0.0) - time.monotonic()) * self._per_second


@lru_cache(maxsize=4096)  # it is asked for each request
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


def site(network: str) -> str:
    """Return the /48 of an IPv6 network, "" for anything else.

    Whoever has a site has 65,536 networks (RFC 6177), each of which would count apart.
    """
    address, slash, _length = network.partition("/")
    return str(ipaddress.ip_network((address, 48), strict=False)) if slash else ""


@dataclass(frozen=True)
class RateLimits:
    """All rate limits of the app, each with its key.

    A class of forty can register and log in from one address within five minutes.
    """

    message: RateLimit
    """Messages that one user sends, edits, deletes, pins or saves.

    The only one that hosts set: `message_rate` in `services/core/settings.py`.
    """
    text: Budget
    """Bytes of text that one user stores: `daily_text` in `services/core/settings.py`, a day."""
    login_address: RateLimit = field(
        default_factory=partial(RateLimit, "100 per minute", "600 per hour")
    )
    """Login attempts from one address, except by known devices; one with a passkey counts twice."""
    login_account: RateLimit = field(
        default_factory=partial(RateLimit, "5 per 10 seconds", "10 per minute", "20 per 10 minutes")
    )
    """Login attempts for one username, from one address or known device; reset by a success."""
    second_factor: RateLimit = field(
        default_factory=partial(RateLimit, "5 per minute", "20 per hour", "60 per day")
    )
    """Codes tried as the second step of one user, whose password was right; reset by a success.

    Three of a million codes are right at a time, so this takes years to guess.
    """
    session: RateLimit = field(
        default_factory=partial(RateLimit, "100 per minute", "600 per hour", "2000 per day")
    )
    """Sessions that one user opens: each is a row, and an entry of the security log."""
    register: RateLimit = field(
        default_factory=partial(RateLimit, "120 per 5 minutes", "400 per day")
    )
    """Registrations and uses of password reset links from one address."""
    visit: RateLimit = field(default_factory=partial(RateLimit, "600 per minute"))
    """Requests from one address without a session, or with one that has ended or never was."""
    probe: RateLimit = field(default_factory=partial(RateLimit, "300 per minute"))
    """Health checks from one address, and requests for metrics."""
    file: RateLimit = field(default_factory=partial(RateLimit, "60 per minute"))
    """Files that one user sends."""
    download: RateLimit = field(default_factory=partial(RateLimit, "1000 per minute"))
    """Files and previews that one user downloads."""
    avatar: RateLimit = field(default_factory=partial(RateLimit, "3000 per minute"))
    """Pictures of people that one user downloads; a browser keeps them."""
    link: RateLimit = field(default_factory=partial(RateLimit, "10 per minute", "100 per hour"))
    """Sites that are asked for the links in messages of one user; further links have no preview."""
    reaction: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Reactions and votes of one user."""
    report: RateLimit = field(default_factory=partial(RateLimit, "5 per minute", "30 per day"))
    """Messages that one user reports."""
    page: RateLimit = field(default_factory=partial(RateLimit, "120 per minute"))
    """Pages that one user opens, also those that are not there."""
    event: RateLimit = field(default_factory=partial(RateLimit, "1000 per 10 seconds"))
    """Events of all kinds from the pages of one session."""
    history: RateLimit = field(default_factory=partial(RateLimit, "120 per 10 seconds"))
    """Batches of messages that one user loads."""
    read: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Other reads by one user, such as rooms and profiles."""
    sync: RateLimit = field(default_factory=partial(RateLimit, "300 per 10 seconds"))
    """Requests of one user's apps for what is new: each message answers one, for each app."""
    search: RateLimit = field(default_factory=partial(RateLimit, "30 per 10 seconds"))
    """Full-text searches by one user."""
    room: RateLimit = field(default_factory=partial(RateLimit, "10 per minute", "60 per hour"))
    """Rooms that one user creates."""
    direct: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "100 per hour"))
    """Direct messages that one user starts."""
    push: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "200 per hour"))
    """Times that one user turns the notifications of a device on or off, or loads its pages."""
    presence: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Typing events of one user, and their reads of presence and receipts."""
    unread: RateLimit = field(default_factory=partial(RateLimit, "60 per 10 seconds"))
    """Rooms that one user marks as unread, and changes of their notification level."""
    complete: RateLimit = field(default_factory=partial(RateLimit, "100 per 10 seconds"))
    """Mention suggestions for one user."""
    decoding: Budget = field(default_factory=partial(Budget, 60, per_second=0.1))
    """Seconds in which workers decode what one user sends; then it waits."""
    preview: RateLimit = field(default_factory=partial(RateLimit, "20 per 10 seconds"))
    """Texts that one user looks at before they send them."""
    rendering: Budget = field(default_factory=partial(Budget, 3, per_second=0.1))
    """Seconds of processor time to render what one user writes. One line of words needs none."""
    drawing: Budget = field(default_factory=partial(Budget, 5, per_second=0.2))
    """Seconds of processor time to draw the messages that one user loads."""
    loading: Budget = field(default_factory=partial(Budget, 32 * 2**20, per_second=2**20))
    """Bytes of messages that one user loads."""
    keys: RateLimit = field(default_factory=partial(RateLimit, "200 per minute"))
    """Requests of one user's apps about keys for encryption."""
    claim: RateLimit = field(default_factory=partial(RateLimit, "20 per hour", "60 per day"))
    """One-time keys of one device that are handed out to one user; then it is the fallback key."""
    device_change: RateLimit = field(
        default_factory=partial(RateLimit, "20 per minute", "100 per hour")
    )
    """Changes of one user's devices and keys that wake the apps of all who share a room."""
    to_device: Budget = field(default_factory=partial(Budget, 32 * 2**20, per_second=2**17))
    """Bytes that one user's devices send to devices."""
    key_backup: Budget = field(default_factory=partial(Budget, 32 * 2**20, per_second=2**17))
    """Bytes that one user's apps store in backups of keys."""
    webhook: RateLimit = field(default_factory=partial(RateLimit, "60 per minute", "1000 per hour"))
    """Requests to one webhook, also those that are refused."""
    webhook_change: RateLimit = field(
        default_factory=partial(RateLimit, "10 per minute", "60 per hour")
    )
    """Webhooks that one user creates, renames or removes."""
    webhook_guess: RateLimit = field(
        default_factory=partial(RateLimit, "20 per minute", "200 per hour")
    )
    """Requests from one address for webhooks that are none."""
    invite: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "200 per day"))
    """Invites and password reset links that one user creates."""
    member: RateLimit = field(default_factory=partial(RateLimit, "120 per minute", "600 per hour"))
    """Rooms that one user joins, and people that one user adds to rooms."""
    password: RateLimit = field(default_factory=partial(RateLimit, "5 per minute", "20 per hour"))
    """Password changes, and confirmations of who they are, in one session; also wrong guesses."""
    account: RateLimit = field(default_factory=partial(RateLimit, "20 per minute", "100 per hour"))
    """Other changes of their account by one user."""


def _hashed(key: tuple[str | int, ...]) -> str:
    # Hashed, as a hostile client may send keys of any length. `repr` tells ("a", "b") from ("ab",).
    # As text, so that an id counts the same as a number and as a string.
    return blake2b(repr([*map(str, key)]).encode(), digest_size=16).hexdigest()
