"""The chat as `main.py` runs it, which first says at which addresses it answers."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from nicegui import app

from chat_ui.server import cli


def say() -> None:
    """Say it once everything is added, and before the chat says that it is ready."""
    for route in app.routes:
        for method in getattr(route, "methods", None) or ["ANY"]:
            print("answers", method, route.path)


app.on_startup(say)
cli.run()
