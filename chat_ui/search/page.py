"""Search: one field for words and filters, and what was found, each with the text around it."""

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, form, html, page_header
from chat_ui.messages import attachment
from services.core.dto import MessageView
from services.core.i18n import _
from services.search.highlight import Marked
from services.search.query import LIMIT
from services.search.search import PAGE_SIZE, Hit, Order, SearchResults

if TYPE_CHECKING:
    from collections.abc import Iterator

BESIDE = 160
"""How many characters of the message before and after are shown."""


def address(typed: str, order: str = Order.NEWEST, skip: int = 0) -> str:
    """Return the address of a search."""
    asked: dict[str, str | int] = {"q": typed}
    if order != Order.NEWEST:
        asked["order"] = order
    if skip:
        asked["skip"] = skip
    return f"/search?{urlencode(asked)}"


def address_within(filter_: str) -> str:
    """Return the address of a search with a filter already typed."""
    return f"/search?{urlencode({'begin': filter_ + ' '})}"


def draw(typed: str, order: str, skip: int, found: SearchResults | None, sentence: str) -> None:
    """Draw the field with what was `typed`, and what was found, or a `sentence` why nothing."""
    with page_header.draw(_("Search")), ui.element("div").classes("search"):
        _draw_form(typed, order)
        html.draw(
            "div",
            h.p(".sentence", role="alert")[sentence] if sentence else None,
            _results(typed, order, skip, found) if found else _help(),
        ).classes("search-found")


def _draw_form(typed: str, order: str) -> None:
    with ui.element("form").classes("form").props("data-search role=search action=/search"):
        field = form.field(
            _("What was said"),
            "q",
            kind="search",
            value=typed,
            required=False,
            maxlength=str(LIMIT),
            autofocus="true",
            dir="auto",
            data_testid="search",
            placeholder=_("Words, “several in a row”, from:@name …"),
        )
        if order != Order.NEWEST:
            html.draw("span", h.input(type="hidden", name="order", value=order))
    if not typed.strip() or typed.endswith(" "):  # else results are there to be read
        field.run_method("focus")
        field.run_method("setSelectionRange", len(typed) * 2, len(typed) * 2)  # to the end


def _help() -> h.Element:
    return h.dl(".search-help")[
        [
            (h.dt[h.code[example]], h.dd[words])
            for example, words in (
                ("harv*", _("words that begin so")),
                ('"spring harvest"', _("these words in a row")),
                ("from:@asha", _("said by Asha")),
                ('in:"Study group"', _("said in this room; in:@asha for a conversation")),
                ("before:2026-01-31", _("before that day; also after: and on:, today, yesterday")),
                ("has:link", _("with a link in it")),
                ("has:file", _("with a file; a file is found by its name, too")),
            )
        ]
    ]


def _results(typed: str, order: str, skip: int, found: SearchResults) -> h.Fragment:
    return h.fragment[
        h.nav(".search-order", aria_label=_("Order"))[
            _choice(typed, Order.NEWEST, _("Newest first"), order),
            _choice(typed, Order.BEST, _("Best first"), order),
        ],
        h.ol(".hits", data_testid="hits", start=str(skip + 1))[map(_hit, found.hits)]
        if found.hits
        else h.p(".field-hint", data_testid="no-hits")[
            _("Nothing was found in the rooms you are in.")
        ],
        h.a(".button.quiet", href=address(typed, order, skip + PAGE_SIZE), data_testid="more-hits")[
            _("Further results")
        ]
        if found.more
        else None,
        h.details[h.summary[_("What one can ask for")], _help()],
    ]


def _choice(typed: str, order: str, words: str, chosen: str) -> h.Element:
    current = "page" if order == chosen else None
    return h.a(href=address(typed, order), aria_current=current)[words]


def _hit(hit: Hit) -> h.Element:
    message = hit.message
    return h.li(".hit", data_author_id=message.author.user_id)[
        h.a(href=f"/rooms/{message.room_id}/messages/{message.seq}", data_testid="hit")[
            h.span(".hit-head")[
                avatar.draw(message.author),
                h.b(dir="auto")[message.author.display_name],
                h.span(".hit-room", dir="auto")[hit.room_title],
                h.time(datetime=message.created_at.isoformat(), data_long=True),
            ],
            _beside(hit.before),
            attachment.named(message.file, *_pieces(hit.name)) if message.file else None,
            h.span(".hit-text", dir="auto")[_pieces(hit.excerpt)] if hit.excerpt else None,
            _beside(hit.after),
        ]
    ]


def _pieces(marked: Marked) -> "Iterator[h.Node]":
    for piece, is_marked in marked:
        yield h.mark[piece] if is_marked else piece


def _beside(message: MessageView | None) -> h.Element | None:
    if message is None or message.deleted:
        return None
    text = " ".join(message.text[: 2 * BESIDE].split())
    if not text and message.file:
        return h.span(".hit-beside", dir="auto")[
            h.b[message.author.display_name], " ", attachment.named(message.file)
        ]
    short = text if len(text) <= BESIDE else text[:BESIDE].rstrip() + "…"
    return h.span(".hit-beside", dir="auto")[h.b[message.author.display_name], " ", short]


STYLE = """
.search { display: grid; gap: 16px; min-inline-size: 0; }
.search-found { display: contents; }
.search-help { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 8px 16px; margin: 0; font-size: 14px; color: var(--muted); }
.search-help dd { margin: 0; }
.search-help code { font: 13px var(--mono); color: var(--ink); background: var(--code); padding: 2px 6px; border-radius: 6px; white-space: nowrap; }
.search details { font-size: 14px; color: var(--muted); }
.search summary { cursor: pointer; margin-block-end: 10px; }
.search-order { display: flex; gap: 4px; }
.search-order a { font-size: 13.5px; font-weight: 600; text-decoration: none; color: var(--muted); padding: 6px 12px; border-radius: 999px; }
.search-order a:hover { background: var(--hover); }
.search-order a[aria-current] { background: var(--selected); color: var(--ink); }
.hits { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px; }
.hit > a { display: grid; gap: 6px; padding: 12px 14px; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); color: var(--ink); text-decoration: none; min-inline-size: 0; }
.hit > a:hover, .hit > a:focus-visible { border-color: var(--accent); outline: none; }
.hit-head { display: flex; align-items: center; gap: 8px; font-size: 13.5px; min-inline-size: 0; }
.hit-head .avatar { flex: none; }
.hit-head > b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.hit-room { color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: 1; }
.hit-room::before { content: "· "; }
.hit-head time { color: var(--muted); font-size: 12.5px; white-space: nowrap; }
.hit-text { white-space: pre-line; overflow-wrap: anywhere; }
.hit-beside { color: var(--muted); font-size: 13px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.hit > a > .named-file .file-name { white-space: normal; overflow-wrap: anywhere; }
.hit-beside :is(.named-file, .file-name) { display: inline; font: inherit; }
.hit-beside .q-icon { font-size: 16px; vertical-align: -3px; margin-inline-end: 3px; }
.hit mark { background: color-mix(in srgb, var(--accent) 30%, transparent); color: inherit; border-radius: 4px; padding-inline: 1px; font-weight: 600; }
@media (max-width: 700px) { .search-help { grid-template-columns: minmax(0, 1fr); gap: 2px; } .search-help dd { margin-block-end: 8px; } }
"""
