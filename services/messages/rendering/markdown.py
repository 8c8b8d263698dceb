"""Markdown as HTML that is safe to put into a page.

The text is CommonMark (https://spec.commonmark.org/0.31.2/) with tables, strike-through,
bare links and formulas, and without HTML. It is parsed here and nowhere else: what else has to know
about a message, such as whom it mentions, asks its HTML (`services/messages/rendering/facts.py`).

There are two defences between what people type and the page. The first is the parser, which knows
no HTML and escapes everything; the second is an allow-list over all that it wrote.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import blockquote as read_quote
from markdown_it.rules_block import list_block as read_list
from markdown_it.rules_block import table as read_table
from markdown_it.rules_core import StateCore
from markdown_it.rules_core import linkify as read_bare_links
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from services.messages.rendering import (
    code,
    direction,
    emphasis,
    links,
    math,
    mention_rule,
    mentions,
    visibility,
)
from services.messages.rendering.combining_marks import without_towers

MAX_CELLS = 2_000
MAX_DOTS = 25
MAX_DEPTH = 16  # the parser drops content nested in more than twenty quotes and lists

_LINK = re.compile(r"https?://[^/?#\s]|mailto:[^?\s]", re.IGNORECASE)


def to_html(text: str, room: int) -> str:
    """Return the HTML of a text, in which whatever may be a mention is marked.

    Code and formulas share `room` characters of HTML: when it is used up, code stays without
    colours, and formulas stay as they were typed. The rest of the HTML is not limited here.
    """
    return _wall().clean(_parser().render(text, {"room": room})).strip()


class _Markdown(MarkdownIt):
    """Markdown that links only to the web and to mail."""

    def __init__(self) -> None:
        options = {"html": False, "breaks": True, "linkify": True, "xhtmlOut": False}
        super().__init__("commonmark", options)
        self.inline = emphasis.Inline()
        self.configure("commonmark", options)  # its rules are those of CommonMark again

    def validateLink(self, url: str) -> bool:
        """Return whether `url` may become a link; if not, it stays text."""
        return _LINK.match(url) is not None

    def normalizeLinkText(self, link: str) -> str:
        """Show an address as it was typed: decoded, one name could pass for another."""
        return link


@cache
def _parser() -> MarkdownIt:
    parser = _Markdown()
    parser.enable(["table", "strikethrough", "linkify"])
    # lheading: a line of dashes under a sentence would make it a heading. reference: a
    # definition vanishes from what is shown. entity: people see what they typed. code: four
    # spaces are not meant as code in a chat. html_*: with HTML off they only cost time.
    parser.disable(["lheading", "reference", "entity", "code", "html_block", "html_inline"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph"]})
    parser.block.ruler.at("blockquote", _quote, {"alt": ["paragraph", "blockquote", "list"]})
    parser.block.ruler.at("list", _list, {"alt": ["paragraph", "blockquote"]})
    parser.core.ruler.at("linkify", _bare_links)
    parser.core.ruler.push("fit_a_chat", _fit_a_chat)
    parser.linkify = links.Links()
    math.read_formulas(parser)
    mention_rule.read_mentions(parser)
    visibility.show_marks(parser)
    direction.read_directions(parser)
    parser.add_render_rule("mention", _draw_mention)
    parser.add_render_rule("escaped_at", _draw_escaped_at)
    parser.add_render_rule("formula", _draw_formula)
    parser.add_render_rule("formula_lines", _draw_formula_lines)
    parser.add_render_rule("fence", _draw_code)
    return parser


def _bare_links(state: StateCore) -> None:
    """Find links without brackets, unless looking for them would take too long.

    The search for a name with dots goes over the rest of the word at every sign in it.
    """
    if all(word.count(".") <= MAX_DOTS for word in state.src.split()):
        read_bare_links(state)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table, unless its rows could be filled up with too many empty cells."""
    header = state.src[state.bMarks[start] : state.eMarks[start]]
    if header.count("|") * (state.lineMax - start) > MAX_CELLS:
        return False
    return read_table(state, start, end, silent)


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a quote, unless it is nested so deeply that its content would be dropped."""
    return state.level < MAX_DEPTH and read_quote(state, start, end, silent)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a list, unless it is nested so deeply that its content would be dropped."""
    return state.level < MAX_DEPTH and read_list(state, start, end, silent)


