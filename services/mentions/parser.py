"""Find possible mentions in a text: `@name` or `＠name`, outside code and e-mail addresses.

Resolving mentions and drawing them both use this parser, so they agree.
"""

import re
import unicodedata
from collections.abc import Container, Iterator

from msgspec import Struct

from services.accounts.name_rules import username_key

HERE, ROOM = "here", "room"
GROUPS = (ROOM, HERE)
"""Names that mention all members of the room, or those who are active now."""

AT = re.compile("[@＠]")
"""What begins a mention: Japanese keyboards write the full-width sign."""

_MAX_NAME_LENGTH = 64
"""In code points, before NFKC, which can shorten a name."""
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)\1(?!`)", re.DOTALL)
_FENCE = re.compile(r"[ >]{0,12}(`{3,}(?!.*`)|~{3,})")
# Scripts without spaces between words, and Hangul, where particles are attached to a name.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]")
_ESCAPES = frozenset(".-+\\@＠/=&%#$")
"""Characters before an `@` that make it part of an address, or escape it."""


class Candidate(Struct, frozen=True):
    """A possible mention in a text."""

    start: int
    """The index of its `@`."""
    names: tuple[tuple[int, str], ...]
    """The possible names, longest first, as (end index, username key)."""

    def longest_in(self, known: Container[str]) -> tuple[int, str] | None:
        """Return the longest of the names whose key is in `known`, as (end index, key)."""
        return next((each for each in self.names if each[1] in known), None)


def candidates(text: str) -> Iterator[Candidate]:
    """Yield the possible mentions in `text`, which must be without code."""
    found = AT.search(text)
    while found:
        at = found.start()
        end = _end(text, at + 1)
        if end > at + 1 and _starts_mention(text, at):
            yield Candidate(at, tuple(_names(text, at + 1, end)))
        found = AT.search(text, max(end, at + 1))


def without_code(text: str) -> str:
    """Return `text` without Markdown code spans and fenced code blocks."""
    if "`" not in text and "~~~" not in text:
        return text
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            if re.fullmatch(rf"[ >]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*", line):
                fence = ""
        elif opened := _FENCE.match(line):
            fence = opened[1]
            lines.append("")
        else:
            lines.append(line)
    return _CODE_SPAN.sub(" ", "\n".join(lines))


def _end(text: str, start: int) -> int:
    """Return the end of the longest name that begins at `start`."""
    end = start
    while end < min(len(text), start + _MAX_NAME_LENGTH) and _fits_name(
        text[end], first=end == start
    ):
        end += 1
    return end


def _fits_name(character: str, *, first: bool) -> bool:
    if character.isascii():
        return character.isalnum() or (not first and character in "_.-")
    kind = unicodedata.category(character)
    return kind[0] == "L" or kind == "Nd" or (not first and kind in {"Mn", "Mc", "Cf"})


def _names(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the names in `text[start:end]`, longest first: punctuation may follow a name."""
    for stop in range(end, start, -1):
        may_end = stop == end or text[stop] in "_.-" or _UNSPACED.match(text[stop])
        if may_end and (key := username_key(text[start:stop])):
            yield stop, key


def _starts_mention(text: str, at: int) -> bool:
    """Return whether the `@` begins a word, also within emphasis or after `@name/`."""
    prefix = text[max(0, at - _MAX_NAME_LENGTH - 1) : at]
    before = (prefix.rstrip("_*~") if prefix[-1:] in {"_", "*", "~"} else prefix)[-1:]
    if not before or before.isspace():
        return True
    if before == "/":
        word = re.split(r"\s", prefix)[-1]
        return word.lstrip("([{\"'*_~").startswith(("@", "＠"))
    if before in _ESCAPES:
        return False
    return not _fits_name(before, first=False) or _UNSPACED.match(before) is not None
