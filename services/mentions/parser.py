"""Find possible mentions in a text: `@name` or `＠name`, outside e-mail addresses and the like.

What is text and what is code is for `services/messages/rendering` to know, which asks this parser.
Whom a message mentions follows from what it found (`rendering/facts.py`).
"""

import re
import unicodedata
from collections.abc import Container, Iterator

from msgspec import Struct

from services.accounts.names.name_rules import username_key

HERE, ROOM = "here", "room"
GROUPS = (ROOM, HERE)
"""Names that mention all members of the room, or those who are active now."""

AT = re.compile("[@＠]")
"""What begins a mention: Japanese keyboards write the full-width sign."""

_MAX_NAME_LENGTH = 64
"""In code points, before NFKC, which can shorten a name."""
# Scripts without spaces between words, and Hangul, where particles are attached to a name.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]")
_ESCAPES = frozenset(".-+\\@＠/=&%#$")
"""Characters before an `@` that make it part of an address, or escape it."""


class Candidate(Struct, frozen=True):
    """A possible mention in a text."""

    start: int
    """The index of its `@`."""
    names: tuple[tuple[int, str], ...]
    """The possible names, longest first, as (end index, username key)."""

    def longest_in(self, known: Container[str]) -> tuple[int, str] | None:
        """Return the longest of the names whose key is in `known`, as (end index, key)."""
        return next((each for each in self.names if each[1] in known), None)


def candidates(text: str) -> Iterator[Candidate]:
    """Yield the possible mentions in `text`, which must be without code.

    `@asha@example.org` is an address, as the Fediverse has them.
    """
    found = AT.search(text)
    while found:
        at = found.start()
        end = _end(text, at + 1)
        if end > at + 1 and _starts_mention(text, at) and not _is_address(text, end):
            yield Candidate(at, tuple(_names(text, at + 1, end)))
        found = AT.search(text, max(end, at + 1))


def _end(text: str, start: int) -> int:
    """Return the end of the longest name that begins at `start`."""
    end = start
    while end < min(len(text), start + _MAX_NAME_LENGTH) and _fits_name(
        text[end], first=end == start
    ):
        end += 1
    return end


def _fits_name(character: str, *, first: bool) -> bool:
    if character.isascii():
        return character.isalnum() or (not first and character in "_.-")
    kind = unicodedata.category(character)
    return kind[0] == "L" or kind == "Nd" or (not first and kind in {"Mn", "Mc", "Cf"})


def _is_address(text: str, end: int) -> bool:
    """Return whether a host's name follows the name that ends here."""
    return text[end : end + 1] == "@" and _fits_name(text[end + 1 : end + 2] or " ", first=True)


def _names(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the names in `text[start:end]`, longest first: punctuation may follow a name."""
    for stop in range(end, start, -1):
        may_end = stop == end or text[stop] in "_.-" or _UNSPACED.match(text[stop])
        if may_end and (key := username_key(text[start:stop])):
            yield stop, key


def _starts_mention(text: str, at: int) -> bool:
    """Return whether the `@` begins a word, also within emphasis or after `@name/`."""
    prefix = text[max(0, at - _MAX_NAME_LENGTH - 1) : at]
    before = (prefix.rstrip("_*~") if prefix[-1:] in {"_", "*", "~"} else prefix)[-1:]
    if not before or before.isspace():
        return True
    if before == "/":
        word = re.split(r"\s", prefix)[-1]
        return word.lstrip("([{\"'*_~").startswith(("@", "＠"))
    if before in _ESCAPES:
        return False
    return not _fits_name(before, first=False) or _UNSPACED.match(before) is not None
