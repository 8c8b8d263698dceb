"""The stylesheet and the JavaScript, at addresses that change with their content.

Each file is made and compressed once, when it is first asked for, and kept in memory.
"""

import hashlib
import logging
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fastapi import HTTPException, Request, Response
from nicegui import app, ui

from chat_ui import stylesheet as parts
from chat_ui import theme
from chat_ui.components import branding, chime
from chat_ui.components.emoji import emoji_picker
from chat_ui.components.icons import app_icons
from chat_ui.server.middleware.encodings import Encoded
from services.core import app_context, i18n
from services.files.decoding.icons import APPLE

log = logging.getLogger(__name__)
CHAT_UI = Path(__file__).parent.parent
IMMUTABLE = "public, max-age=31536000, immutable"
OWN_FILES = "server"
"""The folder whose JavaScript `chat_ui/server/web_app.py` serves: it runs beside the pages."""


class File(NamedTuple):
    """A file that is served."""

    content: str | bytes
    media_type: str
    encoded: Encoded | None = None
    """None for one that is compressed by its format."""


def install() -> None:
    """Register the routes."""

    @app.get("/static/{version}/{folder:path}/{name}")
    def asset_in_folder(version: str, folder: str, name: str, request: Request) -> Response:
        """Serve a module that lies in a folder of `chat_ui/`."""
        return asset(version, f"{folder}/{name}", request)

    @app.get("/static/{version}/{name}")
    def asset(version: str, name: str, request: Request) -> Response:
        """Serve a file; the version in its address keeps caches from going stale."""
        if (file := _file(name)) is None:
            raise HTTPException(404)
        headers = {"Cache-Control": IMMUTABLE}
        content = file.content
        if file.encoded is not None:
            headers["Vary"] = "Accept-Encoding"
            if best := file.encoded.best(request.headers.get("accept-encoding", "")):
                headers["Content-Encoding"], content = best
        return Response(content, media_type=file.media_type, headers=headers)


def link(*, anonymous: bool, look: str = "auto") -> None:
    """Link both into the page that is being drawn, and what installs it as an app.

    `look` is `light`, `dark`, or `auto` for that of the device.
    """
    ui.add_head_html(f'<link id="chat-style" rel="stylesheet" href="{style_address()}">')
    ui.add_head_html(_app_links(look))
    # After NiceGUI's socket.io and before its page is mounted: see main.js.
    ui.add_body_html(
        f'{_preloads()}<script type="module" src="{_script(_entry())}"'
        f' data-anonymous="{str(anonymous).lower()}"></script>'
    )


@cache
def style_address() -> str:
    """Return the address of the current stylesheet."""
    return f"/static/{_hash(stylesheet())}/chat.css"


def address(name: str) -> str:
    """Return the address of a file, for this version of the chat."""
    return f"/static/{version()}/{name}"


@cache
def version() -> str:
    """Return a version that changes with the stylesheet and with any of the scripts."""
    return _hash(stylesheet() + scripts_version())


@cache
def _app_links(look: str) -> str:
    """Return the links to manifest and icon, and the colour of the window's frame."""
    colours = {"light": theme.LIGHT["surface"], "dark": theme.DARK["surface"]}
    if look in colours:
        frame = f'<meta name="theme-color" content="{colours[look]}">'
    else:
        frame = "".join(
            f'<meta name="theme-color" media="(prefers-color-scheme: {name})" content="{colour}">'
            for name, colour in colours.items()
        )
    return (
        f'{frame}<link rel="manifest" href="/manifest.webmanifest">'
        f'<link rel="apple-touch-icon" href="{address(APPLE)}">'
    )


def forget() -> None:
    """Drop the cached files: they have changed."""
    for made in (scripts, _compressed):
        made.cache_clear()
    _forget_branding()


def rebrand() -> None:
    """Make what shows the accent or the icon of the chat again: they have changed."""
    _forget_branding()
    version()


def _forget_branding() -> None:
    for made in (stylesheet, style_address, scripts_version, version, _app_links, _preloads):
        made.cache_clear()


@cache
def stylesheet() -> str:
    """Return the whole stylesheet."""
    return parts.css(branding.accent())


@cache
def scripts() -> dict[str, str]:
    """Return the JavaScript files by their paths, which their imports use.

    With `--edit` these are the modules as they are: the browser names the file and the line of a
    mistake, and a change is seen in the file that was edited.
    """
    from chat_ui.server import javascript  # when it is needed: a start is 4 ms faster

    separate = modules()
    if app_context.current().settings.edit:
        return separate
    try:
        return javascript.joined(separate)
    except javascript.UnknownFormError as error:
        log.warning("The JavaScript modules are served one by one: %s", error)
        return separate


def modules() -> dict[str, str]:
    """Return the texts of the JavaScript modules of a page by their paths."""
    return {
        file.relative_to(CHAT_UI).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(CHAT_UI.rglob("*.js"))
        if OWN_FILES not in file.relative_to(CHAT_UI).parts
    }


@cache
def scripts_version() -> str:
    """Return a version that changes with any of the files: they import each other by path.

    And with the icon of the chat: they show it with a count.
    """
    return _hash("".join(scripts().values()) + app_context.current().branding.version)


@cache
def _preloads() -> str:
    """Return hints by which separate modules are fetched in parallel, not one after the other."""
    from chat_ui.server import javascript

    if _entry() == javascript.JOINED:
        return ""
    try:
        names = javascript.eager(scripts())
    except javascript.UnknownFormError:  # logged by `scripts`; the browser finds its way
        return ""
    return "".join(f'<link rel="modulepreload" href="{_script(name)}">' for name in names)


def _entry() -> str:
    from chat_ui.server import javascript

    return javascript.JOINED if javascript.JOINED in scripts() else javascript.MAIN


def _script(name: str) -> str:
    return f"/static/{scripts_version()}/{name}"


def _file(name: str) -> File | None:
    if unread := branding.unread_icon(name):
        return _compressed(unread, "image/svg+xml")
    if icon := app_icons.content(name):
        return File(icon, "image/png")
    if name == "chime.wav":
        return File(chime.sound(), "audio/wav")
    if name == "chat.css":
        return _compressed(stylesheet(), "text/css")
    if name in scripts():
        return _compressed(scripts()[name], "text/javascript")
    for code in i18n.languages():
        if name == f"emoji-{code}.html":
            return _emoji(code)
    return None


@cache
def _emoji(code: str) -> File:
    return _compressed(emoji_picker.content(code), "text/plain")


@cache
def _compressed(content: str, media_type: str) -> File:
    return File(content, media_type, Encoded(content.encode()))


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]
