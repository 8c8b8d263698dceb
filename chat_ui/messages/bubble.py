"""One message in the timeline.

Its HTML is made once and is the same for everybody. What differs from reader to reader,
such as which side it stands on, is for the stylesheet to decide by `data-state`, which the
browser sets on the reader's own messages. The `STYLE` below also draws the ✓ from it.
"""

import asyncio
import time
from collections.abc import Iterable
from functools import lru_cache

import htpy as h
from markupsafe import Markup

from chat_ui.components import avatar, html
from chat_ui.messages import attachment, poll, reactions
from chat_ui.messages.rendering import text
from chat_ui.people import profile
from services.core.dto import MessageView, Quote
from services.messages import emoji

CACHE_SIZE = 1000
"""How many drawn messages are kept: about 2 MB, should everybody be hostile 100 MB."""

YIELD_AFTER_SECONDS = 0.01
"""Seconds for which drawing may keep everything else waiting."""


async def draw_all(batch: Iterable[MessageView]) -> str:
    """Return messages as HTML, letting other tasks run if it takes long."""
    drawn = []
    began = time.monotonic()
    for each in batch:
        drawn.append(draw(each))
        if time.monotonic() - began > YIELD_AFTER_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()
    return "".join(drawn)


@lru_cache(maxsize=CACHE_SIZE)
def draw(message: MessageView) -> str:
    """Return a message as HTML."""
    return str(
        h.article(
            class_=["message", {"deleted": bool(message.deleted), "pinned": message.is_pinned}],
            tabindex=-1,
            data_message_id=message.message_id,
            data_seq=message.seq,
            data_change=message.change,
            data_author=message.author.username,
            data_author_id=message.author.user_id,
            data_client_id=message.client_message_id,
            data_mentions=" ".join(str(number) for _name, number in message.mentions) or None,
        )[
            avatar.draw(message.author),
            h.div(".bubble")[_header(message), *_inside(message)],
        ]
    )


def _header(message: MessageView) -> h.Element:
    return h.header[
        h.a(".author", dir="auto", href=profile.address(message.author.username))[
            message.author.display_name
        ],
        h.time(datetime=message.created_at.isoformat(timespec="milliseconds")),
        h.button(".edited", type="button", data_action="message-do", data_does="history")
        if message.edited_at and not message.deleted
        else None,
    ]


def _inside(message: MessageView) -> Iterable[h.Node]:
    if message.deleted:  # the stylesheet says so, in the reader's language
        yield h.div(".message-body.stone", data_by=message.deleted)
        return
    if message.is_forwarded:
        yield h.div(".forwarded")
    if message.quote:
        yield _quote(message.room_id, message.quote)
    if message.file:
        yield attachment.draw(message, message.file)
    large = 0 < emoji.count_alone(message.text) <= emoji.LARGE
    body = Markup(text.to_html(message.text, message.mentions))  # noqa: S704
    yield h.div(class_=["message-body", {"large": large}], dir="auto")[body]
    if message.poll:
        yield poll.draw(message.poll)
    if message.reactions:
        yield reactions.draw(message.reactions)


def _quote(room_id: int, quote: Quote) -> h.Element:
    return h.a(".quote", href=f"/rooms/{room_id}/messages/{quote.seq}", data_quote=quote.seq)[
        h.b(dir="auto")[quote.author.display_name],
        h.span(".quoted", dir="auto", data_is_name=quote.is_name)[
            quote.text if quote.is_name else text.to_plain(quote.text)
        ],
    ]


def draw_waiting(retry: str, edit: str, cancel: str) -> h.Element:
    """Return the template of a message that is not stored yet; the browser fills it."""
    return h.template("#waiting-message")[
        h.article(".message", data_state="sending")[
            h.div(".bubble")[
                h.header[h.time],
                h.div(".file.waiting-file")[
                    html.icon("insert_drive_file"),
                    h.span(".grow")[
                        h.span(".file-name", dir="auto"),
                        h.progress(max=1, value=0),
                        h.span(".file-facts"),
                    ],
                    html.button("close", cancel, data_action="cancel-file"),
                ],
                h.div(".message-body.plain", dir="auto"),
                h.div(".refusal", role="alert")[
                    h.span(".reason"),
                    h.button(type="button", data_action="retry")[retry],
                    h.button(type="button", data_action="edit")[edit],
                ],
            ],
        ]
    ]


