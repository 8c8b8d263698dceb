"""The node: a copy of another chat, its hub, for one person on their own computer.

`python main.py --connect https://chat.example.org` serves the pages of `chat_ui/` from it. What is
encrypted on the hub is read and written here, where the keys are (docs/node.md).
"""

from importlib.util import find_spec

from services.core.app_context import Hub
from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.settings import Settings

LIBRARIES = ("nio", "vodozemac")
"""What few who host a chat need: the extra `node`."""


def connect(settings: Settings) -> Hub:
    """Return the hub at `settings.connect`. Raises `Unavailable` without the libraries for it."""
    if not all(map(find_spec, LIBRARIES)):
        raise Unavailable(
            _("--connect needs more packages. Install them first: {command}").format(
                command="pip install -e '.[node]'"
            )
        )
    from node.node import Node

    return Node(settings)
