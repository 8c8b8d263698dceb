"""Routes for everybody: each request counts as a visit, as those for pages without a session do."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.core.errors import RateLimited
from services.core.limits.rate_limited import consume


class PublicRoute(Route):
    """A route for everybody. What asks it with another method counts, too."""

    def __init__(
        self,
        method: str,
        path: str,
        endpoint: Callable[[Request], Awaitable[Response]] | ASGIApp,
        refuse: Callable[[RateLimited], Response],
    ) -> None:
        """`refuse` says to whom comes too often how long to wait."""
        super().__init__(path, endpoint)
        self.methods = {method}  # Starlette adds HEAD to GET
        self._refuse = refuse

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request, and answer it."""
        try:
            count(scope)
        except RateLimited as refused:
            await self._refuse(refused)(scope, receive, send)
        else:
            await super().handle(scope, receive, send)


def count(scope: Scope) -> None:
    """Count a request without a session. Raises `RateLimited`."""
    consume("visit", scope["state"]["visitor"])
