"""What several parts show of end-to-end encryption: the sign of it, and what it means."""

import htpy as h

from chat_ui.components import html
from services.core.i18n import _


@html.cached
def sign() -> h.Element:
    """Return the sign of an encrypted room, which has a name for screen readers."""
    words = _("End-to-end encrypted")
    return h.span(".encrypted-sign", role="img", aria_label=words, title=words)[
        html.icon("enhanced_encryption")
    ]


def meaning() -> str:
    """Return what it means for those who choose it."""
    return _(
        "Messages are read and written in apps, or with “python main.py --connect”, not on this "
        "page. It can't be switched off."
    )


STYLE = """
.encrypted-sign { display: inline-flex; align-items: center; flex: none; color: var(--good); }
.encrypted-sign .q-icon { font-size: var(--icon-s); }
.name:has(> .encrypted-sign) { display: flex; align-items: center; gap: 4px; }
.name:has(> .encrypted-sign) > :not(.encrypted-sign) { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; }
"""
