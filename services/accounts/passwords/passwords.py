"""Passwords: strength rules and hashing."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from services.core.errors import ServiceError
from services.core.i18n import N_, _, number
from services.core.limits.password_turns import Caller, Turns

if TYPE_CHECKING:
    from passlib.context import CryptContext

T = TypeVar("T")

MIN_LENGTH = 8
MAX_LENGTH = 256
"""Lengths are in Unicode code points, after NFC."""
MAX_WORKERS = 2

# zxcvbn tries all substitutions of the symbols in a password (`4` for `a`, `|` for `i` or
# `l`): 72 characters with all twenty symbols take 3.7 s, holding the GIL. The first 32
# characters, up to the tenth symbol, take 0.15 s at worst.
_RATED_CHARACTERS = 32
_RATED_SYMBOLS = 10
_GOOD_ENOUGH = 2  # of 0 to 4: more than a million guesses, which the rate limits of logins stop
_rating = Lock()  # zxcvbn stores the user's own words in a global
_making = Lock()  # two threads that ask at the start share what one of them makes


class BadPassword(ServiceError):
    """A new password that is not allowed."""


def check_password(value: object, username: str, display_name: str = "") -> str:
    """Validate a new password, and return it normalised. Raises `ServiceError` with the reason.

    Allowed are any 8 to 256 characters, including spaces, not trimmed, normalised as the
    `OpaqueString` of RFC 8265 §4.2: every space is U+0020, and the whole is NFC. By the
    estimate of zxcvbn, which is given the user's names, it must take more than a million
    guesses. This can take 0.15 s: `Passwords.checked` does it off the event loop.
    """
    if not isinstance(value, str):
        raise BadPassword(_("The password must be text. Type it and try again."))
    password = _normalised(value)
    if password is None:
        raise BadPassword(
            _("The password is too long. Use {longest} characters or fewer.").format(
                longest=number(MAX_LENGTH)
            )
        )
    if len(password) < MIN_LENGTH:
        raise BadPassword(
            _("The password is too short. Use {shortest} characters or more.").format(
                shortest=number(MIN_LENGTH)
            )
        )
    score, reason = _rate(password, [username, display_name, *display_name.split(), "simplechat"])
    if score < _GOOD_ENOUGH:
        raise BadPassword(
            _("This password is easy to guess. {reason} Add an uncommon word or two.").format(
                reason=reason
            )
        )
    return password


class Passwords:
    """Hashes and verifies passwords with argon2id, in its own threads.

    `memory_kib`, `time_cost` and `parallelism` are those of RFC 9106 §3.1; each of the
    `workers` threads needs that much memory while it works. By default there are two, but one
    core is left to the event loop, where there are more. The async methods do it in turn for who
    asks (`services/core/limits/password_turns.py`), and raise `RateLimited` when too many wait.
    """

    def __init__(
        self,
        memory_kib: int = 65536,
        time_cost: int = 3,
        parallelism: int = 1,
        workers: int | None = None,
        waiting: int = 64,
    ) -> None:
        workers = workers or _workers()
        self._costs = (memory_kib, time_cost, parallelism)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="passwords")
        self._turns = Turns(workers, waiting)
        # Not while the app starts, and not when the first person logs in: loading takes a while.
        self._threads.submit(_context, *self._costs)

    async def checked(
        self, by: Caller, value: object, username: str, display_name: str = ""
    ) -> str:
        """Run `check_password` without blocking the event loop."""
        return await self._run(by, lambda: check_password(value, username, display_name))

    async def hash(self, by: Caller, password: str) -> str:
        """Return the hash of a password that `checked` returned."""
        return await self._run(by, lambda: _context(*self._costs).hash(_encoded(password)))

    async def verify(
        self, by: Caller, password: object, hashed: str | None
    ) -> tuple[bool, str | None]:
        """Return whether a password is right, and a new hash to store if the costs have changed.

        With `hashed` None, for an unknown user, it is wrong, after the same amount of work.
        """
        normalised = _normalised(password) if isinstance(password, str) else None
        if normalised is None:
            normalised, hashed = "", None
        secret = _encoded(normalised)
        return await self._run(by, lambda: _context(*self._costs).verify_and_update(secret, hashed))

    def close(self) -> None:
        """Cancel waiting jobs, and return when the running ones are done."""
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, by: Caller, job: Callable[[], T]) -> T:
        # The context carries the language of error messages.
        job_in_context = partial(copy_context().run, job)
        async with self._turns.turn(by):
            return await asyncio.get_running_loop().run_in_executor(self._threads, job_in_context)


def _context(memory_kib: int, time_cost: int, parallelism: int) -> "CryptContext":
    """Return what hashes at these costs; the first call takes two hashes, in the thread."""
    with _making:
        return _made(memory_kib, time_cost, parallelism)


@cache
def _made(memory_kib: int, time_cost: int, parallelism: int) -> "CryptContext":
    from passlib.context import CryptContext

    made = CryptContext(
        schemes=["argon2"],
        argon2__type="ID",
        argon2__memory_cost=memory_kib,
        argon2__rounds=time_cost,
        argon2__parallelism=parallelism,
    )
    # The first dummy verification also creates its hash, so it takes twice as long.
    made.dummy_verify()
    return made


def _workers() -> int:
    return max(1, min(MAX_WORKERS, _cores() - 1))


def _cores() -> int:
    """Return how many cores this process may use, as far as the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _normalised(password: str) -> str | None:
    """Return the password normalised by RFC 8265 §4.2, or None if it is too long."""
    # Checked before NFC, which can take quadratic time; it joins at most four code points.
    if len(password) > MAX_LENGTH * 4:
        return None
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in password)
    normal = unicodedata.normalize("NFC", spaced)
    return normal if len(normal) <= MAX_LENGTH else None


