"""The name and the icon of the chat, as pages show them."""

import base64
from functools import lru_cache
from urllib.parse import quote

import htpy as h
from markupsafe import Markup

from chat_ui import theme
from chat_ui.components import html
from chat_ui.components.icons import logo
from services.core import app_context
from services.files.decoding.icons import TAB

SHOWN = "icon-192.png"
"""The icon that pages show."""


def name() -> str:
    """Return the name of the chat."""
    return app_context.current().branding.name


def accent() -> str:
    """Return the accent that an administrator chose, or else the usual one."""
    return app_context.current().branding.accent or usual_accent()


def usual_accent() -> str:
    """Return the accent where no administrator has chosen one: the setting's, or ours."""
    return app_context.current().settings.accent or theme.ACCENT


def title(view: str) -> str:
    """Return the title of a window or tab that shows a view."""
    return f"{view} · {name()}"


def home() -> Markup:
    """Return the link to the chat: its icon and its name."""
    return _home(name(), app_context.current().branding.version)


@html.cached
def _home(words: str, version: str) -> h.Element:
    return h.a(".home", href="/")[_icon(version), h.b(dir="auto")[words]]


def picture() -> h.Node:
    """Return the icon, for beside the name."""
    return _icon(app_context.current().branding.version)


def _icon(version: str) -> h.Node:
    return h.img(".chat-icon-image", src=address(version), alt="") if version else logo.BESIDE_NAME


def address(version: str) -> str:
    """Return where the icon of that version is."""
    return f"/static/{version}/{SHOWN}"


def icon_within() -> h.Node:
    """Return the icon with everything that it needs: for a page that loads nothing."""
    content = app_context.current().branding.icons.get(SHOWN)
    return h.img(src=_data_url(content), alt="") if content else logo.BESIDE_NAME


def tab_icon() -> str:
    """Return the icon in the tab of the browser, as a `data:` URL (RFC 2397).

    NiceGUI takes an SVG, too, and would write it as such a URL for each page.
    """
    content = app_context.current().branding.icons.get(TAB.name)
    return _data_url(content) if content else f"data:image/svg+xml,{quote(logo.LOGO)}"


def unread_icon(file: str) -> str | None:
    """Return the icon with what is unread on it, an SVG, or None if none has that name."""
    return _with_counts(app_context.current().branding.icons.get(TAB.name)).get(file)


@lru_cache(maxsize=2)
def _with_counts(content: bytes | None) -> dict[str, str]:
    if content is None:
        return logo.with_counts(logo.LOGO)
    return logo.with_counts(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">'
        f'<image href="{_data_url(content)}" width="48" height="48"/></svg>'
    )


def _data_url(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


STYLE = """
.chat-icon-image { flex: none; border-radius: 22%; object-fit: contain; }
"""
