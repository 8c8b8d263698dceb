"""Possible mentions in Markdown: a rule of the parser that cuts them out of the text."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from services.mentions import parser as mention_parser


def read_mentions(parser: MarkdownIt) -> None:
    """Have `parser` make a token of type `mention` of all that may be one."""
    parser.core.ruler.before("text_join", "escaped_at", _keep_escaped)
    parser.core.ruler.push("mentions", _mark)


def _keep_escaped(state: StateCore) -> None:
    """Keep an escaped `@`, which begins no name, apart from the text around it."""
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "text_special" and child.content == "@":
                child.type = "escaped_at"


def _mark(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = list(_marked(token.children))


def _marked(tokens: list[Token]) -> Iterator[Token]:
    """Cut names out of the text; within a link they are part of it."""
    links = 0
    for token in tokens:
        links += token.type == "link_open"
        links -= token.type == "link_close"
        if token.type == "text" and not links and mention_parser.AT.search(token.content):
            yield from _cut(token.content)
        else:
            yield token


def _cut(text: str) -> Iterator[Token]:
    done = 0
    for candidate in mention_parser.candidates(text):
        end, _key = candidate.names[0]
        yield Token("text", "", 0, content=text[done : candidate.start])
        yield Token("mention", "", 0, content=text[candidate.start : end])
        done = end
    yield Token("text", "", 0, content=text[done:])
