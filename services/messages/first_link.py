"""Which link of a message has a preview: the first one that leads to another site."""

import hashlib
import ipaddress
import re
import socket
from html import unescape
from itertools import chain
from urllib.parse import urlsplit

from services.core import app_context
from services.core.network import host_names

MAX_LENGTH = 2000
"""Characters of an address."""
MAX_HOST = 253
"""Characters of a host name (RFC 1035 §2.3.4): to encode longer ones takes seconds."""
_LINK = re.compile('<a href="(https?://[^"]*)"', re.IGNORECASE)
"""As `services/messages/rendering/markdown.py` writes links. There are none in code."""
_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}")
"""A host that is an IPv4 address in one of its spellings (https://url.spec.whatwg.org/#ipv4-state)."""


def of(html: str | None) -> str | None:
    """Return the address to ask for the preview of a message, from its HTML; None without one."""
    links = _LINK.finditer(html) if html else ()
    addresses = filter(None, (normalise(unescape(found[1])) for found in links))
    first = next(addresses, None)
    if first is None:
        return None
    netlocs, hosts = _of_this_chat()
    for address in chain([first], addresses):
        netloc = urlsplit(address).netloc
        if netloc not in netlocs and host_names.normalise(netloc) not in hosts:
            return address
    return None


def normalise(address: str) -> str | None:
    """Return an address of the web in one spelling, without its fragment; None for any other.

    Without user name and password as well: whoever sends such a link does not mean everybody.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError:
        return None
    default = host_names.DEFAULT_PORTS.get(parts.scheme)
    if not (default and host) or "@" in parts.netloc or not address.isprintable():
        return None
    netloc = host if port in {None, default} else f"{host}:{port}"
    spelled = parts._replace(netloc=netloc, path=parts.path or "/", fragment="").geturl()
    return spelled if len(spelled) <= MAX_LENGTH else None


def _host(name: str) -> str:
    """Return a host as browsers ask for it: `xn--bcher-kva.org` for `Bücher。org.`.

    Raises `ValueError` if it is none.
    """
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    if len(name) > MAX_HOST:
        raise ValueError("it is longer than any host")
    if not name.isascii():
        import idna  # has large tables, and few links need it

        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:  # as of names with emoji, which browsers take by the older rules
            name = name.encode("idna").decode()
    name = name.lower().removesuffix(".")
    if _NUMBERS.fullmatch(name):
        try:
            return socket.inet_ntoa(socket.inet_aton(name))
        except OSError as error:
            raise ValueError("it is no address") from error
    return name


def key(address: str) -> str:
    """Return the hash of an address, by which what is known of it is found."""
    return hashlib.sha256(address.encode()).hexdigest()


def _of_this_chat() -> tuple[set[str], frozenset[str]]:
    """Return where this chat is, as far as that is known: hosts with their ports, and without."""
    settings = app_context.current().settings
    known = {urlsplit(each).netloc for each in (settings.address, settings.address_for_others)}
    hosts = settings.configured_hosts | host_names.own_names()
    return known | {f"localhost:{settings.port}"}, hosts
