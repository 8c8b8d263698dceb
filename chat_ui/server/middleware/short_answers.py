"""Short answers to apps, each written as a whole.

Of each answer uvicorn checks every header, and writes the head and the body one after the other.
When a message wakes a hundred apps, that is much of what it costs to tell them.
"""

from typing import Protocol

from starlette.types import Message, Scope, Send

from chat_ui.server.middleware.auth_middleware import APPS

MAX_BYTES = 2048
"""The longest body: what is longer may be compressed, which saves nothing of what fits a packet or
two."""


class Connection(Protocol):
    """What is asked of a connection."""

    def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        """Write a whole answer; return False if that has to wait, or nobody is there."""


def sender(scope: Scope, send: Send) -> Send:
    """Return what sends an answer: at once if it is short, and otherwise as `send` does."""
    connection: Connection | None = scope.get("state", {}).get("connection")
    if connection is None or scope["method"] == "HEAD" or not scope["path"].startswith(APPS):
        return send
    start: Message | None = None

    async def send_at_once(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and message["status"] == 200:
            start = message
            return
        if start is not None:
            begun, start = start, None
            body = message.get("body", b"")
            is_short = len(body) <= MAX_BYTES and not message.get("more_body")
            if is_short and connection.answer(200, begun["headers"], body):
                return
            await send(begun)
        await send(message)

    return send_at_once
