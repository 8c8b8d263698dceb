"""Whether somebody is here, wherever they are shown.

What is drawn here is empty: the browser tells which people a page shows, is told of them,
and paints them all alike.
"""

import htpy as h

from chat_ui.components import avatar
from services.core.dto import UserSummary
from services.core.i18n import _


def on_avatar(person: UserSummary) -> h.Element:
    """Return somebody's picture with a dot whose colour says it; its title says it in words."""
    return h.span(".avatar-with-presence")[
        avatar.draw(person),
        h.span(".presence", data_presence_of=person.user_id, role="img", aria_label=""),
    ]


def words(user_id: int) -> h.Element:
    """Return a place for it in words, with a dot before them."""
    return h.span(".presence.in-words", data_presence_of=user_id)


def words_of_browser() -> dict[str, str]:
    """Return what the browser says of it, as attributes of the frame."""
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
