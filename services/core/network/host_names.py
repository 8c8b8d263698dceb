"""Host names, as browsers send them in `Host` and as hosts configure them."""

import ipaddress
import re
import socket
from functools import lru_cache
from urllib.parse import urlsplit

from services.core.i18n import _

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names that lead to the browser's own machine, whatever a name server says."""
DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_-]{1,63})*")
_PORT = re.compile(r":[0-9]{0,5}\Z")


@lru_cache(maxsize=256)  # called for every request, nearly always with the same host
def normalise(host: str) -> str:
    """Return the name or IP address of a `Host` header, in one spelling; "" if it is neither.

    The port (RFC 9110 §7.2), the letter case, the dot that ends a full name, and the brackets
    and zeros of an IPv6 address (RFC 5952) make no difference.
    """
    name = host.strip().lower()
    if not name.startswith("[") and name.count(":") > 1:  # an IPv6 address, as hosts write it
        name = f"[{name}]"
    name = _PORT.sub("", name)
    try:
        if name.startswith("["):
            return str(ipaddress.IPv6Address(name.removeprefix("[").removesuffix("]")))
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        name = name.removesuffix(".")
        return name if _NAME.fullmatch(name) else ""


def is_own_machine(url: str) -> bool:
    """Return whether a URL leads to the machine of whoever opens it, whichever that is."""
    name = normalise(urlsplit(url).netloc)
    return name in LOOPBACK or name.endswith(".localhost") or name.startswith("127.")


def own_names() -> set[str]:
    """Return the names of this machine on its network; `.local` is multicast DNS (RFC 6762)."""
    name = normalise(socket.gethostname())
    first = name.partition(".")[0]
    return {name, first, f"{first}.local"} - {"", ".local"}


def local_name() -> str:
    """Return the `.local` name of this machine, or nothing if it has none."""
    return next((name for name in own_names() if name.endswith(".local")), "")


def own_address() -> str:
    """Return this machine's address on its network, without sending anything.

    Connecting a UDP socket only asks the system for the route (192.0.2.1 is reserved for
    documentation, RFC 5737).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def check_url(url: str) -> str:
    """Return the origin of a URL, such as `https://chat.example.org`.

    Raises `ValueError` for anything but a scheme, a host and a port.
    """
    example = _("give the whole address, such as https://chat.example.org")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ValueError(example) from error
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc or not normalise(parts.netloc):
        raise ValueError(example)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            _("leave out the path after the name: the chat can't be served under a path")
        )
    name = normalise(parts.netloc)
    host = f"[{name}]" if ":" in name else name
    shown = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{shown}"
