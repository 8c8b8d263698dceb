"""Loading Socket.IO, FastAPI and NiceGUI without what a start does not need.

Where they are installed, these take along: aiohttp and requests, for Socket.IO's clients, which no
server uses and one of which reads the system's certificates, twice; and redis, for several processes.
While None stands for a module in `sys.modules`, Python takes it for one that is not there, and they
do without.

FastAPI asks of each parameter whether it is a model of pydantic's first version, and loads that for
the question. As long as nobody else has loaded it, nothing is.

FastAPI makes a validator for each part of a description of an API, which the chat does not offer.
With `defer_build`, an option of pydantic, each is made when it is first used.

This patch comes before NiceGUI is loaded: `python main.py` applies it by itself.

Gain: 20 % of a start (1,769 instead of 2,206 ms of processor time, on a machine with other work;
`python -m benchmarks.compat lean_imports`). To do without it: `CHAT_COMPAT=lean_imports`.
"""

import os
import sys
from typing import Any

from chat_ui.compat.registry import Patch, in_place_of

UNUSED = ("aiohttp", "requests", "redis")
OLD_PYDANTIC = "pydantic.v1"


def _install() -> None:
    if {"socketio", "fastapi", "nicegui"} & sys.modules.keys() or "NICEGUI_REDIS_URL" in os.environ:
        return
    # Imported here, as others may want these libraries as they come.
    from pydantic import BaseModel

    absent = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        BaseModel.model_config["defer_build"] = True
        try:
            import fastapi  # noqa: F401
            import socketio  # noqa: F401
        finally:
            del BaseModel.model_config["defer_build"]
        _ask_for_old_models_only_where_there_may_be_some()
        import nicegui  # noqa: F401
    finally:
        for name in absent:
            del sys.modules[name]


def _ask_for_old_models_only_where_there_may_be_some() -> None:
    from fastapi._compat import shared
    from fastapi._compat.shared import is_pydantic_v1_model_class as ask

    @in_place_of(ask)
    def is_old_model(kind: Any) -> bool:
        return OLD_PYDANTIC in sys.modules and ask(kind)

    shared.is_pydantic_v1_model_class = is_old_model  # type: ignore[assignment]


PATCH = Patch(
    name="lean_imports",
    replaces=(
        "socketio.async_client.aiohttp",
        "engineio.async_client.aiohttp",
        "engineio.client.requests",
        "socketio.redis_manager.redis",
        "socketio.async_redis_manager.aioredis",
        "nicegui.persistence.redis_persistent_dict.redis",
        "fastapi._compat.shared.is_pydantic_v1_model_class",
    ),
    why="Socket.IO, FastAPI and NiceGUI load clients, and make validators, that the chat does not use.",
    gain="20 % of a start",
    measured_with="python -m benchmarks.compat lean_imports",
    tried_with="nicegui 3.18, python-engineio 4.15, python-socketio 5.18",
    expects={},
    install=_install,
)
