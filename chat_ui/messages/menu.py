"""The menu of a message: one for the whole page, which the browser moves about.

Its entries are in `actions.py`; those of your own in `chat_ui/custom/`.
"""

import htpy as h

from chat_ui.components import html
from chat_ui.components.emoji import emoji_picker
from chat_ui.components.overlays import menu
from chat_ui.plugins import ACTIONS, ActionEntry
from services.core.i18n import _, translate


def draw() -> h.Element:
    """Return the template of the menu; the browser copies it when it is first needed."""
    return h.template("#message-menu-template")[
        h.div("#message-menu.message-menu")[
            h.div(".bar", role="toolbar", aria_label=_("Message actions"))[
                _frequent_reactions(in_menu=False),
                _quick(ACTIONS["reply"]),
                h.button(
                    type="button",
                    popovertarget="message-choices",
                    aria_haspopup="menu",
                    aria_label=_("More"),
                    title=_("More"),
                )[html.icon("more_horiz")],
            ],
            h.div(
                "#message-choices.choices.menu",
                role="menu",
                popover="auto",
                tabindex=-1,
                data_menu=True,
            )[
                _frequent_reactions(in_menu=True),
                (_choice(entry) for entry in entries()),
            ],
        ]
    ]


def _frequent_reactions(*, in_menu: bool) -> h.Element:
    """Return the emoji to react with at once; in the menu only where there is no bar."""
    react = _("React")
    role = {"role": "menuitem"} if in_menu else {}
    return h.div(".quick", data_who="react", role="group" if in_menu else None)[
        (
            h.button(type="button", data_action="react", data_emoji=sign, aria_label=sign, **role)[
                sign
            ]
            for sign in emoji_picker.FREQUENT
        ),
        h.button(type="button", data_action="react-more", aria_label=react, title=react, **role)[
            html.icon("add_reaction")
        ],
    ]


def _choice(entry: ActionEntry) -> h.Element:
    return menu.entry(
        entry.icon,
        translate(entry.label),
        data_action="message-do",
        data_does=entry.name,
        data_who=entry.who,
        # Both say first that they have copied something.
        data_late=entry.name in {"link", "text"},
    )


def entries() -> list[ActionEntry]:
    """Return the entries of the menu, in order: deleting comes last."""
    listed = [entry for entry in ACTIONS.values() if entry.label]
    return sorted(listed, key=lambda entry: entry.name == "delete")


def _quick(entry: ActionEntry) -> h.Element:
    return h.button(
        type="button",
        data_action="message-do",
        data_does=entry.name,
        data_who=entry.who,
        aria_label=translate(entry.label),
        title=translate(entry.label),
    )[html.icon(entry.icon)]


STYLE = """
/* Beside the bubble, which leaves --bar for it, so that no text is covered; it stays on the screen while one reads a long message. */
:root { --bar: 286px; --frequent: grid; }
.message-menu { position: absolute; inset-block: 0; inset-inline-start: calc(100% + 4px); z-index: 5; }
.message[data-state] .message-menu { inset-inline: auto calc(100% + 4px); }
.message-menu .bar { position: sticky; inset-block-start: 4px; display: flex; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius-m); box-shadow: var(--shadow); padding: 2px; opacity: 0; }
.message:hover .message-menu .bar, .message:focus-within .message-menu .bar { opacity: 1; }
.message-menu .bar button { inline-size: 30px; block-size: 28px; border: 0; border-radius: var(--radius-m); background: none; color: var(--muted); font-size: var(--icon-s); cursor: pointer; display: grid; place-items: center; }
.message-menu .bar .quick { display: flex; }
.message-menu .bar .quick button { font-size: var(--icon-s); }
.message-menu .bar .quick button:not(:last-child) { display: var(--frequent); }
.message-menu .bar .quick .q-icon { font-size: var(--icon-s); }
.message-menu .bar button:hover { background: var(--hover); color: var(--ink); }
.message-menu .choices button.done { color: var(--good); }
.timeline .message .message-menu .choices .quick { display: none !important; }
.message-menu [data-does="delete"] { color: var(--danger) !important; }
.message-menu :is([data-who="mine"], [data-who="edit"], [data-who="delete"], [data-who="pin"], [data-who="unpin"], [data-who="write"], [data-who="react"], [data-who="reacted"], [data-who="replied"], [data-who="poll"], [data-who="named"], [data-who="linked"], [data-who="pictured"]) { display: none !important; }
.message:has(> .bubble > .file:is([data-kind="picture"], [data-kind="sticker"])) .message-menu [data-who="pictured"] { display: flex !important; }
.timeline[data-writes] .message-menu [data-who="write"] { display: flex !important; }
.timeline[data-reacts] .message-menu [data-who="react"] { display: flex !important; }
.timeline[data-moderates] .message:has(.poll:not(.closed)) .message-menu [data-who="poll"], .timeline[data-reacts] .message[data-state]:has(.poll:not(.closed)) .message-menu [data-who="poll"] { display: flex !important; }
.timeline .message[data-state]:is(:has(.poll), .stickered) .message-menu [data-who="edit"][data-does] { display: none !important; }
.message:has(.poll:not([data-anonymous])) .message-menu [data-who="named"] { display: flex !important; }
.message:has(> .bubble > .message-body:empty) .message-menu [data-does="text"] { display: none; }
.message.encrypted .message-menu :is([data-does="text"], [data-does="forward"], [data-does="save"], [data-does="edit"]) { display: none !important; }
.timeline[data-moderates] .message:has(.link-card) .message-menu [data-who="linked"], .message[data-state]:has(.link-card) .message-menu [data-who="linked"] { display: flex !important; }
.message:has(.replies) .message-menu [data-who="replied"] { display: flex !important; }
.message:has(.reactions) .message-menu [data-who="reacted"] { display: flex !important; }
.message[data-state] .message-menu [data-who="mine"] { display: flex !important; }
.message[data-state] .message-menu [data-who="others"] { display: none !important; }
.timeline[data-writes] .message[data-state] .message-menu [data-who="edit"] { display: flex !important; }
.timeline[data-moderates] .message-menu [data-who="delete"], .message[data-state] .message-menu [data-who="delete"] { display: flex !important; }
.timeline[data-pins] .message:not(.pinned) .message-menu [data-who="pin"] { display: flex !important; }
.timeline[data-pins] .message.pinned .message-menu [data-who="unpin"] { display: flex !important; }
.message-menu .bar [data-who="write"] { place-items: center; justify-content: center; align-items: center; }
/* Without the frequent reactions where there is less space: in narrower windows, and beside a panel. */
@media (max-width: 1200px) { :root { --bar: 104px; --frequent: none; } }
@media (min-width: 700.1px) { :root:has(.panel) { --bar: 104px; --frequent: none; } }
@media (max-width: 700px) {
  :root { --bar: 42px; }
  .timeline .message .message-menu .bar > :not([popovertarget]) { display: none !important; }
}
@media (max-width: 1200px), (hover: none) {
  .timeline[data-reacts] .message .message-menu .choices .quick { display: flex !important; flex-wrap: wrap; justify-content: space-between; gap: 4px; padding: 6px 6px 12px; }
  .message-menu .choices .quick button { inline-size: 44px; block-size: 44px; padding: 0; justify-content: center; font-size: var(--icon-l); background: var(--hover); border-radius: 50%; }
}
@media (hover: none) { .message-menu .bar { display: none; } }
"""
