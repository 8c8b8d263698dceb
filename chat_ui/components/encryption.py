"""What several parts show of end-to-end encryption: the sign of it, and what it means."""

import htpy as h

from chat_ui.components import html
from services.core.i18n import _

COMMAND = "python main.py --connect"


@html.cached
def sign() -> h.Element:
    """Return the sign of an encrypted room, which has a name for screen readers."""
    words = _("End-to-end encrypted")
    return h.span(".encrypted-sign", role="img", aria_label=words, title=words)[html.icon("shield")]


def meaning() -> h.Fragment:
    """Return what it means for those who choose it."""
    return with_command(
        _(
            "Messages are read and written in apps, or with {command} on your own computer, not "
            "on this page. It can't be switched off."
        )
    )


def with_command(words: str) -> h.Fragment:
    """Return words in which `{command}` stands for what one runs to read and write encrypted."""
    before, place, after = words.partition("{command}")
    return h.fragment[before, place and h.code(".command", dir="ltr")[COMMAND], after]


STYLE = """
.command { font: .95em var(--mono); white-space: nowrap; }
.encrypted-sign { display: inline-flex; align-items: center; flex: none; color: var(--good); }
.encrypted-sign .q-icon { font-size: var(--icon-s); }
.name:has(> .encrypted-sign) { display: flex; align-items: center; gap: 4px; }
.name:has(> .encrypted-sign) > :not(.encrypted-sign) { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; }
"""
