"""Where push messages may be sent: to push services in the internet, and nowhere else.

An endpoint is a URL that a browser gave us, so it may be made up: it must not let this server reach
what only it can reach, such as a router or another service of its machine.
"""

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from services.core import app_context
from services.core.errors import ServiceError
from services.core.i18n import _

if TYPE_CHECKING:  # it takes a while to load: not at every start
    from aiohttp.abc import AbstractResolver

MAX_LENGTH = 1000
"""Characters of an endpoint; those of the known push services have less than half of it."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is assigned in the internet (RFC 4291 §2.4); the rest was once something else, or may be
a network's own, such as `fec0::` and `64:ff9b:1::` (RFC 8215)."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as seen in a network without IPv4 (RFC 6052 §2.1)."""

_lookups = ThreadPoolExecutor(4, thread_name_prefix="push-names")
"""Threads that look up names, so that names without an answer hold up nothing else."""


class NotPublicError(OSError):
    """The address belongs to this machine or to a private network."""


def check(endpoint: object) -> str:
    """Return an endpoint that may be stored. Raises `ServiceError` for any other.

    A name may still lead to a private address: each address is checked before it is connected to.
    """
    if isinstance(endpoint, str) and len(endpoint) <= MAX_LENGTH and endpoint.isascii():
        try:
            parts = urlsplit(endpoint)
            is_plain = not (parts.username or parts.password or parts.fragment)
            known = parts.hostname and (parts.port or 443) and is_plain and endpoint.isprintable()
        except ValueError:
            known = False
        if known and parts.scheme in _schemes() and " " not in endpoint:
            return endpoint
    raise ServiceError(_("This browser's push service cannot be used. Try another browser."))


def open_socket(address: tuple[Any, ...]) -> socket.socket:
    """Return a socket for an address as `socket.getaddrinfo` returns them.

    aiohttp calls it for each address just before it connects to it, whatever name led there, so
    no name can lead elsewhere in the meantime. Raises `NotPublicError`.
    """
    family, kind, protocol, _name, target = address
    if not (is_public(target[0]) or app_context.current().settings.push_to_this_machine):
        raise NotPublicError(f"{target[0]} is not a public address")
    opened = socket.socket(family, kind, protocol)
    opened.setblocking(False)
    return opened


def resolver() -> "AbstractResolver":
    """Return what looks up names for aiohttp, on threads of its own."""
    from aiohttp.abc import AbstractResolver, ResolveResult

    class Resolver(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> list[ResolveResult]:
            loop = asyncio.get_running_loop()
            ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM)
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
                    _lookups, ask
                )
            ]

        async def close(self) -> None:
            pass

    return Resolver()


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


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if app_context.current().settings.push_to_this_machine else ("https",)
