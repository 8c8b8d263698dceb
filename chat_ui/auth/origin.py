"""Which site a request is for, and from which site it comes."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from chat_ui.auth import certificate
from services.core import app_context
from services.core.network import host_names
from services.core.settings import bracketed, is_loopback

SECURE_SCHEMES = {"https", "wss"}


def is_known_host(connection: HTTPConnection) -> bool:
    """Return whether a request is for this chat, by its Host header.

    Any site can have its own name resolve to an address of this machine (DNS rebinding). To a
    browser, our pages would then be of its origin; only the Host header shows the difference.
    """
    settings = app_context.current().settings
    named = connection.headers.getlist("host")
    host = host_names.normalise(named[0]) if len(named) == 1 else ""  # RFC 9112 §3.2: just one
    if not host:
        return False
    if host in settings.configured_hosts:
        return True
    if settings.behind_proxy:  # then nobody but the proxy, and what runs here, reaches us
        return host in host_names.LOOPBACK and _is_local(connection)
    if host in host_names.LOOPBACK or host == host_names.normalise(settings.host):
        return True
    if is_loopback(settings.listen):
        return False
    if host == _local_address(connection) or host in host_names.own_names():
        return True
    return settings.tls_cert is not None and certificate.is_for(settings.tls_cert, host)


def is_https(connection: HTTPConnection) -> bool:
    """Return whether the browser has the site under https, also where a proxy does not say so."""
    if connection.scope["scheme"] in SECURE_SCHEMES:
        return True
    public = urlsplit(app_context.current().settings.public_url)
    host = host_names.normalise(connection.headers.get("host", ""))
    return public.scheme == "https" and host == host_names.normalise(public.netloc)


def port(connection: HTTPConnection) -> int:
    """Return the port at which the browser has the site: behind a proxy, it is not ours."""
    try:
        named = urlsplit(f"//{connection.headers.get('host', '')}").port
    except ValueError:
        named = None
    return named or host_names.DEFAULT_PORTS["https" if is_https(connection) else "http"]


def is_same_site(connection: HTTPConnection) -> bool:
    """Return whether a request comes from our own pages: by `Origin`, else by `Sec-Fetch-Site`.

    A browser sends one of them with every post, and no page can forge them (Fetch Standard,
    "Origin header"; W3C Fetch Metadata). A page under http may be anybody's, so it is not of a
    site under https; the reverse may be, where a proxy does not say which scheme it was.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site") == "same-origin"
    try:
        source, target = urlsplit(origin), urlsplit(f"//{connection.headers.get('host', '')}")
        usual = host_names.DEFAULT_PORTS.get(source.scheme)
        if (source.port or usual) != (target.port or usual):
            return False
    except ValueError:
        return False
    if usual is None or (source.scheme == "http" and is_https(connection)):
        return False
    name = host_names.normalise(source.netloc)
    return bool(name) and name == host_names.normalise(target.netloc)


def address_here(connection: HTTPConnection) -> str:
    """Return the address at which somebody who reached us finds the chat."""
    settings = app_context.current().settings
    if settings.public_url or is_loopback(settings.listen):
        return settings.public_url or settings.address
    scheme = "https" if settings.tls else "http"
    return f"{scheme}://{bracketed(_local_address(connection))}:{settings.port}"


def _local_address(connection: HTTPConnection) -> str:
    """Return the address of this machine to which the connection was made."""
    address = connection.scope.get("server") or ("", 0)
    return host_names.normalise(str(address[0]))


def _is_local(connection: HTTPConnection) -> bool:
    """Return whether this machine asks: behind a proxy, `client` is whoever asked the proxy."""
    return connection.client is not None and is_loopback(connection.client.host)
