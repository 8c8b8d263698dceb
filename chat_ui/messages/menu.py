"""The menu of a message: one for the whole page, which the browser moves about.

Its entries are in `actions.py`; those of your own in `chat_ui/custom/`.
"""

import htpy as h

from chat_ui.components import emoji_picker, html
from chat_ui.plugins import ACTIONS, ActionEntry
from services.core.i18n import _, translate


def draw() -> h.Element:
    """Return the template of the menu; the browser copies it when it is first needed."""
    return h.template("#message-menu-template")[
        h.div("#message-menu.message-menu")[
            h.div(".bar", role="toolbar", aria_label=_("What to do with this message"))[
                h.div(".quick", data_who="react")[
                    (
                        h.button(
                            type="button", data_action="react", data_emoji=sign, aria_label=sign
                        )[sign]
                        for sign in emoji_picker.FREQUENT
                    ),
                    h.button(
                        type="button",
                        data_action="react-more",
                        aria_label=_("React"),
                        title=_("React"),
                    )[html.icon("add_reaction")],
                ],
                _quick(ACTIONS["reply"]),
                h.button(
                    type="button",
                    data_action="message-more",
                    aria_haspopup="menu",
                    aria_label=_("More"),
                    title=_("More"),
                )[html.icon("more_horiz")],
            ],
            h.div(".choices", role="menu")[
                (
                    h.button(
                        type="button",
                        role="menuitem",
                        data_action="message-do",
                        data_does=entry.name,
                        data_who=entry.who,
                    )[html.icon(entry.icon), h.span[translate(entry.label)]]
                    for entry in entries()
                )
            ],
        ]
    ]


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
/* Above the bubble, so that nothing of the message itself is covered. */
.message-menu { position: absolute; inset-block-end: calc(100% - 7px); inset-inline-start: 8px; z-index: 5; }
.message[data-state] .message-menu { inset-inline: auto 8px; }
.message-menu .bar { display: flex; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow); padding: 2px; opacity: 0; }
.message:hover .message-menu .bar, .message:focus-within .message-menu .bar, .message-menu.open .bar { opacity: 1; }
.message-menu .bar button { inline-size: 30px; block-size: 28px; border: 0; border-radius: 8px; background: none; color: var(--muted); font-size: 18px; cursor: pointer; display: grid; place-items: center; }
.message-menu .bar .quick { display: flex; }
.message-menu .bar .quick button { font-size: 17px; }
.message-menu .bar .quick .q-icon { font-size: 18px; }
.message-menu button:hover { background: var(--hover); color: var(--ink); }
.message-menu .choices {
  display: none; position: absolute; inset-inline-start: 0; inset-block-start: calc(100% + 4px); min-inline-size: 210px; padding: 6px;
  background: var(--surface); color: var(--ink); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); max-block-size: 60dvh; overflow-y: auto;
}
.message[data-state] .message-menu .choices { inset-inline: auto 0; }
.message-menu .choices.above { inset-block: auto calc(100% + 4px); }
.message-menu.open .choices { display: grid; }
.message:has(.message-menu.open) { position: relative; z-index: 6; }
.message-menu .choices button { display: flex; gap: 10px; align-items: center; padding: 8px 10px; border: 0; border-radius: 9px; background: none; color: var(--ink); font: 14px var(--font); text-align: start; cursor: pointer; }
.message-menu .choices .q-icon { font-size: 18px; color: var(--muted); }
.message-menu .choices button.done { color: var(--good); }
.message-menu [data-does="delete"] { color: var(--danger) !important; }
.message-menu :is([data-who="mine"], [data-who="edit"], [data-who="delete"], [data-who="pin"], [data-who="unpin"], [data-who="write"], [data-who="react"], [data-who="reacted"], [data-who="poll"], [data-who="named"]) { display: none !important; }
.timeline[data-writes] .message-menu [data-who="write"] { display: flex !important; }
.timeline[data-reacts] .message-menu [data-who="react"] { display: flex !important; }
.timeline[data-moderates] .message:has(.poll:not(.closed)) .message-menu [data-who="poll"], .timeline[data-reacts] .message[data-state]:has(.poll:not(.closed)) .message-menu [data-who="poll"] { display: flex !important; }
.timeline .message[data-state]:has(.poll) .message-menu [data-who="edit"][data-does] { display: none !important; }
.message:has(.poll:not([data-anonymous])) .message-menu [data-who="named"] { display: flex !important; }
.message:has(> .bubble > .message-body:empty) .message-menu [data-does="text"] { display: none; }
.message:has(.reactions) .message-menu [data-who="reacted"] { display: flex !important; }
.message[data-state] .message-menu [data-who="mine"] { display: flex !important; }
.timeline[data-writes] .message[data-state] .message-menu [data-who="edit"] { display: flex !important; }
.timeline[data-moderates] .message-menu [data-who="delete"], .message[data-state] .message-menu [data-who="delete"] { display: flex !important; }
.timeline[data-pins] .message:not(.pinned) .message-menu [data-who="pin"] { display: flex !important; }
.timeline[data-pins] .message.pinned .message-menu [data-who="unpin"] { display: flex !important; }
.message-menu .bar [data-who="write"] { place-items: center; justify-content: center; align-items: center; }
@media (max-width: 700px) {
  .message-menu.open { position: fixed; inset: auto 0 0 0 !important; z-index: 40; }
  .message[data-state] .message-menu.open, .message-menu.open { background: var(--surface); border-radius: 18px 18px 0 0; box-shadow: var(--shadow); }
  .message-menu.open .bar { border: 0; box-shadow: none; border-radius: 0; background: none; padding: 12px 12px 0; }
  .timeline .message .message-menu.open .bar > button { display: none !important; }
  .message-menu.open .quick { flex: 1; justify-content: space-between; }
  .message-menu.open .bar .quick button { inline-size: 44px; block-size: 44px; font-size: 26px; background: var(--hover); border-radius: 50%; }
  .message-menu.open .choices { position: static; inline-size: 100%; border: 0; box-shadow: none; padding: 12px 12px calc(16px + env(safe-area-inset-bottom)); }
  .message-menu.open .choices button { padding: 12px 14px; font-size: 16px; }
}
@media (hover: none) { .message-menu:not(.open) { display: none; } }
"""
