"""One websocket: uvicorn's, with a budget of processor time for what comes in.

A hostile client can send thousands of frames in a few kilobytes, of kinds that no handler sees:
pings, pongs, empty fragments. So frames are not counted by kind: the time that it takes to parse
them is. Who has spent their budget is not read for a while, which slows down nobody else.
"""

import time
from asyncio import Handle
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import Event, Ping, RejectConnection, RejectData, Request
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from services.core.dto import CurrentUser

PIECE_BYTES = 2048
"""Bytes that are parsed before others have their turn: 8 ms, if all frames are the shortest."""
BURST_SECONDS = 0.1
"""Seconds of processor time that may be spent at once."""
SHARE = 0.05
"""The part of a core that may be spent in the long run."""
PIECE_SECONDS = 0.02
"""The most that is counted for a piece: the garbage collector may have run as well."""
MESSAGE_SECONDS = 0.0002
"""What is counted for a message beside parsing, as its handler has not run by then."""
MALFORMED = "This is not a valid websocket request. Reload the page and try again."
"""In English: the language is not known before the header is."""
PER_PAGE = 2
"""Websockets of one page: one whose end is not known yet, and the one that replaces it."""
PER_USER = 100
"""Websockets of all pages of a user."""


class Budget:
    """Seconds of processor time that may be spent, refilled with time up to a burst."""

    def __init__(self) -> None:
        self._left = BURST_SECONDS
        self._refilled_at = time.monotonic()

    def wait(self) -> float:
        """Return for how many seconds nothing may be spent."""
        moment = time.monotonic()
        self._left = min(BURST_SECONDS, self._left + (moment - self._refilled_at) * SHARE)
        self._refilled_at = moment
        return max(0.0, -self._left / SHARE)

    def spend(self, seconds: float) -> None:
        """Take what was spent; what there was not has to be waited for."""
        self._left -= seconds


_budgets: WeakValueDictionary[int, Budget] = WeakValueDictionary()
"""By user: what all their websockets share."""
_open: defaultdict[tuple[int, str | None], list["WebSocketConnection"]] = defaultdict(list)
"""By user and page, and by user and None: their open websockets, the oldest first."""

_viewers: dict["WebSocketConnection", CurrentUser] = {}
"""Whose each open websocket is."""


def viewers() -> dict["WebSocketConnection", CurrentUser]:
    """Return whose each open websocket is, also where its page has said nothing yet."""
    return dict(_viewers)


