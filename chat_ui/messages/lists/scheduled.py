"""Scheduled messages: the page that lists them, and the line above the composer of a room."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import htpy as h

from chat_ui.components import empty_state, html, page_header
from chat_ui.messages.lists import message_body
from services.core.i18n import _, number, plural
from services.messages.rendering import text
from services.messages.scheduling.scheduled import ScheduledView

ADDRESS = "/scheduled"


def draw(found: Sequence[ScheduledView], on_press: Callable[[Any], Awaitable[None]]) -> html.Plain:
    """Draw the page, and return its list; `on_press` gets the data of a button in it."""
    with page_header.draw(_("Scheduled")):
        shown = html.draw("section", entries(found)).classes("card")
        shown.props("data-presses data-testid=scheduled").on("press", on_press, args=["detail"])
    return shown


def entries(found: Sequence[ScheduledView]) -> h.Node:
    """Return the list: what waits, and what could not be sent."""
    if not found:
        return empty_state.draw(
            "messages",
            _(
                "Nothing is scheduled. Write a message and choose “Send later” beside the button "
                "that sends it; on a phone, it is under the plus sign."
            ),
        )
    return [_entry(each) for each in found]


def line(count: int) -> html.Plain:
    """Draw the line of a room to which `count` messages will be sent later."""
    words = plural(
        "{count} message will be sent later", "{count} messages will be sent later", count
    )
    drawn = html.draw(
        "a", html.icon("schedule_send"), h.span[words.format(count=number(count))]
    ).classes("later-line")
    drawn.props(f"href={ADDRESS} data-testid=will-be-sent")
    return drawn


def _entry(found: ScheduledView) -> h.Element:
    return h.article(".later", data_key=found.client_message_id)[
        h.header[
            h.a(".later-room", href=f"/rooms/{found.room_id}", dir="auto")[found.room_title]
            if found.room_title
            else h.b[_("A room you are no longer in")],
            h.time(datetime=found.send_at.isoformat(timespec="milliseconds"), data_long=True),
        ],
        h.p(".later-reply", dir="auto")[
            _("Reply to {name}").format(name=found.quote.author.display_name)
        ]
        if found.quote
        else None,
        message_body.draw(text.excerpt(found.text, found.html)),
        h.p(".later-refusal")[h.b[_("Not sent.")], " ", found.refusal] if found.refusal else None,
        h.div(".later-buttons")[_buttons(found)],
    ]


def _buttons(found: ScheduledView) -> Sequence[h.Element]:
    key = found.client_message_id
    if not found.may_write:  # what is edited goes into the composer, and there is none
        return [_button(key, "copy", _("Copy text")), _button(key, "delete", _("Delete"))]
    return [
        _button(key, "send", _("Send now")),
        _button(key, "move", _("Change time")),
        _button(key, "edit", _("Edit")),
        _button(key, "delete", _("Delete")),
    ]


def _button(key: str, does: str, words: str) -> h.Element:
    return h.button(
        ".button.quiet", type="button", data_action="press", data_does=does, data_key=key
    )[words]


STYLE = """
.later { display: grid; gap: 8px; padding-block: 4px 14px; min-inline-size: 0; }
.later + .later { border-block-start: 1px solid var(--line); padding-block-start: 16px; }
.later header { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; justify-content: space-between; font-size: var(--text-m); }
.later-room { color: var(--ink); font-weight: 600; overflow-wrap: anywhere; text-decoration: none; }
.later-room:hover { text-decoration: underline; }
.later time { color: var(--muted); font-size: var(--text-s); }
.later .message-body { max-block-size: 14em; overflow: auto; overflow-wrap: anywhere; }
.later-reply { margin: 0; padding-inline-start: 10px; border-inline-start: 3px solid var(--accent); color: var(--muted); font-size: var(--text-s); }
.later-refusal { margin: 0; padding: 9px 13px; border-radius: var(--radius-m); background: var(--danger-soft); color: var(--danger); font-size: var(--text-m); }
.later-buttons { display: flex; flex-wrap: wrap; gap: 8px; }
.later-line {
  display: flex; align-items: center; gap: 8px; inline-size: min(100% - 2 * var(--space-4), var(--column)); margin: 0 auto; padding: 4px 14px;
  color: var(--muted); font-size: var(--text-s); text-decoration: none;
}
.later-line .q-icon { font-size: var(--icon-s); }
.later-line:hover { color: var(--link); text-decoration: underline; }
.later-line:focus-visible { outline: 2px solid var(--accent); border-radius: var(--radius-m); }
@media (pointer: coarse) { .later-line { min-block-size: 44px; } .later-room { min-block-size: 44px; align-content: center; } }
"""
