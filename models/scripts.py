"""How the full-text index reads scripts: which signs are words of their own, and which are alike.

SQLite's `unicode61` tokenizer splits at spaces and knows the accents of Latin letters. What it
does not know is in here, for migration 0025, which writes it into the view that the index is
filled from, and for `services.search.words`, which reads searches and results in the same way.
A change needs a migration that fills the index again.

The ranges are written as in a character class: both Python's `re` and SQLite's GLOB read them.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache


def _ranges(*ranges: tuple[int, int]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


SIGNS = _ranges(
    *[(0x0E01, 0x0E3A), (0x0E40, 0x0E4E)],  # Thai
    *[(0x0E81, 0x0EBD), (0x0EC0, 0x0ECE), (0x0EDC, 0x0EDF)],  # Lao
    *[(0x1000, 0x103F), (0x1050, 0x108F), (0x109A, 0x109D)],  # Burmese
    *[(0xA9E0, 0xA9EF), (0xA9FA, 0xA9FE), (0xAA60, 0xAA7F)],
    *[(0x1780, 0x17D3), (0x17D7, 0x17D7), (0x17DC, 0x17DD)],  # Khmer
    *[(0x1950, 0x1974), (0x1980, 0x19C9), (0x1A20, 0x1A7C), (0xAA80, 0xAADD)],  # Tai
    *[(0x3041, 0x3096), (0x3099, 0x309A), (0x309D, 0x309E)],  # hiragana
    *[(0x30A1, 0x30FA), (0x30FC, 0x30FE), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)],  # katakana
    *[(0x3105, 0x312F), (0x31A0, 0x31BF)],  # bopomofo
    *[(0x3131, 0x318E), (0xAC00, 0xD7A3)],  # Korean
    *[(0x2F00, 0x2FD5), (0x3005, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B)],  # Chinese
    *[(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)],
    (0xA000, 0xA48C),  # Yi
)
"""Signs of scripts that put no space between words; Korean ties particles to them."""
ATTACHED = _ranges(
    *[(0x0E30, 0x0E3A), (0x0E45, 0x0E45), (0x0E47, 0x0E4E)],
    *[(0x0EB0, 0x0EBC), (0x0EC8, 0x0ECE)],
    *[(0x102B, 0x103E), (0x1056, 0x1059), (0x105E, 0x1060), (0x1062, 0x1064), (0x1067, 0x106D)],
    *[(0x1071, 0x1074), (0x1082, 0x108D), (0x109A, 0x109D), (0xAA7B, 0xAA7D)],
    *[(0x17B4, 0x17D3), (0x17DD, 0x17DD)],
    *[(0x1A55, 0x1A7C), (0xAAB0, 0xAABF), (0x3099, 0x309A)],
)
"""Signs that are part of the one before them: vowels and tones."""
ATTACHING = _ranges(
    (0x0E40, 0x0E44),
    (0x0EC0, 0x0EC4),
    *[(0x1039, 0x1039), (0x17D2, 0x17D2), (0x1A60, 0x1A60)],
)
"""Signs that the next one is a part of: vowels before their consonant, and what stacks."""
GAPS = _ranges(
    *[(0x09, 0x0A), (0x20, 0x29), (0x2B, 0x2C), (0x2E, 0x2F), (0x3A, 0x40), (0x7B, 0x7D)],
    *[(0xA0, 0xA9), (0xAB, 0xAC), (0xAE, 0xB1), (0xB4, 0xB4), (0xB6, 0xB8), (0xBB, 0xBB)],
    *[(0xBF, 0xBF), (0x0E4F, 0x0E4F), (0x0E5A, 0x0E5B), (0x104A, 0x104F), (0x17D4, 0x17D6)],
    *[(0x17D8, 0x17DA), (0x2010, 0x2027), (0x2030, 0x205E), (0x2190, 0x23FF), (0x2500, 0x2775)],
    *[(0x2794, 0x2BFF), (0x3000, 0x3004), (0x3008, 0x3020), (0x3030, 0x3030), (0x303D, 0x303F)],
    *[(0x30A0, 0x30A0), (0x30FB, 0x30FB), (0xFF01, 0xFF0F), (0xFF1A, 0xFF20)],
    *[(0xFF3B, 0xFF40), (0xFF5B, 0xFF65), (0x1F000, 0x1FAFF)],
)
"""What keeps the signs on its two sides from standing side by side, and `[\\]^-`, which a
character class would take for something else.

