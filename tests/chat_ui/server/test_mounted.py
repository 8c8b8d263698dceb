"""Routes beside the pages: no session, no origin, no page; the limit of visitors."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api import routes as api_routes
from chat_ui.server import mounted
from chat_ui.server.middleware.auth_middleware import AuthMiddleware
from chat_ui.server.routes import file_routes
from services.core import app_context
from services.core.limits.rate_limits import RateLimit
from services.core.settings import Settings
from tests.conftest import People


async def greet(request: Request) -> Response:
    return PlainTextResponse(f"Hello, {request.state.visitor.address}")


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("a page")(scope, receive, send)


@pytest.fixture
def http(people: People) -> Iterator[httpx.AsyncClient]:
    made: list[BaseRoute] = [Route("/programs/{name}", greet, methods=["POST"])]
    mounted.use(lambda _settings: made)
    mounted.install(app_context.current().settings)
    transport = httpx.ASGITransport(AuthMiddleware(pages), client=("192.0.2.7", 1))
    yield httpx.AsyncClient(transport=transport, base_url="http://localhost")
    mounted.use(None)
    mounted.install(app_context.current().settings)


async def test_a_program_needs_no_session_and_no_origin(http: httpx.AsyncClient) -> None:
    answer = await http.post("/programs/one", headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.text) == (200, "Hello, 192.0.2.7")
    assert (await http.post("/others/one")).status_code == 403  # as for any form


async def test_another_method_is_refused_in_plain_text(http: httpx.AsyncClient) -> None:
    answer = await http.get("/programs/one")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_host_that_is_not_this_chat_gets_nothing(http: httpx.AsyncClient) -> None:
    answer = await http.post("/programs/one", headers={"Host": "evil.example"})
    assert answer.status_code == 421


async def test_programs_are_limited_as_visitors(http: httpx.AsyncClient) -> None:
    """At each address of `api/`, whatever the method: the guard leaves it to the routes."""
    mounted.use(lambda settings: api_routes(settings, file_routes))
    mounted.install(app_context.current().settings)
    limits = app_context.current().rate_limits
    for route in cast("list[Route]", mounted.routes()):
        address = re.sub(r"\{\w+(:path)?\}", "made-up", route.path)
        for method in (*(route.methods or ()), "PATCH"):
            few = replace(limits, visit=RateLimit("3 per minute"))
            app_context.use(replace(app_context.current(), rate_limits=few))
            for _time in range(3):
                assert (await http.request(method, address)).status_code != 429
            answer = await http.request(method, address)
            assert answer.status_code == 429, (method, address)
            assert int(answer.headers["retry-after"]) > 0


def test_without_the_api_there_are_no_routes() -> None:
    assert api_routes(Settings(api=False), file_routes) == []
