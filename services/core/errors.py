"""Errors of the services. Each has a message for the user, in their language."""

from services.core.i18n import _, number


class ServiceError(Exception):
    """A request that a service refuses; `message` is one sentence for the user."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(ServiceError):
    """It does not exist, or the user may not know that it does: the same answer for both."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or _("Not found. It may have been moved or deleted."))


class Conflict(ServiceError):
    """The name is already taken."""


class Forbidden(ServiceError):
    """The user can see it, but may not do this with it."""


class RateLimited(ServiceError):
    """Too many requests; `retry_after` is the number of seconds to wait.

    `is_attempt` is for what is tried by somebody who is not logged in, such as a password.
    """

    def __init__(self, retry_after: int, *, is_attempt: bool = False) -> None:
        sentence = (
            _("Too many attempts. Try again in {seconds} s.")
            if is_attempt
            else _("You're going too fast. Try again in {seconds} s.")
        )
        super().__init__(sentence.format(seconds=number(retry_after)))
        self.retry_after = retry_after


class TooLarge(ServiceError):
    """The request or upload is too large."""


class Unavailable(ServiceError):
    """The server cannot do it now, through no fault of the user; nothing was changed."""
