"""What programs use instead of pages: it draws nothing, and calls the same services.

`main.py` hands `routes` to the server (`chat_ui/server/mounted.py`), which answers them without a
session. Each request says in `request.state.visitor` who sends it. Who is counted, how much of a
body is read, and who may do what, is up to the route: those for everybody are a `PublicRoute`
(`api/visits.py`), and `api/matrix/requests.py` counts who has a token by its user. Files come and
go as those of pages do, by what `main.py` hands over (`chat_ui/server/routes/file_routes.py`).
"""

from starlette.routing import BaseRoute

from api import hooks
from api.matrix import matrix
from api.matrix.media import Transfer
from api.visits import PublicRoute
from services.core.settings import Settings


def routes(settings: Settings, transfer: Transfer) -> list[BaseRoute]:
    """Return the routes for programs, whose files go by `transfer`; none with `--no-api`."""
    if not settings.api:
        return []
    hook = PublicRoute("POST", hooks.PATH, hooks.receive, hooks.refuse)
    return [hook, *matrix.routes(transfer)]
