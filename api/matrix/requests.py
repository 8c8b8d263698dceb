"""Requests: who asks, by their token, and what, as bounded JSON; and what a function answers."""

import asyncio
import json
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api import visits
from api.matrix import errors, json_answer
from api.matrix.errors import Malformed, MatrixError
from api.visits import PublicRoute
from services.accounts.sessions import recent_bearers, sessions
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import ServiceError, TooLarge
from services.core.i18n import _
from services.core.limits.rate_limited import consume, counted, require
from services.sync.polls import WhenGone

MAX_BODY = 64 * 1024
"""Bytes of a request."""
MAX_KEYS = 2**20
"""Bytes of one with keys, or what is encrypted, for many devices or sessions."""
MAX_DEPTH = 20
"""How deep its JSON may be."""
MAX_NUMBER = 2**53
"""The largest number in it, and the negative of the smallest: what all apps can read."""
MAX_RIGHT = 10_000
"""Tokens that are remembered as right, at 0.2 kB each."""
Answer = Mapping[str, Any] | list[Any] | Response

_right: OrderedDict[str, None] = OrderedDict()
"""Hashes of tokens that were right, the longest unused first."""


class Call:
    """A request of somebody whose token is right."""

    def __init__(self, request: Request, viewer: CurrentUser, token: str, body: Any) -> None:
        self.request, self.viewer, self.token = request, viewer, token
        self._body = body

    def path(self, name: str) -> str:
        """Return a part of the address."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """Return a parameter of the address; "" without it."""
        return self.request.query_params.get(name, "")

    def number(self, name: str, otherwise: int) -> int:
        """Return a parameter that is a number of at most nine digits; `otherwise` without one."""
        text = self.query(name)
        is_number = text.isascii() and text.isdigit() and len(text) < 10
        return int(text) if is_number else otherwise

    @property
    def when_gone(self) -> WhenGone | None:
        """What tells that nobody waits for the answer any more; None where nothing does."""
        found: WhenGone | None = self.request.scope["state"].get("when_gone")
        return found

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; an empty one for nothing."""
        if not isinstance(self._body, dict):
            raise Malformed("The body")
        return self._body

    def text(self, name: str, otherwise: str | None = None) -> str:
        """Return a text of the body. Raises `Malformed` if it is none, or missing."""
        return text_of(self.body, name, otherwise)


