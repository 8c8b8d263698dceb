"""Loading Socket.IO without the library under its client, which no server uses.

Socket.IO does without aiohttp, but takes it along where it is installed, as NiceGUI has it
installed. Loading it reads the system's certificates, twice. While None stands for a module in
`sys.modules`, Python takes it for one that is not there.

This patch comes before NiceGUI is loaded: `python main.py` applies it by itself.

Gain: 9 % of a start (1,060 instead of 1,166 ms; `python -m benchmarks.compat skip_aiohttp`). To do
without it: `CHAT_COMPAT=skip_aiohttp`.
"""

import sys

from chat_ui.compat.registry import Patch


def _install() -> None:
    if "socketio" in sys.modules or "aiohttp" in sys.modules:
        return
    sys.modules["aiohttp"] = None  # type: ignore[assignment]
    try:
        import socketio  # noqa: F401
    finally:
        del sys.modules["aiohttp"]


PATCH = Patch(
    name="skip_aiohttp",
    replaces=("socketio.async_client.aiohttp", "engineio.async_client.aiohttp"),
    why="Socket.IO's client loads aiohttp, and the chat has no such client.",
    gain="9 % of a start",
    measured_with="python -m benchmarks.compat skip_aiohttp",
    tried_with="python-engineio 4.15, python-socketio 5.18",
    expects={},
    install=_install,
)
