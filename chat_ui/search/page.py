"""Search: one field for words and filters, and the results, with the text around each.

In all rooms it is a page, in one room a panel beside it.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import htpy as h
from msgspec import Struct
from msgspec.structs import replace
from nicegui import ui

from chat_ui.components import avatar, html, page_header
from chat_ui.components.forms import form
from chat_ui.messages.media import attachment
from chat_ui.realtime.validation import to_int
from models import MessageKind
from services.core.dto import MessageView
from services.core.i18n import _
from services.messages import summary
from services.search.highlight import Marked
from services.search.query import LIMIT
from services.search.search import PAGE_SIZE, Hit, Order, SearchResults

BESIDE = 160
"""How many characters of the message before and after are shown."""


class SearchRequest(Struct, frozen=True):
    """What is searched for, in which order, and from which result on."""

    typed: str = ""
    order: Order = Order.NEWEST
    skip: int = 0
    room_id: int | None = None
    """The room to search in; None: in all of the person's."""

    @property
    def path(self) -> str:
        """Where the search is, without what is asked for."""
        return f"/rooms/{self.room_id}/search" if self.room_id else "/search"

    @property
    def address(self) -> str:
        """Where its results are."""
        values = {
            "q": self.typed,
            "order": self.order if self.order != Order.NEWEST else "",
            "skip": self.skip,
        }
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{self.path}?{query}" if query else self.path


def read(query: Mapping[str, str], room_id: int | None = None) -> SearchRequest:
    """Return what the query of an address asks for."""
    order = Order.BEST if query.get("order") == Order.BEST else Order.NEWEST
    return SearchRequest(query.get("q", ""), order, to_int(query.get("skip")), room_id)


def draw(asked: SearchRequest, found: SearchResults | None, sentence: str) -> html.Plain:
    """Draw the page: what was asked for, and what was `found`, or a `sentence` why nothing.

    Return the list of what was found.
    """
    with page_header.draw(_("Search")), ui.element("div").classes("search"):
        draw_form(asked)
        return html.draw("div", results(asked, found, sentence)).classes("search-found")


def draw_form(asked: SearchRequest) -> None:
    """Draw the field to search in."""
    with ui.element("form").classes("form").props("data-search role=search") as drawn:
        drawn.props["action"] = asked.path
        field = form.field(
            _("Search messages"),
            "q",
            kind="search",
            value=asked.typed,
            required=False,
            limit=LIMIT,
            autofocus="true",
            dir="auto",
            data_testid="search",
            placeholder=_("Words, “exact phrase”, from:@name …"),
        )
        if asked.order != Order.NEWEST:
            html.draw("span", h.input(type="hidden", name="order", value=asked.order))
    if not asked.typed.strip():  # else results are there to be read
        field.run_method("focus")


def results(asked: SearchRequest, found: SearchResults | None, sentence: str) -> h.Fragment:
    """Return what was found, or a `sentence` why nothing was, or how to search."""
    return h.fragment[
        h.p(".sentence", role="alert")[sentence] if sentence else None,
        _result_list(asked, found) if found else _help(asked),
        h.a(".search-all", href=replace(asked, room_id=None, skip=0).address)[
            _("Search in all rooms")
        ]
        if asked.room_id
        else None,
    ]


def messages(found: SearchResults | None) -> list[MessageView]:
    """Return the messages that are shown of what was found: the hits, and those beside them."""
    hits = found.hits if found else ()
    beside = [each for hit in hits for each in (hit.before, hit.after) if each]
    return [hit.message for hit in hits] + beside


def _help(asked: SearchRequest) -> h.Element:
    return h.dl(".search-help")[
        [
            (h.dt[h.code[example]], h.dd[words])
            for example, words in (
                ("harv*", _("words that start with this")),
                ('"spring harvest"', _("this exact phrase")),
                ("from:@asha", _("sent by Asha")),
                ('in:"Study group"', _("in this room; in:@asha for direct messages")),
                ("before:2026-01-31", _("before this date; also after: and on:, today, yesterday")),
                ("has:link", _("with a link")),
                ("has:file", _("with a file; files are also found by name")),
            )
            if not (asked.room_id and example.startswith("in:"))
        ]
    ]


def _result_list(asked: SearchRequest, found: SearchResults) -> h.Fragment:
    meant = replace(asked, typed=found.meant, skip=0)
    return h.fragment[
        h.p(".field-hint", data_testid="meant")[
            _("Did you mean:"), " ", h.a(href=meant.address, dir="auto")[found.meant]
        ]
        if found.meant
        else None,
        h.nav(".search-order", aria_label=_("Sort by"))[
            _choice(asked, Order.NEWEST, _("Newest")),
            _choice(asked, Order.BEST, _("Most relevant")),
        ],
        h.ol(".hits", data_testid="hits", start=str(asked.skip + 1))[
            (_hit(each, within=bool(asked.room_id)) for each in found.hits)
        ]
        if found.hits
        else h.p(".field-hint", data_testid="no-hits")[
            _("No results in this room.") if asked.room_id else _("No results in your rooms.")
        ],
        h.a(
            ".button.quiet",
            href=replace(asked, skip=asked.skip + PAGE_SIZE).address,
            data_testid="more-hits",
        )[_("More results")]
        if found.more
        else None,
        h.details(".fold")[h.summary[_("Search filters")], h.div(".fold-inner")[_help(asked)]],
    ]


