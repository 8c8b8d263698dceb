"""The first two buttons of a page: past the sidebar, for those who use the keyboard.

They are seen when they have the focus. On a phone they are hidden with the sidebar.
"""

import htpy as h

from services.core.i18n import _


def draw() -> h.Fragment:
    """Return the buttons."""
    return h.fragment[
        h.button(".skip", type="button", data_action="skip")[_("Skip to content")],
        h.button(".skip.to-composer", type="button", data_action="write")[_("Write a message")],
    ]


STYLE = """
.skip { position: fixed; inset-block-start: 8px; inset-inline-start: 8px; z-index: 60; border: 2px solid var(--accent); border-radius: var(--radius-m); background: var(--surface); color: var(--ink); font: 600 var(--text-l) var(--font); padding: 11px 18px; box-shadow: var(--shadow); }
.skip:not(:focus) { clip-path: inset(50%); }
.frame:not(:has(.composer)) .to-composer { display: none; }
"""
