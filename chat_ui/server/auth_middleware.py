"""Authentication and origin checks for every request and websocket, before NiceGUI sees it.

NiceGUI's websocket checks neither a cookie nor the origin of a page. Here, a request needs a live
session unless its address is public; one that changes anything must come from our own pages; and a
websocket must have both.
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
from services.core.dto import CurrentUser
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
"""The longest form, except one with a file; a longer body is not read."""
_UPLOAD = re.compile("/rooms/[^/]+/files")


class AuthMiddleware:
    """ASGI middleware: passes on what is allowed, and refuses the rest with one sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request or websocket, then pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        # Not kept in the scope: they would keep each other in memory.
        carrier = scope.setdefault("state", {}).pop("connection", None)
        connection = HTTPConnection(scope)
        choose_language(_languages(connection))
        if not _is_known_host(connection):
            if scope["type"] == "websocket":
                await receive()
            await _misdirected()(scope, receive, send)
            return
        # Not `connection.url`: that is built from the Host header, which is the client's.
        if scope["type"] == "http" and scope["path"].startswith(ASSETS):
            await self.app(scope, receive, send)
            return
        token = cookies.token(connection)
        viewer = await sessions.resume(token) if token else None
        scope["state"]["viewer"] = viewer
        if viewer and carrier:
            carrier.recognise(viewer)
        if scope["type"] == "websocket":
            page_id = parse_qs(_query(connection)).get("client_id", [""])[0]
            if (
                viewer
                and carrier
                and _may_connect(connection, viewer, page_id)
                and carrier.open_for(page_id, viewer.user_id)
            ):
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
        except ClientDisconnect:  # in the middle of a form: its sender left, or sent too much
            if body.too_long:
                await _too_long()(scope, receive, send)


def _is_known_host(connection: HTTPConnection) -> bool:
    """Return whether a server on the loopback address is requested by a name of this machine.

    Any site can have its own name resolve to 127.0.0.1 (DNS rebinding). To a browser its pages would
    then be of our origin; only the Host header shows the difference.
    """
    settings = app_context.current().settings
    name = re.sub(r":[0-9]*$", "", connection.headers.get("host", "").lower())
    return settings.reachable or name in {*LOOPBACK, bracketed(settings.host.lower())}


def is_same_site(connection: HTTPConnection) -> bool:
    """Return whether a request comes from our own pages: by `Origin`, else by `Sec-Fetch-Site`.

    A browser sends one of them with every post, and no page can forge them (Fetch Standard,
    "Origin header"; W3C Fetch Metadata).
    """
    origin = connection.headers.get("origin")
    if origin is not None:
        return _host(origin) == connection.headers.get("host", "").lower()
    return connection.headers.get("sec-fetch-site") == "same-origin"


def _may_connect(connection: HTTPConnection, viewer: CurrentUser, page_id: str) -> bool:
    if not connection.scope["path"].startswith(WEBSOCKET):
        return False
    if connection.headers.get("origin") is None or not is_same_site(connection):
        return False
    # A page from before a restart may connect, so that NiceGUI can make it reload.
    return not page_owners.is_known(page_id) or page_owners.owns(page_id, viewer.session_id)


def _refuse(request: Request) -> Response | None:
    viewer = request.scope["state"]["viewer"]
    path = request.scope["path"]
    changes = request.method not in {"GET", "HEAD", "OPTIONS"}
    if path.startswith(WEBSOCKET):  # NiceGUI's fallback is long polling, which is not checked
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
        return _limit_visits(request)
    if path == "/logout" and request.method == "POST":  # a second time, or in another tab
        return None
    if changes:
        return _say(401, _("Log in first."))
    query = _query(request)
    wanted = path + (f"?{query}" if query else "")
    return RedirectResponse("/login" if path == "/" else f"/login?next={quote(wanted)}", 303)


def _limit_visits(request: Request) -> Response | None:
    """Limit how many pages people without a session may load."""
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
    """Return whether this is an upload with a session: its handler limits the size itself."""
    found = _UPLOAD.fullmatch(scope["path"]) and scope["method"] == "POST"
    return bool(found and scope["state"]["viewer"])


def address(connection: HTTPConnection) -> str:
    """Return the network that a request comes from, as rate limits count it."""
    return network(connection.client.host) if connection.client else "unknown"


def _drop_proxy_headers(scope: Scope) -> None:
    """Drop what only a proxy may say: without a declared proxy these are the client's own."""
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
    """Return the accepted languages, the preferred first (RFC 9110 §12.5.4)."""
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
    """Receives a request, and stops reading a body that is longer than `limit` bytes."""

    def __init__(self, receive: Receive, limit: float) -> None:
        self._receive = receive
        self._limit = limit
        self._read = 0

    @property
    def too_long(self) -> bool:
        return self._read > self._limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.too_long else message
