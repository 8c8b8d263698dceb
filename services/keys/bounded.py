"""What apps upload, as text to store: bounded, since the chat does not read it."""

import json
from typing import Any

from services.core.errors import ServiceError, TooLarge
from services.core.i18n import _

MAX_NAME = 255
"""Characters of an id, an algorithm or a type."""


def name(value: object) -> str:
    """Return a short text. Raises `ServiceError` for anything else."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME or not value.isprintable():
        raise ServiceError(_("An id in this request is missing, or too long."))
    return value


def stored(content: Any, most: int) -> str:
    """Return a value as JSON of at most `most` characters, equal for equal values.

    Raises `TooLarge`, and `ValueError` for a number that JSON does not have: one of them, passed
    on, would make the answers that it is in unreadable.
    """
    text = json.dumps(
        content, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    )
    if len(text) > most:
        raise TooLarge(_("A key or message in this request is too large."))
    return text


def require_few(count: int, most: int) -> None:
    """Raise `TooLarge` if a request is about too many things at once."""
    if count > most:
        raise TooLarge(_("The request is too large. Send less at once."))