class WebSocketConnection(WSProtocol):
    """Serves one websocket."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._budget = Budget()
        self._unparsed = bytearray()
        self._next: Handle | None = None
        self._keys: tuple[tuple[int, str | None], ...] = ()
        self.when_known: Callable[[], None] | None = None
        self.take_pong: Callable[[bytes], bool] | None = None
        """Takes what has come if it is the answer to a ping, where `chat_ui.compat.pong_frames` is in force."""

    def recognise(self, viewer: CurrentUser) -> None:
        """Spend from now on what all websockets of this user share."""
        self._budget = _budgets.setdefault(viewer.user_id, self._budget)

    def open_for(self, client_id: str, viewer: CurrentUser) -> bool:
        """Count the websocket for a page and its user; return False if the user has too many.

        Of a page, the oldest is dropped: its browser may have lost it without the server noticing.
        """
        page, everything = (viewer.user_id, client_id), (viewer.user_id, None)
        if len(_open.get(page, ())) >= PER_PAGE:
            _open[page][0].drop()
        if len(_open.get(everything, ())) >= PER_USER:
            return False
        self._known()
        self._keys = (page, everything)
        for key in self._keys:
            _open[key].append(self)
        _viewers[self] = viewer
        return True

    def drop_in(self, seconds: float) -> None:
        """End the websocket after some seconds, in which what was sent to it can arrive."""
        _viewers.pop(self, None)
        self.loop.call_later(seconds, self.drop)

    def drop(self) -> None:
        """End the websocket at once."""
        self.close_sent = True  # nothing more is answered
        self._forget()
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the websocket, and what was not parsed."""
        self._known()
        self._forget()
        # Who comes back at once goes on with what was left.
        self.loop.call_later(2 * BURST_SECONDS / SHARE, lambda _budget: None, self._budget)
        if self._next:
            self._next.cancel()
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        """Open the websocket, whose scope knows this connection."""
        super().handle_connect(event)
        self.scope["state"]["connection"] = self

    def handle_ping(self, event: Ping) -> None:
        """Answer a ping, unless the answers to earlier ones are not taken."""
        if self.writable.is_set():
            super().handle_ping(event)
        else:
            self.drop()

    def data_received(self, data: bytes) -> None:
        """Parse what has come, as fast as the budget allows."""
        if self.take_pong and self._is_pong(data):
            return
        self._unparsed += data
        if self._next is None:
            self._parse()

    async def receive(self) -> Any:
        """Return the next message; when there is no other, go on parsing."""
        message = await self.queue.get()
        if self.queue.empty() and self._next is None:
            self._go_on(0)
        return message

    def _is_pong(self, data: bytes) -> bool:
        """Take an answer to a ping that nothing else comes before; return False for all else."""
        assert self.take_pong
        is_first = self._next is None and not self._unparsed and self.queue.empty()
        if not is_first or self._budget.wait() or not self.take_pong(data):
            return False
        self._budget.spend(MESSAGE_SECONDS)
        return True

    def _known(self) -> None:
        if self.when_known:
            self.when_known()
            self.when_known = None

    def _forget(self) -> None:
        _viewers.pop(self, None)
        for key in self._keys:
            _open[key].remove(self)
            if not _open[key]:
                del _open[key]
        self._keys = ()

    def _parse(self) -> None:
        self._next = None
        if self.transport.is_closing():
            return
        if wait := self._budget.wait():
            self._go_on(wait)
            return
        piece = bytes(self._unparsed[:PIECE_BYTES])
        del self._unparsed[:PIECE_BYTES]
        began = time.thread_time()
        self._take(piece)
        spent = min(time.thread_time() - began, PIECE_SECONDS)
        self._budget.spend(spent + self.queue.qsize() * MESSAGE_SECONDS)
        if self.queue.empty():  # otherwise `receive` goes on
            self._go_on(0)
        else:
            self._read(False)

    def _take(self, piece: bytes) -> None:
        """Parse a piece, and answer what is no websocket with one sentence, unlike uvicorn."""
        try:
            self.conn.receive_data(piece)
        except RemoteProtocolError as error:
            if error.event_hint is not None:
                self.transport.write(self._refusal(error.event_hint))
            self.transport.close()
        except UnicodeError:  # a name of a host that wsproto cannot read
            self.transport.write(self._refusal(RejectConnection()))
            self.transport.close()
        except LocalProtocolError:  # it came after the end
            self.transport.close()
        else:
            self.handle_events()

    def _refusal(self, hint: Event) -> bytes:
        """Return the answer to a malformed handshake, or to a malformed frame."""
        if not isinstance(hint, RejectConnection):
            return self.conn.send(hint)
        length = b"%d" % len(MALFORMED)
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length)]
        # With what else is in the hint: after 426, which version is spoken.
        rejection = replace(hint, headers=[*hint.headers, *headers], has_body=True)
        return self.conn.send(rejection) + self.conn.send(RejectData(data=MALFORMED.encode()))

    def _go_on(self, wait: float) -> None:
        """Parse the rest in a moment, or read on if there is none."""
        if self._unparsed:
            self._read(False)
            self._next = self.loop.call_later(wait, self._parse)
        else:
            self._read(True)

    def _read(self, wanted: bool) -> None:
        if self.read_paused != wanted or self.transport.is_closing():
            return
        self.read_paused = not wanted
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()
