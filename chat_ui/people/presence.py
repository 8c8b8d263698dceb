"""Presence indicators: whether a user is active, away or offline.

They are empty here: the browser reports which users a page shows, receives their presence, and
fills in every indicator.
"""

import htpy as h

from chat_ui.components import avatar
from services.core.dto import UserSummary
from services.core.i18n import _


def on_avatar(person: UserSummary) -> h.Element:
    """Return a user's avatar with a dot in the colour of their presence, and a label for it."""
    return h.span(".avatar-with-presence")[
        avatar.draw(person),
        h.span(".presence", data_presence_of=person.user_id, role="img", aria_label=""),
    ]


def words(user_id: int) -> h.Element:
    """Return an indicator in words, after a dot."""
    return h.span(".presence.in-words", data_presence_of=user_id)


def words_of_browser() -> dict[str, str]:
    """Return the words of the indicators, as attributes of the frame."""
    return {
        "data-word-active": _("Active now"),
        "data-word-away": _("Away"),
        "data-word-offline": _("Offline"),
        "data-word-seen": _("Last seen: {when}"),
    }


STYLE = """
.presence { display: inline-block; inline-size: 9px; block-size: 9px; border-radius: 50%; flex: none; border: 2px solid var(--muted); }
.presence:not([data-state]), .presence[data-state=""] { visibility: hidden; }
.presence[data-state="active"] { background: var(--good); border-color: var(--good); }
.presence[data-state="away"] { border-color: var(--good); }
.presence.in-words { display: inline-flex; align-items: center; gap: 6px; inline-size: auto; block-size: auto; border: 0; border-radius: 0; background: none; color: var(--muted); }
.presence.in-words::before { content: ""; inline-size: 8px; block-size: 8px; border-radius: 50%; border: 2px solid var(--muted); flex: none; }
.presence.in-words[data-state="active"]::before { background: var(--good); border-color: var(--good); }
.presence.in-words[data-state="away"]::before { border-color: var(--good); }
.avatar-with-presence { position: relative; display: inline-flex; }
.avatar-with-presence .presence { position: absolute; inset-inline-end: -2px; inset-block-end: -2px; box-shadow: 0 0 0 2px var(--surface); background-color: var(--surface); inline-size: 11px; block-size: 11px; }
.avatar-with-presence .presence[data-state="active"] { background-color: var(--good); }
"""
