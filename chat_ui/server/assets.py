"""The stylesheet and the browser's module, under names that change when they do."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import Response
from nicegui import app, ui

from chat_ui import theme

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
        f'<script defer src="{script_address()}"'
        f' data-anonymous="{str(anonymous).lower()}"></script>'
    )


@cache
def style_address() -> str:
    """Return where the stylesheet of this moment is."""
    return f"/static/chat.css?{_hash(stylesheet())}"


def forget() -> None:
    """Make both anew: their files have changed."""
    for made in (stylesheet, style_address, script, script_address):
        made.cache_clear()


@cache
def script_address() -> str:
    """Return where the browser's module of this moment is."""
    return f"/static/browser.js?{_hash(script())}"


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
