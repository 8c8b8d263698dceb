"""What each refusal is called in HTTP (RFC 9110 §15)."""

from services.accounts.factors.passkeys import WrongPasskey
from services.accounts.factors.second_step import StepExpired, WrongCode
from services.accounts.passwords.password_login import WrongPassword
from services.accounts.sessions.sessions import AccountDisabled
from services.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    ServiceError,
    TooLarge,
    Unavailable,
)
from services.core.i18n import _


class SessionEnded(ServiceError):
    """A browser has the cookie of a session that is no more."""

    def __init__(self) -> None:
        super().__init__(_("Your session has ended. Log in again."))


class NoCookies(ServiceError):
    """A browser keeps no cookies, without which nobody stays logged in."""

    def __init__(self) -> None:
        super().__init__(
            _("This browser keeps no cookies for this site. Allow them, then log in again.")
        )


_STATUS: dict[type[ServiceError], int] = {
    SessionEnded: 200,
    NoCookies: 200,
    WrongPassword: 401,
    WrongCode: 401,
    WrongPasskey: 401,
    StepExpired: 401,
    Forbidden: 403,
    AccountDisabled: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    RateLimited: 429,
    Unavailable: 503,
}
"""Any other is 400. To come to the login page with an old cookie is no mistake."""


def status_of(refusal: ServiceError | None) -> int:
    """Return the status of an answer that shows a refusal, or none."""
    return 200 if refusal is None else _STATUS.get(type(refusal), 400)