def _choice(asked: SearchRequest, order: Order, words: str) -> h.Element:
    current = "page" if order == asked.order else None
    return h.a(href=replace(asked, order=order, skip=0).address, aria_current=current)[words]


def _hit(hit: Hit, *, within: bool) -> h.Element:
    message = hit.message
    return h.li(".hit", data_author_id=message.author.user_id)[
        h.a(href=f"/rooms/{message.room_id}/messages/{message.seq}", data_testid="hit")[
            h.span(".hit-head")[
                avatar.draw(message.author),
                h.b(dir="auto")[message.author.display_name],
                h.span(".hit-room", dir="auto")[None if within else hit.room_title],
                h.time(
                    datetime=message.created_at.isoformat(),
                    data_long=not within,
                    data_shows="moment" if within else None,
                ),
            ],
            _beside(hit.before),
            attachment.named(message.file, *_pieces(hit.name)) if message.file else None,
            h.span(".hit-text", dir="auto")[_pieces(hit.excerpt)] if hit.excerpt else None,
            _beside(hit.after),
        ]
    ]


def _pieces(marked: Marked) -> Iterator[h.Node]:
    for piece, is_marked in marked:
        yield h.mark[piece] if is_marked else piece


def _beside(message: MessageView | None) -> h.Element | None:
    if message is None or message.deleted or message.kind == MessageKind.ENCRYPTED_EDIT:
        return None
    if message.kind == MessageKind.ENCRYPTED:
        text = _("Encrypted message")
    else:
        text = summary.plain(message.text, message.html, BESIDE)
    return h.span(".hit-beside", dir="auto", data_author_id=message.author.user_id)[
        h.b(dir="auto")[message.author.display_name],
        " ",
        attachment.named(message.file) if message.file and not text else h.span[text],
    ]


STYLE = """
.search { display: grid; gap: 16px; min-inline-size: 0; }
.search-found { display: contents; }
.search-help { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 8px 16px; margin: 0; font-size: var(--text-m); color: var(--muted); }
.search-help dd { margin: 0; }
.search-help code { font: var(--text-s) var(--mono); color: var(--ink); background: var(--code); padding: 2px 6px; border-radius: var(--radius-s); white-space: nowrap; }
.search-order { display: flex; gap: 4px; }
.search-order a { font-size: var(--text-s); font-weight: 600; text-decoration: none; color: var(--muted); padding: 6px 12px; border-radius: var(--radius-full); }
.search-order a:hover { background: var(--hover); }
.search-order a[aria-current] { background: var(--selected); color: var(--ink); }
.hits { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px; }
.hit > a { display: grid; gap: 6px; padding: 12px 14px; border: 1px solid var(--line); border-radius: var(--radius-l); background: var(--surface); color: var(--ink); text-decoration: none; min-inline-size: 0; }
.hit > a:hover, .hit > a:focus-visible { border-color: var(--accent); outline: none; }
.hit-head { display: flex; align-items: center; gap: 8px; font-size: var(--text-s); min-inline-size: 0; }
.hit-head .avatar { flex: none; }
.hit-head > b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.hit-room { color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: 1; }
.hit-room:not(:empty)::before { content: "· "; }
.hit-head time { color: var(--muted); font-size: var(--text-s); white-space: nowrap; }
.hit-text { white-space: pre-line; overflow-wrap: anywhere; }
.hit-beside { color: var(--muted); font-size: var(--text-s); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.hit > a > .named-file .file-name { white-space: normal; overflow-wrap: anywhere; }
.hit-beside :is(.named-file, .file-name) { display: inline; font: inherit; }
.hit-beside .q-icon { font-size: var(--text-xl); vertical-align: -3px; margin-inline-end: 3px; }
.hit mark { background: var(--selected); color: inherit; border-radius: var(--radius-s); padding-inline: 1px; font-weight: 600; }
.panel .search-help { grid-template-columns: minmax(0, 1fr); gap: 2px; }
.panel .search-help dd { margin-block-end: 8px; }
.search-all { color: var(--link); font-size: var(--text-m); justify-self: start; }
@media (max-width: 700px) { .search-help { grid-template-columns: minmax(0, 1fr); gap: 2px; } .search-help dd { margin-block-end: 8px; } }
"""
