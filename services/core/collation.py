"""Names as people read them: one form to find them by, and one to sort them by.

Both are stored beside the name (`User.search_name`, `User.sort_key`, and the same of rooms), so
that the database compares plain text and bytes: what SQLite and PostgreSQL know of letters by
themselves differs, and SQLite's `lower`, `LIKE` and `ORDER BY` know only those of English.
"""

import re
import struct
import unicodedata
from functools import cache
from typing import Any

from models.scripts import LETTERS
from services.core.text import is_visible

# Signs that phones set by themselves, by those that keyboards have.
_SIGNS = str.maketrans({**dict.fromkeys("’‘ʼʻ´`", "'"), **dict.fromkeys("‐‑‒–—−", "-")})
# Letters that Unicode does not decompose, by what people type instead: those that searches in
# messages know, and more for names, of Latin scripts and of keyboards of Arabic; and Katakana by
# Hiragana.
_TYPED = str.maketrans(
    {
        **LETTERS,
        **dict(zip("ðŧɓɗƙƴ", "dtbdky", strict=True)),
        **{"þ": "th"},
        **{"\u0649": "\u064a"},  # alef maksura: yeh
        **dict.fromkeys("\u0629\u06c1\u06be\u06d5", "\u0647"),  # teh marbuta, other hehs: heh
        **{chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)},
    }
)
_TATWEEL = "\u0640"
# Canonical combining classes: nukta, Hebrew points, Arabic and Syriac vowels, what is written
# through, below or above a letter. Others make another letter, as in Thai, or voice a Kana.
_ACCENTS = frozenset({1, 7, *range(10, 37), *range(200, 241)})
_SHORT_I = "и\u0306"
# Where a word begins within a word: Jean-Luc, O'Brien, first.last, (guest).
_WORD_START = re.compile(r"(?<=['\-_./(])(?=[^\s'\-_./()])")
_DIGITS = re.compile(r"\d+")
_MAX_DIGITS = 9  # digits


def fold(name: str) -> str:
    """Return the form of a name to find it by: equal however it is typed.

    Case, accents, vowel signs of Arabic and Hebrew, width, forms of digits and invisible
    characters make no difference, as at the primary strength of the Unicode Collation Algorithm,
    and neither do the letters that other keyboards have in their place ("Łukasz" is "lukasz").
    What is another letter stays one: `й` is not `и`, `が` not `か`, and the vowels of Hindi remain.

    Within a word, a space follows each hyphen, apostrophe or dot, so that words begin after a
    space. The result is only for comparing with other results.
    """
    plain = unicodedata.normalize("NFKD", name.translate(_SIGNS))
    plain = unicodedata.normalize("NFKD", plain.casefold()).replace(_SHORT_I, "й")
    kept = "".join(_bare(character) for character in plain).translate(_TYPED)
    return " ".join(_WORD_START.sub(" ", kept).split()) or name.casefold()


def sort_key(name: str) -> bytes:
    """Return a key by which names are in the order of the Unicode Collation Algorithm.

    That is what readers of most languages expect: letters with accents beside those without,
    then small before capital ones; each script in the order of its alphabet. Numbers are in the
    order of their values.
    """
    padded = _DIGITS.sub(lambda digits: digits[0].zfill(_MAX_DIGITS), name)
    weights = _collator().sort_key(padded)
    return struct.pack(f">{len(weights)}H", *weights)


def _bare(character: str) -> str:
    """Return a character without what is left out of a folded name."""
    if character.isascii():
        return character
    if unicodedata.combining(character) in _ACCENTS or character == _TATWEEL:
        return ""
    if not is_visible(character) and not character.isspace():
        return ""
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


@cache
def _collator() -> Any:
    # Imported on first use, when the first name is stored: it reads Unicode's table (2 MB).
    from pyuca import Collator

    return Collator()
