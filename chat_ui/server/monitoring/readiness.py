"""Whether this process takes new people: `GET /readyz`, for a proxy before several processes.

Unlike `/healthz` it does not ask the database: when that is away, it is so for all processes, and
the proxy would have none left.
"""

from fastapi import Request
from fastapi.responses import JSONResponse

_is_stopping = False


def is_stopping() -> bool:
    """Return whether this process is about to stop."""
    return _is_stopping


def set_stopping() -> None:
    """Take nobody new from now on."""
    global _is_stopping
    _is_stopping = True


async def readyz(_request: Request) -> JSONResponse:
    """Say whether this process takes new people: 200, or 503 when it is about to stop."""
    if _is_stopping:
        return JSONResponse({"status": "stopping"}, 503)
    return JSONResponse({"status": "ready"})
