"""Formulas in messages: where they begin and end, and their MathML.

`$…$` is a formula in a line, `$$…$$` one on lines of its own. The rules for a
single dollar are narrow, because in a chat a dollar is mostly money.
"""

import re
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MAX_LENGTH = 1_000
DEEPEST = 100

# The elements that latex2mathml makes; anything else is left out.
_elements = (
    "math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub"
    " msubsup msup mtable mtd mtext mtr munder munderover"
)
ELEMENTS = frozenset(_elements.split())

# The author writes lengths and colours (`\hspace{…}`, `\color{…}`), so each value must look
# like one, and a length stays below ten letters: a formula must not cover its neighbours.
# `mathsize` is missing because it multiplies when nested; `style`, `class` and `href` because
# they are the page's business.
_length = r"[+-]?(?:\d?(?:\.\d+)?(?:em|ex)|\d{1,2}(?:\.\d+)?(?:pt|px)|0)"
_colour = r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,30}"
_word = r"[a-z-]{1,40}"
_words = r"[a-z -]{1,200}"
_values = {
    _length: "depth height linethickness lspace maxsize minsize rspace voffset width",
    rf"{_length}(?: {_length})*": "columnspacing rowspacing",
    _colour: "mathbackground mathcolor",
    _word: "accent columnalign display displaystyle fence form largeop linebreak mathvariant"
    " movablelimits separator stretchy",
    _words: "columnlines notation rowlines",
    r"[0-3]": "scriptlevel",
}
ATTRIBUTES = {
    name: re.compile(pattern) for pattern, names in _values.items() for name in names.split()
}

# A definition can expand without end, and every \sideset copies what it holds twice, so that
# ten lines of nested ones would fill the memory.
_EXPLOSIVE = re.compile(r"\\(?:newcommand|newenvironment|DeclareMathOperator|def|sideset)(?![a-z])")

_IN_LINE = re.compile(r"\$(?![\s$])((?:[^$\\\n]|\\[^\n])++)(?<!\s)\$(?![\w$])")
_DISPLAYED = re.compile(r"\$\$(?!\$)((?:[^$\\]|\\.)++)\$\$(?!\$)", re.DOTALL)
_MONEY = re.compile(r"\d[\d.,]*[kKmMbB]?\s+\(?[^\W\d_]{2,}")


def read_formulas(parser: MarkdownIt) -> None:
    """Teach the Markdown parser both kinds of formula."""
    parser.inline.ruler.push("formula", _formula)
    parser.block.ruler.before(
        "fence", "formulas", _lines, {"alt": ["paragraph", "blockquote", "list"]}
    )


def formula_html(source: str, dollars: str) -> str:
    """Return a formula as MathML, or, if it cannot be drawn, its source as it was typed.

    `dollars` are the signs that stood around it: `$$` gives it a line of its own.
    MathML Core: https://www.w3.org/TR/mathml-core/
    """
    try:
        if len(source) > MAX_LENGTH or _EXPLOSIVE.search(source):
            raise ValueError("too long, or could grow without bound")
        return _serialised(
            convert_to_element(source, display="block" if dollars == "$$" else "inline"), source
        )
    except Exception:  # what people type breaks the library in many ways, all of them harmless
        return source_html(source, dollars)


def source_html(source: str, dollars: str) -> str:
    """Return a formula as it was typed."""
    return f'<code class="formula">{escape(dollars + source + dollars)}</code>'


def _serialised(root: Element, source: str) -> str:
    """Write the tree as HTML. The library's own writer leaves `<` and `&` as they are.

    Raises ValueError if the tree is too deep to hand to a browser.
    """
    html: list[str] = []
    left: list[tuple[Element | str, int]] = [(root, 0)]
    while left:
        node, depth = left.pop()
        if isinstance(node, str):
            html.append(node)
            continue
        if depth > DEEPEST:
            raise ValueError("too deep")
        if node.tag not in ELEMENTS:
            continue
        html.append(f"<{node.tag}")
        html.extend(
            f' {name}="{escape(value)}"'
            for name, value in node.attrib.items()
            if name in ATTRIBUTES and ATTRIBUTES[name].fullmatch(value)
        )
        if node is root:
            html.append(f' alttext="{escape(source.strip())}"')
        # The library writes its symbols as character references.
        html.append(f">{escape(unescape(node.text or ''), quote=False)}")
        left.append((f"</{node.tag}>", depth))
        left.extend((child, depth + 1) for child in reversed(node))
    return "".join(html)


def _formula(state: StateInline, silent: bool) -> bool:
    """Read a formula that begins here, inside a line (a rule of markdown-it)."""
    if state.src[state.pos] != "$":
        return False
    found = _DISPLAYED.match(state.src, state.pos)
    if not found:
        if state.pos and state.src[state.pos - 1].isalnum():  # US$5
            return False
        found = _IN_LINE.match(state.src, state.pos)
        if not found or _MONEY.match(found[1]):
            return False
    if found.end() > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = found[1]
        token.markup = "$$" if found[0].startswith("$$") else "$"
    state.pos = found.end()
    return True


def _lines(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a formula that has whole lines to itself (a rule of markdown-it)."""
    lines: list[str] = []
    for line in range(start, end):
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
        if line == start:
            if not text.startswith("$$"):
                return False
            text = text[2:]
        elif not text or state.sCount[line] < state.blkIndent:
            return False
        lines.append(text)
        if "$$" in text:
            break
    source = "\n".join(lines)
    if source.find("$$") != len(source) - 2 or not source[:-2].strip():
        return False
    if silent:
        return True
    state.line = line + 1
    token = state.push("formula_lines", "math", 0)
    token.content = source[:-2]
    token.markup = "$$"
    token.map = [start, state.line]
    return True
