"""Stickers: the form that brings one, the list for the picker, and their pictures."""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from chat_ui.messages import stickers as stickers_view
from chat_ui.realtime.validation import to_int
from chat_ui.server.routes import file_routes, picture_routes, plain_routes
from chat_ui.server.routes.file_routes import CONFINED, viewer_of
from chat_ui.server.routes.multipart import FormParts
from services.core.errors import ServiceError
from services.core.i18n import _
from services.files.stickers import making, stickers
from services.files.stickers.making import StickerUpload


def install() -> None:
    """Register the routes."""
    plain_routes.add(stickers_view.NEW, receive, "POST")
    plain_routes.add(stickers_view.OFFERED, send_offered, "GET")
    plain_routes.add(stickers_view.PICTURE, send_picture, "GET")


async def receive(request: Request) -> Response:
    """Receive a picture as a sticker from the form of their page, and go back there."""
    return await picture_routes.receive(
        request, making.receive, _save, title=_("Sticker not saved"), back=stickers_view.PAGE
    )


async def _save(upload: StickerUpload, form: FormParts) -> None:
    await upload.save(form.fields.get("name"))


async def send_offered(request: Request) -> Response:
    """Send the stickers that one may send, as HTML for the picker."""
    try:
        offered = await stickers.offered(viewer_of(request))
    except ServiceError as refused:
        return file_routes.refuse(refused)
    headers = {"Cache-Control": "private, no-store"}
    return HTMLResponse(stickers_view.draw_offered(offered.kept, offered.starting), headers=headers)


async def send_picture(request: Request) -> Response:
    """Send the picture of a sticker, which stands still."""
    number, digest = to_int(request.path_params["sticker_id"]), request.path_params["digest"]
    try:
        file = await stickers.find(viewer_of(request), number, digest)
        headers = {"Cache-Control": picture_routes.CACHED, "Content-Security-Policy": CONFINED}
        return await file_routes.send_file(file, headers, media_type=stickers.WEBP)
    except ServiceError as refused:
        return file_routes.refuse(refused)
