"""The stylesheet and the JavaScript modules, at addresses that change with their content."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import Response
from nicegui import app, ui

from chat_ui import stylesheet as parts
from chat_ui.components import chime, emoji_picker, logo
from services.core import i18n

CHAT_UI = Path(__file__).parent.parent
LAZY = {"components/emoji_picker.js", "rooms/voice_note.js", "rooms/voice_worklet.js"}
"""Modules that are imported when they are first needed."""
IMMUTABLE = "public, max-age=31536000, immutable"


def install() -> None:
    """Register the routes."""

    @app.get("/static/{version}/{folder}/{name}")
    def asset_in_folder(version: str, folder: str, name: str) -> Response:
        """Serve a module that lies in a folder of `chat_ui/`."""
        return asset(version, f"{folder}/{name}")

    @app.get("/static/{version}/{name}")
    def asset(version: str, name: str) -> Response:
        """Serve a file; the version in its address keeps caches from going stale."""
        if name == "chat.css":
            return Response(stylesheet(), media_type="text/css", headers=_cached())
        if name in scripts():
            return Response(scripts()[name], media_type="text/javascript", headers=_cached())
        for code in i18n.languages():
            if name == f"emoji-{code}.html":
                made = emoji_picker.content(code)
                return Response(made, media_type="text/plain", headers=_cached())
        if name in logo.UNREAD:
            return Response(logo.UNREAD[name], media_type="image/svg+xml", headers=_cached())
        if name == "chime.wav":
            return Response(chime.sound(), media_type="audio/wav", headers=_cached())
        return Response("Not here.", 404)


def link(*, anonymous: bool) -> None:
    """Link both into the page that is being drawn."""
    ui.add_head_html(f'<link id="chat-style" rel="stylesheet" href="{style_address()}">')
    # After NiceGUI's socket.io and before its page is mounted: see main.js. With the hints the
    # modules are fetched in parallel, not one import after the other.
    ui.add_body_html(
        "".join(
            f'<link rel="modulepreload" href="{_script(name)}">'
            for name in scripts()
            if name not in LAZY
        )
        + f'<script type="module" src="{_script("main.js")}"'
        f' data-anonymous="{str(anonymous).lower()}"></script>'
    )


@cache
def style_address() -> str:
    """Return the address of the current stylesheet."""
    return f"/static/{_hash(stylesheet())}/chat.css"


def forget() -> None:
    """Drop the cached files: they have changed."""
    for made in (stylesheet, style_address, scripts, scripts_version):
        made.cache_clear()


@cache
def stylesheet() -> str:
    """Return the whole stylesheet."""
    return parts.css()


@cache
def scripts() -> dict[str, str]:
    """Return the JavaScript modules by their paths, which their imports use."""
    return {
        file.relative_to(CHAT_UI).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(CHAT_UI.rglob("*.js"))
    }


@cache
def scripts_version() -> str:
    """Return a version that changes with any of the modules: they import each other by path."""
    return _hash("".join(scripts().values()))


def _script(name: str) -> str:
    return f"/static/{scripts_version()}/{name}"


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _cached() -> dict[str, str]:
    return {"Cache-Control": IMMUTABLE}
