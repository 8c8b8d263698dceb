"""The user menu, at the foot of the sidebar: a button, and what is drawn when it is pressed."""

from collections.abc import Awaitable, Callable
from functools import partial
from operator import itemgetter

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html, icon_button
from chat_ui.plugins import PAGES, PageEntry
from services.core.dto import CurrentUser, UserSummary
from services.core.i18n import _, translate

KEYS_PLACE = 20
"""The place of the keyboard shortcuts among the pages of the menu."""


def button(person: UserSummary) -> h.Element:
    """Return the button that opens the user menu."""
    return h.div(".user-menu-place")[
        h.button(
            ".user-menu",
            type="button",
            data_ask="user_menu",
            data_testid="user-menu",
            aria_haspopup="menu",
        )[
            avatar.draw(person),
            h.span(".name", dir="auto")[person.display_name],
            html.icon("unfold_more"),
        ]
    ]


def close(foot: ui.element) -> bool:
    """Close the menu; return False when it was not open."""
    opened = foot.default_slot.children[1:]
    for menu in opened:
        menu.delete()
    return bool(opened)


def toggle(
    foot: ui.element, viewer: CurrentUser, on_theme: Callable[[str], Awaitable[None]]
) -> None:
    """Open the menu, or close it; `on_theme` gets the theme that is chosen."""
    if close(foot):
        return
    with foot, ui.element("div").classes("menu").props("role=menu"):
        with ui.element("div").classes("themes"):
            for theme, icon, words in (
                ("auto", "brightness_auto", _("As on this device")),
                ("light", "light_mode", _("Light")),
                ("dark", "dark_mode", _("Dark")),
            ):
                icon_button.draw(icon, words).on("click", lambda theme=theme: on_theme(theme))
        for draw in _entries(viewer):
            draw()
        with (
            ui.element("form").props("method=post action=/logout data-logout"),
            ui.element("button").props("type=submit data-testid=logout role=menuitem"),
        ):
            ui.icon("logout").props("aria-hidden=true")
            ui.label(_("Log out"))


def _entries(viewer: CurrentUser) -> list[Callable[[], None]]:
    """Return what draws the entries, in order: the pages that are in the menu, and the keys."""
    listed = [page for page in PAGES.values() if page.is_listed_for(viewer)]
    places: list[tuple[int, Callable[[], None]]] = [(KEYS_PLACE, _keys)]
    places += [(page.menu or 0, partial(_link, page)) for page in listed]
    return [draw for _place, draw in sorted(places, key=itemgetter(0))]


def _link(page: PageEntry) -> None:
    with ui.element("a").props(f"href={page.address} role=menuitem"):
        ui.icon(page.icon).props("aria-hidden=true")
        ui.label(translate(page.title))


def _keys() -> None:
    with ui.element("button").props("type=button role=menuitem data-ask=shortcuts"):
        ui.icon("keyboard").props("aria-hidden=true")
        ui.label(_("Keys"))


STYLE = """
.foot { position: relative; --user-menu: 65px; }
.user-menu-place { box-sizing: border-box; block-size: var(--user-menu); border-block-start: 1px solid var(--line); padding: 8px; }
.user-menu {
  display: flex; align-items: center; gap: 10px; inline-size: 100%; border: 0; background: none; color: var(--ink);
  padding: 6px 8px; border-radius: 12px; font: 600 14px var(--font); cursor: pointer; text-align: start;
}
.user-menu:hover { background: var(--hover); }
.user-menu .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.user-menu .avatar { display: block; }
.menu {
  position: absolute; inset-inline: 8px; inset-block-end: calc(var(--user-menu) + 6px); background: var(--surface); border: 1px solid var(--line);
  border-radius: 14px; box-shadow: var(--shadow); padding: 6px; z-index: 30;
}
.menu > a, .menu > button, .menu form button {
  display: flex; gap: 10px; align-items: center; inline-size: 100%; padding: 9px 10px; border-radius: 9px; border: 0; background: none;
  color: var(--ink); text-decoration: none; font: 14px var(--font); cursor: pointer;
}
.menu > a:hover, .menu > button:hover, .menu form button:hover { background: var(--hover); }
.menu .q-icon { font-size: 19px; color: var(--muted); }
.menu form { margin: 0; }
.themes { display: flex; justify-content: space-around; border-block-end: 1px solid var(--line); padding-block-end: 6px; margin-block-end: 6px; }
"""
