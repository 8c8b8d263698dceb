"""Reads what a browser sent, which may be anything: events of the protocol, forms and numbers."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from services.core.errors import ServiceError
from services.core.i18n import _

Data = TypeVar("Data")


def read(kind: type[Data], fields: object) -> Data:
    """Return what a browser sent as an event of that kind, or raise `malformed()`."""
    try:
        return msgspec.convert(fields, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise malformed() from error


def form(fields: object) -> Mapping[str, Any]:
    """Return the fields of a form, or the `data-` attributes of a button, by name."""
    if not isinstance(fields, dict):
        raise malformed()
    return fields


def to_int(value: object) -> int:
    """Return the whole number that a field holds as text, or 0, which no id and no `seq` is."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 16 else 0


def malformed() -> ServiceError:
    """Return the error for what no page of ours sends."""
    return ServiceError(_("Something went wrong. Reload the page and try again."))
