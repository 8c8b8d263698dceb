"""Clients of servers that speak over a bare TCP connection: XMPP and IRC."""

import asyncio
import re
from abc import abstractmethod
from base64 import b64encode
from contextlib import AsyncExitStack, suppress

from benchmarks.load_clients.base import TEXT, LoadClients
from benchmarks.peers import prosody
from benchmarks.servers import Server

OPEN_WITHIN = 60.0
"""Seconds in which a server must accept a client."""


class Connection:
    """One connection. Data goes to `on_data`, up to the last complete stanza or line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.listening: asyncio.Task[None] | None = None

    async def ask(self, text: str, answer: str) -> str:
        """Send text and return the reply up to and including `answer`."""
        self.send(text)
        async with asyncio.timeout(OPEN_WITHIN):
            return (await self._reader.readuntil(answer.encode())).decode()

    def send(self, text: str) -> None:
        """Send text."""
        self._writer.write(text.encode())

    async def listen(self, clients: "TcpClients") -> None:
        """Pass received data to the clients, until the connection ends."""
        rest = b""
        with suppress(ConnectionError):
            while came := await self._reader.read(1 << 16):
                whole, delimiter, rest = (rest + came).rpartition(clients.delimiter)
                clients.on_data(self, whole + delimiter)

    def close(self) -> None:
        """Close it."""
        if self.listening:
            self.listening.cancel()
        self._writer.close()


class TcpClients(LoadClients):
    """Clients with a TCP connection each; `connect` may be called for several rooms."""

    delimiter = b""
    """What ends a stanza or line of the protocol."""
    message_pattern: re.Pattern[bytes]
    """Matches a received message, with its number."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._connections: list[Connection] = []
        self._rooms: list[str] = []
        self._in_room = 0

    @property
    def recipients(self) -> int:
        """How many clients receive each message."""
        return self._in_room

    async def connect(self, stack: AsyncExitStack, people: int, room: str = "room") -> None:
        """Connect this many more clients to a room; `stack` disconnects them."""
        self._in_room = people
        for _person in range(people):
            streams = await asyncio.open_connection("127.0.0.1", self.server.port, limit=1 << 24)
            connection = Connection(*streams)
            stack.callback(connection.close)
            await self._join(connection, f"person{self.people}", room)
            connection.listening = asyncio.create_task(connection.listen(self))
            self._connections.append(connection)
            self._rooms.append(room)
            self.people += 1

    def disconnected(self) -> int:
        """Return how many connections are down."""
        tasks = [each.listening for each in self._connections]
        return sum(task is not None and task.done() for task in tasks)

    def on_data(self, _connection: Connection, came: bytes) -> None:
        """Count the messages in received data."""
        for number in self.message_pattern.findall(came):
            self._record(int(number))

    async def _send(self, author: int, number: int) -> None:
        text = self._message(self._rooms[author], TEXT.format(number))
        self._connections[author].send(text)

    @abstractmethod
    async def _join(self, connection: Connection, name: str, room: str) -> None:
        """Log in and join the room."""

    @abstractmethod
    def _message(self, room: str, text: str) -> str:
        """Return the protocol text that sends a message."""


class XmppClients(TcpClients):
    """Clients of Prosody, which ask for no history."""

    delimiter = b"</"  # ends the body of a message, and the presences of all who join
    message_pattern = re.compile(rb"<body>Message (\d+):")

    async def _join(self, connection: Connection, name: str, room: str) -> None:
        start = (
            "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client'"
            " xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
        )
        secret = b64encode(f"\0{name}\0{prosody.PASSWORD}".encode()).decode()
        await connection.ask(start, "</stream:features>")
        await connection.ask(
            f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>",
            "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        )
        await connection.ask(start, "</stream:features>")
        await connection.ask(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
            "</iq>",
        )
        await connection.ask(
            f"<presence to='{room}@{prosody.ROOMS}/{name}'>"
            "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>",
            "code='110'",
        )

    def _message(self, room: str, text: str) -> str:
        return (
            f"<message to='{room}@{prosody.ROOMS}' type='groupchat'><body>{text}</body></message>"
        )


class IrcClients(TcpClients):
    """Clients of ngIRCd; an IRC server does not echo a message to its sender."""

    delimiter = b"\r\n"
    message_pattern = re.compile(rb" PRIVMSG \S+ :Message (\d+):")

    @property
    def recipients(self) -> int:
        """How many clients receive each message."""
        return self._in_room - 1

    def on_data(self, connection: Connection, came: bytes) -> None:
        """Count the messages in received data, and answer pings."""
        if came.startswith(b"PING") or b"\r\nPING" in came:
            connection.send("PONG :here\r\n")
        super().on_data(connection, came)

    async def _join(self, connection: Connection, name: str, room: str) -> None:
        await connection.ask(f"NICK {name}\r\nUSER {name} 0 * :{name}\r\n", f" 376 {name} ")
        await connection.ask(f"JOIN #{room}\r\n", f" 366 {name} ")

    def _message(self, room: str, text: str) -> str:
        return f"PRIVMSG #{room} :{text}\r\n"
