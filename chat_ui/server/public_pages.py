"""Pages for people without a session: drawn by NiceGUI, and deleted at once.

They have no websocket. So nothing of them stays on the server, and nobody can fill its memory by
requesting them.
"""

import traceback
from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from nicegui import Client
from nicegui.page import page as nicegui_page

from chat_ui.auth import layout
from chat_ui.components import error_view
from chat_ui.server import assets, locale
from chat_ui.server.auth_middleware import ASSETS
from services.core import app_context
from services.core.i18n import _


def answer(
    request: Request, title: str, card: Callable[[], None], *, status: int = 200
) -> Response:
    """Return a page with `card` on it."""
    client = Client(
        nicegui_page("", title=f"{title} · Simple Chat", language=locale.known()),
        request=request,
    )
    try:
        with client:
            assets.link(anonymous=True)
            layout.draw(card)
        return client.build_response(request, status)
    finally:
        client.delete()


def not_found(request: Request, _error: Exception) -> Response:
    """Return the page for what does not exist, or what this person may not see.

    A missing file gets plain text, as drawing a page costs more.
    """
    sentence = _("That is not here. It may have been moved or removed.")
    if request.scope["path"].startswith((ASSETS, "/static/")):
        return PlainTextResponse(sentence, 404)
    return answer(
        request, _("Not here"), lambda: error_view.draw(_("Not here"), sentence), status=404
    )


def broken(request: Request, error: Exception) -> Response:
    """Return the page for an internal error; the details are in the log.

    With `--edit` they are on the page, too: usually the mistake was just written.
    """
    sentence = _("Something went wrong here. Nothing you wrote is lost: load the page again.")

    def card() -> None:
        error_view.draw(_("Sorry"), sentence)
        if app_context.current().settings.edit:
            error_view.draw_mistake("".join(traceback.format_exception(error, limit=-3)))

    return answer(request, _("Sorry"), card, status=500)
