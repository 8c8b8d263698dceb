"""The bar above messages when more is unread than is shown: to the first of them, or past them."""

import htpy as h

from services.core.i18n import _


def draw() -> h.Element:
    """Return the bar; the browser shows it when needed, and fills in the number."""
    return h.div(
        ".unread-bar",
        hidden=True,
        role="status",
        data_testid="unread-bar",
        data_word=_("New messages: {count}"),
    )[
        h.span(".words"),
        h.button(type="button", data_action="first-unread")[_("Jump to first")],
        h.button(type="button", data_action="mark-read")[_("Mark as read")],
    ]


STYLE = """
.unread-bar {
  position: absolute; inset-block-start: 8px; inset-inline: 0; margin-inline: auto; inline-size: fit-content; max-inline-size: 94%; z-index: 5;
  display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: center; padding: 7px 16px; border-radius: var(--radius-xl);
  background: var(--surface); color: var(--ink); border: 1px solid var(--line); box-shadow: var(--shadow); font-size: var(--text-s);
}
.unread-bar[hidden] { display: none; }
.unread-bar .words { font-weight: 600; }
.unread-bar button { font: 600 var(--text-s) var(--font); color: var(--link); background: none; border: 0; padding: 2px 0; cursor: pointer; }
"""
