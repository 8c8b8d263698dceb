"""Parser for search queries: words, "phrases", prefix*, and filters such as from:@asha."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches

from msgspec import Struct

from models.scripts import GAP
from services.accounts.names.name_rules import typed_key
from services.core.errors import ServiceError
from services.core.i18n import _, number
from services.core.text import clean
from services.search import words

LIMIT = 300
"""The maximum length of a search, in characters."""
MAX_PARTS = 12
"""The maximum number of words and filters: each costs a lookup of its own."""
MAX_TERMS = 48
"""The most terms of all phrases: 300 times the commonest sign would take seconds."""
FILTERS = ("from", "in", "before", "after", "on", "has")
_LONG = ("from", "before", "after")
"""Filters that a slip leaves recognisable."""
YEARS = range(1970, 2200)

_KNOWN = "|".join(FILTERS)
_PART = re.compile(
    rf"(?:(?P<filter>{_KNOWN}):(?!:)\s*)?"
    r'(?:["“”„](?P<quoted>[^"“”„]*)["“”„]?(?P<star>\*?)|(?P<bare>\S+))',
    re.IGNORECASE,
)
_FILTER_LIKE = re.compile(r"([a-z]{2,12}):(?=[^\s:/])", re.IGNORECASE)
_MEANT = {
    **{"author": "from", "by": "from", "sender": "from", "user": "from"},
    **{"room": "in", "channel": "in", "hsa": "has", "since": "after", "until": "before"},
}
"""Filters that other chats have, or slips, with ours."""
_LIKENESS = 0.75
"""From which part of its letters on, a word is taken for a slip: form is one of from."""
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


class Word(Struct, frozen=True):
    """A word or a phrase; with `is_prefix`, its last word may continue."""

    tokens: list[str]
    """The words as they are in the index: 会议 is two of them, side by side."""
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
    meant: str = ""
    """The search with a filter in place of a word that is nearly one; empty without a doubt."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for."""
        return self == Query()

    @property
    def has_several_terms(self) -> bool:
        """Whether the index has to match more than one term in a message."""
        words = sum(len(word.tokens) for word in self.words)
        return words + bool(self.authors) + self.has_link + self.has_file > 1

    @property
    def uses_index(self) -> bool:
        """Whether it asks for more than rooms and days."""
        return bool(self.words or self.authors or self.has_link or self.has_file)


def read(typed: object, today: date) -> Query:
    """Parse `typed`; `today` is the date in the person's time zone.

    Anything else with a colon is searched for: an address, an error, 10:30. Raises `ServiceError`
    for text that is too long, or a filter without a value or with a bad one.
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
            _reject_empty_filter(value)
            query.meant = query.meant or _meant(text, part.start(), value)
            _add_word(query, value.rstrip("*"), is_prefix=value.endswith("*"))
        else:
            _add_word(query, value, is_prefix=bool(part["star"]))
    query.words = [_cut(each, MAX_TERMS // len(query.words)) for each in query.words]
    return query


def _cut(word: Word, most: int) -> Word:
    """Return a word, or the beginning of a long phrase."""
    return Word(word.tokens[:most]) if len(word.tokens) > most else word


def _add_word(query: Query, text: str, *, is_prefix: bool) -> None:
    """Add a word, unless it has no letter or digit: the index holds none of those."""
    tokens = words.words(text)
    if tokens and tokens[-1] == GAP:  # after 会议。
        tokens.pop()
    if not tokens:
        return
    if is_prefix and words.is_sign(tokens[-1]):  # each is a whole word
        is_prefix = False
    if is_prefix and sum(map(len, tokens)) < 2:
        raise ServiceError(_("Type at least two letters before the *."))
    query.words.append(Word(tokens, is_prefix))


def _reject_empty_filter(word: str) -> None:
    """Raise `ServiceError` for a filter without a value."""
    if word.lower().removesuffix(":") in FILTERS and word.endswith(":"):
        raise ServiceError(
            _("Write something after {filter}, such as from:@asha or before:2026-01-31.").format(
                filter=word
            )
        )


def _meant(text: str, start: int, word: str) -> str:
    """Return `text` with a filter instead of the beginning of `word`, if it looks like a slip."""
    match = _FILTER_LIKE.match(word)
    if match is None:
        return ""
    typed = match[1].lower()
    near = [_MEANT[typed]] if typed in _MEANT else get_close_matches(typed, _LONG, 1, _LIKENESS)
    return f"{text[:start]}{near[0]}{text[start + match.end(1) :]}" if near else ""


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