Not `*`, `_`, `~` and the backtick: they format, as in 会**议**.
"""
GAP = chr(0x10FFFD)
"""The word between two signs that are not side by side."""
ALPHANUMERIC = "0-9A-Za-z"
"""After a sign and a space, these go on: 第 3 行 is 第3行."""

FOLDED = _ranges(
    *[(0xAA, 0xAA), (0xAD, 0xAD), (0xB2, 0xB3), (0xB9, 0xBA), (0xBC, 0xBE)],
    *[(0xC6, 0xC6), (0xD8, 0xD8), (0xDF, 0xDF), (0xE6, 0xE6), (0xF8, 0xF8), (0x0110, 0x0111)],
    *[(0x0126, 0x0127), (0x0131, 0x0133), (0x013F, 0x0142), (0x0149, 0x0149), (0x0152, 0x0153)],
    *[(0x017F, 0x017F), (0x01C4, 0x01CC), (0x01E0, 0x01E3), (0x01EE, 0x01EF)],
    *[(0x01F1, 0x01F3), (0x01FC, 0x01FF)],
    *[
        (0x02B0, 0x02B8),
        (0x02E0, 0x02E4),
        (0x0300, 0x036F),
        (0x0386, 0x0390),
        (0x03AA, 0x03B0),
        (0x03CA, 0x03CE),
    ],
    *[(0x0400, 0x0401), (0x040D, 0x040D), (0x0450, 0x0451), (0x045D, 0x045D), (0x0587, 0x0587)],
    *[(0x0591, 0x05C7), (0x0610, 0x061A), (0x0622, 0x0626), (0x0640, 0x0640), (0x064B, 0x065F)],
    *[(0x0670, 0x0671), (0x0675, 0x0678), (0x06A9, 0x06A9), (0x06C0, 0x06C2), (0x06CC, 0x06CC)],
    *[(0x06D3, 0x06D3), (0x06D6, 0x06ED), (0x0898, 0x089F), (0x08CA, 0x08FF)],
    *[(0x1D2C, 0x1D6A), (0x1D78, 0x1D78), (0x1D9B, 0x1DBF), (0x1E9A, 0x1E9E), (0x1F00, 0x1FFC)],
    *[(0x200C, 0x200D), (0x2060, 0x2060), (0x2070, 0x209C), (0x2102, 0x2149), (0x2150, 0x2189)],
    *[(0x2460, 0x24FF), (0x2F00, 0x2FD5), (0x3192, 0x319F), (0x3200, 0x33FF), (0x0E33, 0x0E33)],
    *[(0x0EB3, 0x0EB3), (0x0EDC, 0x0EDD)],
    *[(0xF900, 0xFAD9), (0xFB00, 0xFB06), (0xFB13, 0xFB17), (0xFB1D, 0xFDFC), (0xFE00, 0xFE0F)],
    *[(0xFE70, 0xFEFF), (0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A), (0xFF66, 0xFF9F)],
    *[(0xFFA0, 0xFFDC), (0x1D400, 0x1D7FF), (0x1EE00, 0x1EEF1), (0x1F100, 0x1F10A)],
    *[(0x1FBF0, 0x1FBF9), (0xE0100, 0xE01EF)],
)
"""Where the keys of `folds` are."""

LETTERS = {
    **{"Æ": "ae", "æ": "ae", "Ø": "o", "ø": "o", "ß": "ss", "ẞ": "ss", "Đ": "d", "đ": "d"},
    **{"Ħ": "h", "ħ": "h", "ı": "i", "Ł": "l", "ł": "l", "Œ": "oe", "œ": "oe"},
    **{"Ǡ": "a", "ǡ": "a", "Ǣ": "ae", "ǣ": "ae", "Ǯ": "ʒ", "ǯ": "ʒ", "Ǽ": "ae", "ǽ": "ae"},
    **{"Ǿ": "o", "ǿ": "o"},
    **{"Ѐ": "е", "Ё": "е", "Ѝ": "и", "ѐ": "е", "ё": "е", "ѝ": "и"},
    **{"ٱ": "ا", "ک": "ك", "ی": "ي"},
}
"""Letters that people without a keyboard for them write in another way, and letters that look alike
on Arabic and Persian keyboards. `services.core.collation` knows more of them, for names."""
_DROPPED = "\u00ad\u0640\u200c\u200d\u2060\ufeff"
_KEPT = {0x05BE, 0x05C0, 0x05C3, 0x05C6, 0x06D4, 0x06DD, 0x06DE, 0x06E5, 0x06E6, 0x06E9}
"""Punctuation and letters among the marks of Hebrew and Arabic."""
FAR_EAST = "⺀"
"""From here on, no sign is part of one before it that attaches: these are Chinese and Japanese."""


def is_sign(character: str) -> bool:
    """Return whether it is one of `SIGNS`."""
    return _sign().match(character) is not None


@cache
def _sign() -> re.Pattern[str]:
    return re.compile(f"[{SIGNS}]")


@cache
def folds() -> dict[str, str]:
    """Return what is in the index for a character, or for a half-width sign with its mark."""
    found = {each: fold for each in _characters(FOLDED) if (fold := _fold(each)) != each}
    for sign in map(chr, range(0xFF66, 0xFF9E)):
        for mark in "\uff9e\uff9f":
            voiced = unicodedata.normalize("NFKC", sign + mark)
            if len(voiced) == 1:
                found[sign + mark] = voiced
    return found | {"\uff9e": "", "\uff9f": ""}


def _characters(ranges: str) -> Iterator[str]:
    for first, _dash, last in zip(*[iter(ranges)] * 3, strict=True):
        yield from map(chr, range(ord(first), ord(last) + 1))


def _fold(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cn" or ord(character) in _KEPT:
        return character
    if character in LETTERS:
        return LETTERS[character]
    if character in _DROPPED or _is_dropped_mark(character):
        return ""
    if category[0] not in "LN" and not 0x2F00 <= ord(character) < 0x3400:
        return character  # ™ would be glued to the word before it
    composed = unicodedata.normalize("NFKC", character)
    bare = "".join(LETTERS.get(each, each) for each in map(_bare, composed))
    if is_sign(character):
        return bare
    return "".join(f" {each} " if is_sign(each) else each for each in bare)  # ㍿


def _bare(character: str) -> str:
    """Return a Greek, Arabic or Hebrew letter without its marks; others as they are."""
    if not 0x370 <= ord(character) < 0x700 and not 0x1F00 <= ord(character) < 0x2000:
        return character
    if 0x400 <= ord(character) < 0x530:
        return character
    parts = unicodedata.normalize("NFD", character)
    return "".join(each for each in parts if not unicodedata.combining(each))


def _is_dropped_mark(character: str) -> bool:
    """Return whether it is a point or sign of Hebrew or Arabic, or selects a variant."""
    return unicodedata.category(character) == "Mn"
