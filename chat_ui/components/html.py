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
from nicegui import Client, ui

from chat_ui.components.icons import icon_font
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


def without_main(client: Client) -> None:
    """Have the element that NiceGUI draws around every page be no landmark.

    It is a `<main>` around everything, the sidebar too; which part is the main one, we say.
    """
    slot = client.content.parent_slot
    assert slot is not None  # NiceGUI has put it into one
    slot.parent.tag = "div"


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


def counted(name: str, words: Callable[[int], str]) -> dict[str, str]:
    """Return both forms of `words` for a count, as attributes: see `formatCount` in dom.js."""
    return {f"data-word-{name}-one": words(1), f"data-word-{name}": words(2)}


def icon(name: str) -> h.Element:
    """Return one of the Material icons that come with NiceGUI."""
    classes = ".chat-icon" if name in icon_font.names() else ""
    if name in icon_font.POINTING:
        classes += ".pointing"
    return h.i(f".q-icon.notranslate.material-icons{classes}", aria_hidden="true")[name]


def link(name: str, words: str, address: str, classes: str = "", **attributes: Any) -> h.Element:
    """Return a link with an icon that looks as `button` does."""
    return h.a(f".icon-button{classes}", href=address, aria_label=words, title=words, **attributes)[
        icon(name)
    ]


def button(name: str, words: str, classes: str = "", **attributes: str) -> h.Element:
    """Return a small button with an icon that the browser listens to.

    With `data_ask` it sends the event of that name: see `chat_ui/realtime/protocol.py`.
    """
    return h.button(
        f".icon-button{classes}", type="button", aria_label=words, title=words, **attributes
    )[icon(name)]
