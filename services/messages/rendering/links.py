"""Links that are typed without brackets: where they begin and where they end.

linkify-it finds them, in a copy of the text in which what would mislead it is replaced, sign by
sign: so every place in the copy is the same place in the text.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from ipaddress import IPv6Address
from itertools import groupby

from linkify_it import LinkifyIt
from linkify_it.main import Match
from linkify_it.tlds import TLDS

# With neither `https://` nor `www.` in front only these make a link: `main.py`, `notes.md` and a
# forgotten space after a full stop.Like this would otherwise lead to Paraguay, Moldova and nowhere.
ENDINGS = ("com", "org", "net", "edu", "gov", "info", "dev", "app", "io", "ac.in", "co.in", "ac.uk")

_REAL = frozenset(ending.lower() for ending in TLDS)
# Each character fits one of the two alone: a choice at each of 64 letters would take years.
_ANY_ENDING = r"(?:(?!\d+\b)[^\W_]|(?![^\W_])[^\x00-\x7f\s]){2,63}"
_WORD = re.compile(r"\S*")
_HOST = re.compile(r"[^/?#:]*")
_AFTER_SCHEME = re.compile(r"(?:://|\bwww\.)[^\s/?#]+", re.IGNORECASE)
_INNER_UNDERSCORE = re.compile(r"(?<=[^\W_])_+(?=[^\W_])")
_BRACKETED = re.compile(r"(?<=://)\[([0-9a-f:.]{2,45})\](?![\w-]|\.\w)", re.IGNORECASE)
# A letter beyond ASCII in front of what may be a link, and one behind its host.
_BEFORE = re.compile(
    r"[^\x00-\x7f](?=https?://|www\.|[a-z0-9][a-z0-9._%+-]{0,63}@[^\W_])", re.IGNORECASE
)
_AFTER_HOST = re.compile(
    r"(?:://|\bwww\.|@)[a-z0-9.:_-]{0,253}(?:\.(?P<ending>[a-z]{2,63})(?::\d{1,5})?|:\d{1,5})"
    r"(?P<letter>[^\x00-\x7f])",
    re.IGNORECASE,
)
# Signs that stand within words: MidLetter of https://www.unicode.org/reports/tr29/ as far as it is
# beyond ASCII and not a colon, hyphens and the en dash, joiners, and what parts Tibetan syllables.
_WITHIN_WORDS = "\u00b7\u0387\u055f\u05f4\u2027\u05be\u2010-\u2013\u200c\u200d\u0f0b"
MAX_SCHEMES = 25
"""How many `://` a word with a link has at most: each is looked at with all that follows it."""
_BEHIND = "!?.,;:"
"""Punctuation that belongs to the sentence when a link ends in it."""


class Links(LinkifyIt):  # type: ignore[misc]
    """Finds bare links to the web and to mail, as `markdown_it` asks for them."""

    def __init__(self) -> None:
        super().__init__({}, {"fuzzy_ip": False})
        self.tlds([_ANY_ENDING])
        self.add("ftp:", None)
        self.add("//", None)

    def test(self, text: str) -> bool:
        """Return whether `match` is worth calling."""
        return "." in text or ":" in text  # `match` looks for each kind anyway

    def match(self, text: str) -> list[Match] | None:
        """Return the links in a text, in order."""
        return self._links(text, super().match(_masked(text)) or ())

    def match_at_start(self, text: str) -> Match | None:
        """Return the link with a scheme with which a text begins."""
        word = _WORD.match(text)
        if word and word[0].count("://") > MAX_SCHEMES:
            return None
        found = super().match_at_start(_masked(word[0] if word else ""))
        return next(iter(self._links(text, [found] if found else ()) or ()), None)

    def _links(self, text: str, found: Iterable[Match]) -> list[Match] | None:
        links = []
        for each in found:
            end = each.index + len(text[each.index : each.last_index].rstrip(_BEHIND))
            link = self._create_match(text, each.schema, each.index, end)
            if _is_link(link):
                links.append(link)
        return links or None


def _is_link(link: Match) -> bool:
    """Return whether a link without a scheme has an ending that makes it one."""
    is_mail = link.schema == "mailto:"
    if link.schema and (not is_mail or link.raw.lower().startswith("mailto:")):
        return True
    host = _HOST.match(link.raw.rpartition("@")[2] if is_mail else link.raw)
    name = host[0].lower() if host else ""
    ending = name.rpartition(".")[2]
    if is_mail or name.startswith("www."):
        return _is_real(ending) or (is_mail and ending.isdecimal())
    return name.endswith(tuple(f".{each}" for each in ENDINGS)) or ".xn--" in name


def _is_real(ending: str) -> bool:
    """Return whether there are names with this ending, which is in lower case."""
    try:
        return ending.encode("idna").decode() in _REAL
    except UnicodeError:
        return False


def _masked(text: str) -> str:
    """Return a text of the same length in which linkify-it finds links where there are some."""
    if not text.isascii():
        text = _ends().sub(" ", text)
        text = _BEFORE.sub(_without_letter, text)
        text = _AFTER_HOST.sub(_without_letter_after, text)
    if "[" in text:
        text = _BRACKETED.sub(_named_host, text)
    if "_" in text:
        text = _AFTER_SCHEME.sub(lambda host: _INNER_UNDERSCORE.sub(_letters, host[0]), text)
    return text


def _without_letter(found: re.Match[str]) -> str:
    return " " if _is_of_other_script(found[0]) else found[0]


def _without_letter_after(found: re.Match[str]) -> str:
    host, letter = found[0][:-1], found["letter"]
    ends = found["ending"] is None or found["ending"].lower() in _REAL
    return f"{host} " if ends and _is_of_other_script(letter) else found[0]


def _is_of_other_script(letter: str) -> bool:
    """Return whether it is of a script without capitals, which may touch Latin without a space."""
    return unicodedata.category(letter) in {"Lo", "Lm", "Mn", "Mc"}


def _named_host(found: re.Match[str]) -> str:
    try:
        IPv6Address(found[1])
    except ValueError:
        return found[0]
    return _letters(found)


def _letters(found: re.Match[str]) -> str:
    return "x" * len(found[0])


@cache
def _ends() -> re.Pattern[str]:
    """Match signs that end a link: all punctuation and symbols beyond ASCII, outside words."""

    def ends(code: int) -> bool:
        category = unicodedata.category(chr(code))
        return category[0] in "PSZ" or category == "Cf"

    codes = range(0x80, 0x20000)  # all beyond are letters
    ranges = []
    for is_end, run in groupby(codes, ends):
        if is_end:
            first = last = next(run)
            for last in run:  # noqa: B007
                pass
            ranges.append(f"{chr(first)}-{chr(last)}")
    joins = f"(?<=\\w)[{_WITHIN_WORDS}](?=\\w)"
    return re.compile(f"(?!{joins})[{''.join(ranges)}]")
