"""Elements whose inside is plain HTML.

Each NiceGUI element of an open page costs the server about 5 KB and 0.1 ms. What neither
changes nor listens needs none of its own: it is drawn as HTML inside one that does.
"""

import re
from collections.abc import Callable
from functools import cache

import htpy as h
from markupsafe import Markup
from nicegui import ui

from services.words import language

_WIDE = re.compile("[\U00010000-\U0010ffff]")
"""Emoji, as a rule. With a single one of these in it, Python keeps a text at four bytes a letter,
and a page is copied a dozen times on its way out."""


def draw(tag: str, *content: h.Node) -> ui.html:
    """Draw an element with `content` in it; htpy escapes whatever is not its own.

    What is drawn once for all pages is not copied for each: they share it.
    """
    shared = content[0] if len(content) == 1 and isinstance(content[0], Markup) else None
    return ui.html(shared or str(h.fragment[content]), sanitize=False, tag=tag)


def once(made: Callable[[], h.Node]) -> Callable[[], Markup]:
    """Draw what is the same on every page once for each language, and not for each page."""

    @cache
    def drawn(_language: str) -> Markup:
        plain = str(h.fragment[made()])
        return Markup(_WIDE.sub(lambda wide: f"&#{ord(wide[0])};", plain))  # noqa: S704 - by htpy

    return lambda: drawn(language())


def icon(name: str) -> h.Element:
    """Return one of the Material icons that NiceGUI brings along."""
    return h.i(".q-icon.notranslate.material-icons", aria_hidden="true")[name]


def button(name: str, words: str, classes: str = "", **attributes: str) -> h.Element:
    """Return a small button with an icon that the browser listens to.

    With `data_ask` it asks the page for something: see `Page.on_ask`.
    """
    return h.button(
        f".icon-button{classes}", type="button", aria_label=words, title=words, **attributes
    )[icon(name)]
