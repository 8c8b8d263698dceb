"""Emoji: validation, short codes, and the catalog of the picker."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec import Struct

from services.core.errors import ServiceError
from services.core.i18n import _
from services.messages.emoji.groups import FLAGS, GROUPS, SYMBOLS, positions

WORDS = Path(__file__).parent / "words"
"""A file of search words for each language, one emoji a line."""
NEWEST = 15.1
"""The latest Emoji version in the picker: older phones draw boxes for later ones."""
LARGE = 6
"""Messages of up to this many emoji and nothing else are drawn large."""
_MAX_CODE_LENGTH = 40
"""No emoji has more code points; the longest has 10."""

_AS_EMOJI = "\ufe0f"
_TONES = "🏻🏼🏽🏾🏿"

# The alternatives before `codes` are left unchanged: fenced code, inline code, URLs. They are found
# here, and not by the parser of Markdown, because codes are replaced in the text itself, which is
# stored and edited: tokens do not say where in it they were.
_TYPED = re.compile(
    r"^[ >]{0,8}~~~.*?(?:^[ >]{0,8}~~~[ \t]*$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|^[ >]{0,8}```.*\Z"
    r"|\b[a-z]+://\S+"
    r"|(?<![\w:/])(?P<codes>(?::[a-z0-9_+-]{1,80}:)+)(?![\w:/])",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


class CatalogEntry(Struct, frozen=True):
    """An emoji in the picker."""

    sign: str
    codes: tuple[str, ...]
    """Its short codes without colons; the first one is shown."""
    words: str
    """More words to search for, in English and the viewer's language."""
    has_tones: bool
    """Whether it comes in five skin tones."""


def check(value: object) -> str:
    """Return a single emoji in its fully qualified form.

    Raises `ServiceError` for anything else: text, nothing, several emoji, a skin tone alone.
    """
    if isinstance(value, str) and len(value) <= _MAX_CODE_LENGTH:
        sign = _library().EMOJI_DATA.get(value)
        if sign and sign["status"] != _library().STATUS["component"]:
            return _complete().get(_bare(value), value)
    raise ServiceError(_("A reaction is one emoji. Choose one from the list."))


def replace_codes(text: str) -> str:
    """Replace `:codes:` by their emoji, but not within code and URLs."""
    return _TYPED.sub(_replace, text) if text.count(":") > 1 else text


def count_alone(text: str) -> int:
    """Return the number of emoji in a text; 0 if it contains anything else but white space."""
    if not text or text.isascii() or text[0].isalpha() or len(text) > LARGE * _MAX_CODE_LENGTH:
        return 0  # true of nearly every message, and faster than parsing it
    found = 0
    for part in _library().analyze(text, non_emoji=True):
        if not isinstance(part.value, str):
            found += 1
        elif not part.chars.isspace():
            return 0
    return found


@cache
def catalog(language: str) -> dict[str, list[CatalogEntry]]:
    """Return the emoji of the picker by the English name of their group, in order."""
    more = defaultdict[str, list[str]](list)
    for spoken in dict.fromkeys(["en", language]):
        for sign, words in _words(spoken).items():
            more[sign].append(words)
    places = positions()
    by_place = defaultdict[tuple[str, int], list[CatalogEntry]](list)
    for sign, known in _library().EMOJI_DATA.items():
        if _is_complete(known) and known["E"] <= NEWEST and not set(_TONES) & set(sign):
            place = places.get(sign[0], (SYMBOLS, len(places) + ord(sign[0])))
            codes = _codes_of(sign)
            own = tuple(code for code in codes if _by_code()[code] == sign) or codes
            words = " ".join(more[sign])
            by_place[place].append(CatalogEntry(sign, own, words, _has_tones(sign)))
    groups: dict[str, list[CatalogEntry]] = {group: [] for group in GROUPS}
    for group, number in sorted(by_place, key=lambda place: place[1]):
        here = by_place[group, number]
        # Flags by country name; others by length, so that a base emoji (the runner) comes before
        # its sequences (the woman and the man running).
        here.sort(key=lambda each: (len(each.sign) if group != FLAGS else 0, each.codes))
        groups[group] += here
    return groups


def _replace(match: re.Match[str]) -> str:
    codes = match["codes"]
    if not codes:
        return match[0]
    return re.sub(r":([^:]+):", lambda code: _by_code().get(code[1].lower(), code[0]), codes)


@cache
def _by_code() -> dict[str, str]:
    """Return the emoji of each code.

    If several have the same code, an alias takes precedence over a full name, and that over a
    name that only matches in lower case (🦃 over 🇹🇷).
    """
    claims = sorted(
        (
            0 if f":{code}:" in known.get("alias", ()) else 1 if f":{code}:" == known["en"] else 2,
            sign,
            code,
        )
        for sign, known in _library().EMOJI_DATA.items()
        if _is_complete(known)
        for code in _codes_of(sign)
    )
    found: dict[str, str] = {}
    for _rank, sign, code in claims:
        found.setdefault(code, sign)
    return found


@cache
def _complete() -> dict[str, str]:
    """Return the fully qualified form of each emoji by its form without variation selectors."""
    return {
        _bare(sign): sign for sign, known in _library().EMOJI_DATA.items() if _is_complete(known)
    }


def _is_complete(known: Mapping[str, Any]) -> bool:
    found: bool = known["status"] == _library().STATUS["fully_qualified"]
    return found


@cache
def _library() -> ModuleType:
    """Return the package `emoji`, imported on first use: its table would slow down each start."""
    import emoji

    return emoji


def _codes_of(sign: str) -> tuple[str, ...]:
    known = _library().EMOJI_DATA[sign]
    codes = [code.strip(":").lower() for code in (*known.get("alias", ()), known["en"])]
    return tuple(dict.fromkeys(re.sub(r"[^a-z0-9_+-]", "", code) for code in codes))


def _has_tones(sign: str) -> bool:
    toned = sign[0] + _TONES[2] + sign[1:].removeprefix(_AS_EMOJI)
    return toned in _library().EMOJI_DATA


def _bare(sign: str) -> str:
    return sign.replace(_AS_EMOJI, "")


def _words(language: str) -> dict[str, str]:
    file = WORDS / f"{language}.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return {sign: words for sign, _space, words in (line.partition(" ") for line in lines)}
