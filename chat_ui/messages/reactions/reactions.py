"""The reactions under a message: the same for every viewer; the browser marks their own."""

from collections.abc import Sequence

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html
from chat_ui.components.overlays import dialog
from services.core.dto import ReactionView, UserSummary
from services.core.i18n import _, number
from services.messages.reactions import Reactors


def draw(reactions: Sequence[ReactionView]) -> h.Element:
    """Return the reactions; the browser labels the last button (messages/reactions/reactions.js)."""
    return h.div(".reactions")[
        (
            h.button(
                ".reaction",
                type="button",
                data_action="react",
                data_emoji=each.emoji,
                data_by=" ".join(map(str, each.user_ids)),
            )[h.span(".sign")[each.emoji], h.span(".many", data_figure=len(each.user_ids))]
            for each in reactions
        ),
        h.button(".reaction.more", type="button", data_action="react-more")[
            html.icon("add_reaction")
        ],
    ]


def show(found: Sequence[Reactors]) -> ui.dialog:
    """Open a dialog with who reacted to a message."""
    groups = [(h.span(".sign")[each.emoji], each.people) for each in found]
    return show_people(_("Reactions"), groups, _("No reactions yet."))


def show_people(
    title: str, groups: Sequence[tuple[h.Node, Sequence[UserSummary]]], nobody: str
) -> ui.dialog:
    """Open a dialog with people in groups; it says `nobody` when there is no group."""
    with dialog.show(title) as shown:
        html.draw(
            "div", [_group(head, people) for head, people in groups] or h.p(".field-hint")[nobody]
        )
    return shown


def _group(head: h.Node, people: Sequence[UserSummary]) -> h.Element:
    return h.section(".reactors")[
        h.h3[head, h.span[number(len(people))]],
        h.ul[
            (
                h.li[avatar.draw(person), h.span(dir="auto")[person.display_name]]
                for person in people
            )
        ],
    ]


STYLE = """
.reactions { display: flex; flex-wrap: wrap; gap: 4px; margin-block: 5px 1px; }
.reaction {
  display: inline-flex; align-items: center; gap: 4px; block-size: 26px; padding: 0 8px; border: 1px solid var(--line);
  border-radius: var(--radius-full); background: var(--surface); color: var(--ink); font: 600 var(--text-s)/1 var(--font); cursor: pointer;
}
.reaction .sign { font-size: var(--text-l); }
.reaction:not([aria-disabled]):active { transform: scale(.92); transition: transform var(--fast); }
.reaction:hover { border-color: var(--accent); }
.reaction:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.reaction[aria-pressed="true"] { border-color: var(--accent); background: var(--mention); color: var(--link); }
.reaction.more { color: var(--muted); padding: 0 6px; font-size: var(--text-l); }
.reaction[aria-disabled] { opacity: .6; }
.timeline:not([data-reacts]) .reaction { pointer-events: none; }
.timeline:not([data-reacts]) .reaction.more { display: none; }
@media (hover: hover) { .message:not(:hover, :focus-within) .reaction.more { opacity: 0; } }
@media (pointer: coarse) { .reaction { block-size: 30px; padding-inline: 10px; } }
.reactors + .reactors { border-block-start: 1px solid var(--line); margin-block-start: 10px; padding-block-start: 10px; }
.reactors h3 { display: flex; align-items: center; gap: 8px; margin: 0 0 6px; font: 600 var(--text-s) var(--font); color: var(--muted); }
.reactors h3 .sign { font-size: var(--icon-m); line-height: 1.2; }
.reactors ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 6px; }
.reactors li { display: flex; align-items: center; gap: 10px; overflow-wrap: anywhere; min-inline-size: 0; }
"""
