"""Run the chat as `main.py` does, but print all routes first, and let each user load many pages."""

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from nicegui import app

from chat_ui.server import mounted
from chat_ui.server.commands import cli
from main import api_routes
from services import lifecycle
from services.core.limits.rate_limits import RateLimit, RateLimits
from tests.own_files import own_addresses


def print_routes() -> None:
    """Print the routes when all are added, before the chat prints that it is ready.

    Without those of files that somebody added to `chat_ui/custom/`.
    """
    own = own_addresses()
    for route in (*app.routes, *mounted.routes()):
        if route.path not in own:
            for method in getattr(route, "methods", None) or ["ANY"]:
                print("answers", method, route.path)


# `tests/test_routes.py` loads hundreds within a minute, on a fast machine.
lifecycle.RateLimits = partial(  # type: ignore[attr-defined]
    RateLimits, page=RateLimit("10000 per minute"), visit=RateLimit("10000 per minute")
)
app.on_startup(print_routes)
cli.run(api_routes)
