"""The text of a message as HTML: one result for every reader, and safe to put into a page.

Most of what people say is one line with no more to it, and is told apart here. All else goes
through Markdown and its two walls (`chat_ui/messages/rendering/markdown.py`).
"""

import logging
import re
from html import escape, unescape
from typing import TYPE_CHECKING

import nh3

from chat_ui.messages.rendering.combining_marks import without_towers

if TYPE_CHECKING:
    from chat_ui.messages.rendering.mentions import Mentions

# One line in which nothing can be Markdown, a link, a formula or an HTML character. A list
# begins with a number or a sign; a bare link has a colon and slashes, an at, or a dot inside.
_PLAIN = re.compile(
    r"(?!\d+[.)]|[-+=:])"
    r"(?:[^\W_]|[ ,!?;'\"()%^{}=+\-–—’‘“”…।]|:(?!/)|\.(?=[ .]|\Z)|[\U0001F300-\U0001FAFF])+"
)

_SIGNS = re.compile(r"[\\`*_~^{}\[\]()<>#+\-=.!|@:$&]")

_log = logging.getLogger(__name__)


def to_html(text: str, mentions: "Mentions" = ()) -> str:
    """Return the HTML of a message whose `text` is already normalised. Raises nothing.

    The names in `mentions` are marked. If rendering fails, the text is shown as typed.
    """
    text = without_towers(text)
    if _PLAIN.fullmatch(text) and text == text.strip():
        return f"<p>{text}</p>"
    # Imported here, usually first by `server/warm_up.py`: Markdown, formulas and syntax
    # highlighting take long to import, and the start does not wait for them.
    from chat_ui.messages.rendering import markdown

    try:
        return markdown.to_html(text, mentions)
    except Exception:
        _log.exception("A message could not be drawn; it is shown as it was typed")
        return "<p>" + escape(text, quote=False).replace("\n", "<br>") + "</p>"


def to_plain(text: str) -> str:
    """Return a message without its marks of emphasis and the like, as a quote shows it."""
    return unescape(nh3.clean(to_html(text), tags=set())).strip()


def to_markdown(text: str) -> str:
    """Return what to type in order to see `text` as it is, without mentions, links or formatting."""
    return _SIGNS.sub(r"\\\g<0>", text)
