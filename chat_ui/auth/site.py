"""The site that a browser is on, to which passkeys are bound."""

from starlette.requests import HTTPConnection

from chat_ui.auth.origin import is_https
from services.accounts.factors.ceremonies import Site
from services.core.network import host_names


def of(connection: HTTPConnection) -> Site:
    """Return the site of a request: its host name, and its origin.

    The host was checked when the request came in (`chat_ui/auth/origin.py`), and what the browser
    signs names the origin that it is on: a wrong one here is merely refused.
    """
    host = connection.headers.get("host", "").lower()
    scheme = "https" if is_https(connection) else "http"
    return Site(host_names.normalise(host), f"{scheme}://{host}")
