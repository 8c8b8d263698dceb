"""The inbox of mentions: the messages that mention the viewer, in all rooms."""

from collections.abc import Awaitable, Callable

import htpy as h
from nicegui import ui

from chat_ui.components import form, html, page_header
from chat_ui.messages import card
from services.core.i18n import _
from services.messages.inbox import Inbox


def draw(inbox: Inbox, on_older: Callable[[int], Awaitable[None]]) -> None:
    """Draw the page of messages that mention the viewer, the newest first.

    `on_older` gets the id of a message, and shows older ones.
    """
    with page_header.draw(_("Mentions")):
        if not inbox.found:
            ui.label(
                _("Nobody has named you yet. Who does, with @ and your name, is here.")
            ).classes("field-hint")
            return
        with ui.element("section").classes("card cards"):
            cards = html.draw(
                "div",
                (
                    card.draw(
                        each.message,
                        each.title,
                        extra=h.span(".new")[_("new")]
                        if each.message.message_id in inbox.unread
                        else None,
                    )
                    for each in inbox.found
                ),
            )
            cards.classes("inbox").props("data-testid=inbox")
        if before := inbox.before:
            form.button(_("Older"), kind="button", quiet=True).on("click", lambda: on_older(before))


def link() -> h.Element:
    """Return the link to the inbox; the browser shows the count beside it."""
    return h.a(".find", href="/mentions", data_testid="mentions")[
        html.icon("alternate_email"), h.span[_("Mentions")]
    ]


STYLE = """
.find[data-count]::after {
  content: attr(data-count); margin-inline-start: auto; background: var(--accent); color: var(--on-accent); font: 700 11.5px/1 var(--font);
  border-radius: 999px; padding: 4px 7px; min-inline-size: 20px; text-align: center;
}
.inbox .new { background: var(--accent); color: var(--on-accent); font: 600 11px/1 var(--font); border-radius: 999px; padding: 3px 7px; }
.mention { font-weight: 600; color: var(--link); border-radius: 5px; padding-inline: 2px; background: color-mix(in srgb, var(--accent) 12%, transparent); }
.mention.me { background: var(--notice); color: var(--ink); }
.message.names-me:not([data-state]) .bubble { border-inline-start: 3px solid var(--accent); }
"""
