"""Mentions in a message: `@asha` is marked if the message mentions the user asha.

Rendering marks every possible name, so that its result depends on the text alone and can be
stored. `resolve` keeps those marks whose name the message mentions. They are the same for every
reader; the browser highlights the reader's own.
"""

import re

from services.accounts.names.name_rules import username_key
from services.mentions import parser as mention_parser

Mentions = tuple[tuple[str, int], ...]
"""Users by their username, 0 for what calls everybody."""

# Nobody can type one of these: what people type is escaped. A name holds no HTML characters.
CANDIDATE = re.compile(r'<span class="mention">([^<]*)</span>')


def possible(name: str) -> str:
    """Return a possible name as HTML that the allow-list lets through."""
    return f'<span class="mention">{name}</span>'


def resolve(html: str, mentions: Mentions) -> str:
    """Return rendered HTML in which just the names in `mentions` are marked."""
    if '<span class="mention">' not in html:
        return html
    known = {username_key(name): number for name, number in mentions}

    def mark(found: re.Match[str]) -> str:
        text = found[1]
        named = next(mention_parser.candidates(text), None)
        if named is None or (name := named.longest_in(known)) is None:
            return text
        end, key = name
        return f'<span class="mention" data-user-id="{known[key]}">{text[:end]}</span>{text[end:]}'

    return CANDIDATE.sub(mark, html)
