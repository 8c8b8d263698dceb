"""Where push messages may be sent: to push services in the internet, and nowhere else.

An endpoint is a URL that a browser gave us, so it may be made up. Which addresses it may lead to
is in `services/core/network/outbound.py`.
"""

from urllib.parse import urlsplit

from services.core import app_context
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.network import outbound
from services.core.network.outbound import Reach

MAX_LENGTH = 1000
"""Characters of an endpoint; those of the known push services have less than half of it."""


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


def reach() -> Reach:
    """Return which addresses push messages may be sent to."""
    return Reach(_may_be_sent_to)


def _may_be_sent_to(address: str, _port: int) -> bool:
    return app_context.current().settings.push_to_this_machine or outbound.is_elsewhere(address)


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if app_context.current().settings.push_to_this_machine else ("https",)
