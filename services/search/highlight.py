"""Highlight the search terms in a message, and cut an excerpt around them.

Words are split and folded as in the index: see `services.search.words`.
"""

from collections.abc import Callable, Iterator, Sequence

from services.search.query import Word
from services.search.words import Token, split
from services.search.words import words as words_of

EXCERPT_LENGTH = 240
"""The length of an excerpt, in characters."""
LEADING_CONTEXT = 80
"""How many of these characters come before the first match."""
MAX_COMPARED = 2000
"""How often a text is compared with a word or phrase: where it is longer, its end is not marked."""
Marked = tuple[tuple[str, bool], ...]
"""A text as (segment, is_marked) pairs."""


def find(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the (start, end) spans in which `text` matches `words`, in order, not overlapping.

    Those behind what an excerpt shows are not looked for.
    """
    first_tokens = tuple(each.tokens[0] for each in words)
    spans: list[tuple[int, int]] = []
    tokens, at, compared = split(text), 0, 0
    while at < len(tokens) and compared < MAX_COMPARED:
        if spans and tokens[at].start > spans[0][0] + EXCERPT_LENGTH:
            break
        length = 0
        if tokens[at].word.startswith(first_tokens):
            length = max(_match_length(tokens, at, each) for each in words)
            compared += len(words)
        if length:
            spans.append((tokens[at].start, tokens[at + length - 1].end))
        at += length or 1
    return spans


def counter(words: Sequence[Word]) -> Callable[[str], int]:
    """Return a function that counts the occurrences of `words`, fast enough for 200 texts.

    A phrase counts as often as the rarest of its words.
    """

    def count(text: str) -> int:
        words_of_text = words_of(text)
        return sum(
            min(
                [
                    *map(words_of_text.count, each.tokens[:-1]),
                    _count_last(words_of_text, each.tokens[-1], each.is_prefix),
                ]
            )
            for each in words
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


def _match_length(tokens: list[Token], at: int, wanted: Word) -> int:
    """Return how many tokens from `at` on match `wanted`; 0 for no match."""
    length = len(wanted.tokens)
    actual = [token.word for token in tokens[at : at + length]]
    if len(actual) < length or actual[:-1] != wanted.tokens[:-1]:
        return 0
    last, end = actual[-1], wanted.tokens[-1]
    return length if last == end or (wanted.is_prefix and last.startswith(end)) else 0