def object_of(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object of an object. Raises `Malformed` if it is none, or missing."""
    return checked_object(body.get(name), name)


def checked_object(value: Any, name: str) -> dict[str, Any]:
    """Return a value that is an object. Raises `Malformed`, which names it, for any other."""
    if not isinstance(value, dict):
        raise Malformed(name)
    return value


def part_of(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object of an object; an empty one if it is missing, or none."""
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def text_of(body: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    """Return a text of an object. Raises `Malformed` if it is none, or missing."""
    value = body.get(name, otherwise)
    if not isinstance(value, str):
        raise Malformed(name)
    return value


Endpoint = Callable[[Call], Awaitable[Answer]]
Public = Callable[[Request], Awaitable[Answer]]


def route(
    method: str,
    path: str,
    endpoint: Endpoint,
    largest: int = MAX_BODY,
    *,
    reads_itself: bool = False,
) -> Route:
    """Return a route for those who have a token. Who has none is counted as a visitor.

    A request has at most `largest` bytes of JSON; what may be longer than usual is about keys, and
    is counted as that before it is read. With `reads_itself` the body is something else,
    and is left to the endpoint.
    """

    async def answer(request: Request) -> Answer:
        require_offered(request)
        token = bearer(request)
        viewer = await viewer_of(request, token)
        consume("event", viewer, "app", viewer.session_id)  # as the events of a page
        has_json = method in ("POST", "PUT") and not reads_itself
        with counted("keys", viewer) if largest > MAX_BODY else nullcontext():
            body = await read_body(request, largest) if has_json else {}
            return await endpoint(Call(request, viewer, token, body))

    made = Route(path, _Answering(answer))
    made.methods = {method}  # Starlette adds HEAD to GET
    return made


def public_route(method: str, path: str, endpoint: Public) -> Route:
    """Return a route for everybody. Each request counts as a visit."""

    return PublicRoute(method, path, _Answering(endpoint), errors.answer)


class _Answering:
    """An ASGI app, which Starlette calls without looking for exceptions that it might answer."""

    def __init__(self, endpoint: Public) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            found = await self._endpoint(Request(scope, receive, send))
        except (MatrixError, ServiceError) as error:
            found = errors.answer(error)
        response = found if isinstance(found, Response) else json_answer.made(found)
        await response(scope, receive, send)


def bearer(request: Request) -> str:
    """Return the token of a request. Raises `MatrixError` without one."""
    scheme, _space, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        count_visit(request)
        raise MatrixError(401, "M_MISSING_TOKEN", _("Log in first."))
    return token.strip()


def require_offered(request: Request, *, is_counted: bool = False) -> None:
    """Raise `MatrixError` if apps are not answered here; count the visit unless it `is_counted`."""
    if not app_context.current().settings.answers_apps:
        if not is_counted:
            count_visit(request)
        sentence = _("Apps cannot be used while several processes serve this chat.")
        raise MatrixError(503, "M_UNKNOWN", sentence)


async def viewer_of(request: Request, token: str) -> CurrentUser:
    """Return whose token it is. Raises `MatrixError` if it is nobody's, or its session is over.

    Raises `RateLimited`, without asking the database, where too many tokens were guessed; but a
    token that was right a while ago is looked up, as its owner may have the guesser's address.
    """
    hashed = sessions.hash_token(token)
    if hashed not in _right:
        require("visit", request.state.visitor)
    viewer = await recent_bearers.resume(token)
    if viewer is None:
        _right.pop(hashed, None)
        count_visit(request)
        raise await unknown_token(token)
    _right[hashed] = None
    _right.move_to_end(hashed)
    while len(_right) > MAX_RIGHT:
        _right.popitem(last=False)
    return viewer


async def unknown_token(token: str) -> MatrixError:
    """Return what tells an app that its session is over; whether it may keep what it has stored."""
    sentence = _("This session has ended. Log in again.")
    has_lapsed = await sessions.has_lapsed(token)
    return MatrixError(401, "M_UNKNOWN_TOKEN", sentence, soft_logout=has_lapsed)


async def read_body(request: Request, largest: int = MAX_BODY) -> Any:
    """Return the JSON of a request of so many bytes. Raises `MatrixError` and `TooLarge`."""
    data = bytearray()
    try:
        async for chunk in request.stream():
            data += chunk
            if len(data) > largest:
                raise _too_large()
    except ClientDisconnect:  # what reads for us stops at the same length
        raise _too_large() from None
    if not data:
        return {}
    if len(data) > MAX_BODY:  # others are answered meanwhile
        return await asyncio.to_thread(_parsed, data)
    return _parsed(data)


def _parsed(data: bytearray) -> Any:
    try:
        found = json.loads(
            data.decode(), parse_constant=_refuse, parse_float=_fraction, parse_int=_number
        )
        if b"\\u" in data:  # it may be half a character, which nothing could store
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise MatrixError(400, "M_NOT_JSON", _("The request is not JSON.")) from None
    if _depth(found) > MAX_DEPTH:
        raise MatrixError(400, "M_BAD_JSON", _("The request is nested too deeply."))
    return found


def _too_large() -> TooLarge:
    return TooLarge(_("The request is too large. Send less at once."))


def _refuse(_name: str) -> NoReturn:
    raise ValueError


def _fraction(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):  # 1e999, which would be passed on as no JSON
        raise _too_large_a_number()
    return found


def _number(text: str) -> int:
    if len(text) > 20 or abs(found := int(text)) > MAX_NUMBER:
        raise _too_large_a_number()
    return found


def _too_large_a_number() -> MatrixError:
    sentence = _("A number in this request is too large. Send it as a text.")
    return MatrixError(400, "M_BAD_JSON", sentence)


def _depth(value: Any) -> int:
    """Return how deep a value is, up to a little more than is allowed."""
    deepest, level = 0, [value]
    while level and deepest <= MAX_DEPTH:
        deepest += 1
        inner: list[Any] = []
        for each in level:
            inner += (
                each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
            )
        level = inner
    return deepest


def count_visit(request: Request) -> None:
    """Count a request without a session. Raises `RateLimited`."""
    visits.count(request.scope)
