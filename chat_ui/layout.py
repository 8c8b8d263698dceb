"""The frame of every page: the sidebar, and the place where a view is shown."""

from collections.abc import Collection

import htpy as h
from markupsafe import Markup
from msgspec import Struct
from nicegui import ui

from chat_ui.components import branding, connection_banner, html
from chat_ui.components.accessibility import announcer, skip_links
from chat_ui.components.keyboard import shortcuts
from chat_ui.components.overlays import lightbox, menu
from chat_ui.people import presence, profile, user_menu
from chat_ui.rooms.notifications import mention_inbox, notification_settings
from chat_ui.rooms.sidebar import sidebar
from chat_ui.search import quick_switcher
from services.core import app_context, hub
from services.core.dto import CurrentUser, Preferences
from services.core.i18n import _


class Frame(Struct, frozen=True):
    """The parts of the frame that change while it is open."""

    main: ui.element
    user_menu: html.Plain
    outer: ui.element
    head: html.Plain
    is_apple: bool

    def show_branding(self) -> None:
        """Show the name and the icon of the chat."""
        self.head.fill(_head(branding.home(), self.is_apple))

    def show_preferences(self, chosen: Preferences) -> None:
        """Pass the preferences to the browser: to its style, its sounds and its clock."""
        self.outer.props.update(
            {
                "data-zone": chosen.time_zone,
                "data-sound": "on" if chosen.has_sound else "off",
                "data-quiet-from": _number(chosen.quiet_from),
                "data-quiet-until": _number(chosen.quiet_until),
                "data-density": chosen.density,
                "data-text": chosen.text_size,
                "data-animations": chosen.animations,
            }
        )

    def show_blocks(self, blocked: Collection[int]) -> None:
        """Tell the browser which users the viewer has blocked: it folds their messages away."""
        self.outer.props["data-blocked"] = " ".join(map(str, sorted(blocked)))


def draw(viewer: CurrentUser, *, is_apple: bool = False) -> Frame:
    """Draw the frame for `viewer`; `is_apple` says that the keyboard has a key ⌘."""
    with ui.element("div").classes("frame") as frame:
        frame.props.update({"data-frame": True, "data-me-id": viewer.user_id} | _words())
        if hub.asked() is not None:
            frame.props["data-node"] = True
        with ui.element("nav").classes("sidebar") as side:
            side.props["aria-label"] = _("Rooms")
            head = html.draw("div", _head(branding.home(), is_apple)).classes("brand")
            # Empty here: the list of rooms is sent later, see `rooms/sidebar/sidebar.py`.
            ui.element("div").classes("room-list").props.update(sidebar.facts())
            html.draw("div", _new()).classes("begin-place")
            foot = html.draw("div", user_menu.draw(viewer)).classes("foot")
        with ui.element("main").classes("main").props("tabindex=-1"):
            html.draw("div", _beside(app_context.current().settings.answers_apps))
            main = ui.element("div").classes("view")
    drawn = Frame(main, foot, frame, head, is_apple)
    drawn.show_preferences(viewer.preferences)
    drawn.show_blocks(viewer.blocked)
    return drawn


@html.cached
def _head(home: Markup, is_apple: bool) -> h.Fragment:
    """Return the link with the name of the chat, the ways to mentions and search, and the quick switcher."""
    return h.fragment[
        skip_links.draw(),
        home,
        mention_inbox.link(),
        html.link("search", _("Search"), "/search", data_testid="to-search"),
        quick_switcher.draw_entry(is_apple=is_apple),
        h.div(".list-filter.only-narrow", role="group", aria_label=_("Show"))[
            _filter("all", _("All"), is_chosen=True),
            _filter("unread", _("Unread")),
            _filter("rooms", _("Rooms")),
            _filter("people", _("People")),
        ],
    ]


def _filter(name: str, words: str, *, is_chosen: bool = False) -> h.Element:
    """Return a choice of what the list of a phone shows: the stylesheet does it."""
    return h.label[h.input(type="radio", name="list-filter", value=name, checked=is_chosen), words]


@html.cached
def _new() -> h.Fragment:
    """Return the button of a phone with what can be begun, and its menu."""
    words = _("New")
    return h.fragment[
        html.button(
            "edit", words, ".begin.only-narrow", popovertarget="begin", aria_haspopup="menu"
        ),
        menu.draw(
            "begin",
            menu.entry("person_add", _("New message"), data_action="pick-people"),
            menu.entry("add", _("Create room"), data_ask="new_room"),
            menu.link("travel_explore", _("Find rooms"), "/rooms"),
        ),
    ]


@html.cached
def _beside(offers_encryption: bool) -> h.Fragment:
    """Return what is shown when it is needed, and the templates that the browser copies."""
    return h.fragment[
        announcer.draw(),
        connection_banner.draw(),
        quick_switcher.draw_templates(offers_encryption=offers_encryption),
        notification_settings.offer(),
        shortcuts.draw(),
        lightbox.draw(),
        profile.draw_card_place(),
        h.template("#unfold-template")[
            h.button(".unfold", type="button", data_action="unfold")[
                _("Message from someone you blocked. Show")
            ]
        ],
        h.template("#folded-template")[h.span(".folded")[_("Blocked message")]],
    ]


