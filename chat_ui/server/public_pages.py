"""Pages for people without a session: drawn by NiceGUI, and deleted at once.

They have no websocket. So nothing of them stays on the server, and nobody can fill its memory by
requesting them.

NiceGUI draws on the event loop alone: what answers an error here is `async`, as Starlette would call
anything else on a thread.
"""

import traceback
from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from nicegui import Client
from nicegui.page import page as nicegui_page
from starlette.exceptions import HTTPException

from chat_ui.auth import layout
from chat_ui.components import branding, error_view, html
from chat_ui.realtime import turns
from chat_ui.realtime.validation import malformed
from chat_ui.server import assets, locale
from chat_ui.server.middleware.auth_middleware import ASSETS
from services.core import app_context
from services.core.errors import RateLimited
from services.core.i18n import _
from services.core.limits import rate_limited


async def answer(
    request: Request, title: str, card: Callable[[], None], *, status: int = 200
) -> Response:
    """Return a page with `card` on it."""
    await turns.own_turn()
    query = request.url.query if request.method == "GET" else ""
    client = Client(
        nicegui_page("", title=branding.title(title), language=locale.quasar_language()),
        request=request,
    )
    try:
        html.without_main(client)
        with client:
            assets.link(anonymous=True)
            layout.draw(card, request.url.path + (f"?{query}" if query else ""))
        return client.build_response(request, status)
    finally:
        client.delete()


async def not_found(request: Request, _error: Exception) -> Response:
    """Return the page for what does not exist, or what this person may not see.

    A missing file gets plain text, as drawing a page costs more. A member's missing pages count as
    pages that they open; strangers' requests are limited by the middleware.
    """
    sentence = _("Page not found.")
    if request.scope["path"].startswith((ASSETS, "/static/")):
        return PlainTextResponse(sentence, 404)
    if viewer := request.scope["state"]["viewer"]:
        try:
            rate_limited.consume("page", viewer)
        except RateLimited as over:
            return too_many(over)
    return await answer(
        request, _("Not found"), lambda: error_view.draw(_("Not found"), sentence), status=404
    )


def too_many(over: RateLimited) -> Response:
    """Return when somebody may ask again who opens more pages than one person may."""
    return PlainTextResponse(over.message, 429, {"Retry-After": str(over.retry_after)})


async def refused(_request: Request, error: Exception) -> Response:
    """Return one sentence about what no page of ours sends, such as a form that breaks off."""
    assert isinstance(error, HTTPException)  # it is registered for that alone
    return PlainTextResponse(malformed().message, error.status_code, error.headers)


async def broken(request: Request, error: Exception) -> Response:
    """Return the page for an internal error; the details are in the log.

    With `--edit` they are on the page, too: usually the mistake was just written.
    """
    sentence = _("Something went wrong. Nothing you wrote is lost: reload the page.")

    def card() -> None:
        error_view.draw(_("Sorry"), sentence)
        if app_context.current().settings.edit:
            error_view.draw_mistake("".join(traceback.format_exception(error, limit=-3)))

    return await answer(request, _("Sorry"), card, status=500)
