"""Text that is to be shown as it is, within Markdown."""

from html import escape

import pytest

from services.messages.emoji import emoji
from services.messages.rendering import facts, text

NAMES = [
    *("asha", "O'Neil-Smith, Jr.", "आशा", "@room", "@asha/@ben", "*x*", "**@room**", "_x_ y"),
    *("# x", "- x", "+ x", "1. x", "1) x", "> x", "***", "===", "`x`", "```", "~~x~~", "~~~"),
    *("[x](https://example.com)", "![x](https://example.com)", "<https://example.com>"),
    *("https://example.com", "example.com", "www.example.com", "me@example.com", "//example.com"),
    *("<b>x</b>", "&amp;", "$x$", "$$x$$", r"\(x\)", r"\[x\]", r"\x", r"x\ ".strip(), "| x | y |"),
    *(":tada:", ":+1::tada:", "x^2^", "^x", "[x]: y", "{x}"),
]


@pytest.mark.parametrize("name", NAMES)
def test_an_escaped_text_is_shown_as_it_is(name: str) -> None:
    typed = f"> {text.to_markdown(name)}, https://example.com/rooms/1"
    link = text.to_html("https://example.com/rooms/1").removeprefix("<p>").removesuffix("</p>")
    shown = escape(name, quote=False)
    assert text.to_html(typed) == f"<blockquote>\n<p>{shown}, {link}</p>\n</blockquote>"
    assert not facts.names(text.render(typed))
    assert emoji.replace_codes(typed) == typed
