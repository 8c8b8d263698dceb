"""Passwords: which are good enough, and how they are kept."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from services.core.errors import RateLimited, ServiceError
from services.core.i18n import N_, _

if TYPE_CHECKING:
    from passlib.context import CryptContext

T = TypeVar("T")

SHORTEST = 8
MAX_LENGTH = 256
"""The length of a password in Unicode code points, after NFC."""

# zxcvbn tries every respelling of the symbols in a password (`4` for `a`, `|` for `i` or
# `l`): 72 characters with all twenty of them take it 3.7 s, with the interpreter lock
# held. The first 32 up to the tenth of them take 0.15 s at worst.
_RATED_CHARACTERS = 32
_RATED_SYMBOLS = 10
_GOOD_ENOUGH = 2  # of 0 to 4: more than a million guesses, which the login throttles stop
_rating = Lock()  # zxcvbn keeps the words that belong to one person in a global

# The most seconds that a full queue takes to empty on a small machine, roughly.
_BUSY_SECONDS = 10


def check_password(value: object, username: str, display_name: str = "") -> str:
    """Return a new password as it will be hashed, or raise `ServiceError` with the reason.

    Any 8 to 256 characters, spaces included, none trimmed, prepared as `OpaqueString` of
    RFC 8265 §4.2: every space is U+0020, and the whole is NFC. It must take more than a
    million guesses by the estimate of zxcvbn, which knows the person's own names. This
    can take 0.15 s: `Passwords.checked` does the same off the event loop.
    """
    if not isinstance(value, str):
        raise ServiceError(_("The password has to be text. Type it in and try again."))
    password = _prepared(value)
    if password is None:
        raise ServiceError(
            _("The password is too long. Use {longest} characters or fewer.").format(
                longest=MAX_LENGTH
            )
        )
    if len(password) < SHORTEST:
        raise ServiceError(
            _("The password is too short. Use {shortest} characters or more.").format(
                shortest=SHORTEST
            )
        )
    score, reason = _rate(password, [username, display_name, *display_name.split(), "simplechat"])
    if score < _GOOD_ENOUGH:
        raise ServiceError(
            _("That password is easy to guess. {reason} Add an uncommon word or two.").format(
                reason=reason
            )
        )
    return password


class Passwords:
    """Hashes passwords with argon2id in threads of its own, and no more than it can carry.

    `memory_kib`, `time_cost` and `parallelism` are those of RFC 9106 §3.1; each of the
    `workers` needs that memory while it works. Every method that is awaited raises
    `RateLimited` when `waiting` jobs wait already.
    """

    def __init__(
        self,
        memory_kib: int = 65536,
        time_cost: int = 3,
        parallelism: int = 1,
        workers: int = 2,
        waiting: int = 64,
    ) -> None:
        self._costs = {
            "argon2__memory_cost": memory_kib,
            "argon2__rounds": time_cost,
            "argon2__parallelism": parallelism,
        }
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="passwords")
        self._most = workers + waiting
        self._jobs = 0
        # The first dummy makes the hash it compares with, so it takes twice as long.
        self._threads.submit(lambda: self._context.dummy_verify())

    async def checked(self, value: object, username: str, display_name: str = "") -> str:
        """Do what `check_password` does, without holding up the event loop."""
        return await self._run(lambda: check_password(value, username, display_name))

    async def hash(self, password: str) -> str:
        """Return the hash to store of a password that `check_password` returned."""
        return await self._run(lambda: self._context.hash(_encoded(password)))

    async def verify(self, password: object, hashed: str | None) -> tuple[bool, str | None]:
        """Say whether a password is right, and the new hash to store if the costs changed.

        Without a `hashed` (nobody has that name) it is wrong, after as much work.
        """
        prepared = _prepared(password) if isinstance(password, str) else None
        if prepared is None:
            prepared, hashed = "", None
        secret = _encoded(prepared)
        return await self._run(lambda: self._context.verify_and_update(secret, hashed))

    def close(self) -> None:
        """Drop what still waits, and return when the running jobs are done."""
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, job: Callable[[], T]) -> T:
        if self._jobs >= self._most:
            raise RateLimited(_BUSY_SECONDS)
        self._jobs += 1
        # With the context goes the language in which a refusal is worded.
        job_here = partial(copy_context().run, job)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job_here)
        finally:
            self._jobs -= 1

    @cached_property
    def _context(self) -> "CryptContext":
        # Made by the first thread that needs it, with what it loads: no start is to wait for it.
        from passlib.context import CryptContext

        return CryptContext(schemes=["argon2"], argon2__type="ID", **self._costs)


def _prepared(password: str) -> str | None:
    """Return the password as RFC 8265 wants it compared, or None if it is too long."""
    # Before NFC, whose time can grow with the square; it joins four code points at most.
    if len(password) > MAX_LENGTH * 4:
        return None
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in password)
    normal = unicodedata.normalize("NFC", spaced)
    return normal if len(normal) <= MAX_LENGTH else None


def _encoded(password: str) -> bytes:
    # A lone surrogate has no UTF-8, and is not worth a crash.
    return password.encode("utf-8", "surrogatepass")


def _rate(password: str, own_words: list[str]) -> tuple[int, str]:
    """Return zxcvbn's score of 0 to 4 for the beginning of a password, and its reason."""
    # Loaded when it is needed, which is never on the event loop: it brings long lists of words.
    from zxcvbn import zxcvbn

    beginning, symbols = "", set[str]()
    for character in password[:_RATED_CHARACTERS]:
        beginning += character
        symbols |= _symbols() & {character}
        if len(symbols) == _RATED_SYMBOLS:
            break
    with _rating:
        rated = zxcvbn(beginning, user_inputs=[word for word in own_words if word])
    if any(match.get("dictionary_name") == "user_inputs" for match in rated["sequence"]):
        return rated["score"], _("It holds your name or the name of this chat.")
    warning = rated["feedback"]["warning"]
    return rated["score"], _(warning) if warning else _("It is too simple.")


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
