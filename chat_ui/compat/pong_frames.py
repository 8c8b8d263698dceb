"""Taking the answer to a ping straight out of its frame.

On its way through uvicorn, wsproto and Engine.IO an answer stops and resumes reading, and waits in a
queue for a task of its connection, whatever little it says. Every open page sends one every few
seconds, and each finds nothing of all this in the processor's caches. Here a frame that is one whole
answer, with nothing before it, is taken at once. Everything else, malformed frames too, goes the
libraries' own way.

Gain: 10 % of what idle pages cost (150 pages take 3.3 instead of 3.6 ‰ of a core; `python -m
benchmarks.compat pong_frames`). To do without it: `CHAT_COMPAT=pong_frames`.
"""

from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.packet import PONG, Packet
from wsproto import WSConnection
from wsproto.connection import ConnectionState
from wsproto.frame_protocol import MAX_PAYLOAD_NORMAL, XorMaskerSimple

from chat_ui.compat import socket_guard
from chat_ui.compat.registry import ANY, Patch

WHOLE_TEXT = 0x81
"""How a frame begins that is a text by itself (RFC 6455 §5.2)."""
MASKED = 0x80
"""Beside its length: a browser masks what it sends."""
HEAD = 6
"""The bytes before what a short, masked frame says."""
KIND = ord(str(PONG))


class Pongs:
    """Takes the answers that come on one websocket."""

    __slots__ = ("_connection", "_websocket")

    def __init__(self, connection: AsyncSocket, websocket: WSConnection) -> None:
        self._connection = connection
        self._websocket = websocket

    def take(self, data: bytes) -> bool:
        """Take what has come if it is one answer and nothing else; return False if it is not."""
        length = len(data) - HEAD
        if (
            not 0 < length <= MAX_PAYLOAD_NORMAL
            or data[0] != WHOLE_TEXT
            or data[1] != MASKED | length
            or data[2] ^ data[HEAD] != KIND
            or not self._is_between_messages()
        ):
            return False
        try:
            text = XorMaskerSimple(data[2:HEAD]).process(bytearray(data[HEAD:])).decode()
            packet = Packet(encoded_packet=text)
        except (ValueError, RecursionError):
            return False
        socket_guard.note_pong(self._connection, packet)
        self._connection.schedule_ping()
        return True

    def _is_between_messages(self) -> bool:
        opened = self._websocket.connection
        if opened is None or opened.state is not ConnectionState.OPEN or self._connection.closing:
            return False
        frames, messages = opened._proto._frame_decoder, opened._proto._message_decoder
        return not frames.buffer and frames.header is None and messages.opcode is None


def _open(connection: AsyncSocket, transport: Any) -> None:
    protocol = transport.get_protocol()
    if PATCH.is_active and hasattr(protocol, "take_pong"):
        protocol.take_pong = Pongs(connection, protocol.conn).take


def _install() -> None:
    socket_guard.on_open(_open)


PATCH = Patch(
    name="pong_frames",
    replaces=("uvicorn's and wsproto's parsing of a PONG of Engine.IO",),
    why="uvicorn, wsproto and Engine.IO handle each answer to a ping as if it were a message.",
    gain="10 % of what idle pages cost",
    measured_with="python -m benchmarks.compat pong_frames",
    tried_with="python-engineio 4.15, uvicorn 0.54, wsproto 1.3",
    expects={
        "engineio.async_socket:AsyncSocket.schedule_ping": "self",
        "engineio.packet:Packet.decode": "self, encoded_packet",
        "wsproto.frame_protocol:MAX_PAYLOAD_NORMAL": ANY,
        "wsproto.frame_protocol:XorMaskerSimple.process": "self, data",
        "wsproto.connection:Connection.state.fget": "self",
    },
    uses={
        "wsproto:WSConnection.receive_data": "connection",
        "wsproto.connection:Connection.receive_data": "_proto",
        "wsproto.frame_protocol:FrameProtocol.__init__": "_frame_decoder _message_decoder",
        "wsproto.frame_protocol:FrameDecoder.__init__": "buffer header",
        "wsproto.frame_protocol:MessageDecoder.__init__": "opcode",
    },
    bodies={"engineio.async_socket:AsyncSocket.receive": "a91ae36ec2fb5340"},
    install=_install,
)
