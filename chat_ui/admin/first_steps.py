"""The cards in the Lobby of a new chat: what its administrator may do first."""

from collections.abc import Awaitable
from typing import Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.forms import form
from services.core.i18n import _
from services.host.first_steps import FirstSteps


class Actions(Protocol):
    """What happens when something on the cards is pressed."""

    def on_hide_first_steps(self) -> Awaitable[None]:
        """Show them no more."""


def draw(steps: FirstSteps, actions: Actions) -> None:
    """Draw the cards; each opens the real thing, and is ticked off when that is done."""
    with ui.element("section").classes("first-steps") as section:
        section.props["aria-label"] = _("First steps")
        with ui.element("div").classes("first-steps-head"):
            ui.label(_("Welcome! This is your chat.")).props("role=heading aria-level=2")
            hide = form.button(_("Hide"), kind="button", quiet=True)
            hide.props("data-testid=hide-first-steps").on("click", actions.on_hide_first_steps)
        html.draw("ul", *_cards(steps))


def _cards(steps: FirstSteps) -> list[h.Element]:
    return [
        _card(
            html.icon("person_add"),
            _("Invite people"),
            _("Make a link by which others create their accounts."),
            steps.has_invited,
            href="/people",
        ),
        _card(
            html.icon("palette"),
            _("Name your chat"),
            _("Choose its name, colour and icon."),
            steps.has_name,
            href="/branding",
        ),
        _card(
            html.icon("tag"),
            _("Create a room"),
            _("For a topic, a class or a team."),
            steps.has_room,
        ),
    ]


def _card(sign: h.Element, title: str, words: str, is_done: bool, href: str = "") -> h.Element:
    content = [
        html.icon("check") if is_done else sign,
        h.span[h.b[title], h.span[_("Done") if is_done else words]],
    ]
    opener = (
        h.a(href=href)[content] if href else h.button(type="button", data_ask="new_room")[content]
    )
    return h.li(".done" if is_done else "")[opener]


STYLE = """
.first-steps { flex: 0 1 auto; overflow-y: auto; min-block-size: 96px; inline-size: min(var(--column), 100% - 2 * var(--space-4)); margin: 16px auto 12px; }
.first-steps:has(~ .timeline-frame .message[data-seq]:not([data-state])) { display: none; } /* somebody else has spoken */
.first-steps-head { display: flex; align-items: center; justify-content: space-between; gap: 12px; font-size: var(--text-xl); font-weight: 700; }
.first-steps ul { list-style: none; margin: 10px 0 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 220px), 1fr)); gap: 10px; }
.first-steps li > * { display: flex; gap: 12px; align-items: center; inline-size: 100%; block-size: 100%; padding: 12px 14px; border: 1px solid var(--line); border-radius: var(--radius-l); background: var(--surface); color: var(--ink); font: var(--text-m)/1.4 var(--font); text-align: start; text-decoration: none; cursor: pointer; }
.first-steps li > *:hover { border-color: var(--accent); }
.first-steps li > *:focus-visible { outline: 2px solid var(--ring); outline-offset: 1px; }
.first-steps .q-icon { flex: none; font-size: var(--icon-l); color: var(--accent); }
.first-steps .done .q-icon { color: var(--good); }
@media (max-height: 500px), (max-width: 700px) { /* as on a laptop at 400 %, or a phone: there is room for one of the two */
  .first-steps:has(~ .timeline-frame .message) { display: none; }
}
@media (max-height: 500px) {
  .first-steps ~ .timeline-frame .timeline::before { content: none !important; }
}
.first-steps b, .first-steps b + span { display: block; }
.first-steps b + span { color: var(--muted); font-size: var(--text-s); }
"""
