"""Authentication and origin checks for every request and websocket, before NiceGUI sees it.

NiceGUI's websocket checks neither a cookie nor the origin of a page. Here, a request needs a live
session unless its address is public; one that changes anything must come from our own pages; and a
websocket must have both.
"""

import re
from math import inf
from typing import Any
from urllib.parse import parse_qs, quote

from nicegui import __version__ as nicegui_version
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.auth import cookies
from chat_ui.auth.origin import address_here, is_known_host, is_same_site
from chat_ui.compat import socket_guard
from chat_ui.realtime import page_owners, turns
from chat_ui.server import mounted
from chat_ui.server.visitors import visitor
from models import SecurityKind
from services.accounts.security import security_log
from services.accounts.sessions import sessions
from services.core.dto import CurrentUser
from services.core.errors import RateLimited
from services.core.i18n import _, choose_language
from services.core.limits.rate_limited import consume

PUBLIC = {
    *("/login", "/register", "/healthz", "/metrics", "/favicon.ico", "/manifest.webmanifest"),
    *("/service-worker.js", "/offline", "/certificate"),
}
READY = "/readyz"
"""Answered without looking for a session, which is in the database, as often as a proxy asks, and by
whichever name it asks: it says nothing else."""
PROBES = {"/healthz", "/metrics"}
"""What monitoring asks for; `/metrics` has a token of its own (`metrics_route.py`)."""
PUBLIC_FOLDERS = ("/login/", "/reset/", "/static/", "/certificate/")
ASSETS = f"/_nicegui/{nicegui_version}/"
PAGES = "/_nicegui/client/"
WEBSOCKET = "/_nicegui_ws/"
SOCKET_IO = WEBSOCKET + "socket.io/"
APPS = "/_matrix/"
NO_COOKIES = "cookies=none"
"""In the query of the login page, for a browser that keeps none."""
FORM_BYTES = 64 * 1024
"""The longest form, except one with a file; a longer body is not read."""
_UPLOAD = re.compile("/rooms/[^/]+/files|/branding/icon|/account/avatar|/stickers/new")


def is_public(path: str) -> bool:
    """Return whether an address is for people without a session."""
    return path in PUBLIC or path.startswith(PUBLIC_FOLDERS)


