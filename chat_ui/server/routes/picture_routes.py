"""Routes for pictures: uploads of profile pictures and of the icon of the chat, and serving them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, TypeVar

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.requests import ClientDisconnect

from chat_ui.components import error_view
from chat_ui.realtime.validation import to_int
from chat_ui.server import public_pages
from chat_ui.server.routes import file_routes, plain_routes
from chat_ui.server.routes.file_routes import CONFINED, MAX_OTHER_BYTES, announced_size, viewer_of
from chat_ui.server.routes.http_status import status_of
from chat_ui.server.routes.multipart import FormParts
from services.accounts.admin import require_admin
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.i18n import _
from services.files import avatars
from services.host import appearance

CACHED = "private, max-age=31536000, immutable"
"""The address has the hash of the picture in it. Logging out clears the cache."""


def install() -> None:
    """Register the routes."""
    plain_routes.add("/account/avatar", receive_avatar, "POST")
    plain_routes.add("/branding/icon", receive_icon, "POST")
    plain_routes.add("/avatars/{user_id}/{digest}", send_large, "GET")
    plain_routes.add("/avatars/{user_id}/{digest}/small", send_small, "GET")


async def receive_avatar(request: Request) -> Response:
    """Receive the viewer's picture from the form of the account page, and go back there."""
    return await receive(
        request, avatars.receive, _save, title=_("Picture not saved"), back="/account"
    )


async def receive_icon(request: Request) -> Response:
    """Receive a picture as the icon of the chat from its form, and go back there."""
    return await receive(request, _receive_icon, _save, title=_("Chat icon"), back="/branding")


class _Picture(file_routes.Upload, Protocol):
    """The upload of a picture, in progress."""

    async def save(self) -> None:
        """Use the complete picture."""


async def _save(upload: _Picture, _form: FormParts) -> None:
    await upload.save()


U = TypeVar("U", bound=file_routes.Upload)
Begin = Callable[[CurrentUser, int], AbstractAsyncContextManager[U]]
"""Begins an upload of about so many bytes."""


async def receive(
    request: Request,
    begin: Begin[U],
    save: Callable[[U, FormParts], Awaitable[None]],
    *,
    title: str,
    back: str,
) -> Response:
    """Receive a picture, and go back to the form, or show under a title why it is refused."""
    try:
        form = FormParts(request.headers.get("content-type", ""), MAX_OTHER_BYTES)
        async with begin(viewer_of(request), announced_size(request)) as upload:
            await file_routes.pass_on(request, form, upload)
            await save(upload, form)
    except TimeoutError:
        sentence, status = file_routes.too_slow(), 408
    except ClientDisconnect:
        return Response(status_code=400)  # nobody reads the reason
    except ServiceError as refused:
        sentence, status = refused.message, status_of(refused)
    else:
        return RedirectResponse(back, 303)
    return await public_pages.answer(
        request, title, lambda: error_view.draw(title, sentence, back=back), status=status
    )


@asynccontextmanager
async def _receive_icon(viewer: CurrentUser, announced: int) -> AsyncIterator["_Icon"]:
    require_admin(viewer)  # before the first byte
    if announced > appearance.MAX_ICON_BYTES:
        raise appearance.too_large()
    yield _Icon(viewer)


class _Icon:
    """The upload of the chat's icon, in progress."""

    def __init__(self, viewer: CurrentUser) -> None:
        self._viewer = viewer
        self._picture = bytearray()

    async def write(self, chunk: bytes) -> None:
        """Append a chunk. Raises `TooLarge`."""
        self._picture += chunk
        if len(self._picture) > appearance.MAX_ICON_BYTES:
            raise appearance.too_large()

    async def save(self) -> None:
        """Have the complete picture as the icon."""
        await appearance.set_icon(self._viewer, [bytes(self._picture)])


async def send_large(request: Request) -> Response:
    """Send somebody's picture for their profile."""
    return await _send(request, small=False)


async def send_small(request: Request) -> Response:
    """Send somebody's picture for a list."""
    return await _send(request, small=True)


async def _send(request: Request, *, small: bool) -> Response:
    user_id, digest = to_int(request.path_params["user_id"]), request.path_params["digest"]
    try:
        picture = await avatars.find(viewer_of(request), user_id, digest, small=small)
    except ServiceError as refused:
        return file_routes.refuse(refused)
    headers = {"Cache-Control": CACHED, "Content-Security-Policy": CONFINED}
    return Response(picture, headers=headers, media_type="image/webp")
