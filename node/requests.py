"""Requests to the hub that matrix-nio does not make as they are needed here."""

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from services.core.errors import Unavailable
from services.core.i18n import _

V3 = "/_matrix/client/v3"
TIMEOUT = aiohttp.ClientTimeout(total=30)
MAX_ANSWER = 16 * 2**20
"""Bytes."""
FAILURES = (aiohttp.ClientError, TimeoutError, OSError, asyncio.TimeoutError)
"""What there is instead of an answer."""


class Refused(Exception):
    """The hub has answered, but not as wished: `code` as in the specification, `M_FORBIDDEN`."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        self.status = status
        self.code = str(answer.get("errcode", ""))
        self.sentence = str(answer.get("error", ""))[:300]
        self.answer = answer
        super().__init__(f"{status} {self.code} {self.sentence}")

    @property
    def seconds(self) -> float:
        """How long to wait, where the hub is asked too often."""
        waited = self.answer.get("retry_after_ms")
        return min(float(waited), 300_000) / 1000 if isinstance(waited, int | float) else 5

    @property
    def is_passing(self) -> bool:
        """Whether the same may work later: also once the person has logged in again."""
        return self.status in {401, 408, 425, 429} or self.status >= 500


async def ask(
    hub: str, method: str, path: str, body: Any = None, *, token: str = ""
) -> dict[str, Any]:
    """Ask the hub something; `path` is below `/_matrix/client/v3`.

    Raises `Refused`, and one of `FAILURES`.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else msgspec.json.encode(body)
    async with (
        aiohttp.ClientSession(timeout=TIMEOUT) as session,
        session.request(method, f"{hub}{V3}{path}", data=data, headers=headers) as response,
    ):
        answer = _decoded(await _read(response.content))
        if response.status != 200:
            raise Refused(response.status, answer or {})
        if answer is None:
            raise ConnectionError("the hub's answer is not one of Matrix")
        return answer


async def _read(stream: aiohttp.StreamReader) -> bytes:
    """Return a whole answer: `StreamReader.read` returns what has come so far."""
    content = bytearray()
    async for piece in stream.iter_any():
        content += piece
        if len(content) > MAX_ANSWER:
            raise ConnectionError("the hub's answer is too long")
    return bytes(content)


def _decoded(content: bytes) -> dict[str, Any] | None:
    try:
        answer = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return answer if isinstance(answer, dict) else None


def part(text: str) -> str:
    """Return a part of a path."""
    return quote(text, safe="")


def out_of_reach(hub: str) -> Unavailable:
    """Return the error for a hub that does not answer."""
    return Unavailable(
        _("{address} cannot be reached. Check the address and your connection.").format(address=hub)
    )
