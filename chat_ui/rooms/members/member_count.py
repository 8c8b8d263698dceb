"""The link in the header of a room with some of its members and how many there are."""

import htpy as h

from chat_ui.components import avatar, html
from chat_ui.components.accessibility import hidden_text
from chat_ui.rooms.members import members
from services.core.dto import UserSummary
from services.core.i18n import _, number
from services.rooms.room_queries import MAX_FACES


@html.cached
def draw(room_id: int, count: int, some: tuple[UserSummary, ...]) -> h.Element:
    """Return the link to them; the browser puts newer faces and numbers into it."""
    return h.a(
        ".member-count",
        href=members.address(room_id),
        data_testid="members",
        title=_("Members"),
    )[
        h.span(".stack", aria_hidden="true")[faces(some)],
        hidden_text.draw(_("Members")),
        h.span(".many")[number(count)],
    ]


def faces(some: tuple[UserSummary, ...]) -> h.Fragment:
    """Return the avatars in it."""
    return h.fragment[(avatar.draw(person) for person in some[:MAX_FACES])]


STYLE = """
.member-count { position: relative; display: flex; align-items: center; gap: 6px; padding-block: 4px; padding-inline: 5px 11px; margin-inline-end: 4px; flex: none; border: 1px solid var(--line); border-radius: var(--radius-full); background: none; color: var(--muted); font: var(--text-m) var(--font); text-decoration: none; }
.member-count:hover { background: var(--hover); color: var(--ink); }
.member-count:focus-visible { outline: 2px solid var(--accent); }
.member-count .stack { display: flex; }
.member-count .avatar { inline-size: 26px; block-size: 26px; border: 2px solid var(--surface); box-sizing: border-box; margin-inline-start: -8px; }
.member-count .avatar:first-child { margin-inline-start: 0; }
@media (max-width: 700px) { .member-count { display: none; } } /* it is in the menu */
"""