def _fit_a_chat(state: StateCore) -> None:
    """Make headings small, table cells free of styles, and pictures links that say something."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        elif token.type in ("th_open", "td_open") and "style" in token.attrs:
            token.attrs = {"align": str(token.attrs["style"]).removeprefix("text-align:")}
        elif token.children:
            token.children = list(_links_that_show(token.children))


def _links_that_show(tokens: Sequence[Token]) -> Iterator[Token]:
    """Turn each picture into a link to it, and give a link without words its address."""
    address = ""  # of the link we are in
    shown = True
    for token in tokens:
        if token.type == "image":
            source = str(token.attrs["src"])
            words = Token("text", "", 0, content=token.content.strip() or source)
            shown = True
            if address:
                yield words
            else:
                yield Token("link_open", "a", 1, attrs={"href": source})
                yield words
                yield Token("link_close", "a", -1)
            continue
        if token.type == "link_open":
            address, shown = str(token.attrs["href"]), False
        elif token.type == "link_close":
            if not shown:
                yield Token("text", "", 0, content=address)
            address = ""
        elif token.content.strip():
            shown = True
        yield token


def _draw_formula(
    _renderer: object, tokens: Sequence[Token], at: int, _options: OptionsDict, env: EnvType
) -> str:
    token = tokens[at]
    if env["room"] <= 0:
        return math.source_html(token.content, token.markup)
    # once more, since a formula can name its letters by number
    html = without_towers(math.formula_html(token.content, token.markup))
    env["room"] -= len(html)
    return html


def _draw_formula_lines(
    renderer: object, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    return f"<p>{_draw_formula(renderer, tokens, at, options, env)}</p>"


def _draw_mention(
    _renderer: object, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType
) -> str:
    return mentions.possible(tokens[at].content)


def _draw_escaped_at(*_arguments: object) -> str:
    return "@"


def _draw_code(
    _renderer: object, tokens: Sequence[Token], at: int, _options: OptionsDict, env: EnvType
) -> str:
    language = unescapeAll(tokens[at].info).split()
    html = code.code_html(tokens[at].content, language[0] if language else "", env["room"])
    env["room"] -= len(html)
    return html


@cache
def _wall() -> nh3.Cleaner:
    """Build the second defence: the elements, attributes and addresses that may reach a page."""
    everyday = (
        "a blockquote br button code em figcaption figure h3 h4 h5 h6 hr li ol p pre s span"
        " strong table tbody td th thead tr ul"
    )
    formulas = {element: set(math.ATTRIBUTES) for element in math.ELEMENTS}
    formulas["math"] |= {"alttext"}
    values: dict[str, dict[str, set[str]]] = {
        element: {"dir": {"ltr", "rtl"}} for element in direction.BLOCKS
    }
    values["td"] |= {"align": {"left", "center", "right"}}
    values["th"] |= {"align": {"left", "center", "right"}}
    values["button"] = {"type": {"button"}, "data-action": {"copy"}}
    return nh3.Cleaner(
        tags={*everyday.split(), *math.ELEMENTS},
        attributes={
            "a": {"href", "title"},
            "ol": {"start"},
            "span": {"data-language"},
            **formulas,
        },
        tag_attribute_values=values,
        allowed_classes={
            "button": {"copy"},
            "code": {"formula"},
            "figure": {"code"},
            "pre": {"highlight"},
            "span": {"code-language", "mention", *code.CLASSES},
        },
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow ugc",
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
    )
