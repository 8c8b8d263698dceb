"""Emoji: which signs are one, and what they are called."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from services.core.errors import ServiceError
from services.core.i18n import _
from services.messages.emoji_groups import FLAGS, GROUPS, SYMBOLS, placed

WORDS = Path(__file__).parent / "emoji_words"
"""For each language a file with what else one may look for, a line an emoji."""
NEWEST = 15.1
"""The picker offers no emoji of a later version: phones of some years draw boxes for them."""
LARGE = 6
"""A message of only so many emoji is drawn large."""
_MAX_CODE_LENGTH = 40
"""No emoji has more code points; the longest family has 10."""

_AS_EMOJI = "\ufe0f"
_TONES = "🏻🏼🏽🏾🏿"

# Whatever stands before `code` is left as it is: fenced code, code within a line, addresses.
_TYPED = re.compile(
    r"^[ >]{0,8}~~~.*?(?:^[ >]{0,8}~~~[ \t]*$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|^[ >]{0,8}```.*\Z"
    r"|\b[a-z]+://\S+"
    r"|(?<![\w:/])(?P<codes>(?::[a-z0-9_+-]{1,80}:)+)(?![\w:/])",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Listed:
    """An emoji as the picker offers it."""

    sign: str
    codes: tuple[str, ...]
    """Its short codes without their colons, the one to show first."""
    words: str
    """What else one may look for, in English and the reader's language."""
    has_tones: bool
    """Whether it comes in five colours of skin."""


def check(value: object) -> str:
    """Return the one emoji that `value` is, as Unicode recommends to write it.

    Raises `ServiceError` for anything else: text, nothing, several, a colour of skin alone.
    """
    if isinstance(value, str) and len(value) <= _MAX_CODE_LENGTH:
        sign = _library().EMOJI_DATA.get(value)
        if sign and sign["status"] != _library().STATUS["component"]:
            return _complete().get(_bare(value), value)
    raise ServiceError(_("A reaction is one emoji. Choose one from the list."))


def replace_codes(text: str) -> str:
    """Put emoji in the place of their `:codes:`, but not within code and addresses."""
    return _TYPED.sub(_replace, text) if text.count(":") > 1 else text


def count_alone(text: str) -> int:
    """Return how many emoji a text is made of; 0 when there is anything else in it."""
    if not text or text.isascii() or text[0].isalpha() or len(text) > LARGE * _MAX_CODE_LENGTH:
        return 0  # as nearly every message is: looking through it all would take longer
    found = 0
    for part in _library().analyze(text, non_emoji=True):
        if not isinstance(part.value, str):
            found += 1
        elif not part.chars.isspace():
            return 0
    return found


@cache
def catalog(language: str) -> dict[str, list[Listed]]:
    """Return the emoji of the picker by the English names of their groups, in order."""
    more = defaultdict[str, list[str]](list)
    for spoken in dict.fromkeys(["en", language]):
        for sign, words in _words(spoken).items():
            more[sign].append(words)
    places = placed()
    by_place = defaultdict[tuple[str, int], list[Listed]](list)
    for sign, known in _library().EMOJI_DATA.items():
        if _is_complete(known) and known["E"] <= NEWEST and not set(_TONES) & set(sign):
            place = places.get(sign[0], (SYMBOLS, len(places) + ord(sign[0])))
            codes = _codes_of(sign)
            own = tuple(code for code in codes if _by_code()[code] == sign) or codes
            words = " ".join(more[sign])
            by_place[place].append(Listed(sign, own, words, _has_tones(sign)))
    groups: dict[str, list[Listed]] = {group: [] for group in GROUPS}
    for group, number in sorted(by_place, key=lambda place: place[1]):
        here = by_place[group, number]
        # Flags by the names of their countries; else what one sign alone is, then what is made
        # of several: the runner, then the woman and the man who run.
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
    """Return the emoji of each code. Where two claim one, a short name counts before a full
    name, and that before a name which is only alike without its capitals (🦃 before 🇹🇷).
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
    """Return what to write for an emoji that came without its signs of being one."""
    return {
        _bare(sign): sign for sign, known in _library().EMOJI_DATA.items() if _is_complete(known)
    }


def _is_complete(known: Mapping[str, Any]) -> bool:
    found: bool = known["status"] == _library().STATUS["fully_qualified"]
    return found


@cache
def _library() -> ModuleType:
    """Return the package `emoji`, loaded when it is needed: no start is to wait for its table."""
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
