"""NiceGUI elements with plain HTML inside.

Each NiceGUI element of an open page costs the server about 5 KB and 0.1 ms. Parts that neither
change nor have listeners do without: they are HTML inside another element.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVarTuple

import htpy as h
from markupsafe import Markup
from nicegui import ui

from services.core.i18n import language

ArgumentsT = TypeVarTuple("ArgumentsT")
CACHE_SIZE = 500
"""Maximum number of cached results of each function."""
_WIDE = re.compile("[\U00010000-\U0010ffff]")
"""Emoji, as a rule. With a single one of these in it, Python keeps a text at four bytes a letter,
and a page is copied a dozen times on its way out."""


class Plain(ui.element):
    """An element with HTML in it.

    `ui.html` is that as well, but takes three times as long to make, and each browser has to load
    a component for it. Here a property does it that all elements of a browser have.
    """

    def fill(self, *content: h.Node) -> None:
        """Replace the content; htpy escapes everything that is not markup.

        Cached markup is not copied for each page: pages share it.
        """
        shared = content[0] if len(content) == 1 and isinstance(content[0], Markup) else None
        self.props["innerHTML"] = shared or str(h.fragment[content])

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self.props.get("innerHTML")]  # for `should_see` in NiceGUI's tests


def draw(tag: str, *content: h.Node) -> Plain:
    """Draw an element with `content` in it."""
    element = Plain(tag)
    element.fill(*content)
    return element


def cached(render: Callable[[*ArgumentsT], h.Node]) -> Callable[[*ArgumentsT], Markup]:
    """Cache what `render` returns by language and arguments, for parts that many pages share.

    `render` may depend on nothing else.
    """

    @lru_cache(CACHE_SIZE)
    def drawn(_language: str, *arguments: *ArgumentsT) -> Markup:
        plain = str(h.fragment[render(*arguments)])
        return Markup(_WIDE.sub(lambda wide: f"&#{ord(wide[0])};", plain))  # noqa: S704 - by htpy

    return lambda *arguments: drawn(language(), *arguments)


def icon(name: str) -> h.Element:
    """Return one of the Material icons that come with NiceGUI."""
    return h.i(".q-icon.notranslate.material-icons", aria_hidden="true")[name]


def button(name: str, words: str, classes: str = "", **attributes: str) -> h.Element:
    """Return a small button with an icon that the browser listens to.

    With `data_ask` it sends the event of that name: see `chat_ui/realtime/protocol.py`.
    """
    return h.button(
        f".icon-button{classes}", type="button", aria_label=words, title=words, **attributes
    )[icon(name)]
