"""The user menu, at the foot of the sidebar."""

from collections.abc import Sequence
from operator import itemgetter

import htpy as h

from chat_ui.components import avatar, html
from chat_ui.components.overlays import menu
from chat_ui.plugins import PAGES, PageEntry
from services.core.dto import CurrentUser, UserSummary
from services.core.i18n import _, translate

KEYS_PLACE = 20
"""The place of the keyboard shortcuts among the pages of the menu."""


def draw(viewer: CurrentUser) -> h.Node:
    """Return the button and its menu, with the theme of `viewer` marked."""
    return h.fragment[_button(viewer.person), _draw(viewer.theme, viewer.is_admin)]


@html.cached
def _button(person: UserSummary) -> h.Element:
    return h.div(".user-menu-place")[
        h.button(
            ".user-menu",
            type="button",
            popovertarget="user-menu",
            data_testid="user-menu",
            aria_haspopup="menu",
        )[
            avatar.draw(person),
            h.span(".name", dir="auto")[person.display_name],
            html.icon("unfold_more"),
        ]
    ]


@html.cached
def _draw(theme: str, is_admin: bool) -> h.Element:
    return menu.draw(
        "user-menu",
        h.div(".themes", role="group", aria_label=_("Theme"))[
            _theme("auto", "brightness_auto", _("System"), theme),
            _theme("light", "light_mode", _("Light"), theme),
            _theme("dark", "dark_mode", _("Dark"), theme),
        ],
        _entries(is_admin),
        h.form(method="post", action="/logout", role="none", data_logout=True)[
            menu.entry("logout", _("Log out"), type="submit", data_testid="logout")
        ],
    )


def _theme(name: str, icon: str, words: str, current: str) -> h.Element:
    return menu.entry(
        icon,
        words,
        role="menuitemradio",
        aria_checked=str(name == current).lower(),
        data_ask="theme",
        data_theme=name,
    )


def _entries(is_admin: bool) -> Sequence[h.Element]:
    """Return the entries, in order: the pages that are in the menu, and the keys."""
    listed = [page for page in PAGES.values() if page.is_listed_for(is_admin=is_admin)]
    places = [(KEYS_PLACE, _keys())] + [(page.menu or 0, _link(page)) for page in listed]
    return [drawn for _place, drawn in sorted(places, key=itemgetter(0))]


def _link(page: PageEntry) -> h.Element:
    return menu.link(page.icon, translate(page.title), page.address)


def _keys() -> h.Element:
    return menu.entry("keyboard", _("Keyboard shortcuts"), data_ask="shortcuts")


STYLE = """
.user-menu-place { border-block-start: 1px solid var(--line); padding: 8px; }
.user-menu {
  display: flex; align-items: center; gap: 10px; inline-size: 100%; border: 0; background: none; color: var(--ink);
  padding: 6px 8px; border-radius: var(--radius-l); font: 600 var(--text-m) var(--font); cursor: pointer; text-align: start;
}
.user-menu:hover, .foot:has(#user-menu:popover-open) .user-menu { background: var(--hover); }
.user-menu .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.user-menu .avatar { display: block; }
#user-menu { min-inline-size: 256px; }
#user-menu form { margin: 0; display: contents; }
.themes { display: grid; grid-template-columns: repeat(3, 1fr); gap: 2px; margin-block-end: 6px; padding: 3px; border-radius: var(--radius-m); background: var(--hover); }
.themes button { flex-direction: column; gap: 2px !important; padding: 6px 4px !important; font-size: var(--text-xs) !important; text-align: center !important; }
.themes button[aria-checked="true"] { background: var(--surface); box-shadow: var(--shadow-1); font-weight: 600; }
.themes button[aria-checked="true"] .q-icon { color: var(--accent); }
"""
