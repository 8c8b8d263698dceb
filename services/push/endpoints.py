"""Where push messages may be sent: to push services in the internet, and nowhere else.

An endpoint is a URL that a browser or an app gave us, so it may be made up. Which addresses it may
lead to is in `services/core/network/outbound.py`.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from services.core import app_context
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.network import outbound
from services.core.network.outbound import Reach

MAX_LENGTH = 1000
"""Characters of an endpoint; those of the known push services have less than half of it."""
GATEWAY_PATH = "/_matrix/push/v1/notify"
"""Of a push gateway, as the specification of Matrix has it."""


def check(endpoint: object) -> str:
    """Return an endpoint that may be stored. Raises `ServiceError` for any other.

    A name may still lead to a private address: each address is checked before it is connected to.
    """
    if isinstance(endpoint, str) and _parts(endpoint):
        return endpoint
    raise ServiceError(_("This browser's push service cannot be used. Try another browser."))


def check_gateway(address: object) -> str:
    """Return the address of an app's push gateway that may be stored.

    Raises `ServiceError` for any other, also for one that is private as it stands there.
    """
    parts = _parts(address) if isinstance(address, str) else None
    if not isinstance(address, str) or parts is None or parts.path != GATEWAY_PATH or parts.query:
        raise ServiceError(
            _(
                "A push gateway has an address such as {address}. Choose another one in the app."
            ).format(address=f"https://push.example.org{GATEWAY_PATH}")
        )
    if _is_private(parts.hostname or ""):
        raise ServiceError(
            _(
                "This push gateway is at a private address, to which this chat sends nothing. "
                "Ask whoever hosts it to allow that."
            )
        )
    return address


def _parts(endpoint: str) -> SplitResult | None:
    """Return the parts of an endpoint, or None if there cannot be anything at it."""
    if len(endpoint) > MAX_LENGTH or not endpoint.isascii() or not endpoint.isprintable():
        return None
    try:
        parts = urlsplit(endpoint)
        is_plain = not (parts.username or parts.password or parts.fragment or " " in endpoint)
        is_known = parts.hostname and (parts.port or 443) and is_plain
    except ValueError:
        return None
    return parts if is_known and parts.scheme in _schemes() else None


def _is_private(host: str) -> bool:
    """Return whether a host may not be sent to, as far as its name says so."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return not app_context.current().settings.push_to_this_machine
    try:
        ipaddress.ip_address(host)
    except ValueError:  # a name: where it leads is checked before it is connected to
        return False
    return not _may_be_sent_to(host, 0)


def reach() -> Reach:
    """Return which addresses push messages may be sent to."""
    return Reach(_may_be_sent_to)


def _may_be_sent_to(address: str, _port: int) -> bool:
    return app_context.current().settings.push_to_this_machine or outbound.is_elsewhere(address)


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if app_context.current().settings.push_to_this_machine else ("https",)
