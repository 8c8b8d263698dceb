"""The words of a text as the full-text index has them, and where they are in it.

The index is filled by SQL alone (migration 0025), so that any program may change a message. This
is the same in Python, for what is searched for and for what is marked in a result. Should the
two ever differ, a result appears without marks.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from models import scripts
from models.scripts import (
    ALPHANUMERIC,
    ATTACHED,
    ATTACHING,
    FAR_EAST,
    FOLDED,
    GAP,
    GAPS,
    SIGNS,
    folds,
)

MARKS = frozenset({"Mn", "Mc", "Co"})
"""Unicode categories that belong to a word without being a letter or a digit."""
_LATIN = re.compile("[\u00c0-\u024f\u1e00-\u1eff]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")


class Token(NamedTuple):
    """A word, folded, and where it is in the text."""

    word: str
    start: int
    end: int


def split(text: str) -> list[Token]:
    """Return the words of `text`, in order; `GAP` stands between signs that are apart."""
    if text.isascii():
        return [Token(match[0], *match.span()) for match in _ASCII.finditer(text.lower())]
    pieces, starts = _pieces(text)
    return [
        # One character may be several words, as ㍿ is, and what follows may stand for nothing.
        Token(_bare(match[0]), starts[first], max(starts[end], starts[end - 1] + 1))
        for run in _run().finditer("".join(pieces).replace("_", " "))
        for match in _sign_or_word().finditer(run.string, *run.span())
        for first, end in [match.span()]
    ]


def words(text: str) -> list[str]:
    """Return the words of `text`, faster than `split`."""
    if text.isascii():
        return _ASCII.findall(text.lower())
    pieces, _starts = _pieces(text)
    runs = " ".join(_run().findall("".join(pieces).replace("_", " ")))
    return [_bare(each) for each in _sign_or_word().findall(runs)]


def is_sign(word: str) -> bool:
    """Return whether a word is of a script without spaces, so that it cannot be a beginning."""
    return scripts.is_sign(word[0])


_ASCII = re.compile("[0-9a-z]+")
_PLAIN = "㐀-鿿가-힣ぁ-ゖァ-ヺ"
"""Most signs of Chinese, Japanese and Korean: they stand for themselves, and nothing is attached
but the marks of a voice."""


@cache
def _sign_or_word() -> re.Pattern[str]:
    return re.compile(f"[{_PLAIN}]?[^ {_PLAIN}]+|[{_PLAIN}]")


def _pieces(text: str) -> tuple[list[str], Sequence[int]]:
    """Return what stands for each character, and for each character of that, where it is from."""
    pieces: list[str] = []
    starts: list[int] = []
    at = 0
    for match in _special().finditer(text):
        pieces.append(text[at : match.start()])
        starts.extend(range(at, match.start()))
        before = text[match.start() - 1 : match.start()]
        piece = _piece(before, match[0], text[match.end() : match.end() + 1])
        pieces.append(piece)
        # A space before a sign is not part of it.
        starts.extend([match.start()] * len(piece))
        at = match.end()
    pieces.append(text[at:])
    starts.extend(range(at, len(text) + 1))
    return pieces, starts


@lru_cache(maxsize=20_000)
def _piece(before: str, character: str, after: str) -> str:
    """Return what is in the index for a character between two others."""
    follows_sign = bool(before) and scripts.is_sign(before)
    fold = folds().get(character, character)
    if scripts.is_sign(character):
        is_part = _in(ATTACHED, character) or (
            before and _in(ATTACHING, before) and character < FAR_EAST
        )
        return ("" if is_part else " ") + folds().get(character + after, fold)
    if not follows_sign:
        return fold
    if _gap().match(character):
        return " " if after and _in(ALPHANUMERIC, after) else f" {GAP} "
    return " " + fold


@cache
def _class(ranges: str) -> re.Pattern[str]:
    return re.compile(f"[{ranges}]")


def _in(ranges: str, character: str) -> bool:
    return _class(ranges).match(character) is not None


@cache
def _gap() -> re.Pattern[str]:
    return re.compile(rf"[{GAPS}\[\]\\^-]")


@cache
def _special() -> re.Pattern[str]:
    """Match a character that may not stand for itself: a sign, what follows one, or a fold."""
    return re.compile(f"(?![{_PLAIN}])(?:[{SIGNS}{FOLDED}]|(?<=[{SIGNS}]).)", re.DOTALL)


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    """Return `word` in lower case, its Latin letters without accents, as `unicode61` does."""
    if word.isascii():
        return word.lower()
    return _ACCENTS.sub("", _LATIN.sub(_decomposed, word)).casefold()


def _decomposed(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFD", match[0])


@cache
def _run() -> re.Pattern[str]:
    """Match letters and digits of any script with their marks: a word, or many signs.

    `_` is replaced earlier. The marks beyond U+FFFF are a class of their own, which is only tried
    there: one with any of these is slow.
    """
    marks = [
        chr(code) for code in range(0x300, 0x20000) if unicodedata.category(chr(code)) in MARKS
    ]
    near = "".join(each for each in marks if each <= "\uffff")
    far = "".join(each for each in marks if each > "\uffff") + f"\U000f0000-{GAP}"  # private use
    return re.compile(rf"(?:[\w{near}]+|(?=[\U00010000-{GAP}])[{far}])+")
