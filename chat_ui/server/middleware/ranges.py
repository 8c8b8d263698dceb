"""Refused `Range` headers: Starlette's answers to them get a sentence."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.core.i18n import _

REFUSED = {400, 416}


class Ranges:
    """ASGI middleware: says what to do to whoever asks for a part that a file does not have."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if any(name == b"range" for name, _value in scope.get("headers", ())):
            send = _Answer(scope, receive, send)
        await self.app(scope, receive, send)


class _Answer:
    """Passes an answer on, unless it is a refusal of Starlette's."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._request = scope, receive
        self._send = send
        self._is_refused = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in REFUSED:
            headers = Headers(raw=message["headers"])
            self._is_refused = headers.get("content-type", "").startswith("text/plain")
            if self._is_refused:
                kept = {name: headers[name] for name in headers if name == "content-range"}
                said = _("The file has no such part. Ask for one within it, such as bytes=0-99.")
                await PlainTextResponse(said, message["status"], kept)(*self._request, self._send)
        if not self._is_refused:
            await self._send(message)
