"""The stylesheet and the browser's module, under names that change when they do."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import Response
from nicegui import app, ui

from chat_ui import brand, theme

BROWSER = Path(__file__).parent.parent / "browser.js"
FOR_EVER = "public, max-age=31536000, immutable"


def install() -> None:
    """Serve the files."""

    @app.get("/static/{name}")
    def asset(name: str) -> Response:
        """Serve a file of ours; the version in its address keeps a cache from going stale."""
        if name == "chat.css":
            return Response(stylesheet(), media_type="text/css", headers=_cached())
        if name == "browser.js":
            return Response(script(), media_type="text/javascript", headers=_cached())
        return Response("Not here.", 404)


def link(*, anonymous: bool) -> None:
    """Put both files into the page that is being drawn."""
    ui.add_head_html(f'<link id="chat-style" rel="stylesheet" href="{style_address()}">')
    # After NiceGUI's socket.io and before its page is mounted: see the top of browser.js.
    ui.add_body_html(
        f'<script defer src="/static/browser.js?{_hash(script())}"'
        f' data-anonymous="{str(anonymous).lower()}"></script>'
    )


def style_address() -> str:
    """Return where the stylesheet of this moment is."""
    return f"/static/chat.css?{_hash(stylesheet())}"


def favicon() -> str:
    """Return the icon of the browser's tab, as SVG."""
    return brand.LOGO


def forget() -> None:
    """Make both anew: their files have changed."""
    stylesheet.cache_clear()
    script.cache_clear()


@cache
def stylesheet() -> str:
    """Return the whole stylesheet."""
    return theme.stylesheet()


@cache
def script() -> str:
    """Return the browser's module."""
    return BROWSER.read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _cached() -> dict[str, str]:
    return {"Cache-Control": FOR_EVER}
