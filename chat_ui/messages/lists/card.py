"""A message outside its room, with a link to it."""

import htpy as h

from chat_ui.components import avatar, person_name
from chat_ui.messages.lists import message_body
from chat_ui.messages.media import attachment
from models import ENCRYPTED_KINDS
from services.core.dto import MessageView
from services.messages.rendering import text


def draw(
    message: MessageView, title: str = "", *, body: h.Node = None, extra: h.Node = None
) -> h.Element:
    """Return the card of `message`; its room is called `title`, if that is given.

    `body` is shown instead of its text, `extra` at the end of its head.
    """
    address = f"/rooms/{message.room_id}/messages/{message.seq}"
    return h.article(
        ".message-card",
        data_message_id=message.message_id,
        data_author_id=message.author.user_id,
    )[
        avatar.draw(message.author),
        h.div(".grow")[
            h.header[
                h.b(dir="auto")[person_name.draw(message.author)],
                h.span(".room-name", dir="auto")[title] if title else None,
                h.a(href=address)[
                    h.time(
                        datetime=message.created_at.isoformat(timespec="milliseconds"),
                        data_long=True,
                    )
                ],
                extra,
            ],
            h.a(".cover", href=address, tabindex="-1", aria_hidden="true"),
            h.div(".message-body", dir="auto")[body] if body is not None else _body(message),
        ],
    ]


def _body(message: MessageView) -> h.Element:
    if message.kind in ENCRYPTED_KINDS:
        return message_body.draw_encrypted()
    file = attachment.named(message.file) if message.file else None
    return message_body.draw(text.excerpt(message.text, message.html), above=file)


STYLE = """
/* In a panel they begin where all else does. */
.panel .cards { display: grid; grid-template-columns: minmax(0, 1fr); margin-inline: -10px; }
.message-card { display: flex; gap: 12px; padding: 12px 10px; border-radius: var(--radius-l); position: relative; min-inline-size: 0; }
.message-card + .message-card { border-block-start: 1px solid var(--line); }
.message-card:hover { background: var(--hover); }
.message-card .grow { flex: 1; min-inline-size: 0; }
.message-card header { display: flex; flex-wrap: wrap; gap: 2px 8px; align-items: baseline; font-size: var(--text-s); }
.message-card .room-name { color: var(--muted); }
.message-card .room-name::before { content: "· "; }
.message-card header a { color: var(--muted); font-size: var(--text-xs); text-decoration: none; display: inline-block; min-block-size: 24px; line-height: 24px; }
.message-card header a:hover { text-decoration: underline; }
.message-card .cover { position: absolute; inset: 0; border-radius: inherit; }
.message-card :is(.message-body a, header a, button) { position: relative; z-index: 1; }
.message-card .message-body { max-block-size: 9.5em; overflow: hidden; }
"""
