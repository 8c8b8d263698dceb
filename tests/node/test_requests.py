"""What a hub answers is read whole, or not at all."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.api.matrix.clients.installed import require_nio

require_nio()

from node import requests  # noqa: E402


@pytest.fixture
async def hub() -> AsyncIterator[str]:
    """A hub that answers much, too much, and with something else."""

    async def large(_request: web.Request) -> web.Response:
        return web.json_response({"device_keys": "x" * 2**20})

    async def too_long(_request: web.Request) -> web.Response:
        return web.json_response({"long": "x" * requests.MAX_ANSWER})

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<p>Log in to the network first.")

    app = web.Application()
    app.router.add_get(f"{requests.V3}/large", large)
    app.router.add_get(f"{requests.V3}/long", too_long)
    app.router.add_get(f"{requests.V3}/page", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_large_answer_is_read_whole(hub: str) -> None:
    answer = await requests.ask(hub, "GET", "/large")
    assert len(answer["device_keys"]) == 2**20


@pytest.mark.parametrize("path", ["/long", "/page"])
async def test_something_else_is_no_empty_answer(hub: str, path: str) -> None:
    with pytest.raises(requests.FAILURES):
        await requests.ask(hub, "GET", path)
