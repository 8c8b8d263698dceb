"""Where in a message the words stand that somebody looked for, and the part of it around them.

It cuts and folds words as the index does (the tokenizer `unicode61` of SQLite's FTS5, with
diacritics removed). Should the two ever differ, a result is shown with nothing marked.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from services.search.query import MARKS, Word

AROUND = 240
"""How many characters of a message a result shows."""
BEFORE = 80
"""How many of them stand before the first word that is marked."""
_JOINERS = "\u200c\u200d"
_DIACRITICS = re.compile("[\u0300-\u036f]+")
_WITHOUT_JOINERS = str.maketrans("", "", _JOINERS)

Marked = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it is marked."""


def find(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return from where to where `text` says one of `words`, in order and apart."""
    wanted = [([token for token, *_at in _tokens(each.text)], each.is_prefix) for each in words]
    wanted = [each for each in wanted if each[0]]
    beginnings = tuple(tokens[0] for tokens, _is_prefix in wanted)
    found: list[tuple[int, int]] = []
    tokens, at = _tokens(text), 0
    while at < len(tokens):
        length = 0
        if tokens[at][0].startswith(beginnings):
            length = max(_fits(tokens, at, *each) for each in wanted)
        if length:
            found.append((tokens[at][1], tokens[at + length - 1][2]))
        at += length or 1
    return found


def counter(words: Sequence[Word]) -> Callable[[str], int]:
    """Return what counts how often a text says `words`, fast enough for hundreds of texts.

    Several in a row count as often as the rarest of them.
    """
    wanted = [([token for token, *_at in _tokens(each.text)], each.is_prefix) for each in words]

    def count(text: str) -> int:
        said: list[str] = _token().findall(_fold(text.replace("_", " ")))
        return sum(
            min([*map(said.count, tokens[:-1]), _times(said, tokens[-1], is_prefix)])
            for tokens, is_prefix in wanted
        )

    return count


def _times(said: list[str], token: str, is_prefix: bool) -> int:
    return sum(each.startswith(token) for each in said) if is_prefix else said.count(token)


def excerpt(text: str, found: Sequence[tuple[int, int]]) -> Marked:
    """Return the part of `text` around the first of the places that are marked."""
    start = max(0, found[0][0] - BEFORE) if found else 0
    if start:  # with a whole word, if there is one near
        space = text.find(" ", start, found[0][0])
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + AROUND)
    if end < len(text):
        space = text.rfind(" ", start + AROUND // 2, end)
        end = space if space >= 0 else end
    return tuple(_pieces(text, start, end, found))


def _pieces(
    text: str, start: int, end: int, found: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, bool]]:
    if start:
        yield "… ", False
    at = start
    for begins, ends in found:
        if begins >= end:
            break
        if begins > at:
            yield text[at:begins], False
        yield text[begins : min(ends, end)], True
        at = min(ends, end)
    if at < end:
        yield text[at:end], False
    if end < len(text):
        yield " …", False


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """Return the words of `text`, folded, each with its place."""
    if text.isascii():
        text = text.lower()
    found = _token().finditer(text.replace("_", " "))
    return [(_fold(each[0]), each.start(), each.end()) for each in found]


def _fits(tokens: list[tuple[str, int, int]], at: int, wanted: list[str], prefix: bool) -> int:
    """Return how many tokens from `at` on say what is wanted; 0 when they do not."""
    said = [token for token, _start, _end in tokens[at : at + len(wanted)]]
    if len(said) < len(wanted) or said[:-1] != wanted[:-1]:
        return 0
    last = said[-1].startswith(wanted[-1]) if prefix else said[-1] == wanted[-1]
    return len(wanted) if last else 0


def _fold(text: str) -> str:
    """Return what texts share that differ in case and diacritics alone."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFD", text.translate(_WITHOUT_JOINERS))
    return unicodedata.normalize("NFC", _DIACRITICS.sub("", bare)).lower()


@cache
def _letters() -> str:
    """Return what may be part of a word, for a set in a pattern: but for `_`, which is none."""
    codes = range(0x300, 0x20000)  # where all marks are but for a few that select variants
    return r"\w" + "".join(chr(code) for code in codes if unicodedata.category(chr(code)) in MARKS)


@cache
def _token() -> re.Pattern[str]:
    """Match a word: letters and digits of any script, their marks, and joiners among them."""
    letter = f"[{_letters()}]"
    return re.compile(f"{letter}+(?:[{_JOINERS}]+{letter}+)*[{_JOINERS}]*")
