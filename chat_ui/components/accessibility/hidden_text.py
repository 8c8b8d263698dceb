"""Text that only screen readers present."""

import htpy as h


def draw(words: str, **attributes: str) -> h.Element:
    """Return `words` as an element that takes no space and is not seen."""
    return h.span(".visually-hidden", **attributes)[words]


STYLE = """
/* What scrolls around it has a position: else this would be below the window, and make the page that long. */
.visually-hidden { position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
"""
