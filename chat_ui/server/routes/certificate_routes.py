"""The authority of the chat's own certificate, and the page that explains how to install it."""

import asyncio
from functools import partial

from fastapi import Request, Response

from chat_ui.auth import certificate_page
from chat_ui.server import public_pages
from chat_ui.server.routes import plain_routes
from services.core import app_context
from services.core.i18n import _
from services.host import certificates


def install() -> None:
    """Register the routes."""
    plain_routes.add(certificate_page.PAGE, explain, "GET")
    plain_routes.add(certificate_page.FILE, send_authority, "GET")


async def explain(request: Request) -> Response:
    """Show the page; there is none where the chat uses no certificate of its own."""
    settings = app_context.current().settings
    found = None
    if certificates.is_own(settings):
        found = await asyncio.to_thread(certificates.find, settings.data)
    if found is None:
        return await public_pages.not_found(request, Exception())
    return await public_pages.answer(
        request, _("Trust this chat"), partial(certificate_page.draw, found)
    )


async def send_authority(request: Request) -> Response:
    """Send the file, which devices offer to install (RFC 2585 §4.1, as browsers know it)."""
    settings = app_context.current().settings
    content = await asyncio.to_thread(certificates.authority_file, settings)
    if content is None:
        return await public_pages.not_found(request, Exception())
    return Response(content, media_type="application/x-x509-ca-cert")
