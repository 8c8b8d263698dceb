"""The preview of a message: how what is in the composer will look, in the place of its text.

Python renders it as it renders messages (`services/messages/preview.py`), for this page alone.
"""

import htpy as h

from chat_ui.components import html
from chat_ui.messages import bubble
from services.core.i18n import _

TITLE = "preview-title"
"""The id of what names it."""


def draw() -> h.Element:
    """Return the place that the message comes into; it takes the focus, so that it is read out."""
    return h.div(
        ".message-preview",
        data_testid="preview",
        role="region",
        tabindex=0,
        aria_labelledby=TITLE,
        aria_describedby=bubble.PREVIEW,
    )


def title() -> h.Element:
    """Return what is drawn in place of the field."""
    return h.div(".preview-title", id=TITLE)[h.b[_("Preview")], " ", h.span[_("Only you see this")]]


def button() -> h.Fragment:
    """Return the button that shows it, where there is something to see, and the one back."""
    return h.fragment[
        html.button("visibility", _("Preview"), data_action="preview"),
        html.button("edit", _("Keep writing"), data_action="keep-writing"),
    ]


STYLE = """
.message-preview { flex-basis: 100%; min-inline-size: 0; max-block-size: min(360px, 40dvh); overflow-y: auto; border-radius: var(--radius-xl); padding: 8px; margin-block-end: 3px; background: var(--ground); }
.message-preview:focus-visible { outline: 2px solid var(--ring); outline-offset: -2px; }
.message-preview .message { padding-block-start: 0; }
.preview-title { flex: 1; min-inline-size: 0; align-self: center; padding-inline: 12px 8px; font-size: var(--text-s); color: var(--muted); }
.preview-title b { color: var(--ink); }
/* One or the other: the text, or how it will look. */
.composer:not(.previewing) > :is(.message-preview, .preview-title, [data-action="keep-writing"]),
.composer.previewing > :is(.composer-field, .formatting, .tools, [popovertarget], [data-action="emoji"], [data-action="preview"]),
.composer:not([data-formatted]) > [data-action="preview"] { display: none; }
"""
