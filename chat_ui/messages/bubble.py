"""One message in the timeline.

Its HTML is made once and is the same for everybody. What differs from reader to reader,
such as which side it is on, is for the stylesheet to decide by `data-state`, which the
browser sets on the reader's own messages. The `STYLE` below also draws the ✓ from it. Words in the
reader's language come into what has a `data-says` (messages/elements.js).
"""

import asyncio
import time
from collections.abc import Iterable
from functools import lru_cache

import htpy as h
from markupsafe import Markup

from chat_ui.components import avatar, html, person_name
from chat_ui.messages.lists import replies
from chat_ui.messages.media import attachment, link_card
from chat_ui.messages.polls import poll
from chat_ui.messages.reactions import reactions
from chat_ui.people import profile
from models import ENCRYPTED_KINDS, FileKind, MessageKind
from models.clock import now
from services.core.dto import MessageView, Quote, UserSummary
from services.core.i18n import _
from services.core.limits.rate_limits import Budget
from services.messages.emoji import emoji
from services.messages.preview import Preview
from services.messages.rendering import direction, text

CACHE_SIZE = 1000
"""How many drawn messages are kept: about 2 MB, should everybody be hostile 30 MB."""

PREVIEW = "preview-text"
"""The id of the text in a preview."""
YIELD_AFTER_SECONDS = 0.01
"""Seconds for which drawing may keep everything else waiting."""


async def draw_all(
    batch: Iterable[MessageView], budget: Budget | None = None, user_id: int = 0
) -> str:
    """Return messages as HTML, letting other tasks run if it takes long.

    If they are drawn for one user, the seconds it takes are spent from their `budget`.
    """
    drawn = []
    spent, began, turn_began = 0.0, time.thread_time(), time.monotonic()
    for each in batch:
        drawn.append(draw(each))
        # Not `thread_time`: that asks the kernel, which takes as long as a cached message.
        if time.monotonic() - turn_began > YIELD_AFTER_SECONDS:
            spent += time.thread_time() - began
            await asyncio.sleep(0)
            began, turn_began = time.thread_time(), time.monotonic()
    if budget:
        budget.spend(user_id, spent + time.thread_time() - began)
    return "".join(drawn)


