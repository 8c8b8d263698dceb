"""What a message says, as its HTML has it: the names and the words of the one parse.

The HTML is stored beside the text, so nothing has to read Markdown again: whom a message mentions
is what is marked as such on the page. Likewise it has a link for `has:link` if there is an
`<a href="` in its HTML, which nobody can type, as `<` is escaped (migration 0026).
"""

import re
from html import unescape

import nh3

from services.mentions import parser as mention_parser
from services.mentions.parser import Candidate
from services.messages.rendering.mentions import CANDIDATE

_FORMULA = re.compile(r'<math [^>]*?alttext="([^"]*)"[^>]*>.*?(?:</math>|\Z)', re.DOTALL)


def names(html: str | None) -> list[Candidate]:
    """Return the possible mentions, in order; a text that is plain, without HTML, has none."""
    if html is None:
        return []
    found = (next(mention_parser.candidates(name), None) for name in CANDIDATE.findall(html))
    return [candidate for candidate in found if candidate]


def words(html: str) -> str:
    """Return what is read of HTML, or of its beginning: without marks, a formula as its source."""
    return unescape(nh3.clean(_FORMULA.sub(r"\1", html), tags=set())).strip()
