"""What this server connects to by itself: sites in the internet, and nothing else.

Somebody else gives it the address, such as a browser or the author of a message. It must not let
the server reach what only the server can reach, such as a router or another service of its machine.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # it takes a while to load: not at every start
    from aiohttp import BaseConnector, ClientSession
    from aiohttp.abc import AbstractResolver
    from aiohttp.connector import Connection

AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]
"""An address as `socket.getaddrinfo` returns it."""
WEB_PORTS = (80, 443)
BUFFER_BYTES = 2**15
"""What the system and aiohttp may each hold of an answer before it is read."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is assigned in the internet (RFC 4291 §2.4); the rest was once something else, or may
be a network's own, such as `fec0::` and `64:ff9b:1::` (RFC 8215)."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as seen in a network without IPv4 (RFC 6052 §2.1)."""


class NotPublicError(OSError):
    """The address may not be connected to, as one of this machine or of a private network."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet, not of a private network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is None and found not in _GLOBAL_UNICAST:
            return False
        found = inner or found
    return found.is_global and not found.is_multicast


def is_own(address: str) -> bool:
    """Return whether this machine has an IP address.

    Its firewall lets it reach itself by a public one, too. Only a machine that has an address can
    bind a socket to it, unless it may bind to any, as some that stand in for others may.
    """
    nobodys = "2001:db8::1" if ":" in address else "192.0.2.1"  # of documentation (RFC 5737, 3849)
    return _can_bind(address) and not _can_bind(nobodys)


def _can_bind(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:  # which sends nothing
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def is_elsewhere(address: str, _port: int = 0) -> bool:
    """Return whether an IP address is one of the internet, and not of this machine."""
    return is_public(address) and not is_own(address)


def is_web_site(address: str, port: int) -> bool:
    """Return whether web sites of the internet are at an IP address and port."""
    return port in WEB_PORTS and is_elsewhere(address)


@dataclass(frozen=True)
class Reach:
    """What may be connected to, and how names are looked up."""

    allows: Callable[[str, int], bool]
    """Asked for each IP address and port, just before it is connected to."""
    look_up: Callable[..., Sequence[AddressInfo]] = socket.getaddrinfo
    """Called on a thread, with the arguments of `socket.getaddrinfo`."""


WEB = Reach(is_web_site)
"""The web sites of the internet."""


def open_socket(reach: Reach, address: AddressInfo) -> socket.socket:
    """Return a socket for an address.

    aiohttp calls it for each address just before it connects to it, whatever name led there, so
    no name can lead elsewhere in the meantime. Raises `NotPublicError`.
    """
    family, kind, protocol, _name, target = address
    if not reach.allows(target[0], target[1]):
        raise NotPublicError(f"{target[0]}, port {target[1]}, is not public")
    opened = socket.socket(family, kind, protocol)
    opened.setblocking(False)
    # What comes at once is parsed at once, while the event loop stands still.
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    return opened


@dataclass
class Allowance:
    """How many bytes a connection may bring; it may be raised while they come."""

    most_bytes: int


def client(
    reach: Reach, threads: Executor, *, seconds: float, allowance: Allowance, longest_header: int
) -> "ClientSession":
    """Return what asks others by HTTP, without cookies, proxies, passwords or unpacking.

    It looks up names on `threads`, so that names without an answer delay nothing else. A request
    may take so many seconds, and its caller must not let it follow redirects. A header of an
    answer may have so many bytes.
    """
    from aiohttp import ClientSession, ClientTimeout, DummyCookieJar

    return ClientSession(
        connector=_connector(reach, threads, allowance),
        timeout=ClientTimeout(total=seconds),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        max_line_size=longest_header,
        max_field_size=longest_header,
        read_bufsize=BUFFER_BYTES,
    )


def _connector(reach: Reach, threads: Executor, allowance: Allowance) -> "BaseConnector":
    from aiohttp import TCPConnector

    class Connector(TCPConnector):
        async def connect(self, *arguments: Any, **more: Any) -> "Connection":
            connection = await super().connect(*arguments, **more)
            protocol, transport = connection.protocol, connection.transport
            if protocol is None or transport is None:
                raise ConnectionAbortedError("the connection ended at once")
            transport.set_protocol(_Bounded(protocol, transport, allowance))
            return connection

    return Connector(
        resolver=_resolver(reach, threads),
        socket_factory=partial(open_socket, reach),
        force_close=True,
    )


class _Bounded(asyncio.Protocol):
    """Passes on what a connection brings, and ends the connection when too much has come.

    aiohttp bounds headers and bodies, but not how many interim answers (1xx) come before: to parse
    these would take a whole processor, as long as a request may last.
    """

    def __init__(
        self, protocol: asyncio.Protocol, transport: asyncio.Transport, allowance: Allowance
    ) -> None:
        self.protocol = protocol
        self.transport = transport
        self.allowance = allowance
        self.received = 0

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if self.received <= self.allowance.most_bytes:
            self.protocol.data_received(data)
        else:
            self.transport.abort()

    def eof_received(self) -> bool | None:
        return self.protocol.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self.protocol.connection_lost(error)

    def pause_writing(self) -> None:
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        self.protocol.resume_writing()


def _resolver(reach: Reach, threads: Executor) -> "AbstractResolver":
    from aiohttp.abc import AbstractResolver, ResolveResult

    class Resolver(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> list[ResolveResult]:
            loop = asyncio.get_running_loop()
            ask = partial(reach.look_up, host, port, family, socket.SOCK_STREAM)
            return [
                ResolveResult(
                    hostname=host,
                    host=str(target[0]),
                    port=port,
                    family=found,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST,
                )
                for found, _kind, protocol, _name, target in await loop.run_in_executor(
                    threads, ask
                )
            ]

        async def close(self) -> None:
            pass

    return Resolver()