@lru_cache(maxsize=CACHE_SIZE)
def draw(message: MessageView) -> str:
    """Return a message as HTML.

    One that only says what another one says now is not shown, but keeps its number.
    """
    is_pictured = bool(message.file and message.file.kind == FileKind.PICTURE)
    return str(
        h.article(
            class_=[
                "message",
                {
                    "deleted": bool(message.deleted),
                    "pinned": message.is_pinned,
                    "is-edited": bool(message.edited_at and not message.deleted),
                    "encrypted": message.kind in ENCRYPTED_KINDS,
                    "silent": message.kind == MessageKind.ENCRYPTED_EDIT,
                    "pictured": is_pictured,
                    "stickered": bool(message.file and message.file.kind == FileKind.STICKER),
                    "bare": is_pictured and not message.text and not message.replies,
                },
            ],
            tabindex=-1,
            aria_labelledby=f"by-{message.message_id} facts-{message.message_id}",
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


def _header(message: MessageView) -> h.Fragment:
    number, author = message.message_id, message.author
    return h.fragment[
        h.a(
            ".author",
            id=f"by-{number}",
            dir="auto",
            href=profile.address(author.username, message.room_id),
            style=f"--hue:{int(author.hue)}",
        )[_name(author)],
        h.span(".bot-sign", data_says="wordBot") if message.is_bot else None,
        h.header(id=f"facts-{number}")[
            h.time(datetime=message.created_at.isoformat(timespec="milliseconds")),
            _edited(message) if message.edited_at and not message.deleted else None,
        ],
    ]


def _edited(message: MessageView) -> h.Element:
    """Return the word that opens the earlier versions, which only apps have if it is encrypted."""
    if message.kind in ENCRYPTED_KINDS:
        return h.span(".edited", data_says="wordEdited")
    return h.button(
        ".edited",
        type="button",
        data_action="message-do",
        data_does="history",
        data_says="wordEdited",
    )


@html.cached
def _name(author: UserSummary) -> h.Fragment:
    return person_name.draw(author)


def _inside(message: MessageView) -> Iterable[h.Element]:
    if message.deleted:
        yield h.div(".message-body.stone", data_says=f"wordDeleted{message.deleted.title()}")
        return
    if message.is_forwarded:
        yield h.div(".forwarded", data_says="wordForwarded")
    if message.quote:
        yield _quote(message.room_id, message.quote)
    if message.file:
        yield attachment.draw(message, message.file)
    goes_on = bool(message.poll or message.link or message.reactions or message.replies)
    if message.kind in ENCRYPTED_KINDS:
        yield _ciphertext(goes_on=goes_on)
    else:
        question = poll.question_id(message.message_id) if message.poll else None
        yield _body(message, id=question, goes_on=goes_on)
    if message.poll:
        yield poll.draw(message.poll, message.message_id)
    if message.link:
        yield link_card.draw(message, message.link)
    if message.reactions:
        yield reactions.draw(message.reactions)
    if message.replies:
        yield replies.link(message)


def _ciphertext(*, goes_on: bool) -> h.Element:
    """Return what stands in place of words that only apps can read."""
    facts = {"goes-on": goes_on}
    return h.div(class_=["message-body", "ciphertext", facts], data_says="wordEncrypted")


def _body(written: MessageView | Preview, *, id: str | None = None, goes_on: bool) -> h.Element:
    body = Markup(text.finish(written.text, written.html, written.mentions))  # noqa: S704
    facts = {
        "large": 0 < emoji.count_alone(written.text) <= emoji.LARGE,
        "rtl": direction.ends_right_to_left(body),
        "goes-on": goes_on,
    }
    of_text = direction.of_html(body) or "auto"
    return h.div(class_=["message-body", facts], id=id, dir=of_text)[body]


def draw_preview(written: Preview) -> str:
    """Return, as HTML, the message that a text would be if it were sent now.

    It is not kept, as only one page shows it, once.
    """
    at = now().isoformat(timespec="milliseconds")
    return str(
        h.article(".message", data_state="preview")[
            h.div(".bubble")[
                h.header[h.time(datetime=at)], _body(written, id=PREVIEW, goes_on=False)
            ]
        ]
    )


def _quote(room_id: int, quote: Quote) -> h.Element:
    return h.a(
        ".quote",
        href=f"/rooms/{room_id}/messages/{quote.seq}",
        data_quote=quote.seq,
        data_author_id=quote.author.user_id,
    )[
        h.b(dir="auto")[person_name.draw(quote.author)],
        h.span(".quoted.ciphertext", data_says="wordEncrypted")
        if quote.is_encrypted
        else h.span(".quoted", dir="auto", data_is_name=quote.is_name)[quote.text],
    ]


def draw_waiting() -> h.Element:
    """Return the template of a message that is not stored yet; the browser fills it.

    What is refused may be sent again or edited, which a sticker cannot be; where one may not write,
    its text may be copied.
    """
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
                    html.button("close", _("Cancel"), data_action="discard"),
                ],
                h.div(".message-body.plain", dir="auto"),
                h.div(".refusal", role="alert")[
                    h.span(".reason"),
                    h.button(".to-write", type="button", data_action="retry")[_("Try again")],
                    h.button(".to-write", type="button", data_action="edit")[_("Edit")],
                    h.button(".to-keep", type="button", data_action="copy-refused")[_("Copy text")],
                    h.button(".to-keep", type="button", data_action="discard")[_("Discard")],
                ],
            ],
        ]
    ]


