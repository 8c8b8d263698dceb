"""The quick switcher: rooms, conversations and people by some letters of their name.

The browser builds the dialog from a template when it is opened. What it lists is drawn here. The
same dialog, told so, gathers several people for a conversation.
"""

from collections.abc import Iterable
from urllib.parse import quote

import htpy as h

from chat_ui.components import html, room_sign
from services.core.i18n import _
from services.rooms.quick_search import PERSON, QuickSearchResult


def draw_entry(*, is_apple: bool) -> h.Element:
    """Return the button that opens it, for those without a keyboard too."""
    return h.button(
        ".switch", type="button", data_action="switch", aria_keyshortcuts="Control+K Meta+K"
    )[html.icon("search"), h.span[_("Go to …")], h.kbd["⌘K" if is_apple else "Ctrl K"]]


def draw_templates() -> h.Fragment:
    """Return what the browser builds the dialog from."""
    return h.fragment[
        h.template("#switcher-chip")[h.button(type="button")],
        h.template("#switcher-template")[_box(_("Go to a room or a person"))],
        h.template("#people-picker-template")[_box(_("Talk with …"), is_group=True)],
    ]


def _box(label: str, *, is_group: bool = False) -> h.Element:
    return h.dialog(
        class_=["switcher", {"picking": is_group}], data_testid="switcher", aria_label=label
    )[
        h.div(".switcher-field")[
            h.span(".picked"),
            h.input(
                type="text",
                role="combobox",
                placeholder=label,
                aria_expanded="true",
                aria_controls="switcher-list",
                aria_autocomplete="list",
                autocomplete="off",
                autocapitalize="off",
                spellcheck="false",
                enterkeyhint="go",
                maxlength="100",
            ),
            html.button("close", _("Close"), data_action="switcher-close"),
        ],
        h.div("#switcher-list.switcher-list", role="listbox", aria_label=label),
        h.p(".switcher-none", hidden=True)[_("Nothing has that in its name.")],
        h.button(
            ".button.switcher-start", type="button", disabled=True, data_action="switcher-start"
        )[_("Start talking")],
    ]


def draw_found(found: Iterable[QuickSearchResult]) -> str:
    """Return what was found, the best first."""
    return str(h.fragment[(_entry(each, number) for number, each in enumerate(found))])


def _entry(found: QuickSearchResult, number: int) -> h.Element:
    username = found.people[0].username if len(found.people) == 1 else None
    address = f"/rooms/{found.room_id}" if found.room_id else f"/people/{quote(username or '')}"
    return h.a(
        ".switcher-found",
        id=f"switcher-{number}",
        role="option",
        tabindex="-1",
        href=address,
        data_room_id=found.room_id or None,
        data_talk=username if found.kind == PERSON or username else None,
    )[
        room_sign.draw(found.kind, found.people),
        h.span(".name", dir="auto")[found.title],
        h.span(".more", dir="auto")[_more(found, username)],
    ]


def _more(found: QuickSearchResult, username: str | None) -> str:
    if username:
        return f"@{username}"
    return found.topic if found.is_mine else found.topic or _("You are not in it yet")


STYLE = """
.brand-name { display: contents; }
.brand-name > b { flex: 1; }
.brand-name > .switch { order: 2; }
.switch {
  flex: 1 0 100%; margin-inline-start: -8px; display: flex; align-items: center; gap: 8px; border: 1px solid var(--line); border-radius: 10px; background: var(--field);
  color: var(--muted); font: 14px var(--font); letter-spacing: 0; padding: 7px 10px; cursor: pointer; text-align: start; min-inline-size: 0;
}
.switch:hover { color: var(--ink); }
.switch:focus-visible { outline: 2px solid var(--accent); }
.switch span { flex: 1; }
.switch .q-icon { font-size: 18px; }
.switch kbd { font: 11.5px var(--font); border: 1px solid var(--line); border-radius: 6px; padding: 1px 5px; }
.switcher {
  position: fixed; inset-block-start: 12dvh; inset-inline: 0; margin: 0 auto; padding: 0; border: 1px solid var(--line); border-radius: 16px; overflow: hidden;
  inline-size: min(94vw, 560px); max-block-size: 70dvh; background: var(--surface); color: var(--ink); box-shadow: var(--shadow);
}
.switcher[open] { display: flex; flex-direction: column; }
.switcher::backdrop { background: #0006; }
.switcher-field { display: flex; align-items: center; gap: 8px; padding: 8px 8px 8px 14px; border-block-end: 1px solid var(--line); flex-wrap: wrap; }
.switcher-field input { flex: 1; min-inline-size: 120px; border: 0; outline: 0; background: none; color: var(--ink); font: 16px var(--font); padding-block: 8px; }
.switcher-field input::placeholder { color: var(--muted); }
.picked { display: contents; }
.picked button { border: 0; border-radius: 999px; background: var(--selected); color: var(--ink); font: 600 13px var(--font); padding: 5px 10px; cursor: pointer; max-inline-size: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.picked button::after { content: " ×"; color: var(--muted); }
.switcher-list { overflow-y: auto; padding: 6px; overscroll-behavior: contain; }
.switcher-list:empty { display: none; }
.switcher-found { display: flex; align-items: center; gap: 10px; padding: 8px 10px; border-radius: 10px; color: var(--ink); text-decoration: none; font-size: 15px; }
.switcher-found[aria-selected="true"] { background: var(--selected); }
.switcher-found .name { unicode-bidi: isolate; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: 0 1 auto; }
.switcher-found .more { color: var(--muted); font-size: 13px; flex: 1 1 0; min-inline-size: 60px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: end; }
.switcher-none { color: var(--muted); margin: 0; padding: 14px 18px; font-size: 14px; }
.switcher-start { display: none; margin: 8px 14px 14px; }
.switcher.picking .switcher-start { display: block; }
.switcher-start[disabled] { opacity: .5; cursor: default; }
@media (hover: none) { .switch kbd { display: none; } }
@media (max-width: 700px) { .switcher { inset-block-start: 8px; max-block-size: calc(100dvh - 16px); } }
"""
