"""Run the chat as `main.py` does, but print all routes first."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from nicegui import app

from chat_ui.server import cli
from tests.own_files import own_addresses


def print_routes() -> None:
    """Print the routes when all are added, before the chat prints that it is ready.

    Without those of files that somebody added to `chat_ui/custom/`.
    """
    own = own_addresses()
    for route in app.routes:
        if route.path not in own:
            for method in getattr(route, "methods", None) or ["ANY"]:
                print("answers", method, route.path)


app.on_startup(print_routes)
cli.run()
