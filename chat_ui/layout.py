"""The frame of every page: the sidebar, and the place where a view is shown."""

from collections.abc import Collection
from dataclasses import dataclass

import htpy as h
from nicegui import ui

from chat_ui.components import connection_banner, html, lightbox, shortcuts
from chat_ui.people import presence, user_menu
from chat_ui.rooms import mention_inbox, notification_settings
from chat_ui.search import quick_switcher
from services.core.dto import CurrentUser, Preferences, UserSummary
from services.core.i18n import _


@dataclass(frozen=True)
class Frame:
    """The parts of the frame that change while it is open."""

    main: ui.element
    foot: ui.element
    """Where the user menu is drawn."""
    outer: ui.element

    def show_preferences(self, chosen: Preferences) -> None:
        """Pass the preferences to the browser, which plays sounds and knows the local time."""
        self.outer.props.update(
            {
                "data-zone": chosen.time_zone,
                "data-sound": "on" if chosen.has_sound else "off",
                "data-quiet-from": _number(chosen.quiet_from),
                "data-quiet-until": _number(chosen.quiet_until),
            }
        )

    def show_blocks(self, blocked: Collection[int]) -> None:
        """Tell the browser which users the viewer has blocked: it folds their messages away."""
        self.outer.props["data-blocked"] = " ".join(map(str, sorted(blocked)))


def draw(viewer: CurrentUser, *, is_apple: bool = False) -> Frame:
    """Draw the frame for `viewer`; `is_apple` says that the keyboard has a key ⌘."""
    with ui.element("div").classes("frame") as frame:
        frame.props.update({"data-frame": True, "data-me-id": viewer.user_id} | _words())
        with ui.element("nav").classes("sidebar") as side:
            side.props["aria-label"] = _("Rooms")
            html.draw("div", _head(is_apple)).classes("brand")
            # Empty here: the list of rooms is sent later, see `rooms/sidebar.py`.
            ui.element("div").classes("room-list").props["data-testid"] = "room-list"
            with ui.element("div").classes("foot") as foot:
                html.draw("div", _foot(viewer.person))
        with ui.element("main").classes("main"):
            html.draw("div", _beside())
            main = ui.element("div").classes("view")
    drawn = Frame(main, foot, frame)
    drawn.show_preferences(viewer.preferences)
    drawn.show_blocks(viewer.blocked)
    return drawn


@html.cached
def _head(is_apple: bool) -> h.Fragment:
    """Return the name, and the buttons of the quick switcher and for a new room."""
    return h.fragment[
        h.span(".brand-name")[h.b["Simple Chat"], quick_switcher.draw_entry(is_apple=is_apple)],
        html.button("add", _("New room"), data_ask="new_room", data_testid="new-room"),
    ]


@html.cached
def _foot(person: UserSummary) -> h.Fragment:
    return h.fragment[
        mention_inbox.link(),
        h.a(".find", href="/search", data_testid="to-search")[
            html.icon("search"), h.span[_("Search")]
        ],
        h.a(".find", href="/rooms")[html.icon("travel_explore"), h.span[_("Find rooms")]],
        user_menu.button(person),
    ]


@html.cached
def _beside() -> h.Fragment:
    """Return what is shown when it is needed, and the templates that the browser copies."""
    return h.fragment[
        connection_banner.draw(),
        h.div(".backdrop", data_action="rooms"),
        quick_switcher.draw_templates(),
        notification_settings.offer(),
        shortcuts.draw(),
        lightbox.draw(),
        h.template("#unfold-template")[
            h.button(".unfold", type="button", data_action="unfold")[
                _("From somebody you have blocked. Show it")
            ]
        ],
    ]


def _words() -> dict[str, str]:
    """Return the texts that the browser shows beside people."""
    return presence.words_of_browser()


def _number(minutes: int | None) -> str:
    return "" if minutes is None else str(minutes)


STYLE = """
.frame { display: grid; grid-template-columns: 272px minmax(0, 1fr); block-size: 100dvh; inline-size: 100vw; }
.sidebar { background: var(--sidebar); border-inline-end: 1px solid var(--line); display: flex; flex-direction: column; min-block-size: 0; }
.brand { display: flex; flex-wrap: wrap; row-gap: 10px; justify-content: space-between; align-items: center; padding: 14px 12px 10px 20px; font-weight: 700; font-size: 16px; letter-spacing: -.01em; }
.room-list { flex: 1; overflow-y: auto; min-block-size: 0; }
.find { display: flex; align-items: center; gap: 8px; color: var(--muted); text-decoration: none; font-size: 14px; padding: 8px 12px; margin: 4px 8px; border-radius: 10px; }
.find .q-icon { font-size: 18px; }
.find:hover { background: var(--hover); color: var(--ink); }
.main { display: flex; flex-direction: column; min-inline-size: 0; min-block-size: 0; background: var(--ground); position: relative; }
.view { flex: 1; min-block-size: 0; display: flex; flex-direction: column; inline-size: 100%; position: relative; }
.view.dropping::after { content: ""; position: absolute; inset: 10px; z-index: 5; border: 3px dashed var(--accent); border-radius: 18px; background: var(--ring); pointer-events: none; }
.backdrop { display: none; }
@media (max-width: 700px) {
  .frame { grid-template-columns: minmax(0, 1fr); }
  .sidebar {
    position: fixed; inset-block: 0; inset-inline-start: 0; inline-size: min(84vw, 320px); z-index: 20;
    transform: translateX(-105%); transition: transform .2s ease;
  }
  [dir="rtl"] .sidebar { transform: translateX(105%); }
  .rooms-open .sidebar { transform: none; box-shadow: var(--shadow); }
  .rooms-open .backdrop { display: block; position: fixed; inset: 0; background: #0006; z-index: 15; }
}
"""
