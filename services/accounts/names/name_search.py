"""Conditions by which people and rooms are found by name, over what `collation.fold` stored."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, literal, or_

from services.core.collation import fold

MAX_WORDS = 5
"""How many words of what is typed are looked for."""


def indexed(*names: str) -> str:
    """Return what is stored to find something by any of these names: each word after a space."""
    return "".join(f" {name}" for name in dict.fromkeys(map(fold, filter(None, names))))


def words_of(text: str) -> list[str]:
    """Return the words to look for, folded, at most `MAX_WORDS`."""
    return fold(text).split()[:MAX_WORDS]


def contains(columns: Sequence[Any], words: Sequence[str]) -> Any:
    """Return the condition that each of `words`, which are folded, is in one of the columns."""
    return and_(
        True,
        *(or_(*(column.contains(word, autoescape=True) for column in columns)) for word in words),
    )


def word_starts(column: Any, text: str) -> Any:
    """Return the condition that a word of the column starts with `text`, which is folded."""
    return column.contains(f" {text}", autoescape=True) if text else literal(True)
