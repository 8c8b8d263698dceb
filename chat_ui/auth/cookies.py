"""The cookies: of a session, a device, a login that waits for its second step, and the language."""

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from chat_ui.auth.origin import is_https, port
from services.accounts.factors import second_step
from services.accounts.factors.second_step import SecondStep
from services.accounts.sessions.sessions import MAX_AGE, LoggedIn
from services.core import app_context


def token(connection: HTTPConnection) -> str:
    """Return the session token that the browser sent, if any."""
    return _read(connection, "session")


def device(connection: HTTPConnection) -> str:
    """Return the device cookie that the browser sent, if any."""
    return _read(connection, "device")


def first_step(connection: HTTPConnection) -> str:
    """Return the token of a first step that the browser sent, if any."""
    return _read(connection, "step")


def language(connection: HTTPConnection) -> str:
    """Return the language that was chosen without a session, if any."""
    return _read(connection, "language")


def keep_language(request: Request, response: Response, code: str) -> None:
    """Set the cookie of the language."""
    _set(request, response, "language", code, int(MAX_AGE.total_seconds()))


def keep(request: Request, response: Response, login: LoggedIn) -> None:
    """Set the cookies of the session and of the device."""
    for kind, value in (("session", login.token), ("device", login.device)):
        _set(request, response, kind, value, int(MAX_AGE.total_seconds()))
    if first_step(request):
        _delete(request, response, "step")


def keep_first_step(request: Request, response: Response, step: SecondStep) -> None:
    """Set the cookie of a login that waits for its second step."""
    _set(request, response, "step", step.token, second_step.SECONDS)


def forget(request: Request, response: Response) -> None:
    """Delete the session cookie; the device cookie stays."""
    _delete(request, response, "session")


def _set(request: Request, response: Response, kind: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(kind, request),
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )


def _delete(request: Request, response: Response, kind: str) -> None:
    response.delete_cookie(
        _name(kind, request), httponly=True, samesite="lax", secure=is_https(request)
    )


def _read(connection: HTTPConnection, kind: str) -> str:
    # Not `connection.cookies`: it removes quotes, which before Python 3.11.10 and 3.12.6 takes time
    # that grows with the square of the length (CVE-2024-7592). Our own cookies have none.
    sent: dict[str, str] = {}
    for header in connection.headers.getlist("cookie"):
        for part in header.split(";"):
            key, _equals, value = part.partition("=")
            sent.setdefault(key.strip(), value.strip())
    # Behind a proxy, older versions named them by their own port. They last as long as a session.
    older = _name(kind, connection, app_context.current().settings.port)
    return sent.get(_name(kind, connection), "") or sent.get(older, "")


def _name(kind: str, connection: HTTPConnection, by_port: int | None = None) -> str:
    # Cookies do not tell ports apart, so two chats on one machine must not share a name. The port
    # is the browser's: behind a proxy, all processes of a chat must share it.
    # The prefix lets no other host set it (RFC 6265bis §4.1.3.2).
    prefix = "__Host-" if is_https(connection) else ""
    return f"{prefix}chat-{kind}-{by_port or port(connection)}"
