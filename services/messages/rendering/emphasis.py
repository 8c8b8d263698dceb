"""Emphasis beside Chinese, Japanese and Korean, which are written without spaces.

CommonMark lets `**` close behind punctuation only in front of a space or of more punctuation
(https://spec.commonmark.org/0.31.2/#delimiter-run). Here what stands next to it may be a character
of these scripts as well, and their own punctuation counts as letters. Without them nothing changes.
"""

import unicodedata

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType


class Inline(ParserInline):
    """Reads what is within a block, as markdown-it does, with emphasis beside these scripts."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """Read `src` into `tokens`."""
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        before, after = self.src[start - 1 : start] or " ", self.src[end : end + 1] or " "
        if before.isascii() and after.isascii():
            return scanned
        if unicodedata.category(before) == "Mn":  # a mark or a variation of the letter before it
            before = self.src[start - 2 : start - 1] or " "
        if not (_is_cjk(before) or _is_cjk(after)):
            return scanned
        opens = not _is_space(after) and _allows(after, before)
        closes = not _is_space(before) and _allows(before, after)
        can_open = opens and (canSplitWord or not closes or _is_punctuation(before))
        can_close = closes and (canSplitWord or not opens or _is_punctuation(after))
        return Scanned(can_open, can_close, scanned.length)


def _allows(inner: str, outer: str) -> bool:
    """Return whether emphasis may end at `inner`, a character within it, next to `outer`."""
    if not _is_punctuation(inner) or _is_cjk(inner):
        return True
    return _is_space(outer) or _is_punctuation(outer) or _is_cjk(outer)


def _is_punctuation(sign: str) -> bool:
    return isMdAsciiPunct(ord(sign)) or isPunctChar(sign)


def _is_space(sign: str) -> bool:
    return isWhiteSpace(ord(sign))


def _is_cjk(sign: str) -> bool:
    """Return whether it takes the width of a Chinese character, and is no emoji.

    https://www.unicode.org/reports/tr11/
    """
    return unicodedata.east_asian_width(sign) in {"W", "F", "H"} and (
        unicodedata.category(sign) not in {"So", "Sk"}
    )
