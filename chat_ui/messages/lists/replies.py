"""The replies to a message: the link under it, and the panel that it opens."""

import htpy as h

from chat_ui.components import html
from chat_ui.components.overlays.panel import Panel
from chat_ui.messages.lists import card
from services.core.dto import MessageView
from services.core.i18n import _, number, plural
from services.messages.replies import MAX_REPLIES, Replies


def link(message: MessageView) -> h.Element:
    """Return the link under a message that has replies; the browser puts the words into it."""
    address = f"/rooms/{message.room_id}/replies/{message.seq}"
    return h.div(".replies")[
        h.a(href=address)[
            html.icon("reply"), h.span(data_says="wordReplies", data_count=message.replies)
        ]
    ]


def words_of_browser() -> dict[str, str]:
    """Return the words of the link, as attributes of the timeline."""
    return html.counted("replies", lambda count: plural("{count} reply", "{count} replies", count))


def panel(shown: Replies) -> Panel:
    """Return the panel with a message and the replies to it."""
    content = h.fragment[
        h.div(".replied-to")[card.draw(shown.original)],
        h.p(".field-hint")[
            _("These are the newest {count} replies.").format(count=number(MAX_REPLIES))
            if shown.more
            else plural("{count} reply", "{count} replies", len(shown.found)).format(
                count=number(len(shown.found))
            )
            if shown.found
            else _("No replies yet. To reply, choose “Reply” in the menu of the message.")
        ],
        h.div(".cards")[map(card.draw, shown.found)] if shown.found else None,
    ]
    seq = shown.original.seq
    return Panel(
        _("Replies"),
        content,
        lists=lambda each: each.seq == seq or (each.quote is not None and each.quote.seq == seq),
    )


STYLE = """
.message .replies { display: flex; margin-block-start: 4px; font-size: var(--text-s); font-weight: 600; line-height: 1.4; }
.message .replies a { display: inline-flex; align-items: center; gap: 4px; min-block-size: 24px; color: var(--link); text-decoration: none; }
.message .replies a:hover { text-decoration: underline; }
.replied-to { margin-inline: -13px -10px; border-inline-start: 3px solid var(--accent); background: var(--hover); border-radius: var(--radius-s); }
"""
