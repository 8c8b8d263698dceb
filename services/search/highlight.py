"""Highlight the search terms in a message, and cut an excerpt around them.

Words are split and folded as in the index (the `unicode61` tokenizer of SQLite's FTS5, with
diacritics removed). Should the two ever differ, a result appears without highlights.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from services.search.query import MARKS, Word

EXCERPT_LENGTH = 240
"""The length of an excerpt, in characters."""
LEADING_CONTEXT = 80
"""How many of these characters come before the first match."""
_JOINERS = "\u200c\u200d"
_DIACRITICS = re.compile("[\u0300-\u036f]+")
_WITHOUT_JOINERS = str.maketrans("", "", _JOINERS)

Marked = tuple[tuple[str, bool], ...]
"""A text as (segment, is_marked) pairs."""


def find(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the (start, end) spans in which `text` matches `words`, in order, not overlapping."""
    wanted = _tokenize(words)
    first_tokens = tuple(tokens[0] for tokens, _is_prefix in wanted)
    spans: list[tuple[int, int]] = []
    tokens, at = _tokens(text), 0
    while at < len(tokens):
        length = 0
        if tokens[at][0].startswith(first_tokens):
            length = max(_match_length(tokens, at, *each) for each in wanted)
        if length:
            spans.append((tokens[at][1], tokens[at + length - 1][2]))
        at += length or 1
    return spans


def counter(words: Sequence[Word]) -> Callable[[str], int]:
    """Return a function that counts the occurrences of `words`, fast enough for 200 texts.

    A phrase counts as often as the rarest of its words.
    """
    wanted = _tokenize(words)

    def count(text: str) -> int:
        words_of_text: list[str] = _token().findall(_fold(text.replace("_", " ")))
        return sum(
            min(
                [
                    *map(words_of_text.count, tokens[:-1]),
                    _count_last(words_of_text, tokens[-1], is_prefix),
                ]
            )
            for tokens, is_prefix in wanted
        )

    return count


def _count_last(words: list[str], token: str, is_prefix: bool) -> int:
    return sum(each.startswith(token) for each in words) if is_prefix else words.count(token)


def excerpt(text: str, spans: Sequence[tuple[int, int]]) -> Marked:
    """Return the part of `text` around the first of `spans`, all spans in it marked."""
    start = max(0, spans[0][0] - LEADING_CONTEXT) if spans else 0
    if start:  # begin and end between words where possible
        space = text.find(" ", start, spans[0][0])
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + EXCERPT_LENGTH)
    if end < len(text):
        space = text.rfind(" ", start + EXCERPT_LENGTH // 2, end)
        end = space if space >= 0 else end
    return tuple(_segments(text, start, end, spans))


def _segments(
    text: str, start: int, end: int, spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, bool]]:
    if start:
        yield "… ", False
    at = start
    for span_start, span_end in spans:
        if span_start >= end:
            break
        if span_start > at:
            yield text[at:span_start], False
        yield text[span_start : min(span_end, end)], True
        at = min(span_end, end)
    if at < end:
        yield text[at:end], False
    if end < len(text):
        yield " …", False


def _tokenize(words: Sequence[Word]) -> list[tuple[list[str], bool]]:
    """Return the tokens of each word or phrase, and whether it is a prefix.

    A word without a token is left out: a few characters count as letters in the index alone.
    """
    tokenized = [([token for token, *_at in _tokens(each.text)], each.is_prefix) for each in words]
    return [(tokens, is_prefix) for tokens, is_prefix in tokenized if tokens]


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """Return the words of `text` as (folded word, start, end)."""
    if text.isascii():
        text = text.lower()
    matches = _token().finditer(text.replace("_", " "))
    return [(_fold(match[0]), match.start(), match.end()) for match in matches]


def _match_length(
    tokens: list[tuple[str, int, int]], at: int, wanted: list[str], prefix: bool
) -> int:
    """Return how many tokens from `at` on match `wanted`; 0 for no match."""
    actual = [token for token, _start, _end in tokens[at : at + len(wanted)]]
    if len(actual) < len(wanted) or actual[:-1] != wanted[:-1]:
        return 0
    last = actual[-1].startswith(wanted[-1]) if prefix else actual[-1] == wanted[-1]
    return len(wanted) if last else 0


def _fold(text: str) -> str:
    """Return `text` in lower case, without diacritics."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFD", text.translate(_WITHOUT_JOINERS))
    return unicodedata.normalize("NFC", _DIACRITICS.sub("", bare)).lower()


@cache
def _letters() -> str:
    r"""Return the word characters, for use in a character class; `_` is replaced earlier."""
    codes = range(0x300, 0x20000)  # all marks but a few variation selectors
    return r"\w" + "".join(chr(code) for code in codes if unicodedata.category(chr(code)) in MARKS)


@cache
def _token() -> re.Pattern[str]:
    """Match a word: letters and digits of any script, with their marks and inner joiners."""
    letter = f"[{_letters()}]"
    return re.compile(f"{letter}+(?:[{_JOINERS}]+{letter}+)*[{_JOINERS}]*")
