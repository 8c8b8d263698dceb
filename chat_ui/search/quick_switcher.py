"""The quick switcher: rooms, conversations and people by some letters of their name.

The browser builds the dialog from a template when it is opened. What it lists is drawn here. In the
same dialog one picks several people to talk with, or several conversations to forward a message to.
"""

from collections.abc import Iterable
from urllib.parse import quote

import htpy as h

from chat_ui.components import encryption, html, room_sign
from services.core.i18n import _, number
from services.core.text import MESSAGE_LIMIT
from services.rooms.members.direct_messages import MAX_PEOPLE
from services.rooms.quick_search import Among, QuickSearchResult

MAX_TARGETS = 5
"""To how many conversations a message is forwarded at a time."""


def draw_entry(*, is_apple: bool) -> h.Element:
    """Return the button that opens it, for those without a keyboard too."""
    return h.button(
        ".switch", type="button", data_action="switch", aria_keyshortcuts="Control+K Meta+K"
    )[html.icon("search"), h.span[_("Go to …")], h.kbd["⌘K" if is_apple else "Ctrl K"]]


def draw_templates(*, offers_encryption: bool) -> h.Fragment:
    """Return what the browser builds the dialog from.

    It `offers_encryption` where there are apps, which can read an encrypted conversation.
    """
    return h.fragment[
        h.template("#switcher-chip")[h.button(type="button")],
        h.template("#switcher-template")[_box(_("Go to a room or a person"))],
        h.template("#people-picker-template")[
            _box(
                _("New message"),
                picks=Among.PEOPLE,
                start=_("Start conversation"),
                limit=_("Up to {most} people.").format(most=number(MAX_PEOPLE - 1)),
                choice=_encryption() if offers_encryption else None,
            )
        ],
        h.template("#forward-template")[
            _box(
                _("Forward to"),
                picks=Among.TARGETS,
                start=_("Forward"),
                limit=_("Up to {most} conversations.").format(most=number(MAX_TARGETS)),
            )
        ],
    ]


def _box(
    label: str,
    *,
    picks: Among = Among.ALL,
    start: str = "",
    limit: str = "",
    choice: h.Node = None,
) -> h.Element:
    """Return the dialog: to open one of the results, or to pick several up to a `limit`."""
    return h.dialog(
        ".switcher", data_testid="switcher", data_picks=picks or None, aria_label=label
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
        h.p(".switcher-none", hidden=True)[_("No matches. Try another name.")],
        h.div(".switcher-foot")[
            h.textarea(
                rows=2,
                maxlength=2 * MESSAGE_LIMIT,
                dir="auto",
                aria_label=_("Note (optional)"),
                placeholder=_("Note (optional)"),
            )
            if picks is Among.TARGETS
            else None,
            choice,
            h.p(".field-hint")[limit],
            h.p(".refusals", role="alert"),
            h.button(".button", type="button", data_action="switcher-start")[start],
        ]
        if picks
        else None,
    ]


def _encryption() -> h.Element:
    """Return the choice of an encrypted conversation."""
    return h.div(".explained")[
        h.label(".check")[
            h.input(type="checkbox", name="encrypted"), h.span[_("End-to-end encrypted")]
        ],
        h.p(".field-hint")[encryption.meaning()],
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
        data_people=username,
        data_targets=str(found.room_id) if found.room_id else f"@{username}",
    )[
        room_sign.draw(found.kind, found.people),
        encryption.sign() if found.is_encrypted else None,
        h.span(".name", dir="auto")[found.title],
        h.span(".more", dir="auto")[_more(found, username)],
    ]


def _more(found: QuickSearchResult, username: str | None) -> str:
    if username:
        return f"@{username}"
    return found.topic if found.is_mine else found.topic or _("Not joined yet")


STYLE = """
.switch {
  flex: 1 0 100%; margin-inline: -4px 0; display: flex; align-items: center; gap: 8px; border: 1px solid var(--field-line); border-radius: var(--radius-l); background: var(--field);
  color: var(--muted); font: var(--text-m) var(--font); letter-spacing: 0; padding: 7px 10px; cursor: pointer; text-align: start; min-inline-size: 0;
}
.switch:hover { color: var(--ink); }
.switch:focus-visible { outline: 2px solid var(--accent); }
.switch span { flex: 1; }
.switch .q-icon { font-size: var(--icon-s); }
.switch kbd { font: var(--text-xs) var(--font); border: 1px solid var(--line); border-radius: var(--radius-s); padding: 1px 5px; }
.switcher {
  position: fixed; inset-block-start: 12dvh; inset-inline: 0; margin: 0 auto; padding: 0; border: 1px solid var(--line); border-radius: var(--radius-xl); overflow: hidden;
  inline-size: min(94vw, 560px); max-block-size: 70dvh; background: var(--surface); color: var(--ink); box-shadow: var(--shadow);
}
.switcher[open] { display: flex; flex-direction: column; }
.switcher::backdrop { background: var(--scrim); }
.switcher-field { display: flex; align-items: center; gap: 8px; padding-block: 8px; padding-inline: 14px 60px; border-block-end: 1px solid var(--line); flex-wrap: wrap; position: relative; }
.switcher-field > .icon-button { position: absolute; inset-block-start: 8px; inset-inline-end: 8px; }
.switcher-field input { flex: 1; min-inline-size: 120px; border: 0; outline: 0; background: none; color: var(--ink); font: var(--text-xl) var(--font); padding-block: 8px; }
.switcher-field input::placeholder { color: var(--muted); }
.picked { display: contents; }
.picked button { border: 0; border-radius: var(--radius-full); background: var(--selected); color: var(--ink); font: 600 var(--text-s) var(--font); padding: 5px 10px; cursor: pointer; max-inline-size: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.picked button::after { content: " ×"; color: var(--muted); }
.switcher-list { overflow-y: auto; padding: 6px; overscroll-behavior: contain; }
.switcher-list:empty { display: none; }
.switcher-found { display: flex; align-items: center; gap: 10px; padding: 8px 10px; border-radius: var(--radius-m); color: var(--ink); text-decoration: none; font-size: var(--text-l); }
.switcher-found[aria-selected="true"] { background: var(--selected); }
.switcher-found .name { unicode-bidi: isolate; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: 0 1 auto; }
.switcher-found .more { color: var(--muted); font-size: var(--text-s); flex: 1 1 0; min-inline-size: 60px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: end; }
.switcher-none { color: var(--muted); margin: 0; padding: 14px 18px; font-size: var(--text-m); }
.switcher-foot { display: grid; gap: 8px; padding: 10px 14px 14px; border-block-start: 1px solid var(--line); }
.switcher-foot > p { margin: 0; }
.switcher-foot textarea { font: var(--text-m)/1.4 var(--font); color: var(--ink); background: var(--field); border: 1px solid var(--field-line); border-radius: var(--radius-m); padding: 8px 12px; resize: none; }
.switcher-foot textarea:focus { border-color: var(--accent); box-shadow: 0 0 0 1px var(--ring); outline: none; }
.refusals { color: var(--danger); font-size: var(--text-s); white-space: pre-line; overflow-wrap: anywhere; }
.refusals:empty { display: none; }
.switcher:not(:has(.picked > button)) .switcher-foot > :is(textarea, .explained, .button) { display: none; }
@media (hover: none) { .switch kbd { display: none; } }
@media (max-width: 700px) { .switcher { inset-block-start: 8px; max-block-size: calc(100dvh - 16px); } }
"""
