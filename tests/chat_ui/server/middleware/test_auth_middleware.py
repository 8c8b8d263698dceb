"""Which requests are let in, and when."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from chat_ui.server.middleware.auth_middleware import ASSETS, AuthMiddleware, is_public
from tests.conftest import People
from tests.loop_turns import LoopTurns


async def nothing() -> Message:
    return {"type": "http.request"}


async def nowhere(_message: Message) -> None:
    pass


async def test_one_request_begins_in_a_turn_of_the_event_loop(people: People) -> None:
    turns, begun = LoopTurns(), list[int]()

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        begun.append(turns.number)

    middleware = AuthMiddleware(app)
    scopes = [
        {
            "type": "http",
            "scheme": "http",
            "path": f"{ASSETS}{each}",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        for each in range(10)
    ]
    async with asyncio.timeout(5):
        await asyncio.gather(*(middleware(scope, nothing, nowhere) for scope in scopes))
    turns.stop()
    assert len(set(begun)) == len(begun) == len(scopes)


@pytest.mark.parametrize(
    "path", ["/certificate", "/certificate/authority.crt", "/login", "/login/step", "/static/a/b"]
)
def test_some_addresses_are_for_everybody(path: str) -> None:
    assert is_public(path)


@pytest.mark.parametrize(
    "path", ["/certificates", "/certificates/9b", "/logins", "/registers", "/offline-hours", "/"]
)
def test_an_address_that_only_begins_like_one_of_these_is_for_a_page(path: str) -> None:
    """Such as one of the host's own, in `chat_ui/custom/`."""
    assert not is_public(path)
