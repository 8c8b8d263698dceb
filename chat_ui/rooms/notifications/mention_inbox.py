"""The inbox of mentions: the messages that mention the viewer, in all rooms."""

from collections.abc import Awaitable, Callable

import htpy as h

from chat_ui.components import html, page_header
from chat_ui.components.forms import form
from chat_ui.messages.lists import card
from services.core.i18n import _
from services.messages.inbox import Inbox


def draw(inbox: Inbox, on_older: Callable[[int], Awaitable[None]]) -> html.Plain:
    """Draw the page of messages that mention the viewer, and return its list.

    `on_older` gets the id of a message, and shows older ones.
    """
    with page_header.draw(_("Mentions")):
        shown = html.draw("div", entries(inbox)).classes("inbox").props("data-testid=inbox")
        if before := inbox.before:
            form.button(_("Older"), kind="button", quiet=True).on("click", lambda: on_older(before))
    return shown


def entries(inbox: Inbox) -> h.Node:
    """Return the list: the messages, the newest first."""
    if not inbox.found:
        return h.p(".field-hint")[_("No mentions yet. Messages with @ and your name appear here.")]
    return h.section(".card.cards")[
        h.div[
            (
                card.draw(
                    each.message,
                    each.title,
                    extra=h.span(".new")[_("new")]
                    if each.message.message_id in inbox.unread
                    else None,
                )
                for each in inbox.found
            )
        ]
    ]


def link() -> h.Element:
    """Return the link to the inbox; the browser shows the count beside it."""
    return html.link(
        "alternate_email", _("Mentions"), "/mentions", ".to-mentions", data_testid="mentions"
    )


STYLE = """
.to-mentions { position: relative; }
.to-mentions[data-count]::after {
  content: attr(data-count); position: absolute; inset-block-start: 0; inset-inline-end: -2px; background: var(--accent); color: var(--on-accent); font: 700 var(--text-xs)/1 var(--font);
  border-radius: var(--radius-full); padding: 3px 5px; min-inline-size: 16px; text-align: center;
}
.inbox .new { background: var(--accent); color: var(--on-accent); font: 600 var(--text-xs)/1 var(--font); border-radius: var(--radius-full); padding: 3px 7px; }
.mention { font-weight: 600; color: var(--link); border-radius: var(--radius-s); padding-inline: 2px; background: var(--mention); }
.message:not([data-state]) .mention.me, .message .mention.me:not([data-user-id="0"]) { background: var(--notice); color: var(--ink); }
.message:not([data-state]):has(.mention.me) .bubble { border-color: var(--accent); border-inline-start-width: 4px; padding-inline-start: 9px; }
"""
