"""The writing direction of each block of a message, as its own words have it.

Names, links, code and formulas do not count, unless there is nothing else: `@asha` in front of a
Hebrew sentence leaves it Hebrew.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it takes long to import, and what is drawn is rendered already
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

BLOCKS = frozenset("blockquote h3 h4 h5 h6 li ol p table td th ul".split())  # noqa: SIM905
"""The elements that have a direction."""

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_GIVEN = re.compile(r' dir="(ltr|rtl)"')
_APART = re.compile(r'<a .*?</a>|<code.*?</code>|<math.*?</math>|<span class="mention".*?</span>')
_LINE = re.compile(r"(?=<(?:br|p|li|h\d|t[dh])\b)|\n")
_TAG = re.compile(r"<[^>]*>")


def read_directions(parser: "MarkdownIt") -> None:
    """Have `parser` mark blocks with their direction, in texts that are not all left to right."""
    parser.core.ruler.push("directions", _directions)


def of_text(text: str) -> str | None:
    """Return `ltr` or `rtl` by the first letter that has one; None without any.

    https://html.spec.whatwg.org/multipage/dom.html#text-node-directionality
    """
    kinds = map(unicodedata.bidirectional, text)
    found = next((kind for kind in kinds if kind in {"L", "R", "AL"}), None)
    return found and ("ltr" if found == "L" else "rtl")


def of_html(html: str) -> str | None:
    """Return the direction of a message as a whole, that of its first block that has one."""
    if not _RIGHT_TO_LEFT.search(html):
        return None
    given = _GIVEN.search(html)
    return given[1] if given else of_text(_words(html))


def ends_right_to_left(html: str) -> bool:
    """Return whether the last line of a message ends at the left.

    The stylesheet would have to ask for `:dir(rtl)`, which makes opening a room a third slower.
    """
    if not _RIGHT_TO_LEFT.search(html):
        return False
    lines = reversed(_LINE.split(html))
    found = (of_text(_words(_APART.sub("", line))) or of_text(_words(line)) for line in lines)
    return next(filter(None, found), "ltr") == "rtl"


def _words(html: str) -> str:
    return unescape(_TAG.sub("", html))


def _directions(state: "StateCore") -> None:
    if not _RIGHT_TO_LEFT.search(state.src):
        return
    inside: list[Token] = []
    weakly: dict[int, str] = {}
    for token in state.tokens:
        if token.nesting == 1:
            inside.append(token)
        elif token.nesting == -1:
            block = inside.pop()
            if "dir" not in block.attrs and id(block) in weakly:
                _set(block, weakly[id(block)])
        elif token.type == "inline":
            own = _first(_words_of(token.children or (), apart=False))
            other = own or _first(_words_of(token.children or (), apart=True))
            for block in inside:
                if own and "dir" not in block.attrs:
                    _set(block, own)
                if other:
                    weakly.setdefault(id(block), other)


def _set(block: "Token", direction: str) -> None:
    if block.tag in BLOCKS:
        block.attrSet("dir", direction)


def _first(texts: Iterable[str]) -> str | None:
    return next(filter(None, map(of_text, texts)), None)


def _words_of(tokens: "Iterable[Token]", *, apart: bool) -> Iterator[str]:
    """Yield the words, or with `apart` those of links and names instead."""
    links = 0
    for token in tokens:
        links += token.type == "link_open"
        links -= token.type == "link_close"
        is_apart = links > 0 or token.type == "mention"
        if token.type in {"text", "mention"} and is_apart == apart:
            yield token.content
