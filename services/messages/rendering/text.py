"""The text of a message as HTML: one result for every reader, and safe to put into a page.

Most of what people say is one line with no more to it, and is told apart here. All else goes
through Markdown and its two defences (`services/messages/rendering/markdown.py`).
"""

import logging
import re
from html import escape

from services.mentions import parser as mention_parser
from services.messages.rendering import facts
from services.messages.rendering import mentions as mention_marks
from services.messages.rendering.combining_marks import without_towers
from services.messages.rendering.mentions import Mentions

MAX_HTML = 20 * 1024
"""Characters of HTML. What would need more is shown as it was typed, folded."""
MAX_COLOURED = 16 * 1024
"""How many of them may be code in colours and formulas: enough for a hundred lines of code."""
FOLDED = 600
"""Characters of such a text that are shown before it is unfolded."""
EXCERPT_HTML = 2048
"""Characters of HTML that a card shows as they are; of more, `EXCERPT` characters of text."""
EXCERPT = 500

# One line in which nothing can be Markdown, a link, a formula or an HTML character. A list
# begins with a number or a sign; a bare link has a colon and slashes, an at, or a dot inside.
_PLAIN = re.compile(
    r"(?!\d+[.)]|[-+=:])"
    r"(?:[^\W_]|[ ,!?;'\"()%^{}=+\-–—’‘“”…।]|:(?!/)|\.(?=[ .]|\Z)|[\U0001F300-\U0001FAFF])+"
)

_SIGNS = re.compile(r"[\\`*_~^{}\[\]()<>#+\-=.!|@:$&]")

_log = logging.getLogger(__name__)


def is_plain(text: str) -> bool:
    """Return whether `text` is empty, or a single line without anything to render."""
    return not text or (_PLAIN.fullmatch(text) is not None and text == text.strip())


def to_html(text: str, mentions: Mentions = ()) -> str:
    """Return the HTML of a message whose `text` is already normalised. Raises nothing.

    The names in `mentions` are marked. If rendering fails, the text is shown as typed.
    """
    return finish(text, None if is_plain(text) else render(text), mentions)


def finish(text: str, html: str | None, mentions: Mentions = ()) -> str:
    """Return the HTML to show of a message, from its text and what `render` made of it.

    `html` is None for a text that is plain.
    """
    if html is None:
        return f"<p>{_escaped(text)}</p>" if text else ""  # should it not be plain after all
    return mention_marks.resolve(html, mentions)


def render(text: str) -> str:
    """Return at most about `MAX_HTML` characters of HTML for a text that is not plain.

    It depends on nothing but the text, so it can be stored with the message. Names are not
    resolved yet: `finish` does that.
    """
    text = without_towers(text)
    # Imported here, usually first by `chat_ui/server/warm_up.py`: Markdown, formulas and syntax
    # highlighting take long to import, and the start does not wait for them.
    from services.messages.rendering import markdown

    try:
        html = markdown.to_html(text, MAX_COLOURED)
    except Exception:
        _log.exception("A message could not be rendered; it is shown as it was typed")
        return _as_typed(text)
    if len(html) > MAX_HTML:
        return _as_typed(text, frozenset(mention_marks.CANDIDATE.findall(html)))
    return html


def to_plain(text: str) -> str:
    """Return a message without its marks of emphasis and the like, as a quote shows it."""
    return plain_of(text, None if is_plain(text) else render(text))


def plain_of(text: str, html: str | None) -> str:
    """Return what `to_plain` does, from a text and what `render` made of it: in a few ms."""
    return text if html is None else facts.words(html) or text


def excerpt(text: str, html: str | None) -> str:
    """Return what a card shows of a message: its HTML, or the beginning of a long text."""
    if len(html or text) <= EXCERPT_HTML:
        return finish(text, html)
    beginning = plain_of(text, html and html[:EXCERPT_HTML])[:EXCERPT]
    return f'<div class="typed">{_escaped(beginning)}…</div>'


def to_markdown(text: str) -> str:
    """Return what to type to see `text` as it is, without mentions, links or formatting."""
    return _SIGNS.sub(r"\\\g<0>", text)


def _as_typed(text: str, names: frozenset[str] = frozenset()) -> str:
    """Return a text as it was typed; a long one folded, with its beginning as the summary.

    Where they stand as they were read, `names` are marked as possible mentions.
    """
    if len(text) <= FOLDED:
        return f'<div class="typed">{_named(text, names)}</div>'
    breaks = (text.rfind(sign, FOLDED // 2, FOLDED) for sign in " \n")
    end = max(breaks) + 1 or FOLDED
    return (
        f'<details class="typed"><summary>{_named(text[:end], names)}</summary>'
        f"{_named(text[end:], names)}</details>"
    )


def _named(text: str, names: frozenset[str]) -> str:
    html, done = "", 0
    for candidate in mention_parser.candidates(text) if names else ():
        end, _key = candidate.names[0]
        if (name := text[candidate.start : end]) in names:
            html += _escaped(text[done : candidate.start]) + mention_marks.possible(name)
            done = end
    return html + _escaped(text[done:])


def _escaped(text: str) -> str:
    return escape(text, quote=False)
