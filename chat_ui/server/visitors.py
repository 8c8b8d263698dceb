"""Who sends a request, as the services know people without a session: by address and device."""

from functools import lru_cache

from starlette.requests import HTTPConnection

from services.core.dto import Visitor
from services.core.limits.rate_limits import network

MAX_AGENT = 500
"""Characters of a user agent that are looked at."""


def visitor(connection: HTTPConnection) -> Visitor:
    """Return the network and the device that a request comes from."""
    return Visitor(
        address(connection), _device(connection.headers.get("user-agent", "")[:MAX_AGENT])
    )


def address(connection: HTTPConnection) -> str:
    """Return the network that a request comes from, as rate limits count it."""
    return network(connection.client.host) if connection.client else "unknown"


@lru_cache(maxsize=1024)  # it is asked for each request of an app
def _device(agent: str) -> str:
    """Describe the browser and system of a user agent, so that users recognise their devices."""
    browsers = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    machines = ("iPhone", "iPad", "Android", "Windows", "Mac OS X", "CrOS", "Linux")
    browser = next((name for name in browsers if name in agent), "")
    machine = next((name for name in machines if name in agent), "")
    browser = {"Edg": "Edge", "OPR": "Opera"}.get(browser, browser)
    known = " · ".join(part for part in (browser, machine) if part)
    return known or "".join(c for c in agent[:60] if c.isprintable())