STYLE = """
.message { display: flex; gap: 10px; padding: 8px 16px 0; max-inline-size: 100%; }
.message .bubble {
  background: var(--bubble); color: var(--ink); border-radius: 4px 16px 16px 16px;
  padding: 7px 12px 8px; max-inline-size: min(78%, 720px); min-inline-size: 0; position: relative;
  box-shadow: var(--bubble-shadow);
}
.message header { display: flex; gap: 8px; align-items: baseline; font-size: 12.5px; }
.message .author { font-weight: 600; overflow-wrap: anywhere; unicode-bidi: isolate; }
.message time { color: var(--muted); font-size: 11.5px; white-space: nowrap; }
.message-body { overflow-wrap: anywhere; line-height: 1.45; unicode-bidi: isolate; overflow: clip; overflow-clip-margin: 6px; }
.message-body:empty { display: none; }
.message-body.large { font-size: 38px; line-height: 1.25; }
.message-body .formula { white-space: pre-wrap; }
.message-body.plain { white-space: pre-wrap; }
.message-body > :first-child { margin-block-start: 0; }
.message-body > :last-child { margin-block-end: 0; }
.message-body p { margin: 0 0 6px; }
.message-body ul, .message-body ol { margin: 4px 0; padding-inline-start: 22px; }
.message-body blockquote {
  margin: 4px 0; padding: 2px 12px; color: var(--muted); border-inline-start: 3px solid var(--line);
}
.message-body a { color: var(--link); text-decoration: underline; text-underline-offset: 2px; }
.message-body h1, .message-body h2, .message-body h3, .message-body h4,
.message-body h5, .message-body h6 { font-size: 1.05em; line-height: 1.4; font-weight: 700; margin: 4px 0; }
.message-body hr { border: 0; border-block-start: 1px solid var(--line); margin: 8px 0; }
.message-body :not(pre) > code {
  font: 0.9em var(--mono); background: var(--code); padding: 1px 5px; border-radius: 5px;
}
.message-body .code {
  margin: 6px 0; background: var(--code); border-radius: 10px; overflow: hidden;
  border: 1px solid var(--line);
}
.message-body .code figcaption {
  display: flex; justify-content: space-between; align-items: center; gap: 12px;
  font: 500 11.5px var(--font); color: var(--muted); padding: 4px 6px 4px 12px;
  border-block-end: 1px solid var(--line);
}
.message-body .code .highlight { background: none; }
.message-body .code pre { margin: 0; padding: 10px 12px; overflow-x: auto; font: 13px/1.5 var(--mono); }
.message-body .copy {
  font: inherit; color: inherit; background: none; border: 0; border-radius: 6px; padding: 3px 8px;
  cursor: pointer;
}
.message-body .copy::after { content: var(--word-copy); }
.message-body .copy.done::after { content: var(--word-copied); }
.message-body .copy:hover { background: var(--hover); color: var(--ink); }
.message-body table { border-collapse: collapse; display: block; overflow-x: auto; margin: 6px 0; }
.message-body > table:first-child, .message-body > .code:first-child { margin-block-start: 4px; }
.message-body th, .message-body td { border: 1px solid var(--line); padding: 4px 10px; text-align: start; }
.message-body th { background: var(--code); font-weight: 600; }
.message-body math { font-size: 1.1em; overflow-x: auto; overflow-y: hidden; max-inline-size: 100%; }
.message-body math[display="block"] { margin: 6px 0; }

.message.continued { padding-block-start: 3px; }
.message.continued > .avatar { visibility: hidden; block-size: 1px; }
.message.continued .author { display: none; }
.message.continued header { position: absolute; inset-inline-end: 10px; inset-block-start: -16px; opacity: 0; }
.message.continued .bubble { border-start-start-radius: 16px; }
.message.continued:hover header { opacity: 1; transition: opacity .15s; }

.message[data-state] { justify-content: flex-end; }
.message[data-state] > .avatar, .message[data-state] .author { display: none; }
.message[data-state] .bubble {
  background: var(--bubble-mine); color: var(--ink-mine); border-radius: 16px 4px 16px 16px;
  padding-inline-end: 30px; box-shadow: none;
}
.message[data-state].continued .bubble { border-radius: 16px; }
.message[data-state] .bubble::after {
  position: absolute; inset-inline-end: 10px; inset-block-end: 7px; font: 600 12px/1 var(--font);
  color: var(--muted);
}
.message[data-state="sent"] .bubble::after { content: "✓"; }
.message[data-state="sent"][data-receipt] .bubble::after { content: "✓✓"; letter-spacing: -.2em; inset-inline-end: 11px; }
.message[data-state="sent"][data-receipt="read"] .bubble::after { color: var(--link); }
.message[data-state="sending"] .bubble::after { content: "…"; }
.message[data-state="failed"] .bubble::after { content: "!"; color: var(--danger); }
.message[data-state="sending"] .message-body { opacity: .7; }
.message .edited { border: 0; background: none; padding: 0; font: inherit; font-size: 11.5px; color: var(--muted); cursor: pointer; }
.message .edited::after { content: var(--word-edited); }
.message .edited:hover { text-decoration: underline; }
.message .forwarded { font-size: 12px; color: var(--muted); font-style: italic; }
.message .forwarded::before { content: "↪ " var(--word-forwarded); }
.message .quote {
  display: block; margin: 3px 0 5px; padding: 4px 10px; border-inline-start: 3px solid var(--accent); border-radius: 6px;
  background: var(--hover); color: inherit; text-decoration: none; font-size: 13px; line-height: 1.35;
}
.message .quote b { display: block; font-size: 12px; color: var(--link); }
.message .quoted { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; white-space: pre-line; }
.message .quoted[data-is-name] { display: block; white-space: nowrap; text-overflow: ellipsis; }
.message .quoted[data-is-name]::before { content: "attach_file"; font: 14px/1 "Material Icons"; vertical-align: -2px; margin-inline-end: 3px; }
.message .quoted:empty::after { content: var(--word-deleted-author); font-style: italic; color: var(--muted); }
.message.deleted .bubble { background: none; box-shadow: inset 0 0 0 1px var(--line); color: var(--muted); }
.message .stone { font-style: italic; }
.message .stone::before { content: var(--word-deleted-author); }
.message .stone[data-by="moderator"]::before { content: var(--word-deleted-moderator); }
.message.deleted[data-state] .bubble::after { content: none; }
.message.pinned header::after { content: "📌"; font-size: 11px; }
.message.pinned.continued header { opacity: 1; }
.message:focus { outline: none; }
.message:focus-visible .bubble { outline: 2px solid var(--accent); }
.message.found .bubble { animation: found 2s ease-out; }
@keyframes found { 0%, 40% { box-shadow: 0 0 0 3px var(--accent); } }
.message .waiting-file { display: flex; align-items: center; gap: 10px; inline-size: 280px; max-inline-size: 100%; }
.waiting-file progress { inline-size: 100%; block-size: 6px; accent-color: var(--accent); }
.message[data-state="failed"] .waiting-file progress { display: none; }
.message[data-state] .waiting-file .icon-button { block-size: 32px; inline-size: 32px; }
.message .refusal { display: none; gap: 8px; flex-wrap: wrap; align-items: baseline; font-size: 12.5px; margin-block-start: 6px; color: var(--danger); }
.message[data-state="failed"] .refusal { display: flex; }
.refusal button { font: inherit; color: var(--link); background: none; border: 0; padding: 0; text-decoration: underline; cursor: pointer; }
@media (max-width: 700px) {
  .message { padding-inline: 10px; }
  .message .bubble { max-inline-size: 88%; }
}
"""
