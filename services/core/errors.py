"""What a service says when it will not do a thing: one sentence that tells what to do."""

from services.core.i18n import _, plural


class ServiceError(Exception):
    """The request was understood and is refused; `sentence` is meant for the person who asked."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.message = sentence


class NotFound(ServiceError):
    """It does not exist, or the person may not know that it does: one answer for both."""

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or _("That is not here. It may have been moved or removed."))


class Conflict(ServiceError):
    """Somebody else has that name already."""


class Forbidden(ServiceError):
    """The person sees the thing but may not do this with it."""


class RateLimited(ServiceError):
    """Asked too often; `retry_after` is the number of seconds to wait."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            plural(
                "Too many attempts. Wait {seconds} second and try again.",
                "Too many attempts. Wait {seconds} seconds and try again.",
                retry_after,
            ).format(seconds=retry_after)
        )
        self.retry_after = retry_after


class TooLarge(ServiceError):
    """It is more than may come in at a time."""


class Unavailable(ServiceError):
    """The server cannot do it just now, through no fault of the person: nothing was changed."""
