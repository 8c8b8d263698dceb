"""Parser for search queries: words, "phrases", prefix*, and filters such as from:@asha."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta

from msgspec import Struct

from services.accounts.name_rules import typed_key
from services.core.errors import ServiceError
from services.core.i18n import _, number
from services.core.text import clean

LIMIT = 300
"""The maximum length of a search, in characters."""
MAX_PARTS = 12
"""The maximum number of words and filters: each costs a lookup of its own."""
FILTERS = ("from", "in", "before", "after", "on", "has")
YEARS = range(1970, 2200)

MARKS = frozenset({"Mn", "Mc", "Co"})
"""Unicode categories that belong to a word without being a letter or a digit."""

_KNOWN = "|".join(FILTERS)
_PART = re.compile(
    rf"(?:(?P<filter>{_KNOWN}):\s*)?"
    r'(?:["“”„](?P<quoted>[^"“”„]*)["“”„]?(?P<star>\*?)|(?P<bare>\S+))',
    re.IGNORECASE,
)
_FILTER_LIKE = re.compile(r"([a-z]{2,12}):(?!//)[^\s:]", re.IGNORECASE)
_TERM = re.compile(r"\w+")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


class Word(Struct, frozen=True):
    """A word or a phrase; with `is_prefix`, its last word may continue."""

    text: str
    is_prefix: bool = False


@dataclass
class Query:
    """A parsed search. A message must satisfy all of it."""

    words: list[Word] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    """Username keys; several mean any of them."""
    rooms: list[str] = field(default_factory=list)
    """Room names as typed; several mean any of them."""
    since: date | None = None
    """The first day."""
    until: date | None = None
    """The day after the last one."""
    has_link: bool = False
    has_file: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for."""
        return self == Query()

    @property
    def has_several_terms(self) -> bool:
        """Whether the index has to match more than one term in a message."""
        words = sum(len(_TERM.findall(word.text)) for word in self.words)
        return words + bool(self.authors) + self.has_link + self.has_file > 1

    @property
    def uses_index(self) -> bool:
        """Whether it asks for more than rooms and days."""
        return bool(self.words or self.authors or self.has_link or self.has_file)


def read(typed: object, today: date) -> Query:
    """Parse `typed`; `today` is the date in the person's time zone.

    Raises `ServiceError` for text that is too long, an unknown filter, or a bad filter value.
    """
    text = clean(typed, LIMIT, name=_("The search"), multiline=False, required=False)
    parts = list(_PART.finditer(text))
    if len(parts) > MAX_PARTS:
        raise ServiceError(_("Search for at most {most} words.").format(most=number(MAX_PARTS)))
    query = Query()
    for part in parts:
        value = part["bare"] if part["quoted"] is None else part["quoted"].strip()
        if part["filter"]:
            _add_filter(query, part["filter"].lower(), value, today)
        elif part["quoted"] is None:
            _reject_filter_like(value)
            _add_word(query, value.rstrip("*"), is_prefix=value.endswith("*"))
        else:
            _add_word(query, value, is_prefix=bool(part["star"]))
    return query


def _add_word(query: Query, text: str, *, is_prefix: bool) -> None:
    """Add a word, unless it has no letter or digit: the index holds none of those."""
    if not any(map(is_letter, text)):
        return
    if is_prefix and sum(map(is_letter, text)) < 2:
        raise ServiceError(_("Type at least two letters before the *."))
    query.words.append(Word(text, is_prefix))


def is_letter(character: str) -> bool:
    """Return whether the index treats `character` as part of a word."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category in MARKS


def _reject_filter_like(word: str) -> None:
    """Raise `ServiceError` for a filter without a value, or an unknown one."""
    if word.lower().removesuffix(":") in FILTERS and word.endswith(":"):
        raise ServiceError(
            _("Write something after {filter}, such as from:@asha or before:2026-01-31.").format(
                filter=word
            )
        )
    if (match := _FILTER_LIKE.match(word)) is not None:
        raise ServiceError(
            _(
                "There is no filter {filter}: use from:, in:, before:, after:, on:, has:link or"
                " has:file, or put the words in quotes."
            ).format(filter=match[1])
        )


def _add_filter(query: Query, name: str, value: str, today: date) -> None:
    if name == "from":
        query.authors.append(typed_key(value))
    elif name == "in":
        query.rooms.append(value)
    elif name == "has":
        _require_content(query, value.casefold().removesuffix("s"))
    else:
        _limit_days(query, name, read_day(value, today))


def _require_content(query: Query, kind: str) -> None:
    if kind not in {"link", "file"}:
        raise ServiceError(_("After has:, write link or file: has:link or has:file."))
    query.has_link |= kind == "link"
    query.has_file |= kind == "file"


def _limit_days(query: Query, name: str, day: date) -> None:
    """Narrow the days of `query`; `before:` and `after:` exclude the day itself."""
    next_day = day + timedelta(days=1)
    since = {"after": next_day, "on": day}.get(name)
    until = {"before": day, "on": next_day}.get(name)
    if since is not None:
        query.since = max(since, query.since or since)
    if until is not None:
        query.until = min(until, query.until or until)


def read_day(value: str, today: date) -> date:
    """Parse a day: 2026-01-31, today or yesterday. Raises `ServiceError` for anything else."""
    word = value.casefold()
    if word in {"today", _("today").casefold()}:
        return today
    if word in {"yesterday", _("yesterday").casefold()}:
        return today - timedelta(days=1)
    try:
        match = _DATE.fullmatch(value)
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise ServiceError(_("Write the date like 2026-01-31, or today or yesterday."))
    return day
