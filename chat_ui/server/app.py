"""The chat's routes and middleware, and what starts and stops with the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from nicegui import Client, app, background_tasks, core, ui
from sqlmodel import text
from starlette.exceptions import HTTPException

from chat_ui import custom_files, page, plugins
from chat_ui.compat import pong_payload, registry, socket_guard
from chat_ui.realtime import (
    page_owners,
    pong_reads,
    presence,
    push,
    receipts,
    subscriptions,
    tasks,
    typing,
)
from chat_ui.server import (
    assets,
    locale,
    memory,
    mounted,
    public_pages,
    socket_events,
    web_app,
)
from chat_ui.server.middleware import ranges, security_headers
from chat_ui.server.middleware.auth_middleware import AuthMiddleware, is_public
from chat_ui.server.middleware.compression import LibraryFiles
from chat_ui.server.monitoring import metrics_route, readiness
from chat_ui.server.routes import (
    auth_routes,
    certificate_routes,
    file_routes,
    gif_routes,
    picture_routes,
    plain_routes,
    sticker_routes,
)
from chat_ui.server.updates import branding_updates, listeners, page_updates, session_revocation
from services import lifecycle
from services.backup import schedule
from services.core import joined
from services.core.errors import RateLimited
from services.core.i18n import allow_pseudo
from services.core.limits import rate_limited
from services.core.settings import Settings
from services.core.version import VERSION
from services.db import database
from services.host import certificates

BUILD_WITHIN = 30.0
"""Seconds in which a page must be drawn. When a busy server comes back, all pages load at once; with
NiceGUI's three seconds people would see an error instead of waiting."""
NICEGUI_LIFESPAN = app.router.lifespan_context
"""How NiceGUI's own parts start and stop."""


def install(settings: Settings) -> None:
    """Add everything to NiceGUI's app: pages, forms, middleware, starting and stopping."""
    custom_files.load()
    locale.install()
    if settings.edit:
        allow_pseudo()
    add_pages()
    auth_routes.install()
    file_routes.install()
    picture_routes.install()
    gif_routes.install()
    sticker_routes.install()
    assets.install()
    web_app.install()
    certificate_routes.install()
    plain_routes.add("/healthz", healthz, "GET")
    plain_routes.add("/readyz", readiness.readyz, "GET")
    plain_routes.add("/metrics", metrics_route.answer, "GET")
    plain_routes.add("/session", session, "GET")
    mounted.install(settings)
    app.add_exception_handler(404, public_pages.not_found)
    app.add_exception_handler(HTTPException, public_pages.refused)
    app.add_exception_handler(Exception, public_pages.broken)
    # The last one added is outermost, so that every response gets the headers.
    app.add_middleware(ranges.Ranges)
    app.add_middleware(LibraryFiles)
    app.add_middleware(AuthMiddleware)
    app.add_middleware(security_headers.SecurityHeaders, tls=certificates.lasts(settings))
    socket_guard.handle_with(socket_events.HANDLERS)
    pong_payload.deliver_to(pong_reads.mark)
    registry.install(settings.compat)
    memory.configure()
    core.app.config.socket_io_js_transports = ["websocket"]

    @asynccontextmanager
    async def lifespan(asgi: FastAPI) -> AsyncIterator[None]:
        async with NICEGUI_LIFESPAN(asgi):
            await _start(settings)
            yield

    if settings.metrics_token:
        from chat_ui.server.monitoring import metrics  # needs a library that few starts need

        app.on_startup(metrics.start)
        app.on_shutdown(metrics.stop)
    # NiceGUI does not wait for what is given to its `on_startup`.
    app.router.lifespan_context = lifespan
    app.on_shutdown(_stop)


async def _start(settings: Settings) -> None:
    """Open everything; no connection is accepted before."""
    await lifecycle.startup(settings)
    for each in (branding_updates, listeners, page_updates, presence, receipts, typing):
        each.start()
    if among_others := joined.current():
        among_others.followed, among_others.is_followed = push.followed, push.is_followed
        among_others.audience = subscriptions.audience
        among_others.note_members = subscriptions.note_members
    background_tasks.create(session_revocation.watch(), name="ended sessions")
    background_tasks.create(memory.give_back(), name="memory")
    background_tasks.create(memory.drop_unconnected(), name="unconnected pages")
    for patch in registry.active():
        if patch.background:
            background_tasks.create(patch.background(), name=patch.name)


async def _stop() -> None:
    tasks.stop()
    for each in (
        typing,
        receipts,
        presence,
        page_updates,
        listeners,
        branding_updates,
        subscriptions,
    ):
        each.stop()
    await lifecycle.shutdown()


def add_pages() -> None:
    """Register a page for every address of a view."""
    known = {getattr(route, "path", "") for route in app.routes}
    routes = plain_routes.Pages()
    for path in plugins.PAGES:
        # Public addresses are for people without a session; `public_pages` draws those.
        if path not in known and not is_public(path):
            ui.page(path, response_timeout=BUILD_WITHIN, api_router=routes)(chat)


async def chat(request: Request, client: Client) -> Response | None:
    """Draw the chat for the person whose session it is: `AuthMiddleware` lets nobody else in."""
    viewer = request.scope["state"]["viewer"]
    try:
        rate_limited.consume("page", viewer)
    except RateLimited as refused:
        client.delete()
        return public_pages.too_many(refused)
    page_owners.claim(client.id, viewer.session_id)
    client.on_delete(_forget)
    client.page = locale.page_in_language(client.page)
    assets.link(anonymous=False, look=viewer.theme)
    # Through its module, which `--edit` reloads: an imported class would stay the old one.
    client.status_code = await page.Page(viewer, client, _address(request)).build()
    return None


def _address(request: Request) -> str:
    """Return the path and query of a request."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def session(request: Request) -> Response:
    """Answer a page that cannot connect: with 410 if another session opened it.

    Without a session the middleware redirects it.
    """
    page = request.query_params.get("page", "")
    owner = page_owners.owner_of(page)
    is_others = owner is not None and owner != request.scope["state"]["viewer"].session_id
    return Response(status_code=410 if is_others else 204)


async def healthz(_request: Request) -> JSONResponse:
    """Report the server's health: 200, or 503 when the database does not answer.

    It includes when a backup was last verified, for monitoring, and among several processes,
    whether this one hears the others: without that, messages arrive, a little later.
    """
    proven_at = schedule.last().proven_at
    state: dict[str, object] = {
        "version": VERSION,
        "backup": {"last_proven": proven_at and proven_at.isoformat(timespec="seconds")},
    }
    if among_others := joined.current():
        state["bus"] = "ok" if among_others.is_bus_up else "away"
    try:
        async with asyncio.timeout(5):
            await database.read(lambda session: session.exec(text("SELECT 1")).one())  # type: ignore[call-overload]
    except Exception:
        return JSONResponse({"status": "no database", **state}, 503)
    return JSONResponse({"status": "ok", **state})


def _forget(client: Client) -> None:
    page_owners.release(client.id)
    subscriptions.remove_page(client.id)
    memory.page_closed(client)