class AuthMiddleware:
    """ASGI middleware: passes on what is allowed, and refuses the rest with one sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request or websocket, then pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        is_app = scope["path"].startswith(APPS)
        if not is_app:  # what they are told takes less than a page
            await turns.own_turn()  # many requests may have come at the same time
        # Not kept in the scope: they would keep each other in memory.
        carrier = scope.setdefault("state", {}).pop("connection", None)
        _drop_proxy_headers(scope)
        connection = HTTPConnection(scope)
        accepted = [] if is_app else [cookies.language(connection)[:20]]
        accepted += _languages(connection)
        choose_language(accepted)
        path = scope["path"]
        if scope["type"] == "http" and path == READY:
            await self.app(scope, receive, send)
            return
        if not is_known_host(connection):
            if scope["type"] == "websocket":
                await receive()
            _note(connection, "host")
            await _misdirected(connection)(scope, receive, send)
            return
        if mounted_app := mounted.answering(scope):
            scope["state"]["visitor"] = visitor(connection)
            if carrier:
                scope["state"]["when_gone"] = carrier.when_gone
            await mounted_app(scope, receive, send)  # which counts who asks
            return
        # Not `connection.url`: that is built from the Host header, which is the client's.
        if scope["type"] == "http" and path.startswith(ASSETS):
            await self.app(scope, receive, send)
            return
        token = cookies.token(connection)
        viewer = await sessions.resume(token) if token else None
        scope["state"]["viewer"] = viewer
        if viewer and viewer.preferences.language:
            choose_language([viewer.preferences.language, *accepted])
        if viewer and carrier:
            carrier.recognise(viewer)
        if scope["type"] == "websocket":
            await self._websocket(connection, carrier, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _websocket(
        self, connection: HTTPConnection, carrier: Any, receive: Receive, send: Send
    ) -> None:
        """Open a page's websocket, or refuse it. `carrier` is the connection that it came on."""
        scope = connection.scope
        viewer: CurrentUser | None = scope["state"]["viewer"]
        query = parse_qs(_query(connection))
        page_id = scope["state"]["page_id"] = query.get("client_id", [""])[0]
        if (
            viewer
            and carrier
            and _is_engine_io(connection, query)
            and _may_connect(connection, viewer, page_id)
            and carrier.open_for(page_id, viewer)
        ):
            await self.app(scope, socket_guard.watch(scope, receive, send), send)
            return
        if viewer:  # others are pages whose session has ended
            _note(connection, "websocket")
        await receive()
        answer = _say(403, _("This page can't connect. Reload it and try again."))
        await answer(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if refusal := _refuse(Request(scope)):
            await refusal(scope, receive, send)
            return
        body = _Body(receive, inf if _is_upload(scope) else FORM_BYTES)
        try:
            await self.app(scope, body, send)
        except ClientDisconnect:  # in the middle of a form: its sender left, or sent too much
            if body.too_long:
                await _too_long()(scope, receive, send)


def _is_engine_io(connection: HTTPConnection, query: dict[str, list[str]]) -> bool:
    """Return whether this asks for a new websocket as a page does, by Engine.IO 4."""
    asked = {name: query.get(name, [""]) for name in ("EIO", "transport", "sid")}
    return (
        connection.scope["path"] == SOCKET_IO
        and asked == {"EIO": ["4"], "transport": ["websocket"], "sid": [""]}
        and [each.lower() for each in connection.headers.getlist("upgrade")] == ["websocket"]
    )


def _may_connect(connection: HTTPConnection, viewer: CurrentUser, page_id: str) -> bool:
    if connection.headers.get("origin") is None or not is_same_site(connection):
        return False
    # A page from before a restart may connect, so that NiceGUI can make it reload.
    return not page_owners.is_known(page_id) or page_owners.owns(page_id, viewer.session_id)


def _refuse(request: Request) -> Response | None:
    viewer = request.scope["state"]["viewer"]
    path = request.scope["path"]
    changes = request.method not in {"GET", "HEAD", "OPTIONS"}
    if path.startswith(WEBSOCKET):  # NiceGUI's fallback is long polling, which is not checked
        return _say(403, _("This address accepts only WebSocket connections."))
    uploads = _is_upload(request.scope)
    if not uploads and int(_digits(request.headers.get("content-length", ""))) > FORM_BYTES:
        return _too_long()
    if changes and not is_same_site(request):
        _note(request, "origin")
        return _say(
            403, _("This form was not sent from a page of this site. Open the page and try again.")
        )
    if path.startswith(PAGES):
        client_id = path.removeprefix(PAGES).partition("/")[0]
        if viewer is None or not page_owners.owns(client_id, viewer.session_id):
            if page_owners.is_known(client_id):  # others are pages from before a restart
                _note(request, "page")
            return _say(404, _("Page not found."))
        if is_same_site(request):
            return None
        return _say(
            403,
            _("This request did not come from a page of this site. Open the chat and try again."),
        )
    if viewer is not None:
        return _limit("probe", request) if path in PROBES else None
    if refusal := _limit_visits(request):
        return refusal
    if is_public(path):
        return None
    if path == "/logout" and request.method == "POST":  # a second time, or in another tab
        return None
    if changes:
        return _say(401, _("Log in first."))
    query = _query(request)
    wanted = path + (f"?{query}" if query else "")
    address = "/login" if path == "/" else f"/login?next={quote(wanted)}"
    if _has_just_logged_in(request):
        address = f"/login?{NO_COOKIES}"
    return RedirectResponse(address, 303)


def _has_just_logged_in(request: Request) -> bool:
    """Return whether it comes from a form to log in with, whose cookies the browser did not keep."""
    came_from = request.headers.get("referer", "").partition("://")[2].partition("/")[2]
    is_form = came_from.startswith(("login", "register", "reset/"))
    return is_form and not cookies.token(request) and not cookies.device(request)


def _limit_visits(request: Request) -> Response | None:
    """Limit what people without a session may ask for: also who has one that never was."""
    path = request.scope["path"]
    if path == "/favicon.ico" or path.startswith("/static/"):
        return None
    return _limit("probe" if path in PROBES else "visit", request)


def _limit(name: str, connection: HTTPConnection) -> Response | None:
    try:
        consume(name, visitor(connection))
    except RateLimited as refused:
        response = _say(429, refused.message)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    return None


def _note(connection: HTTPConnection, refused_for: str) -> None:
    """Count what no page of ours sends, for the security log."""
    viewer = connection.scope["state"].get("viewer")
    sender = visitor(connection)
    security_log.note(SecurityKind.REFUSED, viewer or sender, sent_by=sender, detail=refused_for)


def _is_upload(scope: Scope) -> bool:
    """Return whether this is an upload with a session: its handler limits the size itself."""
    found = _UPLOAD.fullmatch(scope["path"]) and scope["method"] == "POST"
    return bool(found and scope["state"]["viewer"])


def _drop_proxy_headers(scope: Scope) -> None:
    """Drop what the client, or a proxy that passes it on, says in X-Forwarded-… headers.

    uvicorn has read those of a trusted proxy by now. NiceGUI would write X-Forwarded-Prefix into
    its pages.
    """
    scope["headers"] = [
        (name, value) for name, value in scope["headers"] if not name.startswith(b"x-forwarded-")
    ]


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 20 else "0"


def _query(connection: HTTPConnection) -> str:
    return str(connection.scope["query_string"], "latin-1")


def _languages(connection: HTTPConnection) -> list[str]:
    """Return the accepted languages, the preferred first (RFC 9110 §12.5.4)."""
    accepted = connection.headers.get("accept-language", "")[:200].replace(" ", "")
    if not accepted:
        return []
    wanted = [part.partition(";q=") for part in accepted.split(",") if part]
    ranked = sorted(wanted, key=lambda part: part[2] or "1", reverse=True)
    return [code for code, _q, weight in ranked if weight.strip("0.") or not weight]


def _say(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status)


def _misdirected(connection: HTTPConnection) -> Response:
    # RFC 9110 §15.5.20: the server is not one for this host.
    return _say(
        421,
        _(
            "This chat is at {address}. Open it there, or ask the host to add this "
            "address to CHAT_PUBLIC_URL or CHAT_HOST_NAMES."
        ).format(address=address_here(connection)),
    )


def _too_long() -> Response:
    return _say(413, _("This form is too long. Shorten it and send it again."))


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
