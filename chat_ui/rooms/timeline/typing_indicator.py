"""Who is typing: a line below the messages that is always there, so that nothing moves."""

import htpy as h

from services.core.i18n import _


def draw() -> h.Element:
    """Return the line; the browser fills it, and empties it in time."""
    return h.div(
        ".typists",
        data_testid="typists",
        aria_live="polite",
        data_word_one=_("{name} is typing …"),
        data_word_two=_("{one} and {other} are typing …"),
        data_word_many=_("Several people are typing …"),
    )


STYLE = """
.typists { position: absolute; inset-inline: var(--side); inset-block-end: 0; block-size: 18px; font-size: var(--text-s); line-height: 18px; color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: plaintext; pointer-events: none; }
"""
