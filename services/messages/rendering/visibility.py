"""What of a text is seen: marks of Markdown with nothing in them would leave an empty box."""

import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from services.core.text import is_visible

_MAY_BE_EMPTY = frozenset({"paragraph_open", "hr"})
_VERBATIM = frozenset({"code_inline", "fence", "formula", "formula_lines"})
_MARKS = re.compile(r"[\x00-\x2f:-@\[-`{-\x7f]+")
"""ASCII without letters and digits: what marks are made of."""


def show_marks(parser: MarkdownIt) -> None:
    """Have `parser` show as typed what would leave nothing to be seen, such as a lone `#`."""
    parser.core.ruler.push("marks", _show_marks)


def _show_marks(state: StateCore) -> None:
    lines = state.src.split("\n")
    if not _says_something(state.tokens):
        state.tokens = _as_typed(lines) if state.tokens else []
        return
    shown: list[Token] = []
    for block in _blocks(state.tokens):
        first, *_rest = block
        if first.map and first.type not in _MAY_BE_EMPTY and not any(map(_is_seen, _leaves(block))):
            shown += _as_typed(lines[slice(*first.map)])
        else:
            shown += block
    state.tokens = shown


def _says_something(tokens: Sequence[Token]) -> bool:
    """Return whether a letter, a digit, a picture or code is seen of a message.

    Without, `+`, `>:(` or `***` are better shown as they were typed.
    """
    return any(
        _is_seen(token) if token.type in _VERBATIM else is_visible(_MARKS.sub("", token.content))
        for token in _leaves(tokens)
    )


def _is_seen(token: Token) -> bool:
    return is_visible(token.content)


def _blocks(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the tokens of each block that is in no other."""
    depth = start = 0
    for end, token in enumerate(tokens, 1):
        depth += token.nesting
        if not depth:
            yield tokens[start:end]
            start = end


def _leaves(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "inline":
            yield from token.children or ()
        elif token.content:
            yield token


def _as_typed(lines: Sequence[str]) -> list[Token]:
    """Return a paragraph that shows these lines of the source."""
    children: list[Token] = []
    for line in "\n".join(lines).strip("\n").split("\n"):
        children += [Token("softbreak", "br", 0)] if children else []
        children.append(Token("text", "", 0, content=line))
    return [
        Token("paragraph_open", "p", 1, block=True),
        Token("inline", "", 0, children=children, block=True),
        Token("paragraph_close", "p", -1, block=True),
    ]
