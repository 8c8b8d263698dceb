"""Routes as Starlette has them, for functions that take the request and return the answer.

FastAPI's routes look at the parameters of each function when they are made, and read each one's
source when it is first called, for a description of an API. The chat offers none.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import APIRouter, app
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def add(path: str, endpoint: Callable[[Request], Awaitable[Response]], *methods: str) -> None:
    """Have a function answer the requests of these methods at an address, and no others."""
    route = Route(path, endpoint)
    route.methods = set(methods)  # Starlette adds HEAD to GET
    app.routes.append(route)


class Pages(APIRouter):
    """Adds pages of NiceGUI in the same way (`ui.page(…, api_router=…)`)."""

    def get(self, path: str, *_args: object, **_options: object) -> Callable[..., Any]:
        """Return a decorator for the function that answers at this address."""

        def decorate(page: Callable[..., Awaitable[Response]]) -> Callable[..., Any]:
            async def answer(request: Request) -> Response:
                return await page(request=request)

            add(path, answer, "GET")
            return page

        return decorate
