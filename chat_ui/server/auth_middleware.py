"""Who may come in: checked for every request and every websocket, before NiceGUI sees it.

NiceGUI's websocket asks neither for a cookie nor where a page comes from. Here, a request
needs a live session unless its address is public; what changes anything must come from our
own pages; and a websocket must have both.
"""

import re
from math import inf
from urllib.parse import parse_qs, quote, urlsplit

from nicegui import __version__ as nicegui_version
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.auth import cookies
from chat_ui.compat import socket_guard
from chat_ui.realtime import page_owners
from services.accounts import sessions
from services.core import app_context
from services.core.errors import RateLimited
from services.core.i18n import _, choose_language
from services.core.rate_limits import network
from services.core.settings import bracketed

PUBLIC = ("/login", "/register", "/reset/", "/healthz", "/favicon.ico", "/static/")
ASSETS = f"/_nicegui/{nicegui_version}/"
PAGES = "/_nicegui/client/"
WEBSOCKET = "/_nicegui_ws/"
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
FORM_BYTES = 64 * 1024
"""No form of ours is longer, but one with a file; a longer body is not read."""
_UPLOAD = re.compile("/rooms/[^/]+/files")


class Guard:
    """ASGI middleware: lets through what may come in and says no to the rest in one sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request or websocket, then hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        choose_language(_languages(connection))
        if not _is_meant(connection):
            if scope["type"] == "websocket":
                await receive()
            await _misdirected()(scope, receive, send)
            return
        # Not `connection.url`: that is put together from what the request says its host is.
        if scope["type"] == "http" and scope["path"].startswith(ASSETS):
            await self.app(scope, receive, send)
            return
        token = cookies.token(connection)
        viewer = await sessions.resume(token) if token else None
        scope.setdefault("state", {})["viewer"] = viewer
        if scope["type"] == "websocket":
            if _may_connect(connection):
                await self.app(scope, socket_guard.watch(scope, receive, send), send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})  # the server answers 403
            return
        if not app_context.current().settings.behind_proxy:
            _drop_proxy_headers(scope)
        if refusal := _refuse(Request(scope)):
            await refusal(scope, receive, send)
            return
        body = _Body(receive, inf if _is_upload(scope) else FORM_BYTES)
        try:
            await self.app(scope, body, send)
        except ClientDisconnect:  # in the middle of a form: its sender went, or went on too long
            if body.too_long:
                await _too_long()(scope, receive, send)


def _is_meant(connection: HTTPConnection) -> bool:
    """Tell whether a server for this machine alone is called by a name of this machine.

    Any site can let its own name lead to 127.0.0.1 (DNS rebinding). To a browser its page
    would then be one of ours; only the name that it asked for gives it away.
    """
    settings = app_context.current().settings
    name = re.sub(r":[0-9]*$", "", connection.headers.get("host", "").lower())
    return settings.reachable or name in {*LOOPBACK, bracketed(settings.host.lower())}


def is_same_site(connection: HTTPConnection) -> bool:
    """Tell whether one of our own pages asks: by `Origin`, else by `Sec-Fetch-Site`.

    A browser sends one or the other with every post, and no page can forge them (Fetch
    Standard, "Origin header"; W3C Fetch Metadata).
    """
    origin = connection.headers.get("origin")
    if origin is not None:
        return _host(origin) == connection.headers.get("host", "").lower()
    return connection.headers.get("sec-fetch-site") == "same-origin"


def _may_connect(connection: HTTPConnection) -> bool:
    viewer = connection.scope["state"]["viewer"]
    if viewer is None or not connection.scope["path"].startswith(WEBSOCKET):
        return False
    if connection.headers.get("origin") is None or not is_same_site(connection):
        return False
    client_id = parse_qs(_query(connection)).get("client_id", [""])[0]
    # A page from before a restart is let in, so that NiceGUI can tell it to load anew.
    return not page_owners.is_known(client_id) or page_owners.owns(client_id, viewer.session_id)


def _refuse(request: Request) -> Response | None:
    viewer = request.scope["state"]["viewer"]
    path = request.scope["path"]
    changes = request.method not in {"GET", "HEAD", "OPTIONS"}
    if path.startswith(WEBSOCKET):  # NiceGUI's fall-back without a websocket: one door is enough
        return _say(403, _("This address takes websockets only."))
    uploads = _is_upload(request.scope)
    if not uploads and int(_digits(request.headers.get("content-length", ""))) > FORM_BYTES:
        return _too_long()
    if changes and not is_same_site(request):
        return _say(
            403, _("This form must be sent from a page of this site. Open it and try again.")
        )
    if path.startswith(PAGES):
        client_id = path.removeprefix(PAGES).partition("/")[0]
        if viewer is None or not page_owners.owns(client_id, viewer.session_id):
            return _say(404, _("That is not here. It may have been moved or removed."))
        return None if is_same_site(request) else _say(403, _("Ask from a page of this site."))
    if viewer is not None:
        return None
    if path.startswith(PUBLIC):
        return _slow_down(request)
    if path == "/logout" and request.method == "POST":  # twice, or in a tab that was left open
        return None
    if changes:
        return _say(401, _("Log in first."))
    query = _query(request)
    wanted = path + (f"?{query}" if query else "")
    return RedirectResponse("/login" if path == "/" else f"/login?next={quote(wanted)}", 303)


def _slow_down(request: Request) -> Response | None:
    """Keep somebody without a session from having pages drawn for them without end."""
    path = request.scope["path"]
    if path in {"/healthz", "/favicon.ico"} or path.startswith("/static/"):
        return None
    try:
        app_context.current().rate_limits.visit.consume(address(request))
    except RateLimited as refused:
        response = _say(429, refused.message)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    return None


def _is_upload(scope: Scope) -> bool:
    """Tell whether somebody with a session sends a file: what reads that counts for itself."""
    found = _UPLOAD.fullmatch(scope["path"]) and scope["method"] == "POST"
    return bool(found and scope["state"]["viewer"])


def address(connection: HTTPConnection) -> str:
    """Return where a request comes from, as throttles count it."""
    return network(connection.client.host) if connection.client else "unknown"


def _drop_proxy_headers(scope: Scope) -> None:
    """Without a declared proxy nobody speaks for another: these headers are the client's own."""
    scope["headers"] = [
        (name, value) for name, value in scope["headers"] if not name.startswith(b"x-forwarded-")
    ]


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 20 else "0"


