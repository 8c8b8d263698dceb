"""What screen readers say by themselves, whatever has the focus: `components/accessibility/announcer.js` fills it.

The timeline is no such place: it would have its older messages read out as they are loaded, and a
message again whenever somebody reacts to it.
"""

import htpy as h

from services.core.i18n import _


def draw() -> h.Element:
    """Return the place for it, a polite live region (WAI-ARIA 1.2 §6.6)."""
    return h.div(
        ".visually-hidden",
        data_testid="announcer",
        aria_live="polite",
        aria_relevant="additions",
        data_word_copied=_("Copied"),
    )
