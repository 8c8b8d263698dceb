"""The panel with the pinned messages of a room."""

from collections.abc import Sequence

import htpy as h

from chat_ui.components.overlays.panel import Panel
from chat_ui.messages.lists import card
from models import RoomKind
from services.core.dto import MessageView
from services.core.i18n import _


def panel(kind: str, found: Sequence[MessageView]) -> Panel:
    """Return the panel with the pinned messages that were `found` in a room of this `kind`."""
    content = (
        h.div(".cards")[map(card.draw, found)] if found else h.p(".field-hint")[_nothing(kind)]
    )
    shown = {each.seq for each in found}
    return Panel(
        _("Pinned messages"), content, lists=lambda each: each.is_pinned or each.seq in shown
    )


def _nothing(kind: str) -> str:
    if kind == RoomKind.DIRECT:  # there, everybody may
        return _("Nothing is pinned yet. Pin a message from its menu.")
    return _("Nothing is pinned yet. Moderators can pin a message from its menu.")
