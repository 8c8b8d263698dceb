"""How a refusal is told: with one of the codes of the specification, and one sentence."""

from typing import Any

from starlette.responses import Response

from api.matrix import json_answer
from services.accounts.passwords.password_login import WrongPassword
from services.accounts.sessions.sessions import AccountDisabled, SessionEnded
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
from services.files.quotas import QuotaExceeded
from services.sync.positions import InvalidPosition

_CODES: tuple[tuple[type[ServiceError], int, str], ...] = (
    (WrongPassword, 403, "M_FORBIDDEN"),
    (AccountDisabled, 403, "M_USER_DEACTIVATED"),
    (SessionEnded, 401, "M_UNKNOWN_TOKEN"),
    (InvalidPosition, 400, "M_INVALID_PARAM"),
    (NotFound, 404, "M_NOT_FOUND"),
    (Conflict, 400, "M_ROOM_IN_USE"),
    (Forbidden, 403, "M_FORBIDDEN"),
    (RateLimited, 429, "M_LIMIT_EXCEEDED"),
    (TooLarge, 413, "M_TOO_LARGE"),
    (QuotaExceeded, 403, "M_FORBIDDEN"),  # not 429, after which apps would try again by themselves
    (Unavailable, 503, "M_UNKNOWN"),
    (ServiceError, 400, "M_BAD_JSON"),
)


class MatrixError(Exception):
    """A refusal with a code of the specification."""

    def __init__(self, status: int, code: str, sentence: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence, self.more = status, code, sentence, more


class Malformed(MatrixError):
    """The request has not the shape that the specification asks for."""

    def __init__(self, field: str) -> None:
        sentence = _("{field} is missing or not as the specification of Matrix has it.")
        super().__init__(400, "M_BAD_JSON", sentence.format(field=field[:100]))


def unrecognized() -> MatrixError:
    """Return what answers everything that the chat does not do."""
    return MatrixError(404, "M_UNRECOGNIZED", _("This chat does not do that for apps."))


def answer(error: MatrixError | ServiceError) -> Response:
    """Return the answer to a request that is refused."""
    if isinstance(error, MatrixError):
        return json_answer.made(
            {"errcode": error.code, "error": error.sentence, **error.more}, error.status
        )
    status, code = next((status, code) for kind, status, code in _CODES if isinstance(error, kind))
    body: dict[str, Any] = {"errcode": code, "error": error.message}
    headers = {}
    if isinstance(error, RateLimited):
        body["retry_after_ms"] = error.retry_after * 1000
        headers["Retry-After"] = str(error.retry_after)
    return json_answer.made(body, status, headers)