def _words() -> dict[str, str]:
    """Return the texts that the browser shows beside people."""
    return presence.words_of_browser() | {"data-said": sidebar.words_of_browser()}


def _number(minutes: int | None) -> str:
    return "" if minutes is None else str(minutes)


# Second: what a node refuses (`node/node.py`), as its hub's pages alone can do it.
STYLE = """
.frame { display: grid; grid-template-columns: 288px minmax(0, 1fr); block-size: 100dvh; padding-block: env(safe-area-inset-top) 0; padding-inline: env(safe-area-inset-left) env(safe-area-inset-right); }
[data-node] :is([data-ask="new_room"], [data-ask="new_poll"], [data-action="pick-people"], [data-action="attach"], [data-action="record"], [data-action^="send-later"], .picker-tabs, a[href="/rooms"]) { display: none !important; }
.sidebar { background: var(--sidebar); border-inline-end: 1px solid var(--line); display: flex; flex-direction: column; min-block-size: 0; position: relative; padding-block-end: env(safe-area-inset-bottom); }
.brand { display: flex; flex-wrap: wrap; gap: 10px 2px; align-items: center; padding-block: 12px 6px; padding-inline: 16px 12px; font-weight: 700; font-size: var(--text-xl); }
.brand .home { flex: 1; min-inline-size: 0; display: flex; align-items: center; gap: 10px; color: inherit; text-decoration: none; border-radius: var(--radius-m); }
.brand .home:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.brand .home :is(svg, img) { inline-size: 32px; block-size: 32px; flex: none; }
.brand .home b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.room-list { flex: 1; overflow-y: auto; min-block-size: 0; padding-block-end: 12px; position: relative; }
.find { display: flex; align-items: center; gap: 10px; color: var(--muted); text-decoration: none; font-size: var(--text-m); padding: 7px 10px; margin: 1px 8px; border-radius: var(--radius-m); }
.find .q-icon { font-size: var(--icon-s); margin-inline: 1px; }
.find:hover { background: var(--hover); color: var(--ink); }
.main:focus { outline: none; }
.main { display: flex; flex-direction: column; min-inline-size: 0; min-block-size: 0; background: var(--ground); position: relative; }
.view { flex: 1; min-block-size: 0; display: flex; flex-direction: column; inline-size: 100%; position: relative; }
.view.dropping::after { content: ""; position: absolute; inset: 10px; z-index: 5; border: 3px dashed var(--accent); border-radius: var(--radius-xl); background: var(--hover); pointer-events: none; }
@media (max-height: 500px) { /* as on a laptop at 400 %: the whole side scrolls */
  .sidebar { overflow-y: auto; }
  .room-list { flex: none; overflow: visible; }
}
@media (max-width: 700px) {
  .frame { grid-template-columns: minmax(0, 1fr); }
  .sidebar {
    position: fixed; inset: 0; border: 0; background: var(--ground); z-index: 20;
    padding-block: env(safe-area-inset-top) env(safe-area-inset-bottom); padding-inline: env(safe-area-inset-left) env(safe-area-inset-right);
    transform: translateX(-105%); visibility: hidden; transition: transform var(--slow) ease, visibility var(--slow);
  }
  [dir="rtl"] .sidebar { transform: translateX(105%); }
  .rooms-open .sidebar { transform: none; visibility: visible; }
  .brand { padding-block: 14px 4px; padding-inline: 16px 12px; font-size: var(--text-2xl); }
  .room-list { display: flex; flex-direction: column; reading-flow: flex-visual; padding-block-end: 84px; } /* reading-flow: Tab goes as the eye does, where the browser knows how */
  .list-filter.only-narrow { flex: 1 0 100%; display: flex; gap: 8px; padding-block: 2px 6px; overflow-x: auto; }
  .list-filter label { display: flex; align-items: center; min-block-size: 44px; padding: 6px 14px; border: 1px solid var(--line); border-radius: var(--radius-full); color: var(--muted); font: var(--text-m) var(--font); white-space: nowrap; cursor: pointer; position: relative; }
  .list-filter label:has(:checked) { background: var(--selected); border-color: transparent; color: var(--link); font-weight: 650; }
  .list-filter label:has(:focus-visible) { outline: 2px solid var(--accent); }
  .list-filter input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
  .begin-place { position: relative; }
  .begin.icon-button { position: absolute; inset-block-end: 16px; inset-inline-end: 18px; inline-size: 56px; block-size: 56px; border-radius: var(--radius-xl); background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow); font-size: var(--icon-l); }
  .begin.icon-button:hover { background: var(--accent); color: var(--on-accent); }
}
"""
