"""Which link of a message has a preview: the first one that leads to another site."""

import hashlib
import re
from html import unescape
from itertools import chain
from urllib.parse import urlsplit

from services.core import app_context, host_names

MAX_LENGTH = 2000
"""Characters of an address."""
_LINK = re.compile('<a href="(https?://[^"]*)"', re.IGNORECASE)
"""As `services/messages/rendering/markdown.py` writes links. There are none in code."""


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
    except ValueError:
        return None
    default = host_names.DEFAULT_PORTS.get(parts.scheme)
    host = parts.hostname
    if not (default and host) or "@" in parts.netloc or not address.isprintable():
        return None
    name = f"[{host}]" if ":" in host else host
    netloc = name if port in {None, default} else f"{name}:{port}"
    spelled = parts._replace(netloc=netloc, path=parts.path or "/", fragment="").geturl()
    return spelled if len(spelled) <= MAX_LENGTH else None


def key(address: str) -> str:
    """Return the hash of an address, by which what is known of it is found."""
    return hashlib.sha256(address.encode()).hexdigest()


def _of_this_chat() -> tuple[set[str], frozenset[str]]:
    """Return where this chat is, as far as that is known: hosts with their ports, and without."""
    settings = app_context.current().settings
    known = {urlsplit(each).netloc for each in (settings.address, settings.address_for_others)}
    hosts = settings.configured_hosts | host_names.own_names()
    return known | {f"localhost:{settings.port}"}, hosts
