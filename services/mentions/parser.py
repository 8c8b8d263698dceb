"""Where a text may name somebody: `@name`, outside code, and not in an e-mail address.

Both who finds whom a message names and who draws it look here, so that they agree.
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass

from services.accounts.name_rules import username_key

HERE, ROOM = "here", "room"
EVERYBODY = (ROOM, HERE)
"""What calls all that are in the room, or those of them who are active just now."""

_MAX_NAME_LENGTH = 64
"""Code points a name may have before NFKC, which shortens it."""
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)\1(?!`)", re.DOTALL)
_FENCE = re.compile(r"[ >]{0,12}(`{3,}(?!.*`)|~{3,})")
# Scripts that leave no spaces between words, and Hangul, where particles are tied to a name.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]")
_ESCAPES = frozenset(".-+\\@/=&%#$")
"""What stands before the `@` of an address, or keeps it from meaning anything."""


@dataclass(frozen=True)
class Spot:
    """A place where a text may name somebody."""

    start: int
    """Where its `@` stands."""
    names: tuple[tuple[int, str], ...]
    """What the name may be, the longest first: where it ends, and its key."""

    def choose(self, known: Container[str]) -> tuple[int, str] | None:
        """Return the longest of the names that is `known`."""
        return next((each for each in self.names if each[1] in known), None)


def spots(text: str) -> Iterator[Spot]:
    """Yield the places where `text`, which has no code in it, may name somebody."""
    at = text.find("@")
    while at >= 0:
        end = _end(text, at + 1)
        if end > at + 1 and _stands_free(text, at):
            yield Spot(at, tuple(_names(text, at + 1, end)))
        at = text.find("@", max(end, at + 1))


def without_code(text: str) -> str:
    """Return `text` without what Markdown shows as code."""
    if "`" not in text and "~~~" not in text:
        return text
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            if re.fullmatch(rf"[ >]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*", line):
                fence = ""
        elif opened := _FENCE.match(line):
            fence = opened[1]
            kept.append("")
        else:
            kept.append(line)
    return _CODE_SPAN.sub(" ", "\n".join(kept))


def _end(text: str, start: int) -> int:
    """Return where the name that begins at `start` ends at the latest."""
    end = start
    while end < min(len(text), start + _MAX_NAME_LENGTH) and _fits(text[end], first=end == start):
        end += 1
    return end


def _fits(character: str, *, first: bool) -> bool:
    if character.isascii():
        return character.isalnum() or (not first and character in "_.-")
    kind = unicodedata.category(character)
    return kind[0] == "L" or kind == "Nd" or (not first and kind in {"Mn", "Mc", "Cf"})


def _names(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield what stands between, shorter and shorter: a sentence may go on after a name."""
    for stop in range(end, start, -1):
        may_end = stop == end or text[stop] in "_.-" or _UNSPACED.match(text[stop])
        if may_end and (key := username_key(text[start:stop])):
            yield stop, key


def _stands_free(text: str, at: int) -> bool:
    """Say whether the `@` begins a word, be it in emphasis or after another name and a slash."""
    ahead = text[max(0, at - _MAX_NAME_LENGTH - 1) : at]
    before = (ahead.rstrip("_*~") if ahead[-1:] in {"_", "*", "~"} else ahead)[-1:]
    if not before or before.isspace():
        return True
    if before == "/":
        word = re.split(r"\s", ahead)[-1]
        return word.lstrip("([{\"'*_~").startswith("@")
    if before in _ESCAPES:
        return False
    return not _fits(before, first=False) or _UNSPACED.match(before) is not None
