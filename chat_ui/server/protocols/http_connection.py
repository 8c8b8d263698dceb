"""One HTTP connection: uvicorn's, with bounds that hold before anybody knows whose it is.

uvicorn takes a head of any length, for any time. Here the bytes that are no body are counted as
they come, and every head and body has a deadline.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from chat_ui.server.protocols.open_connections import CHECK_SECONDS, OpenConnections
from chat_ui.server.protocols.websocket_connection import WebSocketConnection
from services.core.dto import CurrentUser
from services.core.limits.rate_limits import network
from services.sync import polls

HEAD_BYTES = 32 * 1024
"""The longest head of a request, with all that frames its body and follows it."""
BODY_SHARE = 16
"""A body in chunks may have a sixteenth more for the length of each chunk."""
MAX_PIPELINED = 8
"""Requests that may wait for the answer to an earlier one; browsers send none so."""
PIECE_BYTES = 16 * 1024
"""Bytes that are parsed before they are counted."""
HEAD_SECONDS = 10.0
"""Seconds within which a head has to arrive."""
BODY_SECONDS, BODY_RATE = 20.0, 500
"""Seconds that a body may take, and one more for so many bytes of it that have arrived.

These are the defaults of Apache's mod_reqtimeout: `body=20,MinRate=500`.
"""
UNREAD_SECONDS = 60.0
"""Seconds for which the receiver of an answer may take nothing of it."""
# In English: the language is not known before the header is.
TOO_LONG = "The header of this request is too long. Delete the cookies of this site and try again."
TOO_SLOW = "This request took too long to arrive. Send it again."
MALFORMED = "This is not a valid HTTP request. Reload the page and try again."

open_connections = OpenConnections()
"""The HTTP connections of this server."""


class HttpConnection(HttpToolsProtocol):
    """Serves requests until the connection ends or becomes a websocket."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.ws_protocol_class = WebSocketConnection
        self.network = ""
        self._answering: RequestResponseCycle | None = None  # uvicorn's `cycle` is the newest
        self._upgraded_at: float | None = None
        self._is_full = False  # too many requests wait for their answers
        self._closed_at: float | None = None
        self._head_began: float | None = None
        self._body_began: float | None = None
        self._unsent = 0  # bytes that the receiver has not taken, when we last looked
        self._unsent_since = 0.0
        self._when_gone: list[Callable[[], None]] = []
        self._piece = 0  # bytes that are parsed just now
        self._received = 0  # bytes of this request
        self._body_received = 0  # those of them that are its body
        self._body_left = 0  # bytes of its body that are still to come, if it said how many

    # -- the connection ------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Take a new connection, if there is room for it."""
        super().connection_made(transport)
        if self.client and not self.config.proxy_headers:  # else it is the proxy's
            self.network = network(self.client[0])
        self._head_began = self.loop.time()
        if not open_connections.admit(self):
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        open_connections.remove(self)
        self._end_answer()
        super().connection_lost(exc)
        self._let_go()

    def shutdown(self) -> None:
        """End after what is being answered, as the server stops; what waits is answered now."""
        polls.wait_no_longer()
        super().shutdown()

    def eof_received(self) -> None:
        """Answer nothing more: the transport closes when its other side does."""
        self._end_answer()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, also where it follows a request that is answered just now."""
        self._refuse(400, MALFORMED)

    def handle_websocket_upgrade(self) -> None:
        """Hand over to `WebSocketConnection`; it counts here until its session is known."""
        self._upgraded_at = self.loop.time()
        super().handle_websocket_upgrade()
        websocket = self.transport.get_protocol()
        if isinstance(websocket, WebSocketConnection):
            websocket.when_known = partial(open_connections.remove, self)
        self._let_go()

    def recognise(self, viewer: CurrentUser) -> None:
        """Count the connection for this session: a request of it has come."""
        open_connections.recognise(self, viewer.session_id)

    def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        """Write a whole answer, as `RequestResponseCycle.send` does in two pieces.

        Return False, having done nothing, if that has to wait, or nobody is there. `headers` are
        ours, and one of them is the length of `body`.
        """
        cycle = self._answering
        if cycle is None or cycle.disconnected or cycle.response_started or self.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        head = [STATUS_LINE[status]]
        head += [b"%s: %s\r\n" % each for each in self.server_state.default_headers + headers]
        if not cycle.keep_alive:
            head.append(b"connection: close\r\n")
        self.transport.write(b"".join([*head, b"\r\n", body]))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def when_gone(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Call `tell` once nobody waits for an answer any more; return what takes that back."""
        if self._answering is None or self._answering.disconnected:
            tell()
        self._when_gone.append(tell)

        def forget() -> None:
            if tell in self._when_gone:
                self._when_gone.remove(tell)

        return forget

    def is_idle(self) -> bool:
        """Return whether no body is arriving, and nothing is answered."""
        return self._body_began is None and not self._is_answering()

    def is_waiting(self) -> bool:
        """Return whether it waits for the other side: for a request, or to take an answer."""
        is_arriving = self._body_began is not None
        return is_arriving or self.is_idle() or self.transport.get_write_buffer_size() > 0

    def end_if_overdue(self) -> None:
        """End the connection if a head or a body takes too long, or an answer is not taken."""
        moment = self.loop.time()
        if self.transport.is_closing():
            self._closed_at = self._closed_at or moment
            if moment - self._closed_at > UNREAD_SECONDS:
                self.drop()
        elif self._is_unread(moment):
            self.drop()
        elif self._upgraded_at is not None:  # refused, and not closed by the other side
            if moment - self._upgraded_at > HEAD_SECONDS:
                self.drop()
        elif self._head_began is not None and moment - self._head_began > HEAD_SECONDS:
            self._time_out()
        elif self._body_began is None:
            return
        elif self.flow.read_paused:  # it is us who do not read
            self._body_began += CHECK_SECONDS
        elif moment - self._body_began > BODY_SECONDS + self._body_received / BODY_RATE:
            self._time_out()

    def drop(self) -> None:
        """End the connection at once."""
        self._end_answer()
        self.transport.abort()

    # -- what comes on it ----------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse what has come, unless it is too long for a head."""
        if self._is_full:
            return
        if self._head_began is None and self._body_began is None and not self._is_answering():
            self._head_began = self.loop.time()
        # What can only be body needs no counting in between: for large files that costs a tenth.
        is_body = 0 < len(data) <= self._body_left
        size = len(data) if is_body else PIECE_BYTES
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self._piece = len(piece)
            self._received += len(piece)
            super().data_received(piece)
            if self._upgraded_at is not None or self._is_full or self.transport.is_closing():
                return
            framing = self._received - self._body_received
            if framing > HEAD_BYTES + self._body_received // BODY_SHARE:
                self._refuse(431, TOO_LONG)
                return

    def on_message_begin(self) -> None:
        """Begin to count for another request."""
        super().on_message_begin()
        self.scope["state"]["connection"] = self
        self._received, self._body_received, self._body_left = self._piece, 0, 0

    def on_headers_complete(self) -> None:
        """Let the request be answered, and wait for its body."""
        self._is_full = len(self.pipeline) >= MAX_PIPELINED
        if self._is_full:  # read no more, and close after the answers
            self.cycle.keep_alive = False
            return
        self._head_began = None
        self._body_began = self.loop.time()
        self._body_left = self._announced_length()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._is_full:
            return
        self._body_received += len(body)
        self._body_left -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is here as a whole."""
        self._body_began = None
        super().on_message_complete()
        if not self._is_answering():  # it was refused before all of it had come
            self._head_began = self.loop.time()

    def _announced_length(self) -> int:
        """Return how long the body will be; 0 if there is none, or it comes in chunks."""
        headers = dict(self.headers)
        length = headers.get(b"content-length", b"")
        is_known = length.isdigit() and len(length) < 16 and b"transfer-encoding" not in headers
        return int(length) if is_known else 0

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _end_answer(self) -> None:
        """Let nothing more be written, and tell what answers that nobody is there any more."""
        for cycle in filter(None, (self._answering, self.cycle)):
            cycle.disconnected = True
            cycle.message_event.set()
        for tell in self._when_gone:
            tell()
        self._when_gone.clear()

    def _let_go(self) -> None:
        """Let go of what refers to the connection, so that the last reference to it frees it.

        To look for thousands of such cycles would stop the server for a moment.
        """
        self.parser = self.scope = None  # type: ignore[assignment]
        self.cycle = self._answering = None  # type: ignore[assignment]

    def _time_out(self) -> None:
        if self._received:
            self._refuse(408, TOO_SLOW)
        else:
            self.drop()

    def _is_unread(self, moment: float) -> bool:
        unsent = self.transport.get_write_buffer_size()
        if unsent != self._unsent or not unsent:
            self._unsent, self._unsent_since = unsent, moment
        return moment - self._unsent_since > UNREAD_SECONDS

    def _refuse(self, status: int, sentence: str) -> None:
        """Answer with one sentence if nothing is answered yet, and end the connection."""
        if self._is_answering():
            can_answer = not self.cycle.response_started and not self.pipeline
        else:
            can_answer = self.cycle is None or self._head_began is not None
        self._end_answer()
        self._head_began = self._body_began = None
        if can_answer:
            head = [
                STATUS_LINE[status],
                *(b"%s: %s\r\n" % each for each in self.server_state.default_headers),
                b"content-type: text/plain; charset=utf-8\r\n",
                b"content-length: %d\r\nconnection: close\r\n\r\n" % len(sentence),
            ]
            self.transport.write(b"".join(head) + sentence.encode())
        self.transport.close()
