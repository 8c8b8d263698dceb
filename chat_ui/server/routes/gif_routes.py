"""Finding the pictures that move in one's rooms, for the picker."""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from chat_ui.messages import gifs as gifs_view
from chat_ui.server.routes import file_routes, plain_routes
from chat_ui.server.routes.file_routes import viewer_of
from services.core.errors import ServiceError
from services.files import gifs


def install() -> None:
    """Register the route."""
    plain_routes.add(gifs_view.FOUND, send_found, "GET")


async def send_found(request: Request) -> Response:
    """Send those that are found by `words`, as HTML."""
    words = request.query_params.get("words", "")
    try:
        found = await gifs.find(viewer_of(request), words)
    except ServiceError as refused:
        return file_routes.refuse(refused)
    headers = {"Cache-Control": "private, no-store"}
    return HTMLResponse(gifs_view.draw_found(found, words), headers=headers)
