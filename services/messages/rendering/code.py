"""Code in messages: coloured by Pygments through CSS classes, with a place for a copy button."""

from functools import cache
from html import escape
from time import thread_time

from pygments import format
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer, default, include
from pygments.lexers import CLexer, CppLexer, get_lexer_by_name
from pygments.token import STANDARD_TYPES

MAX_NAME_LENGTH = 32
TIMEOUT_SECONDS = 0.05  # seconds of work on one block
LIGHT = "default"
DARK = "github-dark"

# A lexer is a pile of regular expressions, and some take seconds over a hostile text. These
# are the languages of a classroom; each was tried with thousands of signs, blanks and brackets.
# Markdown is missing because its lexer hands what it quotes to any other.
_names = (
    "bash batch c c# c++ cpp csharp css diff docker dockerfile go golang haskell hs html java"
    " javascript js json jsx julia kotlin latex lua make makefile pascal php"
    " powershell ps1 py pycon pytb python python3 r rb rs ruby rust scala scss sh shell sql"
    " swift tex toml ts tsx typescript verilog xml yaml yml zsh"
)
LANGUAGES = frozenset(_names.split())


class _C(CLexer):  # type: ignore[misc]
    """C that does not look for whole functions: over blank lines that takes seconds."""

    tokens = {"root": [include("whitespace"), default("statement")]}


class _Cpp(CppLexer):  # type: ignore[misc]
    """C++, as above."""

    tokens = _C.tokens


SAFER = {"c": _C, "c++": _Cpp, "cpp": _Cpp}

CLASSES = frozenset(STANDARD_TYPES.values()) - {""}


def code_html(code: str, language: str, room: int) -> str:
    """Return a block of code as a figure: the language, an empty copy button, and the code.

    The button gets its word from CSS or JavaScript, since all readers share this HTML
    whatever their language. The name of the language is an attribute, as it is not part of what
    was said. The code ends without a line end, or a terminal would run it as it is pasted.
    An unknown `language`, and code that would need more than `room` characters in colours, gives
    plain, escaped text.
    """
    code = code.rstrip()
    has_colours = language.lower() in LANGUAGES and len(code) < room
    body = _coloured(code, _lexer(language.lower()), room) if has_colours else escape(code)
    return (
        '<figure class="code"><figcaption>'
        f'<span class="code-language" data-language="{escape(language[:MAX_NAME_LENGTH])}"></span>'
        '<button type="button" class="copy" data-action="copy"></button>'
        f'</figcaption><pre class="highlight"><code>{body}</code></pre></figure>'
    )


def _coloured(code: str, lexer: Lexer, room: int) -> str:
    tokens = []
    until = thread_time() + TIMEOUT_SECONDS
    for token in lexer.get_tokens(code):
        if thread_time() > until:
            return escape(code)
        tokens.append(token)
    html: str = format(tokens, HtmlFormatter(nowrap=True)).removesuffix("\n")
    return html if len(html) <= room else escape(code)


def code_css() -> str:
    """Return the colours of code, for the light page and for the dark one."""
    pages = {"body:not(.body--dark) .highlight": LIGHT, "body.body--dark .highlight": DARK}
    return "\n".join(
        rule
        for page, style in pages.items()
        for formatter in [HtmlFormatter(style=style)]
        # get_style_defs would also style every <pre> and <td> of the page
        for rule in [
            *formatter.get_background_style_defs(page),
            *formatter.get_token_style_defs(page),
        ]
    )


@cache
def _lexer(language: str) -> Lexer:
    if language in SAFER:
        return SAFER[language](stripnl=False)
    return get_lexer_by_name(language, stripnl=False)
