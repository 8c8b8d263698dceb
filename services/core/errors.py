"""Errors of the services. Each has a message for the user, in their language."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.core.i18n import _, number


class ServiceError(Exception):
    """A request that a service refuses; `message` is one sentence for the user.

    `about` is the argument of the service function that is refused, if it is one: forms have
    fields of the same names, and show there what is wrong.
    """

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.about = about


class NotFound(ServiceError):
    """It does not exist, or the user may not know that it does: the same answer for both."""

    def __init__(self, message: str | None = None, *, about: str = "") -> None:
        super().__init__(message or _("Not found. It may have been moved or deleted."), about=about)


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


@contextmanager
def about(argument: str) -> Iterator[None]:
    """Say of all that is refused in this block, or function, that it is about an argument.

    Of blocks in each other the outermost decides. That somebody is too fast, or that something
    cannot be done now, is about no argument.
    """
    try:
        yield
    except (RateLimited, Unavailable):
        raise
    except ServiceError as refused:
        refused.about = argument
        raise
