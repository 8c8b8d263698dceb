"""Answers in JSON, which pages of any site may read: what lets somebody in is their token alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

_ENCODER = msgspec.json.Encoder()
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "X-Requested-With, Content-Type, Authorization",
    "Access-Control-Max-Age": "86400",
}
_HEADERS = [
    (name.lower().encode(), value.encode())
    for name, value in {**CORS, "Content-Type": "application/json"}.items()
]


def made(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer. Parts of it may be `msgspec.Raw`: JSON that was made before."""
    response = Response(_ENCODER.encode(content), status, headers)
    response.raw_headers += _HEADERS
    return response


def milliseconds(at: datetime) -> int:
    """Return how a time is told: in milliseconds since 1970."""
    return int(at.timestamp() * 1000)
