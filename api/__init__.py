"""What programs use instead of pages: it draws nothing, and calls the same services.

`main.py` hands `routes` to the server (`chat_ui/server/mounted.py`), which answers them without a
session. Each request says in `request.state.visitor` who sends it, and has been counted by then
(`RateLimits.visit`), but for those below `/_matrix/`: `api/matrix/requests.py` counts them, by
their user once their token is known, and otherwise as visits. How much of a body is read, and who
may do what, is up to the route.
"""

from starlette.routing import BaseRoute, Route

from api import hooks
from api.matrix import matrix
from services.core.settings import Settings


def routes(settings: Settings) -> list[BaseRoute]:
    """Return the routes for programs; none with `--no-api`."""
    if not settings.api:
        return []
    return [Route(hooks.PATH, hooks.receive, methods=["POST"]), *matrix.routes(settings)]
