"""Simple Chat: `python main.py` serves it here and opens a browser tab."""

import gc
import os
from typing import TYPE_CHECKING

# What is loaded now stays. Looking for garbage in it, over and over, took a tenth of the start;
# once it serves, `chat_ui.server.memory` says how often to look.
gc.set_threshold(1_000_000)

# No package extends pydantic here. To find that out, it would look through all that are installed.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from chat_ui.server.commands import cli  # noqa: E402
from services.core import hub  # noqa: E402
from services.core.settings import Settings  # noqa: E402

if TYPE_CHECKING:  # only what serves the chat needs it
    from starlette.routing import BaseRoute

    from services.core.app_context import Hub


def api_routes(settings: Settings) -> "list[BaseRoute]":
    """Return what programs use: loaded when the chat is served, as other commands need none."""
    import api
    from chat_ui.server.routes import file_routes

    return api.routes(settings, file_routes)


def connect(settings: Settings) -> "Hub":
    """Return the hub of a node: loaded with `--connect` alone, as it needs more libraries."""
    import node

    return node.connect(settings)


if __name__ == "__main__":
    hub.use(connect)
    cli.run(api_routes)