STYLE = """
.message { display: flex; gap: 10px; align-items: flex-end; padding-block-start: 10px; max-inline-size: 100%; }
.message > .avatar { position: sticky; inset-block-end: var(--space-2); }
.message .bubble {
  background: var(--bubble); color: var(--ink); border: 1px solid var(--bubble-line); border-radius: var(--radius-xl); border-end-start-radius: var(--radius-s);
  padding: 6px 12px; max-inline-size: min(78%, 600px); min-inline-size: 0; position: relative; box-shadow: var(--shadow-1);
}
.message .author { display: block; inline-size: fit-content; max-inline-size: 100%; font-size: var(--text-s); font-weight: 650; color: var(--name); overflow-wrap: anywhere; unicode-bidi: isolate; }
.message .author:has(+ .bot-sign) { display: inline-block; }
.bot-sign { margin-inline-start: 6px; border: 1px solid var(--line); border-radius: var(--radius-full); padding: 0 7px; font-size: var(--text-xs); color: var(--muted); vertical-align: text-bottom; }
/* The time stands in the last line of the text if there is space, else below. What leaves the space is as wide as
   the time and its marks; it is not there where the text ends on the other side, or with something else than words. */
.message .bubble > header {
  position: absolute; inset-block-end: 8px; inset-inline-end: 12px; display: flex; gap: 5px; align-items: baseline; white-space: nowrap;
  font-size: var(--text-xs); line-height: 1; color: var(--muted); font-variant-numeric: tabular-nums;
}
.message .message-body > p:last-child::after, .message .message-body:is(.plain, .ciphertext)::after, .message .stone::after, .message .poll-foot::after, .message .reactions::after, .message .replies::after {
  content: var(--clock, "00:00") var(--edited, "") var(--pinned, "") var(--tick, ""); display: inline-block; block-size: 1px; margin-inline-start: 14px;
  font: var(--text-xs)/1 var(--font); font-variant-numeric: tabular-nums; white-space: nowrap; visibility: hidden; user-select: none;
}
.message.is-edited { --edited: "\\2002" var(--word-edited); }
.message.pinned { --pinned: "\\2002📌"; }
.message[data-state] { --tick: "\\2002✓"; }
.message :is(.reactions, .replies)::after { margin-inline-start: auto; align-self: flex-end; }
.message-body.goes-on > p:last-child::after, .poll:has(+ :is(.reactions, .replies)) .poll-foot::after, .message .reactions:has(+ .replies)::after { content: none; }
.message:not(.bare) .bubble:has(> .message-body:empty:not(.goes-on, .stone)), .message[data-state="failed"] .bubble { padding-block-end: 24px; }
.message .message-body:not(.stone, .plain, .ciphertext, .goes-on, :empty, :has(> p:last-child)) { padding-block-end: 18px; }
html:not([dir="rtl"]) .message .message-body.rtl:not(.goes-on), html[dir="rtl"] .message .message-body:not(.rtl, .goes-on, .stone, .plain), .plain:dir(rtl) { padding-block-end: 18px; }
html:not([dir="rtl"]) .message-body.rtl > p:last-child::after, html[dir="rtl"] .message-body:not(.rtl) > p:last-child::after, .plain:dir(rtl)::after { display: block !important; block-size: 0 !important; margin: 0 !important; } /* as wide as the time, at least */
.message-body { overflow-wrap: anywhere; line-height: 1.45; unicode-bidi: isolate; overflow: clip; overflow-clip-margin: 6px; }
/* Each line by its own words, of which names, links and code are no part: see rendering/direction.py. */
.message-body :is(p, li, h3, h4, h5, h6, th, td, .typed), .message-body.plain, .message .quoted { unicode-bidi: plaintext; }
.message-body :is(a, .mention) { unicode-bidi: plaintext; }
.message-body :is(code, pre, math, .code) { direction: ltr; unicode-bidi: isolate; }
.message-body:empty:not(.stone) { display: none; }
/* Quiet: one says as much as the next. */
.message.silent { display: none; }
.ciphertext { color: var(--muted); }
.ciphertext::before { content: "shield"; font: var(--text-l)/1 "Chat icons"; vertical-align: -3px; margin-inline-end: 6px; }
.quoted.ciphertext::before { font-size: var(--text-m); vertical-align: -2px; margin-inline-end: 3px; }
.message-body.large { font-size: var(--text-huge); line-height: 1.25; }
.message-body .formula { white-space: pre-wrap; }
.message-body.plain { white-space: pre-wrap; }
.message-body .typed { white-space: pre-wrap; }
.typed > summary { cursor: pointer; list-style: none; }
.typed > summary::-webkit-details-marker { display: none; }
.typed:not([open]) > summary::after { content: "… " var(--word-show-all); color: var(--link); }
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
  font: 0.9em var(--mono); background: var(--code); padding: 1px 5px; border-radius: var(--radius-s);
}
.message-body .code {
  margin: 6px 0; background: var(--code); border-radius: var(--radius-m); overflow: hidden;
  border: 1px solid var(--line);
}
.message-body .code figcaption {
  display: flex; justify-content: space-between; align-items: center; gap: 12px;
  font: 500 var(--text-xs) var(--font); color: var(--muted); padding-block: 4px; padding-inline: 12px 6px;
  border-block-end: 1px solid var(--line);
}
.code-language::before { content: attr(data-language); }
.message-body .code .highlight { background: none; }
.message-body .code pre { margin: 0; padding: 10px 12px; overflow-x: auto; font: var(--text-s)/1.5 var(--mono); }
.message-body .copy {
  font: inherit; color: inherit; background: none; border: 0; border-radius: var(--radius-s); padding: 3px 8px;
  cursor: pointer;
}
.message-body .copy::after { content: attr(aria-label) / ""; }
.message-body .copy.done::after { content: attr(data-done) / ""; }
.message-body .copy:hover { background: var(--hover); color: var(--ink); }
.message-body table { border-collapse: collapse; display: block; overflow-x: auto; margin: 6px 0; }
.message-body > table:first-child, .message-body > .code:first-child { margin-block-start: 4px; }
.message-body th, .message-body td { border: 1px solid var(--line); padding: 4px 10px; text-align: start; }
.message-body th { background: var(--code); font-weight: 600; }
.message-body math { font-size: 1.1em; overflow-x: auto; overflow-y: hidden; max-inline-size: 100%; }
.message-body math[display="block"] { margin: 6px 0; }

.message.continued { padding-block-start: 2px; }
.message.continued > .avatar { visibility: hidden; block-size: 1px; }
.message.continued .author, .message.continued .bot-sign, .message[data-state] .author, .message[data-state] > .avatar { display: none; }
.message .bubble > :is(.message-body, .file) { min-inline-size: 0; max-inline-size: 100%; }

.message[data-state] { justify-content: flex-end; }
.message[data-state] .bubble {
  --muted: var(--muted-mine); --danger: var(--danger-mine); background: var(--bubble-mine); color: var(--ink-mine); border-color: transparent; border-end-start-radius: var(--radius-xl); border-end-end-radius: var(--radius-s); box-shadow: none;
}
.message[data-state] .bubble > header::after { font-weight: 600; }
.message[data-state="sent"] header::after { content: "✓" / var(--word-sent); }
.message[data-state="sent"]:is([data-receipt="delivered"], [data-receipt="read"]) header::after { content: "✓✓" / var(--word-delivered); letter-spacing: -.25em; margin-inline-end: .25em; }
.message[data-state="sent"][data-receipt="read"] header::after { content: "✓✓" / var(--word-read); color: var(--link); }
.message[data-state="sending"] header::after { content: "…" / ""; }
.message[data-state="failed"] header::after { content: "!" / ""; color: var(--danger); }
.message[data-state="sending"] .message-body { opacity: .7; }
.message .edited { border: 0; background: none; padding: 0; font: inherit; font-size: var(--text-xs); color: var(--muted); cursor: pointer; }
.message button.edited:hover { text-decoration: underline; }
.message .forwarded { font-size: var(--text-xs); color: var(--muted); font-style: italic; }
.message .forwarded::before { content: "↪ "; }
.message .quote {
  display: block; margin: 3px 0 5px; padding: 4px 10px; border-inline-start: 3px solid var(--accent); border-radius: var(--radius-s);
  background: var(--hover); color: inherit; text-decoration: none; font-size: var(--text-s); line-height: 1.35;
}
.message .quote b { display: block; font-size: var(--text-xs); color: var(--link); }
.message .quoted { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; white-space: pre-line; }
.message .quoted[data-is-name] { display: block; white-space: nowrap; text-overflow: ellipsis; }
.message .quoted[data-is-name]::before { content: "attach_file"; font: var(--text-m)/1 "Chat icons"; vertical-align: -2px; margin-inline-end: 3px; }
.message .quoted:empty::after { content: var(--word-deleted-author); font-style: italic; color: var(--muted); }
.message.deleted .bubble { background: none; border-color: var(--line); box-shadow: none; color: var(--muted); }
.message .stone { font-style: italic; }
.message.deleted[data-state] header::after { content: none; }
.message.pinned header::before { content: "📌" / ""; }
.message:focus { outline: none; }
.message:focus-visible .bubble { outline: 2px solid var(--accent); }
.message.arrived:not([data-state]), .message[data-state="sending"] { animation: arrive var(--slow) ease-out; }
@keyframes arrive { from { transform: translateY(10px); } }
.message.found .bubble { animation: found 2s ease-out; }
@keyframes found { 0%, 40% { box-shadow: 0 0 0 3px var(--accent); } }
.message .waiting-file { display: flex; align-items: center; gap: 10px; inline-size: 280px; max-inline-size: 100%; }
.waiting-file progress { inline-size: 100%; block-size: 6px; accent-color: var(--accent); }
.message[data-state="failed"] .waiting-file progress { display: none; }
.message[data-state] .waiting-file .icon-button { block-size: 32px; inline-size: 32px; }
.message .refusal { display: none; gap: 8px; flex-wrap: wrap; align-items: baseline; font-size: var(--text-s); margin-block-start: 6px; color: var(--danger); }
.message[data-state="failed"] .refusal { display: flex; }
.timeline[data-writes] .message:not(.stickered) .to-keep, .timeline:not([data-writes]) .refusal .to-write, .stickered [data-action="edit"], .message-body:empty + .refusal [data-action="copy-refused"] { display: none; }
.refusal button { font: inherit; color: var(--link); background: none; border: 0; padding: 0; text-decoration: underline; cursor: pointer; }
@media (max-width: 700px) {
  .message .bubble { max-inline-size: 86%; }
}
/* Where there is a mouse, its bar stands beside the bubble: see menu.py. It may stand beside the column, too: --beside is half of what other parts take of the window. Container units would say it, and make each layout wait for style: opening a room took twice as long. */
@media (hover: hover) { .message .bubble { max-inline-size: min(78%, 600px, 100% - 62px - var(--bar) + max(var(--space-4), 50vw - var(--beside) - var(--column) / 2)); } }
"""
