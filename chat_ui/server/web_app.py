"""What makes the chat an app on phones and desktops: its manifest, and the service worker.

The worker (`chat_ui/server/service_worker.js`) keeps one page, for when the server cannot be
reached: never anything that somebody wrote.
"""

import asyncio
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import htpy as h
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from markupsafe import Markup

from chat_ui import theme
from chat_ui.components import branding
from chat_ui.rooms.composer import composer
from chat_ui.rooms.directory import my_rooms
from chat_ui.server import assets
from chat_ui.server.routes import plain_routes
from services.core.i18n import _, language
from services.core.text import MESSAGE_LIMIT
from services.files.decoding.icons import ICONS
from services.push import subscriptions

MANIFEST = "/manifest.webmanifest"
WORKER = "/service-worker.js"
OFFLINE = "/offline"
PUSH_KEY = "/push-key"
HERE = Path(__file__).parent
WORKER_POLICY = "default-src 'none'; connect-src 'self'; img-src 'self'"
"""What the worker may load (CSP Level 3): it asks for pages on behalf of the browser."""


def install() -> None:
    """Register the routes."""
    plain_routes.add(MANIFEST, manifest, "GET")
    plain_routes.add(WORKER, worker, "GET")
    plain_routes.add(OFFLINE, offline, "GET")
    plain_routes.add(PUSH_KEY, push_key, "GET")


async def manifest(_request: Request) -> Response:
    """Return the manifest (W3C Web Application Manifest), in the language of the browser."""
    content = {
        "id": "/",
        "name": branding.name(),
        "short_name": branding.name(),
        "lang": language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": theme.LIGHT["surface"],
        "background_color": theme.LIGHT["ground"],
        "icons": [
            {
                "src": assets.address(icon.name),
                "sizes": f"{icon.size}x{icon.size}",
                "type": "image/png",
                "purpose": icon.purpose,
            }
            for icon in ICONS
            if icon.purpose
        ],
        "share_target": {
            "action": "/share",  # the worker takes it; without one, the server refuses it
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {name: name for name in my_rooms.SHARED}
            | {"files": [{"name": "files", "accept": ["*/*"]}]},
        },
        "shortcuts": [
            _shortcut(_("New message"), "/#new-message"),
            _shortcut(_("Mentions"), "/mentions"),
            _shortcut(_("Search"), "/search"),
        ],
    }
    return JSONResponse(
        content,
        media_type="application/manifest+json",
        headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"},
    )


async def worker(_request: Request) -> Response:
    """Return the service worker; it differs in each version, so that browsers take the new one."""
    return Response(
        _worker(),
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Content-Security-Policy": WORKER_POLICY},
    )


async def offline(_request: Request) -> Response:
    """Return the page that the worker shows while the server cannot be reached."""
    return HTMLResponse(_offline(language()))


async def push_key(_request: Request) -> Response:
    """Return the key by which browsers know our push messages, to who turns notifications on."""
    # The first time, it loads a library.
    return PlainTextResponse(await asyncio.to_thread(subscriptions.public_key))


def forget() -> None:
    """Drop what is cached: a file has changed."""
    _worker.cache_clear()
    _offline.cache_clear()


def _shortcut(name: str, address: str) -> dict[str, Any]:
    icon = {"src": assets.address("icon-192.png"), "sizes": "192x192", "type": "image/png"}
    return {"name": name, "url": address, "icons": [icon]}


@cache
def _worker() -> str:
    code = _read("service_worker.js")
    version = hashlib.sha256(f"{assets.version()}{code}{_offline('en')}".encode()).hexdigest()[:12]
    icon = assets.address("icon-192.png")
    shared = {
        "files": composer.MAX_FILES,
        "words": my_rooms.SHARED,
        "characters": MESSAGE_LIMIT,
    }
    values = {"VERSION": version, "ICON": icon, "SHARED": shared}
    return "".join(f"const {name} = {json.dumps(each)};\n" for name, each in values.items()) + code


@cache
def _offline(code: str) -> str:
    """Return the page; all that it needs is in it."""
    drawn = h.html(lang=code)[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title[branding.name()],
            h.style[Markup(_style())],  # noqa: S704 - our own
        ],
        h.body[
            h.main[
                branding.icon_within(),
                h.h1[_("No connection")],
                h.p[
                    _("{name} cannot be reached. This page goes on by itself when it can.").format(
                        name=branding.name()
                    )
                ],
                h.a(href="")[_("Try again")],
            ],
            h.script[Markup(_read("offline.js"))],  # noqa: S704 - our own
        ],
    ]
    return str(drawn)


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _colours(values: dict[str, str]) -> str:
    names = ("ground", "ink", "muted", "accent", "on-accent")
    return " ".join(f"--{name}: {values[name]};" for name in names)


def _style() -> str:
    light, dark = (_colours(theme.palette(mode, branding.accent())) for mode in ("light", "dark"))
    return f"""
:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
body {{ margin: 0; min-block-size: 100dvh; display: grid; place-content: center; background: var(--ground); color: var(--ink); font: 16px/1.5 {theme.FONTS["font"]}; }}
main {{ max-inline-size: 22rem; padding: 24px; text-align: center; }}
svg, img {{ inline-size: 72px; border-radius: 16px; }}
h1 {{ font-size: 1.4rem; margin: 12px 0 4px; }}
p {{ color: var(--muted); margin: 0 0 24px; }}
a {{ display: inline-block; padding: 12px 22px; border-radius: 999px; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }}
"""
