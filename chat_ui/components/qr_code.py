"""QR codes as pictures in a page."""

import asyncio

from markupsafe import Markup
from nicegui import ui

from chat_ui import theme
from chat_ui.components import html


def draw(code: Markup) -> None:
    """Draw a QR code that `svg` returned."""
    with ui.element("div").classes("qr"):
        html.draw("div", code)


async def svg(text: str) -> Markup:
    """Return the QR code of a text as SVG, made on a thread: it takes 10 ms and more."""
    return await asyncio.to_thread(_make, text)


def _make(text: str) -> Markup:
    import segno  # only here: a start need not wait for it

    drawn = segno.make(text).svg_inline(scale=5, border=2, dark=theme.LIGHT["ink"])
    return Markup(drawn)  # noqa: S704 - drawn by segno
