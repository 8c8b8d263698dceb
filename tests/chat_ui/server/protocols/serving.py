"""uvicorn with our protocol classes, for an application of a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from chat_ui.server.protocols.http_connection import HttpConnection


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve; the value is the address without its scheme."""
    config = uvicorn.Config(
        app,
        port=0,
        http=HttpConnection,
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
        log_level="warning",
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    await server.shutdown()