def _encoded(password: str) -> bytes:
    # Lone surrogates have no UTF-8 encoding.
    return password.encode("utf-8", "surrogatepass")


def _rate(password: str, own_words: list[str]) -> tuple[int, str]:
    """Return zxcvbn's score, 0 to 4, for the beginning of a password, and the reason for it."""
    # Imported on first use, never on the event loop: it loads long word lists.
    from zxcvbn import zxcvbn

    beginning, symbols = "", set[str]()
    for character in password[:_RATED_CHARACTERS]:
        beginning += character
        symbols |= _symbols() & {character}
        if len(symbols) == _RATED_SYMBOLS:
            break
    with _rating:
        result = zxcvbn(beginning, user_inputs=[word for word in own_words if word])
    if any(match.get("dictionary_name") == "user_inputs" for match in result["sequence"]):
        return result["score"], _("It contains your name or the name of this chat.")
    warning = result["feedback"]["warning"]
    return result["score"], _(warning) if warning else _("It is too simple.")


@cache
def _symbols() -> frozenset[str]:
    from zxcvbn.matching import L33T_TABLE

    return frozenset(symbol for symbols in L33T_TABLE.values() for symbol in symbols)


REASONS = frozenset(
    {
        N_("Straight rows of keys are easy to guess."),
        N_("Short keyboard patterns are easy to guess."),
        N_('Repeats like "aaa" are easy to guess.'),
        N_('Repeats like "abcabcabc" are only slightly harder to guess than "abc".'),
        N_('Sequences like "abc" or "6543" are easy to guess.'),
        N_("Recent years are easy to guess."),
        N_("Dates are often easy to guess."),
        N_("This is a top-10 common password."),
        N_("This is a top-100 common password."),
        N_("This is a very common password."),
        N_("This is similar to a commonly used password."),
        N_("A word by itself is easy to guess."),
        N_("Names and surnames by themselves are easy to guess."),
        N_("Common names and surnames are easy to guess."),
    }
)
