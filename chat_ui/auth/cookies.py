"""The two cookies: the session's, and the one that marks a known device."""

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from services.accounts.accounts import LoggedIn
from services.accounts.sessions import MAX_AGE
from services.core import app_context


def token(connection: HTTPConnection) -> str:
    """Return the session token that the browser sent, if any."""
    return _read(connection, "session")


def device(connection: HTTPConnection) -> str:
    """Return the device cookie that the browser sent, if any."""
    return _read(connection, "device")


def keep(request: Request, response: Response, login: LoggedIn) -> None:
    """Set both cookies."""
    for kind, value in (("session", login.token), ("device", login.device)):
        response.set_cookie(
            _name(kind, request),
            value,
            max_age=int(MAX_AGE.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=_is_secure(request),
        )


def forget(request: Request, response: Response) -> None:
    """Delete the session cookie; the device cookie stays."""
    response.delete_cookie(
        _name("session", request), httponly=True, samesite="lax", secure=_is_secure(request)
    )


def _read(connection: HTTPConnection, kind: str) -> str:
    # Not `connection.cookies`: it removes quotes, which before Python 3.11.10 and 3.12.6 takes time
    # that grows with the square of the length (CVE-2024-7592). Our own cookies have none.
    name = _name(kind, connection)
    for header in connection.headers.getlist("cookie"):
        for part in header.split(";"):
            key, _equals, value = part.partition("=")
            if key.strip() == name:
                return value.strip()
    return ""


def _name(kind: str, connection: HTTPConnection) -> str:
    # Cookies do not tell ports apart, so two chats on one machine must not share a name.
    # The prefix lets no other host set it (RFC 6265bis §4.1.3.2).
    prefix = "__Host-" if _is_secure(connection) else ""
    return f"{prefix}chat-{kind}-{app_context.current().settings.port}"


def _is_secure(connection: HTTPConnection) -> bool:
    return connection.scope["scheme"] in {"https", "wss"}