def _query(connection: HTTPConnection) -> str:
    return str(connection.scope["query_string"], "latin-1")


def _host(origin: str) -> str:
    parts = urlsplit(origin)
    return parts.netloc.lower() if parts.scheme in {"http", "https"} else ""


def _languages(connection: HTTPConnection) -> list[str]:
    """Return the languages that somebody reads, the dearest first (RFC 9110 §12.5.4)."""
    accepted = connection.headers.get("accept-language", "")[:200].replace(" ", "")
    wanted = [part.partition(";q=") for part in accepted.split(",") if part]
    ranked = sorted(wanted, key=lambda part: part[2] or "1", reverse=True)
    return [code for code, _q, weight in ranked if weight.strip("0.") or not weight]


def _say(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status)


def _misdirected() -> Response:
    address = app_context.current().settings.address
    return _say(421, _("This chat is at {address} only. Open it there.").format(address=address))


def _too_long() -> Response:
    return _say(413, _("This is longer than any form here. Shorten it and send it again."))


class _Body:
    """Receives a request, and stops reading a body that is longer than `most` bytes."""

    def __init__(self, receive: Receive, most: float) -> None:
        self._receive = receive
        self._most = most
        self._read = 0

    @property
    def too_long(self) -> bool:
        return self._read > self._most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.too_long else message
