"""Loading Socket.IO and FastAPI without what a start does not need.

Socket.IO's clients, which no server uses, take aiohttp and requests along where they are installed,
as with NiceGUI they are. Loading aiohttp reads the system's certificates, twice. While None stands
for a module in `sys.modules`, Python takes it for one that is not there, and Socket.IO does without.

FastAPI makes a validator for each part of a description of an API, which the chat does not offer.
With `defer_build`, an option of pydantic, each is made when it is first used.

This patch comes before NiceGUI is loaded: `python main.py` applies it by itself.

Gain: 20 % of a start (1,769 instead of 2,206 ms of processor time, on a machine with other work;
`python -m benchmarks.compat lean_imports`). To do without it: `CHAT_COMPAT=lean_imports`.
"""

import sys

from chat_ui.compat.registry import Patch

CLIENTS = ("aiohttp", "requests")


def _install() -> None:
    if "socketio" in sys.modules or "fastapi" in sys.modules:
        return
    # Imported here, as others may want these libraries as they come.
    from pydantic import BaseModel

    absent = [name for name in CLIENTS if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    BaseModel.model_config["defer_build"] = True
    try:
        import fastapi  # noqa: F401
        import socketio  # noqa: F401
    finally:
        del BaseModel.model_config["defer_build"]
        for name in absent:
            del sys.modules[name]


PATCH = Patch(
    name="lean_imports",
    replaces=(
        "socketio.async_client.aiohttp",
        "engineio.async_client.aiohttp",
        "engineio.client.requests",
    ),
    why="Socket.IO loads two clients for HTTP, FastAPI makes validators; the chat uses neither.",
    gain="20 % of a start",
    measured_with="python -m benchmarks.compat lean_imports",
    tried_with="python-engineio 4.15, python-socketio 5.18",
    expects={},
    install=_install,
)
