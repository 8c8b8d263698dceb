"""Mentions in a message: `@asha` is marked if the message mentions the user asha.

The mark is the same for every reader; the browser highlights the reader's own.
"""

from collections.abc import Iterator, Mapping

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from services.accounts.name_rules import username_key
from services.mentions import parser as mention_parser

Mentions = tuple[tuple[str, int], ...]
"""Users by their username, 0 for what calls everybody."""


def read_mentions(parser: MarkdownIt) -> None:
    """Have `parser` look for the names that its environment holds as `mentions`."""
    parser.core.ruler.push("mentions", _mark)


def environment(mentions: Mentions) -> dict[str, dict[str, int]]:
    """Return the environment to parse a text with."""
    return {"mentions": {username_key(name): number for name, number in mentions}}


def draw(token: Token) -> str:
    """Return a name as HTML that the second wall lets through. It holds no HTML characters."""
    return f'<span class="mention" data-user-id="{token.meta["user_id"]}">{token.content}</span>'


def _mark(state: StateCore) -> None:
    known = state.env.get("mentions")
    if not known:
        return
    for token in state.tokens:
        if token.children:
            token.children = list(_marked(token.children, known))


def _marked(tokens: list[Token], known: Mapping[str, int]) -> Iterator[Token]:
    """Cut names out of the text; within a link they are part of it."""
    links = 0
    for token in tokens:
        links += token.type == "link_open"
        links -= token.type == "link_close"
        if token.type == "text" and not links and "@" in token.content:
            yield from _cut(token.content, known)
        else:
            yield token


def _cut(text: str, known: Mapping[str, int]) -> Iterator[Token]:
    done = 0
    for candidate in mention_parser.candidates(text):
        if found := candidate.longest_in(known):
            end, key = found
            yield Token("text", "", 0, content=text[done : candidate.start])
            name = text[candidate.start : end]
            yield Token("mention", "", 0, content=name, meta={"user_id": known[key]})
            done = end
    yield Token("text", "", 0, content=text[done:])
