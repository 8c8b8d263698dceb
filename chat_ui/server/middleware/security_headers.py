"""Security headers for every answer."""

import re
import secrets

from nicegui import app
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.server.middleware import short_answers
from chat_ui.server.middleware.auth_middleware import ASSETS

_SCRIPT = re.compile(rb"<script(?=[\s>])")


_ALL = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self)"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]
"""What an answer gets that has none of them: most have none, and to look for each takes longer."""
_OVER_TLS = [*_ALL, (b"strict-transport-security", b"max-age=31536000")]
_NAMES = frozenset(name for name, _value in _OVER_TLS)


class SecurityHeaders:
    """ASGI middleware: headers for every answer, and a nonce for every script of a page.

    NiceGUI writes scripts into its pages and evaluates what its server sends, so `unsafe-eval` has
    to be allowed. Inline scripts do not: each that NiceGUI wrote gets a nonce of this answer (CSP
    Level 3 §2.3.1), and an injected one never runs.
    """

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self.app = app
        self.tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to one answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = short_answers.sender(scope, send)
        await self.app(scope, receive, _Answer(scope["path"], send, tls=self.tls))


class _Answer:
    """Passes an answer on; a page is buffered until it is complete, to add the nonces."""

    def __init__(self, path: str, send: Send, *, tls: bool) -> None:
        self._path = path
        self._send = send
        self._tls = tls
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            made = self._path.startswith(f"{ASSETS}dynamic_resources/")
            if self._path.startswith(ASSETS) and not made and message["status"] < 400:
                headers["Cache-Control"] = app.config.cache_control_directives
            self._secure(headers)
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
                self._body.clear()  # the page is open for hours and keeps a reference to this
            return
        await self._send(message)

    def _secure(self, headers: MutableHeaders) -> None:
        if _NAMES.isdisjoint(name for name, _value in headers.raw):
            headers.raw.extend(_OVER_TLS if self._tls else _ALL)
            return
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"
        headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        headers.setdefault("Cache-Control", "no-store")
        if self._tls:
            headers["Strict-Transport-Security"] = "max-age=31536000"

    async def _send_page(self, start: Message) -> None:
        nonce = secrets.token_urlsafe(16)
        body = _SCRIPT.sub(b'<script nonce="%s"' % nonce.encode(), self._body)
        headers = MutableHeaders(raw=start["headers"])
        headers["Content-Security-Policy"] = _policy(nonce)
        headers["Content-Length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _policy(nonce: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "media-src 'self' blob:",
            "manifest-src 'self'",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )
